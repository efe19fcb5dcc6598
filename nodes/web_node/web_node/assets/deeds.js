// The buttons, and what has to be meant: what discards or ends is held until its button is full,
// whether under a finger, a key or a gamepad's button.
const HELD = ["rerecord", "stop"];
const HOLD_MS = 600;

export class Deeds {
  constructor(act, tooShort) {
    Object.assign(this, { act, tooShort, timers: new Map(), buttons: new Map() });
    document.documentElement.style.setProperty("--hold", `${HOLD_MS}ms`);
    for (const button of document.querySelectorAll("[data-deed]")) this.add(button.dataset.deed, button);
  }

  add(deed, button) {
    this.buttons.set(deed, button);
    if (!HELD.includes(deed)) {
      button.addEventListener("click", () => this.act(deed));
      return;
    }
    button.addEventListener("pointerdown", (event) => { if (event.button === 0) { button.setPointerCapture(event.pointerId); this.press(deed); } });
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) button.addEventListener(end, () => this.release(deed));
    // Reached by Tab, it is held with Space or Enter.
    button.addEventListener("keydown", (event) => { if (isPress(event)) { event.preventDefault(); if (!event.repeat) this.press(deed); } });
    button.addEventListener("keyup", (event) => { if (isPress(event)) this.release(deed); });
    button.addEventListener("blur", () => this.cancel(deed));
    button.addEventListener("contextmenu", (event) => event.preventDefault());
  }

  press(deed) {
    if (!HELD.includes(deed)) { this.act(deed); return; }
    if (this.timers.has(deed)) return;
    this.buttons.get(deed).classList.add("holding");
    this.timers.set(deed, setTimeout(() => { this.cancel(deed); this.act(deed, HOLD_MS); }, HOLD_MS));
  }

  release(deed) { if (this.cancel(deed)) this.tooShort(this.buttons.get(deed).querySelector("span").textContent); }

  cancel(deed) {
    this.buttons.get(deed).classList.remove("holding");
    const wasHeld = this.timers.has(deed);
    clearTimeout(this.timers.get(deed));
    this.timers.delete(deed);
    return wasHeld;
  }

  letGo() { HELD.forEach((deed) => this.cancel(deed)); }

  // What does nothing now is dimmed, and still said if pressed: the page may be a picture behind.
  show({ next, again, leads, live }) {
    for (const [deed, button] of this.buttons) {
      button.setAttribute("aria-disabled", !live.includes(deed));
      button.classList.toggle("leads", deed === leads);
    }
    for (const [deed, text] of [["next", next], ["rerecord", again]]) {
      const word = this.buttons.get(deed).querySelector("span");
      if (word.textContent !== text) word.textContent = text;
    }
  }
}

const isPress = (event) => event.code === "Space" || event.code === "Enter";

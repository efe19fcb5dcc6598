// Hold to move. Codes name a key's place, so that every layout and Shift or Caps Lock will do.
const HOLDS = {
  ArrowUp: "x_plus", ArrowDown: "x_minus", ArrowLeft: "y_plus", ArrowRight: "y_minus",
  ShiftRight: "z_plus", ShiftLeft: "z_minus", PageUp: "z_plus", PageDown: "z_minus",
  KeyG: "close_gripper",
};
const DEEDS = { KeyT: "take_over", Space: "next", KeyR: "rerecord", KeyS: "success", KeyF: "failure", Escape: "stop" };

export class Keyboard {
  constructor(hands, deeds) {
    this.hands = hands;
    this.down = new Set();
    document.addEventListener("keydown", (event) => {
      if (isWriting(event)) return;
      const isChord = event.ctrlKey || event.altKey || event.metaKey;
      const isForButton = event.code === "Space" && event.target.closest("button, summary");
      if ((isChord && event.code !== "Escape") || isForButton) return;
      if (event.code in HOLDS || event.code in DEEDS) event.preventDefault();
      // What the system repeats is no press.
      if (event.repeat) return;
      if (event.code in DEEDS) deeds.press(DEEDS[event.code]);
      else if (event.code in HOLDS) this.set(event, true);
    });
    document.addEventListener("keyup", (event) => {
      if (event.code in DEEDS) deeds.release(DEEDS[event.code]);
      this.set(event, false);
    });
  }

  set(event, isDown) {
    const before = this.down.size;
    if (isDown) this.down.add(event.code);
    else this.down.delete(event.code);
    // With both Shifts down, some systems report the release of one only.
    if (!isDown && !event.shiftKey) { this.down.delete("ShiftLeft"); this.down.delete("ShiftRight"); }
    if (isDown || before !== this.down.size) this.tell();
  }

  tell() {
    this.hands.hold("keyboard", [...new Set([...this.down].map((code) => HOLDS[code]))], [0, 0, 0]);
  }

  letGo() { this.down.clear(); }
}

export const isWriting = ({ target }) => target instanceof HTMLInputElement || target.isContentEditable;

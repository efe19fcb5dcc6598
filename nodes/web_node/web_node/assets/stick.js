// A stick under a finger or the mouse; back in the middle when let go.
const DEAD_ZONE = 0.12;

export class Stick {
  constructor(element, tilt, { isTall = false } = {}) {
    Object.assign(this, { element, tilt, isTall, pointer: null, knob: element.querySelector("i") });
    element.addEventListener("pointerdown", (event) => {
      if (this.pointer !== null) return;
      this.pointer = event.pointerId;
      element.setPointerCapture(event.pointerId);
      element.classList.add("held");
      this.move(event);
    });
    element.addEventListener("pointermove", (event) => { if (event.pointerId === this.pointer) this.move(event); });
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
      element.addEventListener(end, (event) => { if (event.pointerId === this.pointer) this.release(); });
    }
    element.addEventListener("contextmenu", (event) => event.preventDefault());
  }

  move(event) {
    const box = this.element.getBoundingClientRect();
    const reach = Math.min(this.isTall ? box.height : box.width, box.height) / 2 - 20;
    let right = this.isTall ? 0 : (event.clientX - box.left - box.width / 2) / reach;
    let up = (box.top + box.height / 2 - event.clientY) / reach;
    const length = Math.hypot(right, up);
    if (length > 1) { right /= length; up /= length; }
    this.knob.style.transform = `translate(${right * reach}px, ${-up * reach}px)`;
    this.tilt(shaped(right), shaped(up));
  }

  release() { this.letGo(); this.tilt(0, 0); }

  letGo() {
    this.pointer = null;
    this.element.classList.remove("held");
    this.knob.style.transform = "";
  }
}

// Nothing in the middle, and slow at first: fine motion under a thumb.
export function shaped(value, deadZone = DEAD_ZONE) {
  const beyond = Math.max(0, Math.abs(value) - deadZone) / (1 - deadZone);
  return Math.sign(value) * beyond ** 1.5;
}

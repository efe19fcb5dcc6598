// A gamepad on the viewer's machine, by the browser's standard mapping; LeRobot's layout.
import { shaped } from "./stick.js";

const HOLDS = { 5: "engage", 6: "clamp_gripper", 7: "open_gripper" };
const DEEDS = { 0: "failure", 2: "rerecord", 3: "success", 9: "next" };

export class Pad {
  constructor(hands, deeds) {
    Object.assign(this, { hands, deeds, pressed: new Set(), isUsed: false, owesRest: false });
    requestAnimationFrame(() => this.look());
  }

  look() {
    const pad = navigator.getGamepads?.().find((found) => found?.connected && found.mapping === "standard");
    if (pad) this.read(pad);
    else if (this.isUsed) this.unplugged();
    requestAnimationFrame(() => this.look());
  }

  read(pad) {
    const isDown = (button) => pad.buttons[button]?.pressed || pad.buttons[button]?.value > 0.5;
    for (const button of Object.keys(DEEDS)) {
      if (isDown(button) && !this.pressed.has(button)) this.deeds.press(DEEDS[button]);
      if (!isDown(button) && this.pressed.has(button)) this.deeds.release(DEEDS[button]);
    }
    this.pressed = new Set(Object.keys(DEEDS).filter(isDown));
    const held = Object.keys(HOLDS).filter(isDown).map((button) => HOLDS[button]);
    const tilt = [-pad.axes[1], -pad.axes[0], -(pad.axes[3] ?? 0)].map((value) => shaped(value));
    const isAtRest = held.length === 0 && tilt.every((value) => value === 0);
    if (isAtRest) this.owesRest = false;
    if (this.owesRest || (isAtRest && !this.isUsed)) return;
    this.isUsed = !isAtRest;
    this.hands.hold("pad", held, tilt);
  }

  unplugged() {
    this.isUsed = false;
    this.hands.hold("pad", [], [0, 0, 0]);
  }

  // What is tilted now is not meant any more.
  letGo() { this.owesRest = this.isUsed; this.isUsed = false; }
}

// What all hands on this page hold together; said at every change, and 20 times a second by whoever
// drives, for the node takes silence for a lost connection.
const SAY_EVERY_MS = 50;

export class Hands {
  constructor(say) {
    this.send = say;
    this.sources = new Map();
    this.drives = false;
    this.last = "";
    this.onLetGo = () => {};
    setInterval(() => { if (this.drives || !this.isAtRest()) this.say(true); }, SAY_EVERY_MS);
  }

  // A source is a keyboard, a stick, a pad; tilt is x, y, z in [-1, 1], base frame.
  hold(source, held, tilt) {
    this.sources.set(source, { held, tilt });
    this.say(false);
  }

  letGo() {
    this.onLetGo();
    this.sources.clear();
    this.say(false);
  }

  isAtRest() {
    const { held, tilt } = this.now();
    return held.length === 0 && tilt.every((value) => value === 0);
  }

  now() {
    const all = [...this.sources.values()];
    const held = [...new Set(all.flatMap((source) => source.held))].sort();
    const tilt = [0, 1, 2].map((axis) => {
      const sum = all.reduce((total, source) => total + source.tilt[axis], 0);
      return Math.round(100 * Math.max(-1, Math.min(1, sum))) / 100 + 0;
    });
    return { say: "held", held, tilt };
  }

  say(isAgain) {
    const now = this.now(), text = JSON.stringify(now);
    if (!isAgain && text === this.last) return;
    this.last = text;
    this.send(now);
  }
}

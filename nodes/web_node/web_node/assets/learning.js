// How a training goes: one large figure, a few small ones, two curves. Hidden where nothing is trained.
const by = (id) => document.getElementById(id);
const percent = (share) => `${Math.round(100 * share)} %`;
const whole = (count) => count.toLocaleString("en-US");

export class Learning {
  constructor() {
    this.curves = [["own-curve", 1], ["helped-curve", 2]].map(([id, column]) => new Curve(by(id), column));
  }

  // Another run may answer at this address, and train nothing.
  hide() { delete document.body.dataset.training; }

  show({ curve, episodes, success, helped, target_steps: target }) {
    document.body.dataset.training = "";
    const [steps, own, rate, exchanges, updates, age] = curve.at(-1) ?? [0, null, null, 0, null, null];
    by("own-success").textContent = own === null ? "-" : percent(own);
    by("own-of").textContent = own === null ? "no episode has ended yet" : counted(episodes);
    by("last-episode").textContent = own === null ? "the first one runs" : `${success ? "solved" : "not solved"}, ${helped ? "with" : "without"} help`;
    by("steps-helped").textContent = rate === null ? "-" : percent(rate);
    by("updates").textContent = whole(updates ?? exchanges);
    by("updates-of").textContent = updates === null ? "new weights received" : "updates of the learner";
    by("weight-age").textContent = age === null ? "-" : duration(age);
    by("steps-driven").textContent = `${whole(steps)} of ${whole(target)}`;
    for (const drawn of this.curves) drawn.show(curve);
  }
}

const counted = (episodes) => (episodes < 20 ? `of the ${episodes === 1 ? "first episode" : `first ${episodes} episodes`}` : `of the last ${episodes} episodes`);
const duration = (seconds) => (seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`);

// A share over environment steps, as large as there is room, with letters of the page's size.
class Curve {
  constructor(picture, column) {
    Object.assign(this, { picture, column, points: [] });
    new ResizeObserver(() => this.draw()).observe(picture);
  }

  show(points) { this.points = points; this.draw(); }

  draw() {
    const { clientWidth: wide, clientHeight: high } = this.picture;
    const left = 42, right = 14, top = 8, bottom = 20;
    const end = Math.max(1, this.points.at(-1)?.[0] ?? 0);
    const x = (steps) => left + (steps / end) * (wide - left - right);
    const y = (share) => high - bottom - share * (high - top - bottom);
    const parts = [];
    for (const share of [0, 0.5, 1]) {
      parts.push(part("line", { class: "grid", x1: left, x2: wide - right, y1: y(share), y2: y(share) }));
      parts.push(part("text", { x: left - 6, y: y(share) + 4, "text-anchor": "end" }, percent(share)));
    }
    for (const steps of this.points.length ? ticks(end) : []) parts.push(part("text", { x: x(steps), y: high - 4, "text-anchor": "middle" }, short(steps)));
    const places = this.points.map((point) => [x(point[0]), y(point[this.column])]);
    if (places.length > 1) parts.push(part("polyline", { points: places.map((place) => place.map((at) => at.toFixed(1)).join()).join(" ") }));
    if (places.length) parts.push(part("circle", { cx: places.at(-1)[0], cy: places.at(-1)[1], r: 3.5 }));
    this.picture.replaceChildren(...parts);
  }
}

// Round numbers of steps, at most five of them.
function ticks(end) {
  const rough = end / 4, power = 10 ** Math.floor(Math.log10(rough));
  const apart = Math.max(1, [1, 2, 5, 10].find((times) => times * power >= rough) * power);
  return Array.from({ length: Math.floor(end / apart) + 1 }, (_, count) => count * apart);
}

const short = (steps) => (steps < 1000 ? String(steps) : `${Math.round(steps / 100) / 10}k`);

function part(kind, attributes, text = "") {
  const made = document.createElementNS("http://www.w3.org/2000/svg", kind);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = text;
  return made;
}

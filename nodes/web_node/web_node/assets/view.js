// What the page shows.
const by = (id) => document.getElementById(id);
const NOTICE_MS = 2500;

export class View {
  constructor() {
    this.you = null;
    this.seat = { driver: null, taken_over: false, viewers: [] };
    this.canvases = new Map();
    this.state = null;
    this.latency = null;
    this.isOpen = false;
    this.isOver = false;
  }

  get drives() { return this.you !== null && this.seat.driver === this.you; }

  linked(isOpen, isOver = false) {
    Object.assign(this, { isOpen, isOver });
    document.body.dataset.link = isOpen ? "live" : "lost";
    set("link", isOpen ? "live" : isOver ? "the run is over" : "connection lost");
    if (!isOpen) this.seat = { ...this.seat, driver: null, taken_over: false };
    this.prompt();
    this.who();
  }

  told(message) {
    if (message.about === "hello") this.you = message.you;
    else if (message.about === "seat") this.seat = message;
    else if (message.about === "latency") this.latency = message.ms;
    else if (message.about === "refused") notice(message.why);
    else if (message.about === "over") this.isOver = true;
    this.prompt();
    this.who();
    if (message.about === "seat") set("viewers", `Here: ${message.viewers.map(([number, name]) => (number === this.you ? `${name} (you)` : name)).join(", ")}`);
  }

  step(state, pictures) {
    this.state = state;
    document.body.dataset.phase = state.phase;
    set("task", state.task || "dora-hil");
    this.prompt();
    for (const [name, picture] of pictures) if (picture) this.paint(name, picture);
    this.figures(state);
    this.who();
  }

  // A picture may be painted later than the last word was said: that word stays.
  prompt() {
    if (this.isOver) set("prompt", "The run is over.");
    else if (!this.isOpen) set("prompt", "Connection lost: everything has been let go of. Trying again.");
    else if (this.state !== null) set("prompt", promptFor(this.state));
  }

  paint(name, picture) {
    if (!this.canvases.has(name)) this.canvases.set(name, camera(name));
    const canvas = this.canvases.get(name);
    if (canvas.width !== picture.width || canvas.height !== picture.height) Object.assign(canvas, { width: picture.width, height: picture.height });
    canvas.getContext("2d").drawImage(picture, 0, 0);
    picture.close();
  }

  who() {
    const { driver, viewers, taken_over: isTakenOver } = this.seat;
    const other = viewers.find(([number]) => number === driver)?.[1];
    let kind = "nobody", text = "nobody drives";
    if (this.drives) [kind, text] = ["you", "you drive"];
    else if (driver !== null) [kind, text] = ["other", `${other ?? "somebody"} drives`];
    else if (this.state?.phase === "running" && this.state.driver === "action") [kind, text] = ["policy", "the policy drives"];
    else if (this.state?.phase === "running" && this.state.driver.startsWith("intervention_") && this.state.driver !== "intervention_web") [kind, text] = ["other", `${this.state.driver.replace("intervention_", "")} drives`];
    document.body.dataset.who = kind;
    set("who", text);
    set("take-over", this.drives && isTakenOver ? "Hand back" : "Take over");
  }

  figures(state) {
    const owner = state.owner ?? {};
    const count = owner.target ? `${owner.saved} of ${owner.target}` : String(owner.saved ?? state.kept);
    const period = state.control_dt_s ? ` of ${Math.round(10 / state.control_dt_s) / 10}` : "";
    figure("episode", state.episode < 0 ? "-" : state.episode);
    figure("step", state.step < 0 ? "-" : state.step);
    figure("saved", count);
    figure("success", state.kept ? `${state.successes} of ${state.kept}` : "-");
    figure("reward", state.reward);
    figure("seed", state.seed < 0 ? "-" : state.seed);
    figure("rate", state.rate_hz === null ? "-" : `${state.rate_hz}${period} Hz`);
    figure("missed ticks", state.missed_ticks, state.missed_ticks > 0 ? "bad" : "");
    figure("late steps", state.late, state.late > 0 ? "bad" : "");
    figure("picture delay", this.latency ? `${Math.round(this.latency.median)} ms` : "-");
    figure("delay, 95 %", this.latency ? `${Math.round(this.latency.p95)} ms` : "-");
    figure("safety", state.safety || "-", state.safety ? "bad" : "");
  }
}

function promptFor(state) {
  const { phase, last } = state;
  if (state.run_over) return "The run is over.";
  if (phase === "running") return `Episode ${state.episode} is running: Space or Next ends it, R does it again.`;
  const ending = last.end_reason ? `Episode ${last.episode} ended: ${last.end_reason.replaceAll("_", " ")}. ` : "";
  if (phase === "done") return `${ending}Space or Next keeps it, R does it again.`;
  return `${ending}Space or Next begins the next episode.`;
}

function camera(name) {
  const frame = document.createElement("figure"), caption = document.createElement("figcaption"), canvas = document.createElement("canvas");
  caption.textContent = name;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `camera ${name}`);
  frame.append(canvas, caption);
  by("cameras").append(frame);
  return canvas;
}

function figure(name, value, mark = "") {
  const id = `figure-${name.replaceAll(/[^a-z]+/g, "-")}`;
  if (!by(id)) {
    const group = document.createElement("div"), term = document.createElement("dt"), text = document.createElement("dd");
    term.textContent = name;
    text.id = id;
    group.append(term, text);
    by("figures").append(group);
  }
  set(id, String(value));
  if (by(id).className !== mark) by(id).className = mark;
}

function set(id, text) { if (by(id).textContent !== text) by(id).textContent = text; }

let hiding = 0;
function notice(text) {
  set("notice", text);
  by("notice").classList.add("shown");
  clearTimeout(hiding);
  hiding = setTimeout(() => by("notice").classList.remove("shown"), NOTICE_MS);
}

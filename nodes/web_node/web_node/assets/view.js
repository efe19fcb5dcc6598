// What the page shows.
import { Learning } from "./learning.js";
import { Pictures } from "./pictures.js";
import { statement, tally, timeLeft } from "./words.js";

const by = (id) => document.getElementById(id);
const NOTICE_MS = 2500;
const LATE_MS = 400;

export class View {
  constructor() {
    this.you = null;
    this.seat = { driver: null, taken_over: false, viewers: [] };
    this.pictures = new Pictures(by("cameras"));
    this.learning = new Learning();
    this.state = null;
    this.latency = null;
    this.isOpen = false;
    this.isOver = false;
    this.lastWord = null;
    this.endedHere = null;
    this.troubles = "";
    this.deeds = null;
  }

  get drives() { return this.you !== null && this.seat.driver === this.you; }

  get otherDriver() {
    const { driver, viewers } = this.seat;
    if (driver === null || driver === this.you) return null;
    return viewers.find(([number]) => number === driver)?.[1] ?? "somebody";
  }

  linked(isOpen, isOver = false) {
    Object.assign(this, { isOpen, isOver });
    document.body.dataset.link = isOpen ? "live" : "lost";
    if (!isOpen) this.seat = { ...this.seat, driver: null, taken_over: false };
    this.say();
  }

  told(message) {
    if (message.about === "hello") { this.you = message.you; this.learning.hide(); }
    else if (message.about === "training") this.learning.show(message);
    else if (message.about === "seat") this.seat = message;
    else if (message.about === "latency") this.latency = message.ms;
    else if (message.about === "refused") this.notice(message.why);
    else if (message.about === "over") Object.assign(this, { isOver: true, lastWord: message.owner });
    this.say();
    if (message.about === "seat") set("viewers", `Here: ${message.viewers.map(([number, name]) => (number === this.you ? `${name} (you)` : name)).join(", ")}`);
  }

  // Somebody here has commanded it: an episode that ends now was ended by this person.
  did(deed) { if (deed === "next" && this.state?.phase === "running") this.endedHere = this.state.episode; }

  step(state, pictures) {
    this.state = state;
    // What is being written stays.
    if (document.activeElement !== by("task")) set("task", state.task || "dora-hil");
    for (const [name, picture] of pictures) if (picture) this.pictures.paint(name, picture);
    this.figures(state);
    this.say();
  }

  // A picture may be painted later than the last word was said: that word stays.
  say() {
    const { isOpen, isOver, lastWord, state } = this;
    const endedHere = this.endedHere !== null && this.endedHere === state?.last.episode;
    const said = statement({ isOpen, isOver, lastWord, state, endedHere, otherDriver: this.otherDriver });
    document.body.dataset.state = said.name;
    set("state", said.title);
    setIn("#prompt .keys", said.keys);
    setIn("#prompt .touch", said.touch);
    this.deeds?.show(said);
    this.tally();
    this.time();
    this.who();
    this.trouble();
  }

  tally() {
    if (this.state === null) return;
    const { owner, kept, successes } = this.state;
    const [word, count] = tally(this.lastWord ?? owner, kept);
    figure("tally", "saved", count, word);
    figure("tally", "success", kept ? `${successes} of ${kept}` : "-", "succeeded");
  }

  time() {
    const left = this.isOpen && !this.isOver && this.state ? timeLeft(this.state) : null;
    set("left", left === null ? "" : `${Math.ceil(left.seconds)} s left`);
    by("bar").firstElementChild.style.transform = `scaleX(${left?.share ?? 0})`;
    by("bar").className = left !== null && left.share < 0.2 ? "short" : "";
  }

  who() {
    const isTakenOver = this.seat.taken_over, other = this.otherDriver;
    const isRunning = this.state?.phase === "running" && !this.isOver;
    let kind = "nobody", text = "nobody drives";
    if (this.drives) [kind, text] = ["you", "you drive"];
    else if (other !== null) [kind, text] = ["other", `${other} drives`];
    else if (isRunning && this.state.driver === "action") [kind, text] = ["policy", "the policy drives"];
    else if (isRunning && this.state.driver.startsWith("intervention_") && this.state.driver !== "intervention_web") [kind, text] = ["other", `${this.state.driver.replace("intervention_", "")} drives`];
    document.body.dataset.who = kind;
    set("who", text);
    set("take-over", this.drives && isTakenOver ? "Hand back" : "Take over");
  }

  // The drawer opens itself when something new is wrong; closed by hand, it stays so for that.
  trouble() {
    const delay = this.latency?.median > LATE_MS ? ["the pictures come late"] : [];
    const troubles = this.isOpen && this.state && !this.isOver ? [...this.state.trouble, ...delay] : [];
    const kinds = troubles.map((trouble) => trouble.replaceAll(/[0-9]+/g, "")).join();
    set("link", this.isOver ? "over" : !this.isOpen ? "connection lost" : troubles.length ? "trouble" : "live");
    set("trouble", troubles.length ? troubles.join(" · ") : "Figures");
    if (troubles.length) document.body.dataset.trouble = ""; else delete document.body.dataset.trouble;
    if (kinds === this.troubles) return;
    this.troubles = kinds;
    by("drawer").open = troubles.length > 0;
  }

  figures(state) {
    const period = state.control_dt_s ? ` of ${Math.round(10 / state.control_dt_s) / 10}` : "";
    figure("figures", "episode", state.episode < 0 ? "-" : state.episode);
    figure("figures", "step", state.step < 0 ? "-" : state.step);
    figure("figures", "seed", state.seed < 0 ? "-" : state.seed);
    figure("figures", "reward", state.reward);
    figure("figures", "rate", state.rate_hz === null ? "-" : `${state.rate_hz}${period} Hz`);
    figure("figures", "missed-ticks", state.missed_ticks, "missed ticks", state.missed_ticks > 0);
    figure("figures", "late-steps", state.late, "late steps", state.late > 0);
    figure("figures", "picture-delay", this.latency ? `${Math.round(this.latency.median)} ms` : "-", "picture delay");
    figure("figures", "delay-95", this.latency ? `${Math.round(this.latency.p95)} ms` : "-", "delay, 95 %");
    figure("figures", "safety", state.safety || "-", "safety", Boolean(state.safety));
  }

  notice(text) {
    set("notice", text);
    by("notice").classList.add("shown");
    clearTimeout(this.hiding);
    this.hiding = setTimeout(() => by("notice").classList.remove("shown"), NOTICE_MS);
  }
}

function figure(place, name, value, label = name, isBad = false) {
  const id = `figure-${name}`;
  if (!by(id)) {
    const group = document.createElement("div"), term = document.createElement("dt"), text = document.createElement("dd");
    text.id = id;
    group.append(term, text);
    by(place).append(group);
  }
  const [term, text] = by(id).parentElement.children;
  if (term.textContent !== label) term.textContent = label;
  set(id, String(value));
  text.classList.toggle("bad", isBad);
}

function set(id, text) { if (by(id).textContent !== text) by(id).textContent = text; }
function setIn(selector, text) { const found = document.querySelector(selector); if (found.textContent !== text) found.textContent = text; }

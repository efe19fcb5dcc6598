"use strict";
const cards = document.getElementById("cards");
const articles = [...cards.children];
const tools = document.getElementById("tools");
const picked = document.getElementById("picked");
const root = document.getElementById("root");
const EVERY_MS = 110;
const PAUSE = 6;
const box = (article) => article.querySelector("input");

function arrange() {
  const key = tools.sort.value;
  const sign = tools.descending.checked ? -1 : 1;
  // What an episode does not have comes last, whichever way round.
  const value = (a) => (a.dataset[key] === "" ? Infinity : sign * Number(a.dataset[key]));
  const byNumber = (a, b) => a.dataset.index - b.dataset.index;
  const order = (a, b) => (value(a) === value(b) ? byNumber(a, b) : value(a) - value(b));
  cards.append(...[...articles].sort(order));
  for (const article of articles) {
    article.hidden =
      (tools.flagged.checked && article.dataset.flags === "0") ||
      (tools.outcome.value !== "" && article.dataset.outcome !== tools.outcome.value);
  }
  const shown = articles.filter((a) => !a.hidden).length;
  tools.shown.value = `${shown} of ${articles.length} shown`;
  document.getElementById("none").hidden = shown > 0;
}

function collect() {
  const ticked = articles.filter((a) => box(a).checked).map((a) => a.dataset.index);
  picked.hidden = ticked.length === 0;
  document.getElementById("count").textContent = `${ticked.length} ticked`;
  for (const code of picked.querySelectorAll("code")) {
    const episodes = document.createElement("b");
    episodes.textContent = `--episode_indices "[${ticked.join(",")}]"`;
    code.replaceChildren(`${code.dataset.command} --root ${quoted(root.value)} `, episodes);
  }
}

// For a shell; a page that was sent to somebody does not know where the dataset lies there.
const quoted = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`);

// An episode plays while it is pointed at: all its cameras, and a line through its curves.
class Film {
  constructor(article) {
    this.figures = [...article.querySelectorAll("figure[data-sprite]")];
    this.now = article.querySelector("line.now");
    this.timer = 0;
    this.films = document.createElement("div");
    this.films.className = "films";
    this.pictures = article.querySelector(".pictures");
    for (const event of ["pointerenter", "focusin"]) this.pictures.addEventListener(event, () => this.play());
    for (const event of ["pointerleave", "focusout"]) this.pictures.addEventListener(event, () => this.stop());
  }

  async play() {
    if (this.timer) return;
    const frames = this.figures[0].dataset.frames.split(",").map(Number);
    let next = 0;
    this.timer = setInterval(() => this.show(frames, next++ % (frames.length + PAUSE)), EVERY_MS);
    this.screens ??= await Promise.all(this.figures.map((figure) => screen(figure, frames.length)));
    this.films.replaceChildren(...this.screens.map(({ canvas }) => canvas));
    if (this.timer) this.pictures.append(this.films);
  }

  // Beyond its last frame it stays there for a moment, and begins again.
  show(frames, number) {
    const shown = Math.min(number, frames.length - 1);
    for (const { canvas, sheet } of this.screens ?? []) {
      canvas.getContext("2d").drawImage(sheet, shown * canvas.width, 0, canvas.width, canvas.height, 0, 0, canvas.width, canvas.height);
      canvas.dataset.frame = frames[shown];
    }
    if (!this.now) return;
    this.now.removeAttribute("hidden");
    for (const end of ["x1", "x2"]) this.now.setAttribute(end, frames[shown]);
  }

  stop() {
    clearInterval(this.timer);
    this.timer = 0;
    this.films.remove();
    this.now?.setAttribute("hidden", "");
  }
}

async function screen(figure, count) {
  const sheet = new Image(), canvas = document.createElement("canvas");
  sheet.src = figure.dataset.sprite;
  await sheet.decode();
  Object.assign(canvas, { className: "film", width: sheet.width / count, height: sheet.height });
  return { canvas, sheet };
}

async function copy(button) {
  const code = button.previousElementSibling;
  try {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(code);
    button.textContent = "Selected";
  }
  setTimeout(() => (button.textContent = "Copy"), 1500);
}

function tick(value, among) {
  for (const article of among) box(article).checked = value;
  collect();
}

tools.addEventListener("submit", (event) => event.preventDefault());
tools.addEventListener("change", arrange);
cards.addEventListener("change", collect);
root.addEventListener("input", collect);
for (const article of articles) if (article.querySelector("figure[data-sprite]")) new Film(article);
for (const button of picked.querySelectorAll(".command button")) {
  button.addEventListener("click", () => copy(button));
}
document.getElementById("all").addEventListener("click", () => {
  tick(true, articles.filter((a) => !a.hidden));
});
document.getElementById("clear").addEventListener("click", () => tick(false, articles));
// A link to an episode that is filtered away shows it.
addEventListener("hashchange", () => {
  const target = document.getElementById(location.hash.slice(1));
  if (target?.hidden) {
    tools.flagged.checked = false;
    tools.outcome.value = "";
    arrange();
    target.scrollIntoView();
  }
});
arrange();
collect();

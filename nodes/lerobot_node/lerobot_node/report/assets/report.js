"use strict";
const cards = document.getElementById("cards");
const articles = [...cards.children];
const tools = document.getElementById("tools");
const picked = document.getElementById("picked");
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
    code.textContent = `${code.dataset.command} --episode_indices "[${ticked.join(",")}]"`;
  }
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

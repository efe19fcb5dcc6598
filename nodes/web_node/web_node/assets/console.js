// Wires the parts: what the hands hold goes to the node, what the node says goes on the page.
import { Deeds } from "./deeds.js";
import { Hands } from "./hands.js";
import { isWriting, Keyboard } from "./keyboard.js";
import { Link } from "./link.js";
import { Pad } from "./pad.js";
import { Stick } from "./stick.js";
import { View } from "./view.js";

const by = (id) => document.getElementById(id);
const view = new View();
const link = new Link({
  opened: () => { view.linked(true); sayName(); hands.say(true); },
  closed: (isOver) => { hands.letGo(); view.linked(false, isOver); },
  told: (message) => { view.told(message); hands.drives = view.drives; },
  step: (state, pictures) => view.step(state, pictures),
});
const hands = new Hands((held) => link.say(held));
// Who commands drives from now on: waiting for the node's word of it could look like silence.
const act = (deed, held_ms = 0) => { link.say({ say: "do", deed, held_ms }); hands.drives = true; view.did(deed); };
const deeds = new Deeds(act, (name) => view.notice(`hold ${name} until it is full`));
view.deeds = deeds;

const keyboard = new Keyboard(hands, deeds);
const sticks = [
  new Stick(by("stick-xy"), (right, up) => hands.hold("xy", [], [up, -right, 0])),
  new Stick(by("stick-z"), (_, up) => hands.hold("z", [], [0, 0, up]), { isTall: true }),
];
const pad = new Pad(hands, deeds);
hands.onLetGo = () => { keyboard.letGo(); sticks.forEach((stick) => stick.letGo()); pad.letGo(); deeds.letGo(); grip(false); };

function grip(isClosed) {
  by("grip").setAttribute("aria-pressed", isClosed);
  hands.hold("grip", isClosed ? ["close_gripper"] : [], [0, 0, 0]);
}
by("grip").addEventListener("click", () => grip(by("grip").getAttribute("aria-pressed") !== "true"));

// A button that was clicked must not take the next Space for itself; one reached by Tab may.
document.addEventListener("click", (event) => { if (event.detail > 0 && !isWriting(event)) document.activeElement?.blur?.(); });

const sayName = () => { if (by("name").value) link.say({ say: "name", name: by("name").value }); };
by("name").value = localStorage.getItem("name") ?? "";
by("name").addEventListener("change", () => { localStorage.setItem("name", by("name").value); sayName(); });

// Enter tells it; left in any other way, the field shows again what the robot was told.
by("task").addEventListener("keydown", (event) => {
  if (event.key === "Enter") {
    event.preventDefault();
    const task = by("task").textContent.trim().slice(0, 200);
    if (task) link.say({ say: "task", task });
  }
  if (event.key === "Enter" || event.key === "Escape") by("task").blur();
});
by("task").addEventListener("focus", () => hands.letGo());

// A page that is not looked at drives nothing.
window.addEventListener("blur", () => hands.letGo());
document.addEventListener("visibilitychange", () => { if (document.hidden) hands.letGo(); });
link.open();

// What a person is told of the run, and which buttons make sense now.
const ENDS = {
  success: "Solved", failure: "Judged a failure", time_limit: "The time was up", out_of_bounds: "Out of bounds",
  operator: "Ended by a person", rerecord: "Discarded", stop: "Stopped", fault: "Stopped by a fault",
};
const SAVED = { recorder: "saved", evaluator: "evaluated", replayer: "replayed", actor: "driven" };
const UNDO_S = 3;
const EVERYTHING = ["next", "success", "failure", "take_over", "rerecord", "stop"];

// Returns name (for the looks), title, prompt for keys and for fingers, next and again (the words on
// these buttons), leads (the button that stands out) and live (those that do something now).
export function statement({ isOpen, isOver, lastWord, state, endedHere, otherDriver }) {
  if (isOver) return ending(lastWord, state);
  if (!isOpen) return says("lost", "Connection lost", "Everything has been let go of. Trying again.");
  if (state === null) return says("waiting", "Waiting for the robot", "Nothing has been heard of it yet.");
  if (state.run_over || state.phase === "over") return says("over", "Finishing", "What is left to be saved is being saved.");
  const what = { running, done, resetting }[state.phase];
  const said = what(state, endedHere);
  if (otherDriver === null) return said;
  const aside = `${otherDriver} drives. You see the same, and may stop the run.`;
  return { ...said, keys: aside, touch: aside, leads: "", live: said.live.filter((deed) => deed === "stop") };
}

function running(state) {
  const name = state.owner?.role === "recorder" ? "recording" : "running";
  const title = name === "recording" ? "Recording" : "Running";
  if (state.driver === "action") {
    return { ...says(name, title, "T, or any key that moves the arm, takes over.", "Take over, or just move a stick, where it needs help."), next: "End", leads: "take_over", live: EVERYTHING };
  }
  return { ...says(name, title, "Do the task. S: it is done. F: it failed. Space just ends it.", "Do the task, then tap Success or Failure."), next: "End", leads: "success", live: EVERYTHING };
}

function done(state, endedHere) {
  if (state.discard_in_s !== null) {
    const name = `Episode ${state.episode}`;
    return { ...says("verdict", "Discarding", `${name} is discarded and done again. Space keeps it after all; hold R to think again.`, `${name} is discarded and done again. Tap Keep to keep it after all.`), next: "Keep", again: "Undo", leads: "next", live: ["next", "rerecord", "stop"] };
  }
  const why = ended(state.last, endedHere);
  return { ...says("verdict", "Keep it?", `${why} Space keeps it; hold R to do it again.`, `${why} Tap Keep, or hold Again to do it again.`), next: "Keep", leads: "next", live: ["next", "rerecord", "stop"] };
}

function resetting(state, endedHere) {
  const { last, owner, advance } = state;
  const before = { keep: `Episode ${last.episode} is kept. `, discard: `Episode ${last.episode} is discarded. ` }[last.verdict] ?? "";
  if (advance === "auto") return { ...says("ready", "Between two episodes", `${ended(last, endedHere)} The next begins by itself.`.trim()), live: ["take_over", "stop"] };
  const which = owner?.target ? `episode ${owner.saved + 1} of ${owner.target}` : "an episode";
  return { ...says("ready", "Ready when you are", `${before}Space begins ${which}.`, `${before}Tap Begin for ${which}.`), next: "Begin", leads: "next", live: ["next", "take_over", "stop"] };
}

function ending(word, state) {
  const isOk = word?.ok !== false;
  const message = word?.message ?? "";
  const count = isOk && (word?.role === "body" || !message) ? counted(word, state) : "";
  const sentences = [count, message].filter(Boolean);
  return says(isOk ? "over" : "failed", isOk ? "The run is over" : "The run has failed", sentences.join(" ") || "This page can be closed.");
}

function counted(word, state) {
  if (word?.role === "body") return state ? `${episodes(state.kept)} kept.` : "";
  return word && SAVED[word.role] ? `${episodes(word.saved)} ${SAVED[word.role]}.` : "";
}

// The word for what counts, and how many there are.
export function tally(owner, kept) {
  if (!owner || owner.role === "body") return ["kept", owner?.target ? `${kept} of ${owner.target}` : String(kept)];
  return [SAVED[owner.role] ?? "episodes", owner.target ? `${owner.saved} of ${owner.target}` : String(owner.saved)];
}

// Seconds of the episode that are left, or until a discard is final, and their share; null where
// nothing runs out.
export function timeLeft({ phase, step, max_steps: limit, control_dt_s: period, discard_in_s: discard }) {
  if (phase === "done" && discard !== null) return { seconds: discard, share: Math.min(1, discard / UNDO_S) };
  if (phase !== "running" || !limit || step < 0) return null;
  const steps = Math.max(0, limit - step);
  return { seconds: steps * period, share: steps / limit };
}

const ended = (last, endedHere) => (!last.end_reason ? "" : last.end_reason === "operator" && endedHere ? "Ended by you." : `${ENDS[last.end_reason] ?? last.end_reason}.`);
const episodes = (count) => (count === 1 ? "1 episode" : `${count} episodes`);
const says = (name, title, keys, touch = keys) => ({ name, title, keys, touch, next: "Next", again: "Again", leads: "", live: [] });

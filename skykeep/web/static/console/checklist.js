// What is to be done, step by step: a tick is a note of the incident, so that all officers and the record have it.
import { html } from "./dom.js";
import { t } from "./words.js";
import * as units from "./units.js";

/** @typedef {import("./live.js").Console} Console */
/** @typedef {{ name: string, step: { words: string, said: string, detail: string }[] }} Steps `words` as the record has it, `said` in the reader's language */
/** @typedef {{ words: string, said: string, detail: string, act: any | null }} Step `act`: who ticked it, and when; null: it is to be done */
const DONE = "[x] ", UNDONE = "[ ] ";

/** The checklist of an incident, by what it is about. @param {Console} app @param {number} id @returns {Steps | null} */
function listOf(app, id) {
  const now = app.sky.incidents.get(id), { checklists } = app.told;
  if (!now) return null;
  const parts = now.about.split(":");
  for (let n = parts.length; n > 0; n--) if (checklists[parts.slice(0, n).join(":")]) return checklists[parts.slice(0, n).join(":")];
  return checklists[""] ?? null;
}

/** The steps of an incident, as they stand; null where its log was not read yet. @param {Console} app @param {number} id @returns {Step[] | null} */
export function stepsOf(app, id) {
  const list = listOf(app, id), whole = app.incidents.get(id);
  if (!list || !whole) return null;
  /** @type {Map<string, any>} */ const last = new Map();
  for (const act of whole.acts) if (act.deed === "note" && [DONE, UNDONE].includes(act.words.slice(0, 4))) last.set(act.words.slice(4), act);
  return list.step.map(({ words, said, detail }) => {
    const act = last.get(words);
    return { words, said, detail, act: act?.words.startsWith(DONE) ? act : null };
  });
}

/** A note that is a tick, in words for the log; null where it is an ordinary note. @param {Console} app @param {number} id @param {string} words */
export function tickWords(app, id, words) {
  const done = words.startsWith(DONE), bare = words.slice(4), step = listOf(app, id)?.step.find((each) => each.words === bare)?.said ?? bare;
  if (done) return `✓ ${step}`;
  return words.startsWith(UNDONE) ? t("not done after all: {step}", { step }) : null;
}

/** Whether whoever looks can tick steps of an incident now. @param {Console} app @param {number} id */
function can(app, id) {
  return app.told.may["incident.note"] && app.connected() && app.sky.incidents.get(id)?.state === "open" && app.acts.of(`step ${id}`)?.state !== "sending";
}

/** @param {Console} app @param {number} id @param {Step} step */
export function tick(app, id, step) {
  if (!can(app, id)) return;
  void app.acts.send(`step ${id}`, `/incidents/${id}/note`, { words: (step.act ? UNDONE : DONE) + step.words }, { done: step.act ? t("It stands as not done.") : t("Done: {step}", { step: step.said }) });
}

/** Tick the next step of the incident that is shown. @param {Console} app */
export function tickNext(app) {
  const selected = app.ui.selected, shown = [...app.sky.incidents.values()].find((each) => each.state === "open" && selected !== null && each.tracks.includes(selected));
  const next = shown && stepsOf(app, shown.id)?.find((each) => !each.act);
  if (shown && next) tick(app, shown.id, next);
}

/** @param {{ app: Console, id: number }} properties */
export function Checklist({ app, id }) {
  const list = listOf(app, id), steps = stepsOf(app, id), going = app.acts.of(`step ${id}`);
  if (!list || !steps?.length) return null;
  const next = steps.find((each) => !each.act);
  return html`<section class="steps" aria-label=${t("Checklist")}><div class="hd sub"><h4>${list.name}</h4><span class="sp"></span><span class="dim sm num">${t("{done} / {all}", { done: steps.filter((each) => each.act).length, all: steps.length })}</span></div>
    <ul>${steps.map((step) => html`<${Line} key=${step.words} app=${app} id=${id} step=${step} next=${step === next} />`)}</ul>
    ${going?.state === "sending" ? html`<p class="dim sm pad" role="status">${t("Sending…")}</p>` : null}
    ${going?.state === "failed" ? html`<p class="failed pad">${going.words} <button class="btn" onClick=${going.again}>${t("Retry")}</button> <button class="btn" onClick=${() => app.acts.forget(`step ${id}`)}>${t("Dismiss")}</button></p>` : null}</section>`;
}

/** @param {{ app: Console, id: number, step: Step, next: boolean }} properties */
function Line({ app, id, step, next }) {
  const { act } = step, may = can(app, id);
  return html`<li class=${`step ${next ? "now" : ""} ${act ? "done" : ""}`}><label class="radio"><input type="checkbox" checked=${!!act} disabled=${!may} onClick=${(/** @type {Event} */ event) => {
    event.preventDefault(); // it is ticked when the station says so
    tick(app, id, step);
  }} /><span>${step.said}${step.detail ? html`<br /><span class="dim sm">${step.detail}</span>` : null}</span></label>
    ${act ? html`<span class="dim sm num">${act.person} ${units.utc(Number(act.t_ns) / 1e6).slice(0, 5)} UTC</span>` : next && may ? html`<kbd>⏎</kbd>` : null}</li>`;
}

// The keyboard: single keys for what is done often. Ignored in fields, and they can be turned off (WCAG 2.1.4).
import { html } from "./dom.js";
import { active } from "./alarms.js";
import { tickNext } from "./checklist.js";
import { listed } from "./table.js";
import { t } from "./words.js";

const KEPT = "skykeep.keys";
/** @typedef {import("./live.js").Console} Console */

export const keysOn = () => localStorage.getItem(KEPT) !== "off";
/** @param {boolean} on */
export const turnKeys = (on) => localStorage.setItem(KEPT, on ? "on" : "off");

/** @param {Console} app @returns {Record<string, () => void>} */
function table(app) {
  // What was picked and is over gives way to nothing: a key never falls on an alarm that nobody looked at.
  const alarm = () => (app.ui.alarm === null ? active(app.sky.alarms.values())[0] : app.sky.alarms.get(app.ui.alarm));
  const on = (/** @type {(it: import("./rows.js").Alarm) => void} */ act) => {
    const it = alarm();
    if (it) act(it);
  };
  const step = (/** @type {number} */ by) => {
    const order = active(app.sky.alarms.values()), at = order.findIndex((each) => each.id === app.ui.alarm);
    if (order.length) app.pickAlarm(order[at < 0 ? (by > 0 ? 0 : order.length - 1) : (at + by + order.length) % order.length].id);
  };
  const flight = (/** @type {number} */ by) => {
    const order = listed(app), at = order.findIndex((each) => each.id === app.ui.selected);
    if (order.length) app.select(order[(at + by + order.length) % order.length].id);
  };
  const kinds = app.told.legend.map(([kind]) => kind);
  return {
    j: () => step(1), k: () => step(-1), n: () => flight(1), p: () => flight(-1),
    a: () => on((it) => app.deeds.acknowledge(it)), s: () => on((it) => app.openForm(`alarm ${it.id}`, "shelve")),
    e: () => on((it) => it.incident && app.openForm(`alarm ${it.id}`, "escalate")),
    f: () => app.ui.selected !== null && app.follow(app.ui.selected), "/": () => app.find(), t: () => app.toTable(), m: () => app.mute(),
    Enter: () => (app.draws() ? app.drew() : tickNext(app)), "?": () => app.showKeys(true), Escape: () => app.back(),
    ...Object.fromEntries(kinds.slice(0, 6).map((kind, place) => [String(place + 1), () => app.toggle(kind)])),
  };
}

/** @param {Console} app */
export function listen(app) {
  document.addEventListener("keydown", (event) => {
    const inField = event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]");
    if (event.ctrlKey || event.metaKey || event.altKey || (inField && event.key !== "Escape")) return;
    if (event.key !== "Escape" && !keysOn()) return;
    const deed = table(app)[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!deed) return;
    if (event.key === "Enter" && event.target instanceof Element && event.target.closest("button, a, summary")) return; // it presses that
    if (event.repeat && ["a", "s", "e", "enter"].includes(event.key.toLowerCase())) return; // held down, it is one press
    if (event.key !== "Escape" && document.querySelector("dialog[open]")) return;
    event.preventDefault();
    deed();
  });
}

/** @param {{ app: Console }} properties */
export function KeyList({ app }) {
  const rows = [["J", t("next alarm")], ["K", t("previous alarm")], ["A", t("acknowledge")], ["S", t("shelve")], ["E", t("escalate")], ["⏎", t("tick the next step")], ["N", t("next flight")], ["P", t("previous flight")],
    ["F", t("follow the flight")], ["/", t("find")], ["T", t("table of flights")], ["1–6", t("show or hide a kind")], ["M", t("mute for 60 s")], ["Esc", t("back")], ["?", t("this list")]];
  const set = (/** @type {Event} */ event) => turnKeys(/** @type {HTMLInputElement} */ (event.target).checked);
  return html`<dialog id="keys" aria-labelledby="keys-head" onClose=${() => app.showKeys(false)}><h2 id="keys-head">${t("Keys")}</h2>
    <dl>${rows.map(([key, does]) => html`<dt><kbd>${key}</kbd></dt><dd>${does}</dd>`)}</dl>
    <label class="radio"><input type="checkbox" checked=${keysOn()} onChange=${set} /> ${t("Single keys are on")}</label>
    <form method="dialog"><button class="btn pri">${t("Close")}</button></form></dialog>`;
}

// Keys of the replay. Ignored in fields of words; they can be turned off, as on the live screen (WCAG 2.1.4).
import { html } from "./dom.js";
import { keysOn, turnKeys } from "./keys.js";
import { listed } from "./table.js";
import { t } from "./words.js";

/** @typedef {import("./replay.js").Replay} Replay */

/** @param {Replay} app @returns {Record<string, () => void>} */
function table(app) {
  const flight = (/** @type {number} */ by) => {
    const order = listed(app), at = order.findIndex((each) => each.id === app.ui.selected);
    if (order.length) app.select(order[(at + by + order.length) % order.length].id);
  };
  return {
    " ": () => app.turn(), arrowleft: () => app.step(-1), arrowright: () => app.step(1), home: () => app.seek(app.player.from), end: () => app.seek(app.player.until),
    j: () => app.toLine(1), k: () => app.toLine(-1), n: () => flight(1), p: () => flight(-1), "+": () => app.faster(1), "-": () => app.faster(-1),
    b: () => app.bookmark(), l: () => app.toLive(), f: () => app.ui.selected !== null && app.follow(app.ui.selected), t: () => app.toTable(), "/": () => app.find(),
    "?": () => app.showKeys(true), escape: () => app.back(),
    ...Object.fromEntries(app.told.legend.slice(0, 6).map(([kind], place) => [String(place + 1), () => app.toggle(kind)])),
  };
}

/** @param {Replay} app */
export function listen(app) {
  document.addEventListener("keydown", (event) => {
    const key = event.key.toLowerCase(), at = event.target instanceof Element ? event.target : document.body;
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (key !== "escape" && (ownKey(at, key) || !keysOn())) return;
    const deed = table(app)[key];
    if (!deed || (event.repeat && "bl".includes(key))) return;
    event.preventDefault();
    deed();
  });
}

/** Whether what has the focus takes this key itself: a field its letters, a button Space, a slider or a map the arrows. @param {Element} at @param {string} key */
function ownKey(at, key) {
  if (at.closest("input:not([type=range]), textarea, select")) return true;
  if (key === " ") return at.closest("button, a, summary, [role=tab]") !== null && at.id !== "play";
  return ["arrowleft", "arrowright", "home", "end"].includes(key) && at.closest("input[type=range], #ground, #log") !== null;
}

/** @param {{ app: Replay }} properties */
export function KeyList({ app }) {
  const rows = [[t("Space"), t("play, pause")], ["←  →", t("one second back, on")], ["J  K", t("next, previous line")], ["+  −", t("faster, slower")], ["B", t("bookmark")], ["L", t("to live")],
    ["N  P", t("next, previous flight")], ["F", t("follow the flight")], ["T", t("table of flights")], ["/", t("find")], ["1–6", t("show or hide a kind")], ["Esc", t("back")], ["?", t("this list")]];
  return html`<dialog id="keys" aria-labelledby="keys-head" onClose=${() => app.showKeys(false)}><h2 id="keys-head">${t("Keys")}</h2>
    <dl>${rows.map(([key, does]) => html`<dt><kbd>${key}</kbd></dt><dd>${does}</dd>`)}</dl>
    <label class="radio"><input type="checkbox" checked=${keysOn()} onChange=${(/** @type {Event} */ event) => turnKeys(/** @type {HTMLInputElement} */ (event.target).checked)} /> ${t("Single keys are on")}</label>
    <form method="dialog"><button class="btn pri">${t("Close")}</button></form></dialog>`;
}

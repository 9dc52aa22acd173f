// An incident beside its track: who holds it, what was done, and notes, hand-over, escalation and its end.
import { html } from "./dom.js";
import { ReasonForm, notConnected } from "./alarms.js";
import { Checklist, tickWords } from "./checklist.js";
import { t, tn } from "./words.js";
import * as units from "./units.js";

/** @typedef {import("./live.js").Console} Console */
const DEEDS = ["hand_over", "escalate", "close", "reopen"];

/** @param {string} deed @returns {{ button: string, ask: string, send: string }} */
function wordsOf(deed) {
  return /** @type {any} */ ({
    hand_over: { button: t("Hand over…"), ask: t("To whom? Account name"), send: t("Hand over") },
    escalate: { button: t("Escalate…"), ask: t("Why escalate?"), send: t("Escalate") },
    close: { button: t("Close incident…"), ask: t("How did it end?"), send: t("Close incident") },
    reopen: { button: t("Open again…"), ask: t("Why open it again?"), send: t("Open again") },
  })[deed];
}

/** @param {{ app: Console, id: number }} properties */
export function IncidentPart({ app, id }) {
  const now = app.sky.incidents.get(id), whole = app.incidents.get(id);
  if (!now) return null;
  const state = now.state === "open" ? t("open") : now.state === "closed" ? t("closed") : t("part of incident {n}", { n: now.mergedInto ?? "" });
  return html`<section class="incident" aria-label=${t("Incident {n}", { n: id })}>
    <div class="hd sub"><h3>${t("Incident {n}", { n: id })}</h3><span class="pill">${state}</span><span class="sp"></span><a href=${`/replay?incident=${id}`}>${t("replay")}</a> <a href=${`/i/${id}`}>${t("page")}</a></div>
    <p class="sm dim pad">${[now.holder === null ? t("nobody holds it") : t("held by {who}", { who: now.holder || t("An officer") }), now.escalation ? t("escalated {n}×", { n: now.escalation }) : "", tn(now.tracks.length, "{n} flight", "{n} flights"), t("since {time} UTC", { time: units.utc(now.opened) })].filter(Boolean).join(" · ")}</p>
    <${Checklist} app=${app} id=${id} />
    <ol class="log">${(whole?.acts ?? []).slice().reverse().map((/** @type {any} */ act) => entry(app, id, act))}</ol>
    <${Doings} app=${app} id=${id} now=${now} /></section>`;
}

/** @param {Console} app @param {number} id @param {any} act @returns {unknown} */
function entry(app, id, act) {
  const deed = /** @type {Record<string, string>} */ ({ open: t("opened"), ack: t("acknowledged"), note: t("note"), merge: t("merged another into it"), hand_over: t("handed over"),
    escalate: t("escalated"), close: t("closed"), reopen: t("opened again") })[act.deed] ?? act.deed;
  const step = act.deed === "note" ? tickWords(app, id, act.words) : null, who = html`<b>${act.person}</b>: ${step ?? deed}${act.to_person ? ` → ${act.to_person}` : ""}`;
  return html`<li key=${`${act.entry_index} ${act.t_ns}`}><span class="num dim">${units.utc(Number(act.t_ns) / 1e6)}</span><span>${who}${act.words && !step ? html`<br /><span>${act.words}</span>` : null}</span></li>`;
}

/** @param {{ app: Console, id: number, now: import("./rows.js").Incident }} properties */
function Doings({ app, id, now }) {
  const about = `incident ${id}`, going = app.acts.of(about), open = app.ui.form?.about === about ? app.ui.form.what : "";
  if (!app.connected()) return html`<p class="gone pad">${notConnected(app)}</p>`;
  if (going?.state === "sending") return html`<p class="dim pad" role="status">${t("Sending…")}</p>`;
  const can = DEEDS.filter((deed) => app.told.may[`incident.${deed}`] && (deed === "reopen" ? now.state === "closed" : now.state === "open"));
  const failed = going ? html`<p class="failed pad">${going.words} <button class="btn" onClick=${going.again}>${t("Retry")}</button> <button class="btn" onClick=${() => app.acts.forget(about)}>${t("Dismiss")}</button></p>` : null;
  if (open) {
    const said = wordsOf(open);
    return html`${failed}<div class="pad"><${ReasonForm} app=${app} label=${said.ask} send=${said.send} onSend=${(/** @type {string} */ words) => app.deeds.doIncident(now, open, words)} /></div>`;
  }
  return html`${failed}
    ${app.told.may["incident.note"] && now.state !== "merged" ? html`<${Note} app=${app} now=${now} />` : null}
    <div class="rowed">${now.holder === null && can.includes("hand_over") ? html`<button class="btn" onClick=${() => void app.deeds.doIncident(now, "hand_over", app.told.person)}>${t("Take it")}</button>` : null}${can.map((deed) => html`<button class="btn" onClick=${() => app.openForm(about, deed)}>${wordsOf(deed).button}</button>`)}</div>`;
}

/** @param {{ app: Console, now: import("./rows.js").Incident }} properties */
function Note({ app, now }) {
  const send = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target), words = String(new FormData(form).get("words"));
    void app.deeds.doIncident(now, "note", words).then((done) => done && form.reset());
  };
  return html`<form class="note" onSubmit=${send}><input name="words" aria-label=${t("Add a note to the log")} placeholder=${t("Add a note to the log…")} required maxlength="2000" autocomplete="off" /><button class="btn">${t("Add")}</button></form>`;
}

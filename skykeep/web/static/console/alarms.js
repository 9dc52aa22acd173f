// The alarm panel (ISA-18.2): what is new comes first and blinks, what was acknowledged stays until it is over, what is
// shelved is always in sight with the time of its return.
import { html } from "./dom.js";
import { t, tn } from "./words.js";
import * as units from "./units.js";

export const NEW = new Set(["unacknowledged", "returned_unacknowledged"]);
const FLOOD = 10;
const FLOOD_MS = 60_000;
const MINUTES = [5, 15, 30];

/** @typedef {import("./rows.js").Alarm} Alarm */
/** @typedef {import("./live.js").Console} Console */

/** Unacknowledged first, then by priority, then what stands before what is over, then the oldest. @param {Iterable<Alarm>} alarms @returns {Alarm[]} */
export function ordered(alarms) {
  const old = (/** @type {Alarm} */ each) => (NEW.has(each.state) ? 0 : 1);
  const over = (/** @type {Alarm} */ each) => Number(each.state === "returned_unacknowledged");
  return [...alarms].sort((a, b) => old(a) - old(b) || a.priority - b.priority || over(a) - over(b) || a.began - b.began || a.id - b.id);
}

/** Those of one incident stand together, behind the first of them. @param {Iterable<Alarm>} alarms @returns {Alarm[]} */
export function active(alarms) {
  /** @type {Map<string, Alarm[]>} */ const cases = new Map();
  for (const each of ordered([...alarms].filter((one) => one.state !== "shelved" && one.state !== "out_of_service"))) {
    const of = each.incident === null ? `alarm ${each.id}` : `incident ${each.incident}`, held = cases.get(of);
    if (held) held.push(each);
    else cases.set(of, [each]);
  }
  return [...cases.values()].flat();
}

/** Whether more come than a person can take one by one. @param {Iterable<Alarm>} alarms @param {number} now */
export function flood(alarms, now) {
  return recent(alarms, now).length > FLOOD;
}

/** @param {Iterable<Alarm>} alarms @param {number} now */
const recent = (alarms, now) => [...alarms].filter((each) => NEW.has(each.state) && now - each.began < FLOOD_MS);

/** New alarms by the zone that they are about, in the order of their gravest. @param {Console} app @param {Alarm[]} fresh in order @returns {{ zone: string, alarms: Alarm[] }[]} */
export function grouped(app, fresh) {
  /** @type {Map<string, Alarm[]>} */ const groups = new Map();
  for (const each of fresh) {
    const zone = app.zoneName(each.zone), held = groups.get(zone);
    if (held) held.push(each);
    else groups.set(zone, [each]);
  }
  return [...groups].map(([zone, alarms]) => ({ zone, alarms }));
}

/** The reason in words; what follows its name is a detail. @param {string} text @param {Record<string, string>} reasons */
export function reasonWords(text, reasons) {
  const parts = text.split(":");
  for (let n = parts.length; n > 0; n--) {
    const known = reasons[parts.slice(0, n).join(":")], detail = parts.slice(n).join(":");
    if (known) return detail ? `${known} (${detail})` : known;
  }
  return text.replaceAll("_", " ");
}

/** What an alarm is about, in a line. @param {Console} app @param {Alarm} alarm */
export function title(app, alarm) {
  return [headline(app, alarm), place(app, alarm)].filter(Boolean).join(" · ");
}

/** Where it sounded, wherever its flight is by now. @param {Console} app @param {Alarm} alarm */
const place = (app, alarm) => (alarm.site ? app.sites.nameOf(alarm.site) : app.zoneName(alarm.zone));

/** Who, and what. @param {Console} app @param {Alarm} alarm */
function headline(app, alarm) {
  const reason = reasonWords(alarm.reason, app.told.reasons);
  return alarm.track === null ? reason[0].toUpperCase() + reason.slice(1) : `${app.nameOf(alarm.track)} ${reason}`;
}

/** @param {{ app: Console }} properties */
export function AlarmPanel({ app }) {
  const now = app.freshness.serverNow(), all = [...app.sky.alarms.values()], shown = active(all);
  const fresh = shown.filter((each) => NEW.has(each.state)), oldest = Math.min(...fresh.map((each) => each.began));
  const shelved = all.filter((each) => each.state === "shelved").sort((a, b) => (a.shelvedUntil ?? 0) - (b.shelvedUntil ?? 0));
  const lead = app.ui.alarm ?? shown[0]?.id ?? null; // on which single keys fall
  const of = (/** @type {Alarm} */ each) => (each.incident === null ? [each] : shown.filter((one) => one.incident === each.incident));
  const many = flood(all, now), out = all.filter((each) => each.state === "out_of_service");
  return html`
    <div class="hd"><h2 id="alarms-head">${t("Alarms")}</h2>
      <span class=${`badge ${fresh.length ? "" : "none"}`} id="new">${fresh.length ? tn(fresh.length, "{n} new", "{n} new") : t("none new")}</span><span class="sp"></span>
      ${fresh.length ? html`<span class="dim sm">${t("oldest unacknowledged")} <b class="num">${units.countdown(now - oldest)}</b></span>` : null}</div>
    ${many ? html`<p class="flood" id="flood" role="alert">${t("Many alarms: {n} new within a minute. One tone stands for all of them.", { n: recent(all, now).length })}</p>` : null}
    ${shown.length ? null : html`<p class="empty" id="no-alarms">${app.sky.whole ? t("No alarm stands.") : t("Waiting for the station…")}</p>`}
    ${many ? grouped(app, fresh).map((group) => html`<${Group} key=${group.zone} app=${app} group=${group} lead=${lead} now=${now} />`) : null}
    <ul id="alarms" aria-labelledby="alarms-head">${(many ? shown.filter((each) => !NEW.has(each.state)) : shown).map((each) => html`<${Card} key=${each.id} app=${app} alarm=${each} lead=${each.id === lead} now=${now} together=${many ? [each] : of(each)} />`)}</ul>
    ${shelved.length ? html`<details class="sec shelved" open><summary>${t("Shelved")} <b>${shelved.length}</b></summary><ul>${shelved.map((each) => html`<${Shelved} key=${each.id} app=${app} alarm=${each} />`)}</ul></details>` : null}
    ${out.length ? html`<details class="sec"><summary>${t("Out of service")} <b>${out.length}</b></summary><ul>${out.map((each) => html`<li class="shelf" key=${each.id}>${title(app, each)}</li>`)}</ul></details>` : null}`;
}

/** Alarms of one zone in a flood: the gravest can be acted upon at once, the others are a click away. @param {{ app: Console, group: { zone: string, alarms: Alarm[] }, lead: number | null, now: number }} properties */
function Group({ app, group: { zone, alarms }, lead, now }) {
  const open = alarms.some((each) => each.id === app.ui.alarm) || alarms.length === 1;
  return html`<details class="sec group" open=${open}><summary><${Level} n=${alarms[0].priority} /> <b>${zone || t("No zone")}</b><span class="num">${tn(alarms.length, "{n} new", "{n} new")} · ${t("oldest {time}", { time: units.countdown(now - Math.min(...alarms.map((each) => each.began))) })}</span></summary>
    <ul>${alarms.map((each) => html`<${Card} key=${each.id} app=${app} alarm=${each} lead=${each.id === lead} now=${now} />`)}</ul></details>`;
}

/** One alarm, answered by itself; `together`: those of its incident, the first of which names it. @param {{ app: Console, alarm: Alarm, lead: boolean, now: number, together?: Alarm[] }} properties */
function Card({ app, alarm, lead, now, together = [alarm] }) {
  const also = together[0].id !== alarm.id, heads = !also && together.length > 1;
  const fresh = NEW.has(alarm.state), over = alarm.state === "returned_unacknowledged", picked = app.ui.alarm === alarm.id;
  const names = ["al", `p${Math.min(3, alarm.priority)}`, over ? "over" : fresh ? "new" : "ack", picked ? "sel" : "", lead ? "lead" : "", also ? "also" : "", heads ? "heads" : ""].join(" ");
  const pick = (/** @type {Event} */ event) => {
    if (!(event.target instanceof Element) || !event.target.closest("button, input, a, form, summary")) app.pickAlarm(alarm.id);
  };
  return html`<li class=${names} data-alarm=${alarm.id} onClick=${pick}>
    <span class="bar"></span><${Level} n=${alarm.priority} />
    <button class="t" aria-pressed=${picked} onClick=${() => app.pickAlarm(alarm.id)}>${headline(app, alarm)}</button>
    ${fresh ? html`<span class="newtag">${over ? t("OVER") : t("NEW")}</span>` : html`<span class="dim sm num">${units.countdown(now - alarm.began)}</span>`}
    ${heads ? html`<span class="m case">${t("Incident {n}", { n: alarm.incident ?? "" })} · ${tn(together.length, "{n} alarm", "{n} alarms")}</span>` : also ? html`<span class="sr">${t("also of incident {n}", { n: alarm.incident ?? "" })}</span>` : null}
    ${where(app, alarm)}
    <span class="m num">${units.utc(alarm.began)} UTC · ${app.told.states[alarm.state] ?? alarm.state}</span>
    <${More} app=${app} alarm=${alarm} lead=${lead} now=${now} />
    <${Doings} app=${app} alarm=${alarm} fresh=${fresh} lead=${lead} /></li>`;
}

/** In which zone or at which site, and how high, or since when nobody knows: what a person asks first. @param {Console} app @param {Alarm} alarm */
function where(app, alarm) {
  if (alarm.track === null) return null;
  const track = app.sky.tracks.get(alarm.track), left = app.sky.left.get(alarm.track), now = app.freshness.serverNow();
  const flies = track && !["ghost", "lost"].includes(track.standing(now)), last = track ?? left;
  const how = flies ? units.height(track.row).filter(Boolean).join(" ") : last ? t("last seen {time} UTC", { time: units.utc(last.t) }) : t("no longer followed");
  const parts = [place(app, alarm), how].filter(Boolean);
  return html`<span class="m place" title=${parts.join(" · ")}>${parts.length > 1 ? html`<span>${parts[0]}</span> · ` : null}<b>${parts[parts.length - 1]}</b></span>`;
}

/** What is asked second: one line, and the rest when it is opened. @param {{ app: Console, alarm: Alarm, lead: boolean, now: number }} properties */
function More({ app, alarm, lead, now }) {
  const incident = alarm.incident === null ? null : app.sky.incidents.get(alarm.incident), said = alarm.track === null ? null : app.sky.about.get(alarm.track);
  const first = [], escalated = incident?.escalation ? t("escalated {n}×", { n: incident.escalation }) : "";
  if (alarm.by) first.push(`✓ ${alarm.by} ${alarm.byT === null ? "" : units.utc(alarm.byT).slice(0, 5)}`);
  if (lead && escalated) first.push(escalated);
  if (incident?.escalates && NEW.has(alarm.state)) first.push(t("escalates in {time}", { time: units.countdown(incident.escalates - now) }));
  return html`<details class="m more"><summary><span class="num">${first.join(" · ")}</span><span class="word">${t("more")}</span></summary>
    <p>${[lead ? "" : escalated, said ? t("Identity: {trust}", { trust: app.told.trusts[said.trust] ?? said.trust }) : "", incident && incident.events > 1 ? tn(incident.events, "{n} event", "{n} merged events") : ""].filter(Boolean).join(" · ")}</p>
    <p><a href=${`/replay?alarm=${alarm.id}`}>${t("replay")}</a>${alarm.incident === null ? null : html` <a href=${`/i/${alarm.incident}`}>${t("Incident {n}", { n: alarm.incident })}</a>`}</p></details>`;
}

/** What can be done with an alarm, all of it where it leads and one sign elsewhere; without a connection, whom to call. @param {{ app: Console, alarm: Alarm, fresh: boolean, lead: boolean }} properties */
function Doings({ app, alarm, fresh, lead }) {
  const { may } = app.told, going = app.acts.of(`alarm ${alarm.id}`);
  if (!app.connected()) return fresh ? html`<span class="gone">${notConnected(app)}</span>` : null;
  if (going?.state === "failed") return html`<${Failed} app=${app} about=${`alarm ${alarm.id}`} going=${going} />`;
  const open = app.ui.form?.about === `alarm ${alarm.id}` ? app.ui.form.what : "", escalable = alarm.incident !== null && app.sky.incidents.get(alarm.incident)?.state === "open";
  if (going) return html`<span class="m" role="status">${t("Sending…")}</span>`;
  if (open === "shelve") return html`<${ShelveForm} app=${app} alarm=${alarm} />`;
  if (open === "escalate") return html`<${ReasonForm} app=${app} label=${t("Why escalate?")} send=${t("Escalate")} onSend=${(/** @type {string} */ reason) => app.deeds.escalate(alarm, reason)} />`;
  if (!lead) return fresh && may["alarm.ack"] ? html`<button class="btn ack one" value=${String(alarm.id)} aria-label=${t("Acknowledge")} title=${t("Acknowledge")} onClick=${() => app.deeds.acknowledge(alarm)}>✓</button>` : null;
  return html`<span class="act">
    ${fresh && may["alarm.ack"] ? html`<button class="btn pri ack" value=${String(alarm.id)} onClick=${() => app.deeds.acknowledge(alarm)}>${t("Acknowledge")} <kbd>A</kbd></button>` : null}
    ${alarm.priority > 1 && may["alarm.shelve"] ? html`<button class="btn" onClick=${() => app.openForm(`alarm ${alarm.id}`, "shelve")}>${t("Shelve")} <kbd>S</kbd></button>` : null}
    ${escalable && may["incident.escalate"] ? html`<button class="btn" onClick=${() => app.openForm(`alarm ${alarm.id}`, "escalate")}>${t("Escalate")} <kbd>E</kbd></button>` : null}</span>`;
}

/** An act that was not done, and why. @param {{ app: Console, about: string, going: import("./acts.js").Going }} properties */
function Failed({ app, about, going }) {
  return html`<span class="failed">${going.words}<span class="act">${going.out ? html`<a class="btn" href="/sign-in?target=/live" target="_blank">${t("Sign in")}</a>` : null}<button class="btn" onClick=${going.again}>${t("Retry")}</button>
    <button class="btn" onClick=${() => app.acts.forget(about)}>${t("Dismiss")}</button></span></span>`;
}

/** @param {Console} app */
export function notConnected(app) {
  return app.told.phone ? t("Not connected. Call the desk: {phone}", { phone: app.told.phone }) : t("Not connected: nothing can be sent.");
}

/** @param {{ app: Console, alarm: Alarm }} properties */
function ShelveForm({ app, alarm }) {
  const send = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    app.deeds.shelve(alarm, String(form.get("reason")), Number(form.get("minutes")));
  };
  return html`<form class="ask" onSubmit=${send}>
    <label>${t("Why shelve?")}<input name="reason" required maxlength="2000" autofocus /></label>
    <fieldset><legend>${t("For how long")}</legend>${MINUTES.map((each) => html`<label class="radio"><input type="radio" name="minutes" value=${each} checked=${each === 15} /> ${each} min</label>`)}</fieldset>
    <span class="act"><button class="btn pri">${t("Shelve")}</button><button type="button" class="btn" onClick=${() => app.closeForm()}>${t("Cancel")}</button></span></form>`;
}

/** One line of words, and a button. @param {{ app: Console, label: string, send: string, onSend: (words: string) => void, list?: string[] }} properties */
export function ReasonForm({ app, label, send, onSend }) {
  const sent = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    onSend(String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get("words")));
  };
  return html`<form class="ask" onSubmit=${sent}><label>${label}<input name="words" required maxlength="2000" autocomplete="off" autofocus /></label>
    <span class="act"><button class="btn pri">${send}</button><button type="button" class="btn" onClick=${() => app.closeForm()}>${t("Cancel")}</button></span></form>`;
}

/** @param {{ app: Console, alarm: Alarm }} properties */
function Shelved({ app, alarm }) {
  const back = alarm.shelvedUntil === null ? "" : t("returns {time} UTC", { time: units.utc(alarm.shelvedUntil).slice(0, 5) });
  const going = app.acts.of(`alarm ${alarm.id}`), can = app.told.may["alarm.unshelve"] && app.connected();
  return html`<li class="shelf"><span>${title(app, alarm)}</span><span class="sp"></span><span class="dim sm num">${back}</span>
    ${!can ? null : going?.state === "failed" ? html`<${Failed} app=${app} about=${`alarm ${alarm.id}`} going=${going} />`
    : going ? html`<span class="dim sm" role="status">${t("Sending…")}</span>` : html`<button class="btn" onClick=${() => app.deeds.unshelve(alarm)}>${t("Bring back")}</button>`}</li>`;
}

/** The sign of a priority: triangle, diamond, circle. @param {{ n: number }} properties */
export function Level({ n }) {
  const level = Math.min(3, Math.max(1, n));
  const sign = level === 1 ? html`<path d="M12 3L22 21H2z" />` : level === 2 ? html`<path d="M12 2l10 10-10 10L2 12z" />` : html`<circle cx="12" cy="12" r="10" />`;
  return html`<svg class=${`lv l${level}`} viewBox="0 0 24 24" role="img" aria-label=${t("priority {n}", { n: level })}>${sign}<text x="12" y=${level === 1 ? 19 : 16}>${level}</text></svg>`;
}

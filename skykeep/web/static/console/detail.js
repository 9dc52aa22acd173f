// One track in words: why it is judged as it is, by which clause, what is known of it and how old that is.
import { html } from "./dom.js";
import { IncidentPart } from "./incident.js";
import { OperatorPart } from "./operators.js";
import { siteRows } from "./sites.js";
import { Symbol } from "./symbol.js";
import { t } from "./words.js";
import * as units from "./units.js";

/** @typedef {import("./live.js").Console} Console */
/** @typedef {{ sentence: string, clause: string, basis: string, missing: string, remedy: string, zone: string,
 *   ladder: { words: string, reached: boolean, here: boolean }[], refuted: boolean, rows: { name: string, words: string, small: string }[], operator: "none" | "hidden" | "shown" }} Explained */

/** @param {{ app: Console }} properties */
export function TrackDetail({ app }) {
  const id = /** @type {number} */ (app.ui.selected), track = app.sky.tracks.get(id), left = app.sky.left.get(id), said = app.sky.about.get(id);
  const kind = (track ?? left)?.kind ?? "norule", verdict = kind === "manned" ? t("Manned aircraft") : app.told.verdicts[said?.verdict ?? ""] ?? (track ? t("Not judged yet") : t("No longer followed"));
  const incidents = [...app.sky.incidents.values()].filter((each) => each.tracks.includes(id)).map((each) => each.id);
  return html`
    <div class="hd"><${Symbol} shapes=${app.told.shapes} kind=${kind} size=${28} /><h2 class="name">${app.nameOf(id)}</h2><b class=${`tag ${kind}`}>${verdict}</b><span class="sp"></span>
      <button class="btn icon" aria-label=${t("Close")} onClick=${() => app.select(null)}>✕</button></div>
    <${Why} app=${app} explained=${app.explained.get(id)} said=${said} />
    <dl class="kv" id="known">${track ? known(app, track) : left ? last(app, left) : html`<dt>${t("Now")}</dt><dd>${t("It is no longer followed; this is how it was judged last.")}</dd>`}${said ? judged(app, track, said) : null}</dl>
    <${OperatorPart} app=${app} id=${id} />
    <div class="rowed">${track ? html`<button class="btn" aria-pressed=${app.ui.following === id} onClick=${() => app.follow(id)}>${t("Follow")} <kbd>F</kbd></button>` : null}<a class="btn" href=${`/replay?track=${id}`}>${t("Replay")}</a></div>
    ${incidents.map((each) => html`<${IncidentPart} key=${each} app=${app} id=${each} />`)}
    ${said && !incidents.length && app.told.may["incident.open"] && app.connected() ? html`<${Opening} app=${app} id=${id} />` : null}`;
}

/** @param {{ app: import("./chart.js").Chart, explained: Explained | undefined, said: import("./rows.js").About | undefined }} properties */
export function Why({ app, explained, said }) {
  if (!explained) return html`<div class="why dim">${said?.clause ? t("Reading why…") : t("Nothing is concluded of it yet.")}</div>`;
  return html`<div class="why" id="why">
    <p><b>${explained.sentence || t("Nothing is concluded of it yet.")}</b></p>
    ${explained.clause ? html`<p class="dim sm">${t("Clause")} <code>${explained.clause}</code>${explained.basis ? ` · ${explained.basis}` : ""}</p>` : null}
    ${explained.missing ? html`<p class="sm">${t("What is missing: {what}", { what: explained.missing })}</p>` : null}
    ${explained.remedy && !same(explained.remedy, explained.missing) ? html`<p class="sm">${explained.remedy}</p>` : null}
    <ol class="ladder" aria-label=${t("How sure it is that something flies there")}>${explained.ladder.map((each) => html`<li class=${`${each.reached ? "on" : ""} ${each.here ? "here" : ""}`} aria-current=${each.here ? "step" : null}>${each.words}</li>`)}</ol>
    ${explained.refuted ? html`<p class="sm">${t("Refuted: sensors that look there see nothing.")}</p>` : null}</div>`;
}

/** Whether two texts say one thing: "a better position" is what is missing, and what settles it. @param {string} a @param {string} b */
const same = (a, b) => a.toLowerCase().replace(/\.$/, "") === b.toLowerCase().replace(/\.$/, "");

/** @param {Console} app @param {import("./sky.js").Track} track */
function known(app, track) {
  const now = app.freshness.serverNow(), age = app.ageOf(track), old = app.freshness.state() === "old" || track.standing(now) !== "fresh";
  const [high, above] = units.height(track.row), rows = app.explained.get(track.id)?.rows ?? [];
  return html`
    <dt>${t("Height")}</dt><dd class="num">${high} ${above} <span class="dim">${units.climbing(track)}</span></dd>
    <dt>${t("Speed, course")}</dt><dd class="num">${units.speed(track.speed)} · ${units.course(track)}</dd>
    <dt>${t("Last update")}</dt><dd class="num"><span class=${old ? "oldage" : ""} id="age">${Number.isFinite(age) ? (old ? t("{age} ago, old", { age: units.span(age) }) : t("{age} ago", { age: units.span(age) })) : t("age unknown")}</span></dd>
    <dt>${t("Place")}</dt><dd class="num">${units.place(track.row[2], track.row[3])} <span class="dim">${units.spread(track.row[5])}</span></dd>
    ${track.about ? html`<dt>${t("First seen")}</dt><dd class="num">${units.utc(track.about.began)} UTC</dd>` : null}
    ${rows.map((/** @type {any} */ each) => html`<dt>${each.name}</dt><dd>${each.words}${each.small ? html` <span class="dim sm">${each.small}</span>` : null}</dd>`)}
    ${siteRows(app, track, old)}
    ${app.quiet(track) ? html`<dt>${t("On the map")}</dt><dd>${t("drawn small: far from every zone and site, nameless, not corroborated")}</dd>` : null}
    ${track.simulated ? html`<dt>${t("Source")}</dt><dd class="sim">${t("simulated")}</dd>` : null}`;
}

/** Where and when a flight was last that nobody follows any more. @param {import("./sky.js").Track} left @param {string} ago how long before what is shown */
export function lastRows(left, ago) {
  const [high, above] = units.height(left.row);
  return html`<dt>${t("Last seen")}</dt><dd class="num"><span class="oldage" id="age">${units.utc(left.t)} UTC · ${ago}</span></dd>
    <dt>${t("Last place")}</dt><dd class="num">${units.place(left.row[2], left.row[3])} <span class="dim">${units.spread(left.row[5])}</span></dd>
    <dt>${t("Last height")}</dt><dd class="num">${high} ${above}</dd>`;
}

/** @param {Console} app @param {import("./sky.js").Track} left */
function last(app, left) {
  const rows = app.explained.get(left.id)?.rows ?? [];
  return html`
    <dt>${t("Now")}</dt><dd>${t("It is no longer followed; this is how it was judged last.")}</dd>
    ${lastRows(left, t("{age} ago", { age: units.span(app.ageOf(left)) }))}
    ${left.about ? html`<dt>${t("First seen")}</dt><dd class="num">${units.utc(left.about.began)} UTC</dd>` : null}
    ${rows.map((/** @type {any} */ each) => html`<dt>${each.name}</dt><dd>${each.words}${each.small ? html` <span class="dim sm">${each.small}</span>` : null}</dd>`)}
    ${left.simulated ? html`<dt>${t("Source")}</dt><dd class="sim">${t("simulated")}</dd>` : null}`;
}

/** How far from a zone's border and limits a flight was when it was judged: that is told again only with another verdict. @param {import("./rows.js").About} said */
function margins({ margin, marginHeight }) {
  const parts = [], across = units.length(Math.abs(margin ?? 0) / 1000), high = units.high(Math.abs(marginHeight ?? 0) / 1000);
  if (margin !== null) parts.push(margin < 0 ? t("{far} outside the border", { far: across }) : t("{far} inside the border", { far: across }));
  if (marginHeight !== null) parts.push(marginHeight < 0 ? t("{far} outside the heights", { far: high }) : t("{far} inside the heights", { far: high }));
  return parts.join(" · ");
}

/** @param {Console} app @param {import("./sky.js").Track | undefined} track @param {import("./rows.js").About} said */
function judged(app, track, said) {
  const now = app.freshness.serverNow(), old = !track || app.freshness.state() === "old" || track.standing(now) !== "fresh";
  return html`
    ${said.permit ? html`<dt>${t("Permit")}</dt><dd>${said.permit}</dd>` : null}
    ${said.judged !== null && margins(said) ? html`<dt>${t("When judged")}</dt><dd class="num" id="margins">${margins(said)} <span class="dim">${units.utc(said.judged)} UTC</span></dd>` : null}
    ${said.entryZone && said.entry && !old ? html`<dt>${t("Will enter")}</dt><dd>${app.zoneName(said.entryZone)} <span class="num">${t("in {time}", { time: units.countdown(said.entry - now) })}</span></dd>` : null}
    ${said.group !== null ? html`<dt>${t("Group")}</dt><dd class="num">${said.group}</dd>` : null}`;
}

/** @param {{ app: Console, id: number }} properties */
function Opening({ app, id }) {
  const open = app.ui.form?.about === `track ${id}`;
  if (!open) return html`<div class="rowed"><button class="btn" onClick=${() => app.openForm(`track ${id}`, "open")}>${t("Open an incident…")}</button></div>`;
  const send = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    app.deeds.openIncident(id, String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get("words")));
  };
  return html`<form class="ask pad" onSubmit=${send}><label>${t("What happened?")}<input name="words" required maxlength="2000" /></label><button class="btn pri">${t("Open incident")}</button></form>`;
}

// The map's twin: the same flights as a table, with the same selection, for keyboards, screen readers and quick looks.
import { html } from "./dom.js";
import { Symbol } from "./symbol.js";
import { t } from "./words.js";
import * as units from "./units.js";

const ROWS_MAX = 120;

/** @typedef {import("./chart.js").Chart} Console what any screen with a map has */

/** Flights by gravity, then number, as search and filters leave them. @param {Console} app @returns {import("./sky.js").Track[]} */
export function listed(app) {
  const wanted = app.ui.search.trim().toLowerCase(), { rank } = app.painter;
  const left = [...app.sky.left.values()].filter((track) => track.alarmed), all = [...app.sky.tracks.values(), ...left];
  const found = all.filter((track) => !app.ui.hidden.has(track.kind) && (!wanted || matches(app, track, wanted)));
  return found.sort((a, b) => Number(b.alarmed) - Number(a.alarmed) || (rank.get(a.kind) ?? 9) - (rank.get(b.kind) ?? 9) || Number(app.quiet(a)) - Number(app.quiet(b)) || a.id - b.id);
}

/** @param {Console} app @param {import("./sky.js").Track} track @param {string} wanted */
function matches(app, track, wanted) {
  const said = track.about;
  return [track.name, `#${track.id}`, said?.permit, said?.zone, app.zoneName(said?.zone ?? null), app.told.verdicts[said?.verdict ?? ""]]
    .some((each) => (each ?? "").toLowerCase().includes(wanted));
}

/** @param {{ app: Console }} properties */
export function TrackTable({ app }) {
  const rows = listed(app), now = app.freshness.serverNow(), type = (/** @type {Event} */ event) => app.search(/** @type {HTMLInputElement} */ (event.target).value);
  return html`
    <div class="hd"><h2 id="flights-head">${t("Flights")}</h2><span class="badge none" id="count">${rows.length}</span><span class="sp"></span>
      <input id="search" type="search" aria-label=${t("Find a flight, zone or permit")} placeholder=${t("Find…  /")} value=${app.ui.search} onInput=${type} /></div>
    ${app.sky.whole ? null : html`<div class="skeleton" aria-hidden="true"><i></i><i></i><i></i></div>`}
    <div class="scroll" tabindex="0" role="region" aria-labelledby="flights-head"><table id="flights"><thead><tr><th>${t("Verdict")}</th><th>${t("Flight")}</th><th class="r">${t("Height")}</th><th class="r">${t("Moves")}</th></tr></thead>
    <tbody id="tracks">${rows.slice(0, ROWS_MAX).map((track) => html`<${Flight} key=${track.id} app=${app} track=${track} now=${now} />`)}</tbody></table>
    ${rows.length > ROWS_MAX ? html`<p class="empty sm">${t("{n} more; find narrows them down.", { n: rows.length - ROWS_MAX })}</p>` : null}
    ${app.sky.whole && !rows.length ? html`<p class="empty">${app.sky.tracks.size ? t("No flight matches.") : t("No flights are followed now.")}</p>` : null}</div>`;
}

/** @param {{ app: Console, track: import("./sky.js").Track, now: number }} properties */
function Flight({ app, track, now }) {
  const said = track.about, standing = app.sky.left.has(track.id) ? "lost" : track.standing(now), age = app.ageOf(track), old = app.freshness.state() === "old" || standing !== "fresh";
  const verdict = track.kind === "manned" ? t("Manned aircraft") : app.told.verdicts[said?.verdict ?? ""] ?? t("Not judged yet");
  const [high, above] = units.height(track.row);
  const state = standing === "lost" ? t("lost {age} ago", { age: units.span(age) }) : old ? t("{age} old", { age: Number.isFinite(age) ? units.span(age) : "?" }) : units.spread(track.row[5]);
  return html`<tr class=${`${app.ui.selected === track.id ? "sel" : ""} ${standing === "ghost" || standing === "lost" ? "ghost" : ""}`} data-track=${track.id} onClick=${() => app.select(track.id)}>
    <td><span class=${`tag ${track.kind}`}><${Symbol} shapes=${app.told.shapes} kind=${track.kind} />${verdict}</span><span class="zone dim sm" title=${app.zoneName(said?.zone ?? null)}>${app.zoneName(said?.zone ?? null)}</span></td>
    <td><button class="link" onClick=${() => app.select(track.id)}>${track.name}</button>${track.name.startsWith("#") ? null : html`<br /><span class="dim sm">#${track.id}</span>`}${app.operators?.said.has(track.id) ? html`<br /><span class="dim sm">${t("operator {away}, unverified", { away: app.operators.away(track.id) })}</span>` : null}</td>
    <td class="r num">${high}<br /><span class="dim sm">${above}</span></td>
    <td class="r num">${units.wholeSpeed(track.speed)}<br /><span class=${old ? "oldage sm" : "dim sm"}>${state}</span></td></tr>`;
}

// Beside the map of a replay: what happened, line by line, following the playhead; and one flight as it was judged then.
import { CoverageList } from "./coverage.js";
import { Why, lastRows } from "./detail.js";
import { html } from "./dom.js";
import { OperatorSaid } from "./operators.js";
import { PermitList } from "./permits.js";
import { reached, words } from "./pastlog.js";
import { SiteList, siteRows } from "./sites.js";
import { Symbol } from "./symbol.js";
import { TrackTable } from "./table.js";
import { t, tn } from "./words.js";
import * as units from "./units.js";

const SHOWN_MAX = 300;
const EXPLAINS_MS = 40_000; // about a second at the greatest speed

/** @typedef {import("./replay.js").Replay} Replay */

/** @param {{ app: Replay }} properties */
export function PastPanel({ app }) {
  const table = app.ui.side === "flights";
  const tab = (/** @type {"log" | "flights"} */ side, /** @type {string} */ said) => html`<button role="tab" id=${`side-${side}`} aria-selected=${app.ui.side === side} aria-controls="side-body" onClick=${() => app.show(side)}>${said}</button>`;
  return html`<div class="sides" role="tablist" aria-label=${t("Beside the map")}>${tab("log", t("What happened"))}${tab("flights", t("Flights"))}</div>
    ${app.ui.selected === null ? null : html`<${PastDetail} app=${app} />`}
    <div id="side-body" class="sidebody" role="tabpanel" aria-labelledby=${`side-${app.ui.side}`}>${table ? html`<${TrackTable} app=${app} /><${PermitList} app=${app} /><${SiteList} app=${app} /><${CoverageList} app=${app} />` : html`<${Log} app=${app} />`}</div>
    <${Foot} app=${app} />`;
}

/** @param {{ app: Replay }} properties */
function Log({ app }) {
  const { log, player } = app, lines = app.lines(), all = withMarks(app, lines), here = reached(all, player.moment);
  const first = Math.max(0, Math.min(here - SHOWN_MAX / 2, all.length - SHOWN_MAX)), hidden = log.lines.length - lines.length;
  return html`<div class="hd"><span class="dim sm" id="log-about">${t("Times in UTC")}</span><span class="sp"></span>
      ${app.narrowable() ? html`<button class="btn small" id="narrow" aria-pressed=${app.ui.narrow} onClick=${() => app.narrowDown()}>${app.about.incident !== null ? t("Incident {n} only", { n: app.about.incident }) : t("This flight only")}</button>` : null}
      <button class="btn small" id="follow" aria-pressed=${app.ui.follows} onClick=${() => app.followPlayhead()}>${t("Follow playhead")}</button></div>
    ${log.trouble ? html`<p class="failed pad" role="alert">${t("What happened could not be read: {why}", { why: log.trouble.words || t("the station does not answer") })} <button class="btn" onClick=${() => void log.read()}>${t("Retry")}</button></p>` : null}
    ${app.noted?.missing ? html`<p class="failed pad" role="alert">${t("Notes about moments could not be read.")} <button class="btn" onClick=${() => void app.noted?.read()}>${t("Retry")}</button></p>` : null}
    <div class="scroll" id="log" tabindex="0" role="region" aria-label=${t("What happened")} onWheel=${() => app.letGo()} onTouchMove=${() => app.letGo()}>
      ${log.whole || lines.length ? null : html`<div class="skeleton" aria-hidden="true"><i></i><i></i><i></i></div>`}
      <ol class="past">${all.slice(first, first + SHOWN_MAX).map((line, place) => html`<${Row} key=${line.key} app=${app} line=${line} here=${first + place === here} done=${first + place <= here} />`)}</ol>
      ${log.whole && !all.length ? html`<p class="empty">${hidden ? t("Nothing of it happened in this time.") : t("Nothing happened in this time: no flight was followed, and no alarm stood.")}</p>` : null}
      ${log.whole ? null : log.trouble ? null : html`<p class="empty sm" role="status">${t("Reading the record… {time} UTC", { time: units.utc(log.readTo) })}</p>`}
      ${log.full ? html`<p class="empty sm">${t("More happened than is listed here. Choose a shorter time to see all of it.")}</p>` : null}
      ${hidden && app.ui.narrow ? html`<p class="empty sm">${tn(hidden, "{n} other line is not shown.", "{n} other lines are not shown.")}</p>` : null}</div>`;
}

/** @typedef {{ t_ms: number, key: string, line: import("./pastlog.js").Line | null, mark: import("./bookmarks.js").Bookmark | null, note: import("./marks.js").Mark | null }} Shown */

/** Lines, bookmarks and notes about moments, in order. @param {Replay} app @param {import("./pastlog.js").Line[]} lines @returns {Shown[]} */
function withMarks(app, lines) {
  const { from, until } = app.player, none = { line: null, mark: null, note: null };
  /** @type {Shown[]} */
  const marks = app.bookmarks.within(from, until).map((mark) => ({ ...none, t_ms: mark.t_ms, key: `b${mark.t_ms}`, mark }));
  /** @type {Shown[]} */
  const notes = (app.noted?.within(from, until) ?? []).map((note) => ({ ...none, t_ms: note.t_ms, key: `n${note.t_ms} ${note.noted_ms}`, note }));
  /** @type {Shown[]} */
  const all = lines.map((line) => ({ ...none, t_ms: line.t_ms, key: `l${line.n}`, line }));
  return marks.length || notes.length ? [...all, ...notes, ...marks].sort((a, b) => a.t_ms - b.t_ms) : all;
}

/** @param {{ app: Replay, line: Shown, here: boolean, done: boolean }} properties */
function Row({ app, line: { t_ms, line, mark, note }, here, done }) {
  const names = `${done ? "" : "to-come"} ${here ? "here" : ""} ${mark ? "marked" : note ? "noted" : ""} ${line?.what === "unacknowledged" ? "raised" : ""}`;
  if (mark) {
    const name = (/** @type {Event} */ event) => app.nameBookmark(mark.t_ms, /** @type {HTMLInputElement} */ (event.target).value);
    return html`<li class=${names} aria-current=${here ? "time" : null}><button class="at num" onClick=${() => app.jump(t_ms)}>${units.utc(t_ms)}</button>
      <span class="markline"><span aria-hidden="true">☆</span><input id=${`mark-${t_ms}`} aria-label=${t("Name of the bookmark at {time} UTC", { time: units.utc(t_ms) })} placeholder=${t("Bookmark")} value=${mark.words} maxlength="120" onChange=${name} />
      <button class="btn icon" aria-label=${t("Remove the bookmark at {time} UTC", { time: units.utc(t_ms) })} onClick=${() => app.unmark(mark.t_ms)}>✕</button></span>
      <${Noting} app=${app} at=${mark.t_ms} /></li>`;
  }
  if (note) {
    const star = app.starWords({ words: note.words, own: false }), when = t("{who}, noted {day} {time} UTC", { who: note.person || t("An officer"), day: units.day(note.noted_ms), time: units.utc(note.noted_ms) });
    return html`<li class=${names} aria-current=${here ? "time" : null}><button class="line" onClick=${() => app.jump(t_ms)}><span class="at num">${units.utc(t_ms)}</span><span><span class="star" aria-hidden="true">★</span> ${star}<span class="more">${when}</span></span></button></li>`;
  }
  const [said, more] = line ? words(line, app) : ["", ""];
  return html`<li class=${names} aria-current=${here ? "time" : null}><button class="line" onClick=${() => app.jump(t_ms, line?.track_id)}><span class="at num">${units.utc(t_ms)}</span><span>${said}${more ? html`<span class="more">${more}</span>` : null}</span></button></li>`;
}

/** The way of a bookmark into the log of the incident. @param {{ app: Replay, at: number }} properties */
function Noting({ app, at }) {
  const going = app.acts.of(`mark ${at}`), n = app.about.incident ?? "";
  if (!app.noted?.mayNote) return null;
  return html`<span class="tonote">${going?.state === "failed" ? html`<span class="failed" role="alert">${going.words}</span>` : null}
    ${going?.state === "sending" ? html`<span class="dim sm" role="status">${t("Sending…")}</span>` : html`<button class="btn small" onClick=${() => void app.noteBookmark(at)}>${t("Note it in incident {n}", { n })}<span class="sr"> ${units.utc(at)} UTC</span></button>`}</span>`;
}

/** @param {{ app: Replay }} properties */
function PastDetail({ app }) {
  const id = /** @type {number} */ (app.ui.selected), track = app.sky.tracks.get(id), left = app.sky.left.get(id), said = app.sky.about.get(id);
  const kind = (track ?? left)?.kind ?? "norule", verdict = kind === "manned" ? t("Manned aircraft") : app.told.verdicts[said?.verdict ?? ""] ?? (track ? t("Not judged yet") : t("Not followed at this moment"));
  const explained = app.explained.get(id), since = explained ? app.player.moment - explained.at : NaN;
  const then = since === 0 || (since > 0 && since < EXPLAINS_MS && explained.clause === (said?.clause ?? "")); // the same clause held a moment before
  return html`<section class="pastdetail" aria-label=${t("Flight {name}", { name: app.nameOf(id) })}>
    <div class="hd"><${Symbol} shapes=${app.told.shapes} kind=${kind} size=${28} /><h2 class="name">${app.nameOf(id)}</h2><b class=${`tag ${kind}`}>${verdict}</b><span class="sp"></span>
      <button class="btn icon" aria-label=${t("Close")} onClick=${() => app.select(null)}>✕</button></div>
    ${track ? html`<${Why} app=${app} explained=${then ? explained : undefined} said=${said} />` : null}
    <dl class="kv" id="known">${track ? known(app, track, then ? explained.rows : []) : html`<dt>${t("Then")}</dt><dd>${t("It was not followed at this moment.")}</dd>${left ? lastRows(left, t("{age} before", { age: units.span(app.ageOf(left)) })) : null}`}</dl>
    ${track && then && explained.operator !== "none" ? html`<${OperatorSaid} app=${app} id=${id}><p class="sm dim">${t("The drone said where its operator was. It is shown to whom it was revealed on the live screen, for an hour and while the incident is open.")}</p></>` : null}
    <div class="rowed">${track ? html`<button class="btn" aria-pressed=${app.ui.following === id} onClick=${() => app.follow(id)}>${t("Follow")} <kbd>F</kbd></button>` : null}
      ${app.about.track === id ? null : html`<a class="btn" href=${`/replay?track=${id}`}>${t("All of this flight")}</a>`}</div></section>`;
}

/** @param {Replay} app @param {import("./sky.js").Track} track @param {{ name: string, words: string, small: string }[]} rows */
function known(app, track, rows) {
  const [high, above] = units.height(track.row), age = app.ageOf(track), old = track.standing(app.player.moment) !== "fresh";
  return html`
    <dt>${t("Height")}</dt><dd class="num">${high} ${above} <span class="dim">${units.climbing(track)}</span></dd>
    <dt>${t("Speed, course")}</dt><dd class="num">${units.speed(track.speed)} · ${units.course(track)}</dd>
    <dt>${t("Heard last")}</dt><dd class="num"><span class=${old ? "oldage" : ""}>${t("{age} before", { age: units.span(age) })}</span></dd>
    <dt>${t("Place")}</dt><dd class="num">${units.place(track.row[2], track.row[3])} <span class="dim">${units.spread(track.row[5])}</span></dd>
    ${track.about ? html`<dt>${t("First seen")}</dt><dd class="num">${units.utc(track.about.began)} UTC</dd>` : null}
    ${track.about?.permit ? html`<dt>${t("Permit")}</dt><dd>${track.about.permit}</dd>` : null}
    ${rows.map((each) => html`<dt>${each.name}</dt><dd>${each.words}${each.small ? html` <span class="dim sm">${each.small}</span>` : null}</dd>`)}
    ${siteRows(app, track, old, true)}
    ${track.simulated ? html`<dt>${t("Source")}</dt><dd class="sim">${t("simulated")}</dd>` : null}`;
}

/** What is known of the lines themselves, and where else they stand. @param {{ app: Replay }} properties */
function Foot({ app }) {
  const { links } = app.told.replay;
  return html`<div class="foot"><p class="dim sm">${t("Each line is folded from the signed record: it says what was known then. Bookmarks (☆) are yours, and kept in this browser only.")}${app.noted ? ` ${t("A full star (★) is a note of the incident: everybody who may read it finds it.")}` : ""}</p>
    ${links.incident ? html`<div class="act"><a class="btn" href=${links.incident}>${t("Incident {n}", { n: app.about.incident ?? "" })}</a><a class="btn" href=${links.report}>${t("Report to print")}</a></div>` : null}</div>`;
}

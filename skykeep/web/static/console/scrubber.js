// The scrubber: a slider over the span, with what happened as signs above it. By mouse, by touch, by keyboard.
import { html } from "./dom.js";
import { SPEEDS } from "./player.js";
import { reached, words } from "./pastlog.js";
import { t } from "./words.js";
import * as units from "./units.js";

const SIGNS_MAX = 240;
const LABELS = 6;
const EDGE = 0.04; // of the bar: a label beyond would be cut off
const EACH_MS = [10, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200].map((s) => s * 1_000);

/** @typedef {import("./replay.js").Replay} Replay */

/** Where a moment lies, in parts of a hundred. @param {Replay} app @param {number} ms */
const part = ({ player }, ms) => `${(Math.min(1, Math.max(0, (ms - player.from) / (player.until - player.from))) * 100).toFixed(3)}%`;

/** @param {{ app: Replay }} properties */
export function Transport({ app }) {
  const { player } = app, at = player.moment;
  const pick = (/** @type {Event} */ event) => app.setSpeed(Number(/** @type {HTMLSelectElement} */ (event.target).value));
  return html`
    <div class="deck">
      <span class="keys3"><button class="btn icon" aria-label=${t("To the beginning")} title=${t("To the beginning")} onClick=${() => app.seek(player.from)}>|◂</button>
      <button class="btn icon" id="back" aria-label=${t("One second back")} title=${t("One second back  ←")} onClick=${() => app.step(-1)}>◂</button>
      <button class="btn pri play" id="play" onClick=${() => app.turn()}>${player.playing ? t("Pause") : t("Play")} <kbd>${t("Space")}</kbd></button>
      <button class="btn icon" id="forth" aria-label=${t("One second on")} title=${t("One second on  →")} onClick=${() => app.step(1)}>▸</button>
      <label class="speed"><span class="sr">${t("Speed")}</span><select id="speed" onChange=${pick}>${SPEEDS.map((each) => html`<option value=${each} selected=${each === player.speed}>${each}×</option>`)}</select></label></span>
      <span class="when num" id="when"><b>${units.utc(at)}</b> UTC <span class="dim">· ${units.day(at)} · ${units.local(at)} ${t("local")}</span></span>
      <span class="sp"></span>
      <span class="keys3"><button class="btn" id="bookmark" onClick=${() => app.bookmark()}>${t("Bookmark")} <kbd>B</kbd></button>
      <button class="btn" id="share" onClick=${() => app.share()}>${t("Share…")}</button>
      <a class="btn" id="live" href="/live">${t("To live")} <kbd>L</kbd></a></span></div>
    <${Line} app=${app} />`;
}

/** @param {{ app: Replay }} properties */
function Line({ app }) {
  const { player, feed, log } = app, at = player.moment;
  const loaded = [...feed.pieces.keys()].map((n) => feed.ends(n));
  const band = (/** @type {number} */ from, /** @type {number} */ to, /** @type {string} */ name) => html`<i class=${name} style=${{ left: part(app, from), width: `calc(${part(app, to)} - ${part(app, from)})` }}></i>`;
  const slide = (/** @type {Event} */ event) => app.seek(player.from + Number(/** @type {HTMLInputElement} */ (event.target).value) * 1_000);
  return html`<div class="scrub">
    <div class="signs" aria-hidden="true">${signs(app).map(([ms, name, title]) => html`<button tabindex="-1" class=${`sign ${name}`} style=${{ left: part(app, ms) }} title=${title} onClick=${() => app.seek(ms)}></button>`)}</div>
    <div class="bar" aria-hidden="true">${loaded.map(({ begin, end }) => band(begin, end, "loaded"))}${log.alarmed().map(([from, to, fresh]) => band(from, to, fresh ? "stands fresh" : "stands"))}${log.gaps().map(([from, to]) => band(from, to, "gap"))}</div>
    <input type="range" id="scrubber" aria-label=${t("Moment that is shown")} aria-valuetext=${saidMoment(app, at)} min="0" max=${Math.ceil((player.until - player.from) / 1_000)} step="1" value=${Math.round((at - player.from) / 1_000)} onInput=${slide} />
    <div class="hours num" aria-hidden="true">${hours(player.from, player.until).map((ms) => html`<span style=${{ left: part(app, ms) }}>${units.utc(ms).slice(0, ms % 60_000 ? 8 : 5)}</span>`)}</div></div>`;
}

/** What a screen reader hears of a moment. @param {Replay} app @param {number} at */
function saidMoment(app, at) {
  const lines = app.lines(), line = lines[reached(lines, at)], stars = app.starred().filter((each) => each.t_ms === at);
  return [t("{time} UTC, {day}", { time: units.utc(at), day: units.day(at) }), line ? words(line, app)[0] : "", ...stars.map((each) => app.starWords(each))].filter(Boolean).join(". ");
}

/** Signs above the bar: alarms, acts, verdicts, bookmarks. @param {Replay} app @returns {[number, string, string][]} */
function signs(app) {
  const look = (/** @type {import("./pastlog.js").Line} */ line) => (line.kind === "alarm" ? (line.what === "unacknowledged" ? "raised" : "") : line.kind === "verdict" ? `verdict ${app.told.kinds[line.what] ?? ""}` : line.kind === "run" ? "gapped" : "");
  const weight = { alarm: 0, act: 1, incident: 1, run: 1, verdict: 2, zone: 3, track: 9 };
  const shown = app.lines().filter((line) => line.kind !== "track").sort((a, b) => weight[/** @type {"act"} */ (a.kind)] - weight[/** @type {"act"} */ (b.kind)]).slice(0, SIGNS_MAX);
  /** @type {[number, string, string][]} */
  const made = shown.reverse().map((line) => [line.t_ms, look(line), `${units.utc(line.t_ms)} ${words(line, app)[0]}`]);
  for (const mark of app.starred()) made.push([mark.t_ms, mark.own ? "mark own" : "mark", `${units.utc(mark.t_ms)} ${app.starWords(mark)}`]);
  return made;
}

/** Round times along the bar. @param {number} from @param {number} until */
function hours(from, until) {
  const each = EACH_MS.find((ms) => (until - from) / ms <= LABELS) ?? 3_600_000, made = [];
  for (let ms = Math.ceil(from / each) * each; ms <= until; ms += each) made.push(ms);
  return made.filter((ms) => ms - from > EDGE * (until - from) && until - ms > EDGE * (until - from));
}

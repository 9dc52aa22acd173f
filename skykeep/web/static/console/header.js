// The top of the console: how old what is shown is, sensors, time, sound, who is on duty.
import { html } from "./dom.js";
import { t } from "./words.js";
import * as units from "./units.js";

/** @typedef {import("./live.js").Console} Console */

/** The one sign of age: every other age on the page comes from the same measure. @param {{ app: Console }} properties */
export function AgePill({ app }) {
  const state = app.freshness.state(), age = app.freshness.age(), said = Number.isFinite(age) ? units.span(age) : "";
  if (state === "live") return html`<span class="pill live" id="pill"><span class="dot"></span><b>${t("LIVE")}</b> <span class="num">${said}</span></span>`;
  if (state === "late") return html`<span class="pill late" id="pill"><b>${t("LATE")}</b> <span class="num">${said}</span></span>`;
  return html`<span class="pill old" id="pill"><b>${t("OLD")}${said ? ` · ${said}` : ""}</b></span>`;
}

/** @param {{ app: Console }} properties */
export function Banner({ app }) {
  const state = app.freshness.state(), { sky, link } = app;
  if (state !== "old" && sky.stands.recorded && !app.zonesMissing) return null;
  if (state !== "old") {
    const words = [sky.stands.recorded ? "" : t("NOT RECORDED: what is shown is not in the record."), app.zonesMissing ? t("ZONES COULD NOT BE READ: the map may lack some.") : ""];
    return html`<div class="banner" id="banner" role="alert"><span aria-hidden="true">⚠</span>${words.filter(Boolean).join(" ")}</div>`;
  }
  const age = app.freshness.age(), since = sky.stands.now_ms ? t("Last {time} UTC", { time: units.utc(sky.stands.now_ms) }) : "";
  const head = Number.isFinite(age) ? t("NOT LIVE: positions are {age} old", { age: units.span(age) }) : t("NOT LIVE: how old this is cannot be told");
  const why = link.status === 401 || link.status === 403 ? t("you are signed out") : !link.open ? t("reconnecting, try {n}…", { n: link.tries })
    : { up: "", catching_up: t("the station is catching up with its record"), silent: t("the station says nothing") }[/** @type {"up"} */ (sky.stands.station)] ?? t("the station does not answer");
  return html`<div class="banner" id="banner" role="alert"><span aria-hidden="true">⚠</span>${head}<span class="sp"></span><span class="num why">${[since, why].filter(Boolean).join(" · ")}</span>
    ${link.status === 401 ? html`<a href="/sign-in?target=/live">${t("Sign in")}</a>` : null}</div>`;
}

/** @param {{ app: Console }} properties */
export function Top({ app }) {
  const now = app.freshness.offset === null ? Date.now() : app.freshness.serverNow();
  return html`<${AgePill} app=${app} /><${Sensors} app=${app} />
    <span class="clock num"><b>${units.local(now)}</b> <span class="dim sm where">${t("local")}</span><span class="dim sm">${units.utc(now)} UTC</span></span>
    <${Sound} app=${app} />
    <button class="btn icon helps" aria-label=${t("Keys")} title=${t("Keys")} onClick=${() => app.showKeys(true)}>?</button>`;
}

/** @param {{ app: Console }} properties */
function Sensors({ app }) {
  const all = [...app.sky.sensors.values()], ill = [...app.sky.health.values()].filter((each) => !each.well && (each.what === "sensor_silent" || each.what === "feed"));
  const silent = new Set(ill.map((each) => each.subject)), up = all.filter((each) => each.connected && !silent.has(each.id) && !silent.has(each.feed)).length;
  if (!all.length) return null;
  const names = [...silent].join(", ");
  return html`<span class="pill" id="sensors" title=${ill.map((each) => each.unseen).join("; ")}>${t("Sensors")} <b class="num">${up}</b> <span class="num">/${all.length}</span>${names ? html`<span class="warn">▲ ${names}</span>` : null}</span>`;
}

/** @param {{ app: Console }} properties */
function Sound({ app }) {
  const { sound } = app;
  if (!sound.started) return html`<button class="btn pri" id="shift" onClick=${() => app.startShift()}>${t("Start shift")}</button>`;
  if (sound.blocked()) return html`<button class="btn warn" id="shift" onClick=${() => app.startShift()}>${t("Sound is blocked: test again")}</button>`;
  const left = sound.mutedFor();
  return html`<button class="btn icon" id="sound" aria-label=${left ? t("muted for {time}", { time: units.span(left) }) : t("Mute for 60 s")} onClick=${() => app.mute()}><${Speaker} muted=${!!left} />${left ? html` <span class="num sm">${Math.ceil(left / 1000)}</span>` : null}</button>`;
}

/** Drawn, not a letter: few fonts have one. @param {{ muted: boolean }} properties */
function Speaker({ muted }) {
  return html`<svg class="ic" width="18" height="18" viewBox="0 0 18 18" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="M2.5 7v4H5l4 3.5v-11L5 7z" fill="currentColor" /><path d=${muted ? "M12 7l4 4M16 7l-4 4" : "M11.8 6.4a3.6 3.6 0 0 1 0 5.2M13.9 4.4a6.4 6.4 0 0 1 0 9.2"} /></svg>`;
}

// A link to a moment: when, what is picked and what the map shows, so that somebody else sees just that.
import { html } from "./dom.js";
import { t } from "./words.js";

const WORLD = 512;

/** @typedef {import("./replay.js").Replay} Replay */

/** @param {number} ms */
const iso = (ms) => new Date(ms).toISOString();

/** The place of the map: latitude, longitude, zoom. @param {import("./mapview.js").MapView} map */
export function placeOf(map) {
  const { width, height, k } = map.view(), { lon, lat } = map.at(width / 2, height / 2);
  return `${lat.toFixed(5)},${lon.toFixed(5)},${Math.log2(k / WORLD).toFixed(2)}`;
}

/** @param {string | null} text @returns {{ lat: number, lon: number, zoom: number } | null} */
export function readPlace(text) {
  const [lat, lon, zoom] = (text ?? "").split(",").map(Number);
  const sound = Math.abs(lat) <= 85 && Math.abs(lon) <= 180 && zoom >= 0 && zoom <= 22;
  return text && sound ? { lat, lon, zoom } : null;
}

/** The address of what is seen. @param {Replay} app */
export function address(app) {
  const { player, about, ui, map } = app;
  const said = [`from=${iso(player.from)}`, `until=${iso(player.until)}`, `at=${iso(player.moment)}`];
  if (about.incident !== null) said.push(`incident=${about.incident}`);
  if (ui.selected !== null) said.push(`track=${ui.selected}`);
  if (map) said.push(`map=${placeOf(map)}`);
  return `/replay?${said.join("&")}`;
}

/** @param {{ app: Replay, url: string, copied: boolean | null }} properties */
export function ShareBox({ app, url, copied }) {
  const said = copied === null ? "" : copied ? t("Copied.") : t("The browser does not let it be copied: press Ctrl+C now.");
  const all = (/** @type {Event} */ event) => /** @type {HTMLInputElement} */ (event.target).select();
  return html`<dialog id="sharing" aria-labelledby="share-head" onClose=${() => app.closeShare()}><h2 id="share-head">${t("Share this moment")}</h2>
    <p class="dim sm">${t("The link opens at this moment, with the flight that is picked and the map as it is. Whoever opens it signs in, and sees what they may see.")}</p>
    <label class="linkfield"><span class="sr">${t("Link to this moment")}</span><input id="link" readonly value=${url} onFocus=${all} /></label>
    <div class="act"><button class="btn pri" id="copy" onClick=${() => void app.copy(url)}>${t("Copy")}</button><form method="dialog"><button class="btn">${t("Close")}</button></form><span role="status" id="copied">${said}</span></div></dialog>`;
}

/** Put words where they can be pasted from. @param {string} text @returns {Promise<boolean>} whether it worked */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // no permission, or not by TLS: it stands in the field, selected
  }
}

// What a script adds to the public page: this device's place when it is asked for, and a map of streets to tap.
// Without it the form, the drawn map with its links and the list say the same.
import * as theme from "../console/theme.js";
import * as units from "../console/units.js";
import { speak, t } from "../console/words.js";

const told = /** @type {HTMLElement} */ (document.getElementById("words"));
speak(JSON.parse(told.textContent ?? "{}"), document.documentElement.lang);
units.follow(told.dataset.units ?? "metric");

const form = /** @type {HTMLFormElement} */ (document.querySelector("form.ask"));
const trouble = /** @type {HTMLElement} */ (document.getElementById("trouble"));

/** @param {string} text */
function say(text) {
  trouble.textContent = text;
  trouble.hidden = text === "";
}

/** Ask about a place that is known within so many metres. @param {number} lat @param {number} lon @param {number} accuracy */
function ask(lat, lon, accuracy) {
  const said = new FormData(form), to = new URLSearchParams();
  to.set("lat", lat.toFixed(6));
  to.set("lon", lon.toFixed(6));
  to.set("accuracy", String(Math.ceil(accuracy)));
  for (const name of ["weight", "height"]) to.set(name, String(said.get(name) ?? ""));
  location.assign(`/?${to}#answer`);
}

function locate() {
  say(t("Waiting for this device to say where it is…"));
  navigator.geolocation.getCurrentPosition(
    (found) => ask(found.coords.latitude, found.coords.longitude, found.coords.accuracy),
    (error) => say(error.code === 1 ? t("This device does not tell its place. Type it, or tap the map.") : t("The place was not found. Type it, or tap the map.")),
    { enableHighAccuracy: true, timeout: 15000, maximumAge: 30000 },
  );
}

const button = /** @type {HTMLButtonElement} */ (document.getElementById("locate"));
if (window.isSecureContext && "geolocation" in navigator) {
  button.hidden = false;
  button.addEventListener("click", locate);
}

/** @param {string} href */
function load(href) {
  return new Promise((done, failed) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href, onload: done, onerror: failed });
    document.head.append(link);
  });
}

/** @param {string} src */
function run(src) {
  return new Promise((done, failed) => {
    document.head.append(Object.assign(document.createElement("script"), { src, onload: done, onerror: failed }));
  });
}

async function map() {
  const figure = /** @type {HTMLElement} */ (document.getElementById("map"));
  const drawn = /** @type {HTMLElement} */ (document.getElementById("drawn"));
  if (document.createElement("canvas").getContext("webgl2") === null || new URLSearchParams(location.search).has("plain")) return;
  await Promise.all([load("/static/vendor/maplibre-gl/maplibre-gl.css"), run("/static/vendor/pmtiles/pmtiles.js")]);
  const [{ makeMap }, loaded] = await Promise.all([import("../console/mapview.js"), import("../vendor/maplibre-gl/maplibre-gl.mjs")]);
  const maplibre = /** @type {any} */ (loaded);
  const zones = await (await fetch("/api/v1/zones.geojson")).json();
  const said = figure.dataset, lat = Number(said.lat), lon = Number(said.lon);
  const sky = Object.assign(document.createElement("div"), { id: "sky" });
  sky.dataset.label = said.label;
  drawn.before(sky);
  const metres = (Number(said.km) * 2000) / Math.max(sky.clientWidth, 1);
  const zoom = Math.log2((40075016.7 * Math.cos((lat * Math.PI) / 180)) / (512 * metres));
  const made = /** @type {any} */ (await makeMap(sky, { theme: theme.now(), tiles: said.tiles === "1", town: said.town ?? null, centre: [lon, lat], zoom }));
  await new Promise((done) => made.map.once("load", done)); // before that there is nowhere to put zones
  made.setZones(zones, new Map(), Date.now());
  theme.onChange(() => made.setTheme(theme.now(), false));
  made.map.addControl(new maplibre.NavigationControl({ showCompass: false }), "top-right");
  if (said.pin) {
    const pin = Object.assign(document.createElement("div"), { className: "pin" });
    new maplibre.Marker({ element: pin }).setLngLat([lon, lat]).addTo(made.map);
  }
  made.map.on("click", (/** @type {any} */ event) => {
    const at = event.lngLat, beside = made.map.unproject([event.point.x + 12, event.point.y]);
    ask(at.lat, ((at.lng + 540) % 360) - 180, at.distanceTo(beside));
  });
  made.map.once("idle", () => (sky.dataset.ready = "1"));
  drawn.hidden = true;
  for (const id of ["closer", "farther"]) document.getElementById(id)?.setAttribute("hidden", "");
}

map().catch(() => {
  document.getElementById("sky")?.remove();
  /** @type {HTMLElement} */ (document.getElementById("drawn")).hidden = false;
});

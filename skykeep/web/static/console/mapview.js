// The map: MapLibre below, the canvas of tracks above. Where a browser has no WebGL, a plain grid takes its place.
import * as maplibre from "../vendor/maplibre-gl/maplibre-gl.mjs";
import { THEMES, greyed, style, worldOf } from "./basemap.js";
import { PlainMap } from "./plainmap.js";
import { scale } from "./units.js";
import { t } from "./words.js";
import { dressed, layers, pattern, placed, zoneColours } from "./zones.js";

const WORLD = 512;

/**
 * @typedef {{ plain: boolean, container: HTMLElement, view: () => import("./painter.js").View, onMove: (call: () => void) => void,
 *   setTheme: (theme: import("./basemap.js").Theme, grey: boolean) => void, setZones: (zones: any, stands: Map<string, any>, now: number) => void,
 *   fit: (bounds: [number, number, number, number], still?: boolean) => void, centre: (lon: number, lat: number, zoom?: number) => void,
 *   zoomBy: (steps: number) => void, redraw: () => void, at: (x: number, y: number) => { lon: number, lat: number } }} MapView
 */

/** @returns {boolean} */
function hasWebGl() {
  if (new URLSearchParams(location.search).has("plain")) return false;
  try {
    return document.createElement("canvas").getContext("webgl2") !== null;
  } catch {
    return false;
  }
}

/**
 * @param {HTMLElement} container
 * @param {{ theme: import("./basemap.js").Theme, tiles: boolean, town: string | null, centre: [number, number], zoom: number, named?: boolean }} terms `named`: false where the painter writes the names of zones
 * @returns {Promise<MapView>}
 */
export async function makeMap(container, terms) {
  if (!hasWebGl()) return new PlainMap(container, terms);
  const read = async (/** @type {string} */ url) => (await fetch(url)).json();
  const [world, town] = await Promise.all([read("/static/vendor/world-atlas/land-110m.json"), terms.town ? read(terms.town) : null]);
  return new Mapped(container, terms, { tiles: terms.tiles, world: worldOf(world), town });
}

/** @implements {MapView} */
class Mapped {
  /** @param {HTMLElement} container @param {{ theme: import("./basemap.js").Theme, centre: [number, number], zoom: number, named?: boolean }} terms @param {any} ground */
  constructor(container, terms, ground) {
    this.named = terms.named ?? true;
    this.plain = false;
    this.container = container;
    this.ground = ground;
    this.theme = terms.theme;
    this.grey = false;
    this.labelled = "";
    this.zones = { areas: EMPTY, labels: /** @type {import("./zones.js").Label[]} */ ([]) };
    const { Protocol } = /** @type {any} */ (globalThis).pmtiles;
    maplibre.addProtocol("pmtiles", new Protocol().tile);
    this.map = new maplibre.Map({
      container, center: terms.centre, zoom: terms.zoom, style: this.styled(), attributionControl: false, fadeDuration: 0,
      dragRotate: false, pitchWithRotate: false, touchPitch: false, maxPitch: 0, renderWorldCopies: false, keyboard: true,
      locale: {
        "ScaleControl.NauticalMiles": "NM", "Map.Title": t("Map"), "Marker.Title": t("Mark on the map"),
        "NavigationControl.ZoomIn": t("Closer"), "NavigationControl.ZoomOut": t("Farther"),
      },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new maplibre.AttributionControl({ compact: false }), "bottom-right");
    this.map.addControl(new maplibre.ScaleControl({ maxWidth: 72, unit: scale() }), "bottom-right");
    this.map.setMissingStyleImageResolver((/** @type {string} */ id) => this.addImage(id));
    this.map.once("load", () => this.putZones()); // what was given before the style stood
    for (const happens of ["moveend", "resize", "styledata"]) this.map.on(happens, () => this.putLabels());
    this.map.getCanvas().setAttribute("aria-label", container.dataset.label ?? "");
  }

  styled() {
    const colours = THEMES[this.theme], c = zoneColours();
    const made = style(this.grey ? greyed(colours) : colours, this.ground);
    made.sources.zones = { type: "geojson", data: this.zones.areas };
    made.sources["zone-labels"] = { type: "geojson", data: EMPTY };
    made.layers.push(...layers(c, this.named));
    return made;
  }

  /** Hatching and dots, made when the style first asks for them. @param {string} id */
  addImage(id) {
    if (!id.startsWith("zone-") || this.map.hasImage(id)) return;
    const made = pattern(/** @type {any} */ (id.slice(5)), zoneColours());
    const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (made.getContext("2d"));
    this.map.addImage(id, pen.getImageData(0, 0, made.width, made.height), { pixelRatio: 2 });
  }

  /** @param {import("./basemap.js").Theme} theme @param {boolean} grey */
  setTheme(theme, grey) {
    if (theme === this.theme && grey === this.grey) return;
    if (theme !== this.theme) for (const id of this.map.listImages()) if (id.startsWith("zone-")) this.map.removeImage(id);
    this.theme = theme;
    this.grey = grey;
    this.labelled = "";
    this.map.setStyle(this.styled(), { diff: true });
  }

  /** @param {any} zones @param {Map<string, any>} stands @param {number} now */
  setZones(zones, stands, now) {
    const made = dressed(zones, stands, now);
    if (JSON.stringify(made) === JSON.stringify(this.zones)) return;
    this.zones = made;
    this.putZones();
  }

  putZones() {
    /** @type {any} */ (this.map.getSource("zones"))?.setData(this.zones.areas);
    this.putLabels();
  }

  putLabels() {
    const source = /** @type {any} */ (this.map.getSource("zone-labels"));
    if (!this.named || !source) return;
    const features = placed(this.zones.labels, this.view()).map(({ x, y, label: { look, head, more } }) => {
      const { lon, lat } = this.at(x, y);
      return { type: "Feature", geometry: { type: "Point", coordinates: [lon, lat] }, properties: { look, head, more } };
    });
    const said = JSON.stringify(features);
    if (said === this.labelled) return;
    this.labelled = said;
    source.setData({ type: "FeatureCollection", features });
  }

  view() {
    const { clientWidth: width, clientHeight: height } = this.container;
    const centre = this.map.getCenter(), k = WORLD * 2 ** this.map.getZoom();
    const y = 0.5 - Math.log(Math.tan(Math.PI / 4 + (centre.lat * Math.PI) / 360)) / (2 * Math.PI);
    return { width, height, k, ox: width / 2 - (centre.lng / 360 + 0.5) * k, oy: height / 2 - y * k };
  }

  /** @param {() => void} call */
  onMove(call) {
    this.map.on("move", call);
    this.map.on("resize", call);
  }

  /** @param {[number, number, number, number]} bounds west, south, east, north */
  fit(bounds, still = false) {
    const small = this.container.clientWidth < 600, padding = small ? { top: 20, bottom: 110, left: 20, right: 62 } : { top: 60, bottom: 90, left: 60, right: 90 };
    this.map.fitBounds(bounds, { padding, maxZoom: 15, animate: !still && !matchMedia("(prefers-reduced-motion: reduce)").matches });
  }

  /** @param {number} lon @param {number} lat @param {number} [zoom] */
  centre(lon, lat, zoom) {
    const to = { center: /** @type {[number, number]} */ ([lon, lat]), ...(zoom === undefined ? {} : { zoom }) };
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) this.map.jumpTo(to);
    else this.map.easeTo({ ...to, duration: 350 });
  }

  /** @param {number} steps */
  zoomBy(steps) {
    this.map.zoomTo(this.map.getZoom() + steps, { duration: 150 });
  }

  /** Draw now, and not with the next frame. */
  redraw() {
    this.map.redraw();
  }

  /** @param {number} x @param {number} y */
  at(x, y) {
    const there = this.map.unproject([x, y]);
    return { lon: there.lng, lat: there.lat };
  }
}

const EMPTY = { type: "FeatureCollection", features: /** @type {any[]} */ ([]) };

// The map of a browser without WebGL: a plain grid and the zones on a 2-D canvas; it moves like the other one.
import { EDGES, dressed, pattern, placed, zoneColours } from "./zones.js";
import { mercatorX, mercatorY } from "./sky.js";

const WORLD = 512;

/** @implements {MapView} @typedef {import("./mapview.js").MapView} MapView */
export class PlainMap {
  /** @param {HTMLElement} container @param {{ centre: [number, number], zoom: number, named?: boolean }} terms */
  constructor(container, terms) {
    this.named = terms.named ?? true;
    this.plain = true;
    this.container = container;
    this.x = mercatorX(terms.centre[0] * 1e7);
    this.y = mercatorY(terms.centre[1] * 1e7);
    this.zoom = terms.zoom;
    this.zones = /** @type {any[]} */ ([]);
    this.labels = /** @type {import("./zones.js").Label[]} */ ([]);
    this.calls = /** @type {(() => void)[]} */ ([]);
    this.canvas = document.createElement("canvas");
    this.canvas.className = "ground";
    container.prepend(this.canvas);
    this.listen();
    new ResizeObserver(() => this.moved()).observe(container);
  }

  listen() {
    this.container.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoomBy(-event.deltaY / 300);
    }, { passive: false });
    this.container.addEventListener("pointermove", (event) => {
      if (!event.buttons || !(event.target instanceof HTMLCanvasElement)) return;
      const k = WORLD * 2 ** this.zoom;
      this.x -= event.movementX / k;
      this.y -= event.movementY / k;
      this.moved();
    });
  }

  moved() {
    this.draw();
    for (const call of this.calls) call();
  }

  view() {
    const { clientWidth: width, clientHeight: height } = this.container, k = WORLD * 2 ** this.zoom;
    return { width, height, k, ox: width / 2 - this.x * k, oy: height / 2 - this.y * k };
  }

  /** @param {() => void} call */
  onMove(call) {
    this.calls.push(call);
  }

  setTheme() {
    this.draw();
  }

  /** @param {any} zones @param {Map<string, any>} stands @param {number} now */
  setZones(zones, stands, now) {
    const made = dressed(zones, stands, now);
    this.zones = made.areas.features;
    this.labels = made.labels;
    this.draw();
  }

  /** @param {[number, number, number, number]} bounds west, south, east, north */
  fit([west, south, east, north]) {
    const { clientWidth: width, clientHeight: height } = this.container;
    const left = mercatorX(west * 1e7), right = mercatorX(east * 1e7), top = mercatorY(north * 1e7), bottom = mercatorY(south * 1e7);
    this.x = (left + right) / 2;
    this.y = (top + bottom) / 2;
    const k = Math.min((width - 150) / Math.max(1e-9, right - left), (height - 150) / Math.max(1e-9, bottom - top));
    this.zoom = Math.min(15, Math.log2(Math.max(1, k) / WORLD));
    this.moved();
  }

  /** @param {number} lon @param {number} lat @param {number} [zoom] */
  centre(lon, lat, zoom) {
    this.x = mercatorX(lon * 1e7);
    this.y = mercatorY(lat * 1e7);
    if (zoom !== undefined) this.zoom = zoom;
    this.moved();
  }

  /** @param {number} steps */
  zoomBy(steps) {
    this.zoom = Math.min(18, Math.max(2, this.zoom + steps));
    this.moved();
  }

  /** @param {number} x @param {number} y */
  at(x, y) {
    const { k, ox, oy } = this.view(), lat = Math.atan(Math.sinh(Math.PI * (1 - (2 * (y - oy)) / k)));
    return { lon: ((x - ox) / k - 0.5) * 360, lat: (lat * 180) / Math.PI };
  }

  redraw() {
    this.draw();
  }

  draw() {
    if (!this.container.clientWidth || !this.container.clientHeight) return; // another part of a small screen is shown, or it is on paper
    const { width, height, k, ox, oy } = this.view(), ratio = Math.min(2, devicePixelRatio || 1);
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    const pen = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    pen.scale(ratio, ratio);
    this.grid(pen, { width, height, k, ox, oy });
    const c = zoneColours();
    for (const zone of this.zones) this.zone(pen, zone, { k, ox, oy }, c);
    pen.textAlign = "center";
    if (this.named) for (const { x, y, label } of placed(this.labels, this.view())) {
      [label.head, label.more].forEach((said, line) => this.words(pen, said, x, y + 16 + 14 * line, c[label.look], c.halo));
    }
  }

  /** @param {CanvasRenderingContext2D} pen @param {import("./painter.js").View} view */
  grid(pen, { width, height, k, ox, oy }) {
    const step = k / 2 ** Math.round(Math.log2(k / 110));
    pen.strokeStyle = getComputedStyle(document.documentElement).getPropertyValue("--gridline");
    pen.beginPath();
    for (let x = ((ox % step) + step) % step; x < width; x += step) pen.rect(x, 0, 0, height);
    for (let y = ((oy % step) + step) % step; y < height; y += step) pen.rect(0, y, width, 0);
    pen.stroke();
  }

  /** @param {CanvasRenderingContext2D} pen @param {any} zone @param {{ k: number, ox: number, oy: number }} view @param {any} c */
  zone(pen, zone, { k, ox, oy }, c) {
    const look = /** @type {import("./zones.js").Look} */ (zone.properties.look), edge = EDGES[look];
    pen.beginPath();
    for (const ring of zone.geometry.coordinates) {
      ring.forEach((/** @type {number[]} */ [lon, lat], /** @type {number} */ n) => pen[n ? "lineTo" : "moveTo"](mercatorX(lon * 1e7) * k + ox, mercatorY(lat * 1e7) * k + oy));
    }
    const hatch = pen.createPattern(pattern(look, c), "repeat");
    if (hatch) {
      hatch.setTransform(new DOMMatrix().scale(0.5));
      pen.fillStyle = hatch;
      pen.fill("evenodd");
    }
    pen.strokeStyle = c[look];
    pen.lineWidth = edge.width;
    pen.globalAlpha = edge.opacity;
    pen.setLineDash((edge.dash ?? []).map((each) => each * edge.width));
    pen.stroke();
    pen.setLineDash([]);
    pen.globalAlpha = 1;
  }

  /** @param {CanvasRenderingContext2D} pen @param {string} said @param {number} x @param {number} y @param {string} fill @param {string} halo */
  words(pen, said, x, y, fill, halo) {
    pen.font = "600 11.5px Inter, sans-serif";
    pen.lineWidth = 3;
    pen.strokeStyle = halo;
    pen.strokeText(said, x, y);
    pen.fillStyle = fill;
    pen.fillText(said, x, y);
  }
}

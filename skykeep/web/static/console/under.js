// What lies still below the flights, on a canvas of its own: what sensors see and where nobody looks, where permits allow
// flight, protected sites, a zone that is being drawn, and where operators say to be. Drawn anew only when the map moves
// or something changed.
import { bounds } from "./quiet.js";
import { mercatorX, mercatorY } from "./sky.js";
import { palette, picture } from "./sprites.js";

const EARTH_M = 40_075_016.686;
const HATCH = 12;
const PERSON_PX = 7, HOUSE_PX = 5; // half of what the signs take
const PERSON = new Path2D("M-3.2 -4a3.2 3.2 0 1 0 6.4 0a3.2 3.2 0 1 0-6.4 0M-6 8c0-5 2.5-7.5 6-7.5S6 3 6 8z");
const HOUSE = new Path2D("M-5.5 5.5v-7L0-6l5.5 4.5v7z");

/** @typedef {import("./painter.js").View} View */
/** @typedef {{ shape: number[][][][], label: [number, number], lines: string[] }} Hole polygons of rings of [lon, lat] */
/** @typedef {{ lat: number, lon: number, radius: number, name: string }} Site 1e-7 degree, mm */
/** @typedef {{ x: number, y: number, fromX: number, fromY: number, lines: string[] }} Operator Web Mercator, 0 to 1 */
/** @typedef {{ lat: number, lon: number, radius: number }} Circle 1e-7 degree, mm */
/** @typedef {{ key: string, rings: number[][][], holds: boolean, lines: string[] }} Permit rings of [lon, lat] */
/** @typedef {{ seen: number[][][][], outlines: number[][][][][], holes: Hole[], sites: Site[], operators: Operator[],
 *   permits: Permit[], draft: Circle | { ring: import("./corners.js").Place[], ended: boolean } | null }} Things */

export class Under {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.drawn = "";
    this.colours = palette();
    this.hatch = hatched(this.colours.amber);
  }

  /** Take the colours of the page anew: the theme changed. */
  renew() {
    this.colours = palette();
    this.hatch = hatched(this.colours.amber);
    this.drawn = "";
  }

  /** @param {View} view @param {Things} things @param {string} version what the things are of, so that the same is not drawn twice */
  draw(view, things, version) {
    const now = `${view.k} ${view.ox} ${view.oy} ${view.width} ${view.height} ${version}`;
    if (!view.width || (now === this.drawn && !things.operators.length)) return;
    this.drawn = now;
    this.clear(view);
    this.coverage(view, things);
    for (const each of things.permits) this.permit(view, each);
    for (const each of things.sites) this.site(view, each);
    if (things.draft && "ring" in things.draft) this.polygon(view, things.draft);
    else if (things.draft) this.circle(view, things.draft);
    for (const each of things.operators) this.operator(view, each);
  }

  /** @param {View} view */
  clear({ width, height }) {
    const ratio = Math.min(2, devicePixelRatio || 1), wide = Math.round(width * ratio), high = Math.round(height * ratio);
    if (this.canvas.width !== wide || this.canvas.height !== high) [this.canvas.width, this.canvas.height] = [wide, high];
    this.pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.pen.clearRect(0, 0, width, height);
    this.pen.globalAlpha = 1;
  }

  /** @param {View} view @param {Things} things */
  coverage(view, { seen, outlines, holes }) {
    const { pen, colours } = this;
    if (seen.length) this.fill(this.path(view, seen), colours.accent, 0.05);
    for (const shape of outlines) this.stroke(this.path(view, shape), colours.dim, 1, [1, 5], 0.8);
    for (const { shape } of holes) {
      const path = this.path(view, shape);
      if (this.hatch) {
        pen.fillStyle = this.hatch;
        pen.fill(path, "evenodd");
      }
      this.stroke(path, colours.amber, 1.6, [9, 4], 0.9);
    }
  }

  /** A volume of a permit: a blue dotted edge, lighter where it is to come. @param {View} view @param {Permit} permit */
  permit(view, { rings, holds }) {
    const { pen, colours } = this, path = this.path(view, [rings]);
    this.fill(path, colours.permit, holds ? 0.09 : 0.03);
    pen.lineCap = "round";
    this.stroke(path, colours.permit, 2.2, [0.1, 5], holds ? 1 : 0.6);
    pen.lineCap = "butt";
  }

  /** @param {View} view @param {Site} site */
  site(view, site) {
    const [x, y] = at(view, mercatorX(site.lon), mercatorY(site.lat)), { pen, colours } = this, radius = (site.radius / 1000) * metre(view, site.lat);
    const ring = new Path2D();
    ring.arc(x, y, radius, 0, 2 * Math.PI);
    this.stroke(ring, colours.text, 1.2, [5, 3], 0.75);
    pen.save();
    pen.translate(x, y);
    this.fill(HOUSE, colours.panel, 1);
    this.stroke(HOUSE, colours.text, 1.5, [], 1);
    pen.restore();
  }

  /** @param {View} view @param {{ ring: import("./corners.js").Place[], ended: boolean }} drawn a zone that is not enacted, as far as it is drawn */
  polygon(view, { ring, ended }) {
    const places = ring.map(([lon, lat]) => at(view, mercatorX(lon * 1e7), mercatorY(lat * 1e7))), { colours } = this;
    const way = new Path2D(places.map(([x, y], n) => `${n ? "L" : "M"}${x} ${y}`).join("") + (ended && places.length > 2 ? "Z" : ""));
    if (places.length > 2) this.fill(way, colours.unpermit, 0.14);
    this.stroke(way, colours.unpermit, 2.4, [10, 5], 1);
    places.forEach(([x, y], n) => {
      const corner = new Path2D();
      corner.arc(x, y, n || ended ? 4 : 8, 0, 2 * Math.PI); // a click on the first one ends it
      this.fill(corner, colours.panel, 1);
      this.stroke(corner, colours.unpermit, 2, [], 1);
    });
  }

  /** @param {View} view @param {Circle} circle a zone that is not enacted */
  circle(view, circle) {
    const [x, y] = at(view, mercatorX(circle.lon), mercatorY(circle.lat)), path = new Path2D(), { colours } = this;
    path.arc(x, y, Math.max(2, (circle.radius / 1000) * metre(view, circle.lat)), 0, 2 * Math.PI);
    this.fill(path, colours.unpermit, 0.14);
    this.stroke(path, colours.unpermit, 2.4, [10, 5], 1);
    const cross = new Path2D(`M${x - 6} ${y}h12M${x} ${y - 6}v12`);
    this.stroke(cross, colours.unpermit, 1.6, [], 1);
  }

  /** A person where the drone says its operator is, with a line to the drone. @param {View} view @param {Operator} operator */
  operator(view, { x, y, fromX, fromY }) {
    const { pen, colours } = this, [px, py] = at(view, x, y), [dx, dy] = at(view, fromX, fromY);
    this.stroke(new Path2D(`M${dx} ${dy}L${px} ${py}`), colours.text, 1.2, [3, 5], 0.6);
    pen.save();
    pen.translate(px, py);
    this.fill(PERSON, colours.panel, 1);
    this.stroke(PERSON, colours.text, 1.6, [], 1);
    pen.restore();
  }

  /** @param {View} view @param {number[][][][]} polygons @returns {Path2D} */
  path(view, polygons) {
    const path = new Path2D();
    for (const ring of polygons.flat()) {
      ring.forEach(([lon, lat], n) => {
        const [x, y] = at(view, mercatorX(lon * 1e7), mercatorY(lat * 1e7));
        if (n) path.lineTo(x, y);
        else path.moveTo(x, y);
      });
      path.closePath();
    }
    return path;
  }

  /** @param {Path2D} path @param {string} colour @param {number} alpha */
  fill(path, colour, alpha) {
    this.pen.globalAlpha = alpha;
    this.pen.fillStyle = colour;
    this.pen.fill(path, "evenodd");
    this.pen.globalAlpha = 1;
  }

  /** @param {Path2D} path @param {string} colour @param {number} width @param {number[]} dash @param {number} alpha */
  stroke(path, colour, width, dash, alpha) {
    const { pen } = this;
    pen.globalAlpha = alpha;
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.setLineDash(dash);
    pen.stroke(path);
    pen.setLineDash([]);
    pen.globalAlpha = 1;
  }
}

/**
 * What of it has words, the gravest first; they are written by the painter, which knows what else has. @param {Things} things
 * @returns {import("./labels.js").Mark[]}
 */
export function marksOf({ operators, holes, sites, permits }) {
  const at = (/** @type {string} */ key, /** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ sign, /** @type {import("./labels.js").Mark["lines"]} */ lines) => ({ key, west: x, east: x, north: y, south: y, sign, lines });
  return [
    ...operators.map(({ x, y, lines }, n) => at(`operator ${n}`, x, y, PERSON_PX, written(lines, "name", "small"))),
    ...holes.map(({ label: [lon, lat], lines }) => at(`hole ${lines.join()}`, mercatorX(lon * 1e7), mercatorY(lat * 1e7), 1, written(lines, "warn", "small"))),
    ...sites.map(({ lon, lat, name }) => at(`site ${name} ${lon} ${lat}`, mercatorX(lon), mercatorY(lat), HOUSE_PX, [[name, "name"]])),
    ...permits.map(({ key, rings, lines }) => ({ key, ...bounds(rings[0]), sign: 0, lines: written(lines, "permit", "permit2") })),
  ];
}

/** @param {string[]} lines @param {import("./sprites.js").Hand} first @param {import("./sprites.js").Hand} others @returns {import("./labels.js").Mark["lines"]} */
export const written = (lines, first, others) => lines.map((words, n) => [words, n ? others : first]);

/** @param {View} view @param {number} x @param {number} y @returns {[number, number]} */
const at = (view, x, y) => [x * view.k + view.ox, y * view.k + view.oy];

/** Pixels a metre. @param {View} view @param {number} latE7 */
const metre = (view, latE7) => view.k / (EARTH_M * Math.cos((latE7 * Math.PI) / 1.8e9));

/** Lines from the upper left to the lower right: no zone is hatched so. @param {string} colour */
function hatched(colour) {
  const [made, pen] = picture(HATCH, HATCH, 1);
  pen.strokeStyle = colour;
  pen.globalAlpha = 0.3;
  pen.beginPath();
  for (const shift of [-HATCH, 0, HATCH]) {
    pen.moveTo(shift, 0);
    pen.lineTo(shift + HATCH, HATCH);
  }
  pen.stroke();
  return made.getContext("2d")?.createPattern(made, "repeat") ?? null;
}

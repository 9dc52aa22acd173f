// Symbols of tracks drawn once into small pictures, so that a thousand of them cost a thousand copies.
// Shape and mark carry the meaning; colour only helps.

export const SIZE = 26; // a symbol's box in pixels of the page
const TURNS = 36;
/** @typedef {ImageBitmap} Picture a copy that never changes: drawing a canvas would take a snapshot of it each time */
/** @typedef {Record<string, [string, string][]>} Shapes paths of each kind, and how they are drawn */

/** @typedef {OffscreenCanvasRenderingContext2D} Pen */

/** @param {number} width @param {number} height @param {number} ratio @returns {[OffscreenCanvas, Pen]} */
export function picture(width, height, ratio) {
  const made = new OffscreenCanvas(Math.ceil(width * ratio), Math.ceil(height * ratio));
  const pen = /** @type {Pen} */ (made.getContext("2d", { willReadFrequently: true }));
  pen.scale(ratio, ratio);
  return [made, pen];
}

/** Colours of the page as its style sheet says them. @param {Element} [of] */
export function palette(of = document.documentElement) {
  const style = getComputedStyle(of);
  const colour = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
  return {
    permit: colour("permit"), unknown: colour("unknown"), unpermit: colour("unpermit"), state: colour("state"),
    manned: colour("manned"), norule: colour("norule"), text: colour("text"), dim: colour("maptext2"), halo: colour("halo"),
    amber: colour("amber"), panel: colour("panel"), edge: colour("symboledge"), mark: colour("onunpermit"), ring: colour("ring"),
    accent: colour("accent"), p1: colour("p1"), p2: colour("p2"),
  };
}
/** @typedef {ReturnType<typeof palette>} Palette */

/** @param {Pen} pen @param {[string, string][]} paths @param {string} kind @param {Palette} colours */
function shape(pen, paths, kind, colours) {
  const colour = /** @type {Record<string, string>} */ (colours)[kind];
  pen.lineCap = pen.lineJoin = "round";
  for (const [path, how] of paths) {
    const drawn = new Path2D(path);
    if (how === "line") {
      pen.strokeStyle = colour;
      pen.lineWidth = 1.8;
      pen.stroke(drawn);
    } else if (how === "mark") {
      pen.strokeStyle = colours.mark;
      pen.lineWidth = 2.4;
      pen.stroke(drawn);
    } else {
      pen.fillStyle = how === "fill" ? colours.panel : how === "dot" ? colours.mark : colour;
      pen.fill(drawn);
      if (how === "solid" && kind === "unpermit") {
        pen.strokeStyle = colours.edge;
        pen.lineWidth = 1.6;
        pen.stroke(drawn);
      }
    }
  }
}

export class Sprites {
  /** @param {Shapes} shapes @param {Palette} colours @param {number} ratio device pixels a pixel */
  constructor(shapes, colours, ratio) {
    this.shapes = shapes;
    this.colours = colours;
    this.ratio = ratio;
    /** @type {Map<string, Picture>} */
    this.made = new Map();
  }

  /** @param {"old" | "alarm"} name @returns {Picture} */
  ring(name) {
    const known = this.made.get(name);
    if (known) return known;
    const { radius, dash, width, colour } = RINGS[name], [made, pen] = picture(RING_SIZE, RING_SIZE, this.ratio);
    pen.strokeStyle = this.colours[colour];
    pen.lineWidth = width;
    pen.setLineDash(dash);
    pen.arc(RING_SIZE / 2, RING_SIZE / 2, radius, 0, 2 * Math.PI);
    pen.stroke();
    const found = made.transferToImageBitmap();
    this.made.set(name, found);
    return found;
  }

  /** What lies quietly on the map: a grey dot, or a grey ring where it is not heard now. @param {boolean} fresh @returns {Picture} */
  small(fresh) {
    const key = `small ${fresh}`, known = this.made.get(key);
    if (known) return known;
    const [made, pen] = picture(SIZE, SIZE, this.ratio);
    pen.arc(SIZE / 2, SIZE / 2, fresh ? 3 : 3.4, 0, 2 * Math.PI);
    pen.fillStyle = fresh ? this.colours.norule : this.colours.panel;
    pen.strokeStyle = fresh ? this.colours.panel : this.colours.norule;
    pen.lineWidth = 1.2;
    if (!fresh) pen.setLineDash([2.2, 1.6]);
    pen.fill();
    pen.stroke();
    const found = made.transferToImageBitmap();
    this.made.set(key, found);
    return found;
  }

  /** @param {string} kind @param {number} course radians; only an aircraft turns @returns {Picture} */
  of(kind, course) {
    const turn = kind === "manned" ? ((Math.round((course / (2 * Math.PI)) * TURNS) % TURNS) + TURNS) % TURNS : 0;
    const key = `${kind} ${turn}`, known = this.made.get(key);
    if (known) return known;
    const [made, pen] = picture(SIZE, SIZE, this.ratio);
    pen.translate(SIZE / 2, SIZE / 2);
    pen.rotate((turn / TURNS) * 2 * Math.PI);
    shape(pen, this.shapes[kind] ?? this.shapes.norule, kind, this.colours);
    const found = made.transferToImageBitmap();
    this.made.set(key, found);
    return found;
  }
}

/** Rings that many tracks can have at once, as pictures: dashes are dear to draw. @type {Record<string, { radius: number, dash: number[], width: number, colour: "amber" | "p1" }>} */
const RINGS = { old: { radius: 15, dash: [3, 3], width: 1.6, colour: "amber" }, alarm: { radius: 18, dash: [4, 3], width: 2, colour: "p1" } };
export const RING_SIZE = 42;

const TEXTS_MAX = 2_000;
export const PAD_PX = 3; // of the outline, before and behind

const BOLD = "600 11.5px Inter, sans-serif", MEDIUM = "550 11px Inter, sans-serif", PLAIN = "11px Inter, sans-serif";
/** How words on the map are written: the font, and which colour of the page. */
const HANDS = /** @type {const} */ ({
  name: [BOLD, "text"], small: [PLAIN, "dim"], old: [MEDIUM, "amber"], warn: [BOLD, "amber"],
  ban: [BOLD, "unpermit"], permit: [BOLD, "permit"], soon: [BOLD, "p2"], later: [BOLD, "dim"],
  ban2: [PLAIN, "unpermit"], permit2: [PLAIN, "permit"], soon2: [PLAIN, "p2"], later2: [PLAIN, "dim"],
});
/** @typedef {keyof typeof HANDS} Hand */
/** @typedef {{ picture: Picture, width: number }} Text */

/** Words drawn once: an outline below each, so that they can be read over any ground. */
export class Texts {
  /** @param {Palette} colours @param {number} ratio */
  constructor(colours, ratio) {
    this.colours = colours;
    this.ratio = ratio;
    /** @type {Map<string, Text>} */
    this.made = new Map();
    this.pen = picture(1, 1, 1)[1];
  }

  /** Parts side by side: a few heights and speeds make many lines. @param {string[]} parts @param {"small" | "old"} how */
  line(parts, how) {
    let from = 0;
    const made = parts.map((each) => {
      const text = this.of(each, how), part = { picture: text.picture, from };
      from += text.width - 2 * PAD_PX;
      return part;
    });
    return { parts: made, width: from + 2 * PAD_PX };
  }

  /** @param {string} text @param {Hand} how @returns {Text} */
  of(text, how) {
    const key = how + text, known = this.made.get(key);
    if (known) return known;
    if (this.made.size > TEXTS_MAX) this.made.clear();
    const [font, colour] = HANDS[how];
    this.pen.font = font;
    const width = Math.ceil(this.pen.measureText(text).width) + 2 * PAD_PX, [made, pen] = picture(width, 18, this.ratio);
    pen.font = font;
    pen.textBaseline = "middle";
    pen.lineJoin = "round";
    pen.lineWidth = 3;
    pen.strokeStyle = this.colours.halo;
    pen.strokeText(text, PAD_PX, 9);
    pen.fillStyle = this.colours[colour];
    pen.fillText(text, PAD_PX, 9);
    const found = { picture: made.transferToImageBitmap(), width };
    this.made.set(key, found);
    return found;
  }
}

// Where words stand on the map: one list for flights, sites, zones and all else, the gravest first. What finds no room gives
// way: to another side of what it names, then with its first line alone, then out of sight. A place is kept until it collides.

const CELL_PX = 6; // no more than lies between a symbol and its own label, which would else be in its way
const GAP_PX = 5; // between what is named and its words
const CLEAR_PX = 5; // so that a sign is not in the way of its own words
const EDGE_PX = 4; // words keep so far from the edge of the screen
export const MARKS_MAX = 60;
export const GRAVE_MAX = 12; // bans whose names come before those of flights: where there are more, flights are what matters
const SMALL_PX = 18; // an area that is smaller on the screen has no name there

/** @typedef {import("./painter.js").View} View */
/** @typedef {"right" | "left" | "below" | "above" | "foot" | "head"} Side beside what is named, or within it: at its foot, at its head */
/** @typedef {{ left: number, top: number, right: number, bottom: number }} Box pixels */
/** @typedef {{ key: string, west: number, east: number, north: number, south: number, sign: number, lines: [string, import("./sprites.js").Hand][],
 *   grave?: boolean }} Mark what has a name and is no flight; Web Mercator, 0 to 1; `sign`: half of what its own sign takes, pixels; `grave`: a ban that
 *   holds, or an emergency */

/** For areas, and for signs of a single place. @type {Side[]} */
export const AROUND = ["below", "above", "right", "left", "foot", "head"];
/** @type {Side[]} */
const BESIDE = ["below", "right", "left", "above"];

export class Labels {
  constructor() {
    /** @type {Map<string | number, Side>} where each stood in the last picture */ this.stood = new Map();
    /** @type {Map<string | number, Side>} where each stands in this one */ this.stands = new Map();
    this.taken = new Taken(0, 0);
  }

  /** Begin a picture. @param {View} view @param {Iterable<Box>} covered what lies above the map */
  begin({ width, height }, covered) {
    this.taken = new Taken(width, height);
    this.stands = new Map();
    for (const each of covered) this.cover(each);
  }

  /** No words are to stand there. @param {Box} box */
  cover({ left, top, right, bottom }) {
    this.taken.take(left, top, right - left, bottom - top);
  }

  end() {
    this.stood = this.stands;
  }

  /** How often it was asked whether there is room. */
  get asked() {
    return this.taken.asked;
  }

  /**
   * Room beside a sign, at the side where it stood, else at the first that is free; what is cut by the edge of the screen is no room.
   * @param {string | number} key @param {Side[]} sides @param {Box} of what is named, with the gap around it
   * @param {number} width @param {number} height
   * @param {number} apart how far from everything it is to be if it comes anew
   * @returns {[number, number, Side] | null} its upper left corner
   */
  room(key, sides, of, width, height, apart) {
    const { taken } = this, stood = this.stood.get(key);
    const at = (/** @type {Side} */ side, /** @type {number} */ far) => {
      const [x, y] = corner(side, of, width, height);
      return taken.whole(x, y, width, height) && taken.free(x - far, y - far, width + 2 * far, height + 2 * far) ? /** @type {[number, number, Side]} */ ([x, y, side]) : null;
    };
    const kept = stood !== undefined && sides.includes(stood) ? at(stood, 0) : null;
    if (kept) return kept;
    for (const side of sides) {
      const found = side === stood ? null : at(side, apart);
      if (found) return found;
    }
    return null;
  }

  /** @param {string | number} key @param {Side} side @param {number} x @param {number} y @param {number} width @param {number} height */
  put(key, side, x, y, width, height) {
    this.stands.set(key, side);
    this.taken.take(x, y, width, height);
  }
}

/**
 * What of a named place is on the screen, and on which sides its words may stand; null where nothing of it is, or too little.
 * @param {Mark} mark @param {View} view @returns {{ of: Box, sides: Side[] } | null}
 */
export function seen(mark, { width, height, k, ox, oy }) {
  const left = mark.west * k + ox, right = mark.east * k + ox, top = mark.north * k + oy, bottom = mark.south * k + oy;
  if (right < 0 || left > width || bottom < 0 || top > height) return null;
  if (mark.sign) return { of: around(left, top, mark.sign + CLEAR_PX), sides: BESIDE };
  if (Math.max(right - left, bottom - top) < SMALL_PX) return null;
  return { of: { left: Math.max(0, left), top: Math.max(0, top), right: Math.min(width, right), bottom: Math.min(height, bottom) }, sides: AROUND };
}

/** @param {number} x @param {number} y @param {number} half @returns {Box} */
export const around = (x, y, half) => ({ left: x - half, top: y - half, right: x + half, bottom: y + half });

/** @param {Side} side @param {Box} of @param {number} width @param {number} height @returns {[number, number]} */
export function corner(side, of, width, height) {
  const across = (of.left + of.right - width) / 2, along = (of.top + of.bottom - height) / 2;
  if (side === "right") return [of.right + GAP_PX, along];
  if (side === "left") return [of.left - GAP_PX - width, along];
  if (side === "below") return [across, of.bottom + GAP_PX];
  if (side === "above") return [across, of.top - GAP_PX - height];
  return [across, side === "foot" ? of.bottom - GAP_PX - height : of.top + GAP_PX];
}

/** What of the screen is taken, in small cells, so that asking costs little however much there is. */
class Taken {
  /** @param {number} width @param {number} height */
  constructor(width, height) {
    this.width = width;
    this.height = height;
    this.columns = Math.ceil(width / CELL_PX) + 1;
    this.rows = Math.ceil(height / CELL_PX) + 1;
    this.cells = new Uint8Array(this.columns * this.rows);
    this.asked = 0;
  }

  /** @param {number} x @param {number} y @param {number} width @param {number} height @returns {[number, number, number, number]} first and last column, first and last row, on the screen */
  over(x, y, width, height) {
    const cell = (/** @type {number} */ at) => Math.floor(at / CELL_PX);
    return [Math.max(0, cell(x)), Math.min(this.columns - 1, cell(x + width - 0.01)), Math.max(0, cell(y)), Math.min(this.rows - 1, cell(y + height - 0.01))];
  }

  /** Whether it lies wholly on the screen. @param {number} x @param {number} y @param {number} width @param {number} height */
  whole(x, y, width, height) {
    return x >= EDGE_PX && y >= EDGE_PX && x + width <= this.width - EDGE_PX && y + height <= this.height - EDGE_PX;
  }

  /** @param {number} x @param {number} y @param {number} width @param {number} height */
  free(x, y, width, height) {
    this.asked += 1;
    const [left, right, top, bottom] = this.over(x, y, width, height);
    for (let row = top; row <= bottom; row++) {
      for (let at = row * this.columns + left; at <= row * this.columns + right; at++) if (this.cells[at]) return false;
    }
    return true;
  }

  /** @param {number} x @param {number} y @param {number} width @param {number} height */
  take(x, y, width, height) {
    const [left, right, top, bottom] = this.over(x, y, width, height);
    for (let row = top; row <= bottom; row++) {
      if (left <= right) this.cells.fill(1, row * this.columns + left, row * this.columns + right + 1);
    }
  }
}

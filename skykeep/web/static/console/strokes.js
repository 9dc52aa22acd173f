// A pen that writes its strokes down instead of drawing them: the picture is made from the sheet by `brush.js`, elsewhere.
// A deed is its place in DEEDS, then its numbers; words (colours) and pictures are named by number and go beside.

/** What is written, and how many numbers follow; for `dash` the first says how many. */
export const DEEDS = /** @type {const} */ ([
  ["moveTo", 2], ["lineTo", 2], ["beginPath", 0], ["closePath", 0], ["stroke", 0], ["fill", 0], ["fillRect", 4], ["clearRect", 4],
  ["rect", 4], ["arc", 5], ["setTransform", 6], ["save", 0], ["restore", 0], ["clip", 0], ["picture", 3], ["dash", 1],
  ["strokeStyle", 1], ["fillStyle", 1], ["lineJoin", 1], ["lineCap", 1], ["lineWidth", 1], ["globalAlpha", 1],
]);
/** @typedef {typeof DEEDS[number][0]} Deed */
/** @type {Record<Deed, number>} */
export const DEED = /** @type {any} */ (Object.fromEntries(DEEDS.map(([name], place) => [name, place])));

const PICTURES_MAX = 3_000;

/** @typedef {{ width: number, height: number, strokes: Float32Array, words: string[], pictures: [number, ImageBitmap][], anew: boolean }} Sheet
 *   `pictures`: those that the other side has not; `anew`: it forgets all it has */

export class Strokes {
  constructor() {
    this.taken = new Float32Array(1 << 14);
    this.length = 0;
    /** @type {Map<string, number>} */ this.words = new Map();
    /** @type {Map<ImageBitmap, number>} */ this.known = new Map();
    /** @type {[number, ImageBitmap][]} */ this.fresh = [];
    this.anew = false;
    /** @type {Partial<Record<Deed, string | number>>} what was set last, so that it is not said again */
    this.set = {};
  }

  /** Take what was written away; the next sheet is empty. @param {number} width @param {number} height @returns {Sheet} */
  sheet(width, height) {
    const made = { width, height, strokes: this.taken.slice(0, this.length), words: [...this.words.keys()], pictures: this.fresh, anew: this.anew };
    this.length = 0;
    this.words.clear();
    this.fresh = [];
    this.set = {};
    this.anew = this.known.size > PICTURES_MAX;
    if (this.anew) this.known.clear();
    return made;
  }

  /** The other side is another one, and has no pictures. */
  forget() {
    this.known.clear();
    this.fresh = [];
    this.anew = true;
  }

  /** @param {number} deed @param {number[]} numbers */
  write(deed, ...numbers) {
    this.room(numbers.length + 1);
    this.taken[this.length++] = deed;
    for (const each of numbers) this.taken[this.length++] = each;
  }

  /** @param {number} more */
  room(more) {
    if (this.length + more <= this.taken.length) return;
    const wider = new Float32Array(2 * this.taken.length + more);
    wider.set(this.taken);
    this.taken = wider;
  }

  /** A line goes on or begins: by far the most of what is written. @param {number} deed @param {number} x @param {number} y */
  point(deed, x, y) {
    if (this.length + 3 > this.taken.length) this.room(3);
    this.taken[this.length] = deed;
    this.taken[this.length + 1] = x;
    this.taken[this.length + 2] = y;
    this.length += 3;
  }

  /** @param {"strokeStyle" | "fillStyle" | "lineJoin" | "lineCap"} what @param {string} word */
  word(what, word) {
    if (this.set[what] === word) return;
    this.set[what] = word;
    let place = this.words.get(word);
    if (place === undefined) this.words.set(word, (place = this.words.size));
    this.write(DEED[what], place);
  }

  /** @param {"lineWidth" | "globalAlpha"} what @param {number} value */
  number(what, value) {
    if (this.set[what] === value) return;
    this.set[what] = value;
    this.write(DEED[what], value);
  }

  // What follows is called as on a canvas

  /** @param {number} x @param {number} y */
  moveTo(x, y) {
    this.point(0, x, y);
  }

  /** @param {number} x @param {number} y */
  lineTo(x, y) {
    this.point(1, x, y);
  }

  beginPath() {
    this.write(DEED.beginPath);
  }

  closePath() {
    this.write(DEED.closePath);
  }

  stroke() {
    this.write(DEED.stroke);
  }

  fill() {
    this.write(DEED.fill);
  }

  clip() {
    this.write(DEED.clip);
  }

  save() {
    this.write(DEED.save);
  }

  restore() {
    this.set = {};
    this.write(DEED.restore);
  }

  /** @param {number} x @param {number} y @param {number} width @param {number} height */
  fillRect(x, y, width, height) {
    this.write(DEED.fillRect, x, y, width, height);
  }

  /** @param {number} x @param {number} y @param {number} width @param {number} height */
  clearRect(x, y, width, height) {
    this.write(DEED.clearRect, x, y, width, height);
  }

  /** @param {number} x @param {number} y @param {number} width @param {number} height */
  rect(x, y, width, height) {
    this.write(DEED.rect, x, y, width, height);
  }

  /** @param {number} x @param {number} y @param {number} radius @param {number} from @param {number} to */
  arc(x, y, radius, from, to) {
    this.write(DEED.arc, x, y, radius, from, to);
  }

  /** @param {number} a @param {number} b @param {number} c @param {number} d @param {number} e @param {number} f */
  setTransform(a, b, c, d, e, f) {
    this.write(DEED.setTransform, a, b, c, d, e, f);
  }

  /** @param {number[]} lengths */
  setLineDash(lengths) {
    this.write(DEED.dash, lengths.length, ...lengths);
  }

  /** @param {ImageBitmap} picture @param {number} x @param {number} y */
  drawImage(picture, x, y) {
    let number = this.known.get(picture);
    if (number === undefined) {
      this.known.set(picture, (number = this.known.size));
      this.fresh.push([number, picture]);
    }
    this.room(4);
    this.taken[this.length] = DEED.picture;
    this.taken[this.length + 1] = number;
    this.taken[this.length + 2] = x;
    this.taken[this.length + 3] = y;
    this.length += 4;
  }

  set strokeStyle(/** @type {string} */ colour) {
    this.word("strokeStyle", colour);
  }

  set fillStyle(/** @type {string} */ colour) {
    this.word("fillStyle", colour);
  }

  set lineJoin(/** @type {string} */ how) {
    this.word("lineJoin", how);
  }

  set lineCap(/** @type {string} */ how) {
    this.word("lineCap", how);
  }

  set lineWidth(/** @type {number} */ width) {
    this.number("lineWidth", width);
  }

  set globalAlpha(/** @type {number} */ alpha) {
    this.number("globalAlpha", alpha);
  }
}

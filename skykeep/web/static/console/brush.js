// Makes a picture of a sheet of strokes (`strokes.js`): in a worker, so that the page stays free to answer, or on the page.
import { DEED, DEEDS } from "./strokes.js";

const COUNTS = DEEDS.map(([, count]) => count);

/** @typedef {import("./strokes.js").Sheet} Sheet */

export class Brush {
  constructor() {
    this.canvas = new OffscreenCanvas(1, 1);
    this.pen = /** @type {OffscreenCanvasRenderingContext2D} */ (this.canvas.getContext("2d", { willReadFrequently: true }));
    /** @type {Map<number, ImageBitmap>} */
    this.pictures = new Map();
  }

  /** @param {Sheet} sheet @returns {ImageBitmap} */
  picture(sheet) {
    const { canvas, pen, pictures } = this;
    if (sheet.anew) pictures.clear();
    for (const [number, picture] of sheet.pictures) pictures.set(number, picture);
    if (canvas.width !== sheet.width) canvas.width = sheet.width;
    if (canvas.height !== sheet.height) canvas.height = sheet.height;
    const { strokes, words } = sheet;
    for (let at = 0; at < strokes.length; ) {
      const deed = strokes[at];
      this.one(deed, strokes, at + 1, words);
      at += 1 + COUNTS[deed] + (deed === DEED.dash ? strokes[at + 1] : 0);
    }
    pen.setLineDash([]);
    return canvas.transferToImageBitmap();
  }

  /** @param {number} deed @param {Float32Array} n numbers @param {number} at where its own begin @param {string[]} words */
  one(deed, n, at, words) {
    const { pen } = this;
    switch (deed) {
      case DEED.moveTo: return pen.moveTo(n[at], n[at + 1]);
      case DEED.lineTo: return pen.lineTo(n[at], n[at + 1]);
      case DEED.beginPath: return pen.beginPath();
      case DEED.closePath: return pen.closePath();
      case DEED.stroke: return pen.stroke();
      case DEED.fill: return pen.fill();
      case DEED.clip: return pen.clip();
      case DEED.save: return pen.save();
      case DEED.restore: return pen.restore();
      case DEED.fillRect: return pen.fillRect(n[at], n[at + 1], n[at + 2], n[at + 3]);
      case DEED.clearRect: return pen.clearRect(n[at], n[at + 1], n[at + 2], n[at + 3]);
      case DEED.rect: return pen.rect(n[at], n[at + 1], n[at + 2], n[at + 3]);
      case DEED.arc: return pen.arc(n[at], n[at + 1], n[at + 2], n[at + 3], n[at + 4]);
      case DEED.setTransform: return pen.setTransform(n[at], n[at + 1], n[at + 2], n[at + 3], n[at + 4], n[at + 5]);
      case DEED.picture: return this.stamp(n[at], n[at + 1], n[at + 2]);
      case DEED.dash: return pen.setLineDash([...n.subarray(at + 1, at + 1 + n[at])]);
      case DEED.lineWidth: return void (pen.lineWidth = n[at]);
      case DEED.globalAlpha: return void (pen.globalAlpha = n[at]);
      default: return this.style(deed, words[n[at]]);
    }
  }

  /** @param {number} number @param {number} x @param {number} y */
  stamp(number, x, y) {
    const picture = this.pictures.get(number);
    if (!picture) throw new Error(`picture ${number} was never sent`);
    this.pen.drawImage(picture, x, y);
  }

  /** @param {number} deed @param {string} word */
  style(deed, word) {
    const { pen } = this;
    if (deed === DEED.strokeStyle) pen.strokeStyle = word;
    else if (deed === DEED.fillStyle) pen.fillStyle = word;
    else if (deed === DEED.lineJoin) pen.lineJoin = /** @type {CanvasLineJoin} */ (word);
    else if (deed === DEED.lineCap) pen.lineCap = /** @type {CanvasLineCap} */ (word);
    else throw new Error(`no stroke has the number ${deed}`);
  }
}

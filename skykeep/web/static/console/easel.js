// The canvas of flights. Its picture is made by a worker while the page goes on; it is shown when it is ready, and moves with
// the map until the next one is. A worker that fails or says nothing gives way to this thread: no picture grows old in silence.
import { Brush } from "./brush.js";
import { Strokes } from "./strokes.js";

export const SILENT_MS = 3_000;
const FAILED_MAX = 2;

/** @typedef {import("./painter.js").View} View */

export class Easel {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    Object.assign(canvas.style, { transformOrigin: "0 0", willChange: "transform" });
    this.frame = /** @type {ImageBitmapRenderingContext} */ (canvas.getContext("bitmaprenderer"));
    this.pen = new Strokes();
    this.shown = 0; // pictures so far
    /** @type {View | null} what the picture in the making shows */ this.making = null;
    /** @type {View | null} what the picture in the frame shows */ this.stands = null;
    /** @type {View | null} where the map is now */ this.now = null;
    /** @type {number | null} since when a picture is in the making, by whomever; null: what is shown is what was written */ this.since = null;
    /** @type {() => void} called when a picture is done */
    this.onFree = () => {};
    /** @type {() => void} called when a picture came to nothing: it is to be written again */
    this.onLost = () => {};
    this.failed = 0;
    /** @type {Worker | null} */ this.worker = null;
    /** @type {Brush | null} */ this.brush = null;
    this.hire();
  }

  hire() {
    this.worker = new Worker("/static/console/brushworker.js", { type: "module", name: "skykeep brush" });
    this.worker.onmessage = (event) => this.show(event.data);
    this.worker.onerror = () => this.dismiss();
  }

  /** Take another worker; after two that failed, pictures are made here. */
  dismiss() {
    const lost = this.making !== null;
    clearTimeout(this.waiting);
    if (this.worker) {
      this.worker.onmessage = this.worker.onerror = null; // what it said too late is not taken for what the next one says
      this.worker.terminate();
    }
    this.worker = null;
    this.making = null;
    this.pen.forget();
    this.failed += 1;
    if (this.failed < FAILED_MAX) this.hire();
    else this.brush ??= new Brush();
    if (lost) this.onLost();
  }

  /** For how long the picture that is shown has been behind what was written, ms. @param {number} now monotonic */
  behind(now) {
    return this.since === null ? 0 : now - this.since;
  }

  /** Whether a picture is in the making. @returns {boolean} */
  busy() {
    return this.making !== null;
  }

  /** Have what was written made into a picture. @param {View} view what it shows @param {number} ratio device pixels a pixel */
  make(view, ratio) {
    const sheet = this.pen.sheet(Math.max(1, Math.round(view.width * ratio)), Math.max(1, Math.round(view.height * ratio)));
    this.making = view;
    this.since ??= performance.now();
    if (!this.worker) {
      this.show(/** @type {Brush} */ (this.brush).picture(sheet));
      return;
    }
    this.waiting = setTimeout(() => this.dismiss(), SILENT_MS);
    this.worker.postMessage(sheet, [sheet.strokes.buffer]);
  }

  /** @param {ImageBitmap} picture */
  show(picture) {
    clearTimeout(this.waiting);
    this.stands = this.making;
    this.making = this.since = null;
    this.shown += 1;
    if (this.stands) this.size(this.stands, picture);
    this.frame.transferFromImageBitmap(picture);
    if (this.now) this.follow(this.now);
    this.onFree();
  }

  /** @param {View} view @param {ImageBitmap} picture */
  size({ width, height }, picture) {
    const { canvas } = this;
    if (canvas.width === picture.width && canvas.height === picture.height) return;
    canvas.width = picture.width;
    canvas.height = picture.height;
    canvas.style.width = `${width}px`; // the picture's own, until there is one for what the window became
    canvas.style.height = `${height}px`;
  }

  /** Move the picture to where its places are on the map now. @param {View} view */
  follow(view) {
    this.now = view;
    const { stands } = this;
    if (!stands) return;
    const scale = view.k / stands.k, x = view.ox - stands.ox * scale, y = view.oy - stands.oy * scale;
    const still = scale === 1 && x === 0 && y === 0;
    const moved = still ? "" : `translate(${x}px, ${y}px) scale(${scale})`;
    if (this.canvas.style.transform !== moved) this.canvas.style.transform = moved;
  }
}

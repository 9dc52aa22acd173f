// Frames of the past, asked for in pieces of a minute: those around the playhead first, those ahead of it next. What is
// far away is forgotten, so that a long span takes no more memory than a short one.

import { problem } from "./words.js";

export const PIECE_MS = 60_000;
const PIECES_MAX = 16;
const ROWS_MAX = 400_000; // of tracks, in all pieces: about 100 MB
const TRIES_MAX = 4;
const AGAIN_MS = 1_500;

/** @typedef {{ event: string, data: any }} Frame */
/** @typedef {{ frames: Frame[], rows: number }} Piece */
/** @typedef {{ status: number, words: string }} Trouble why it does not go on; status 0: nobody answered */

export class PastFeed {
  /**
   * @param {{ from: number, until: number, step: number }} span ms
   * @param {() => void} onChange something came, or failed
   */
  constructor(span, onChange) {
    this.span = span;
    this.onChange = onChange;
    /** @type {Map<number, Piece>} */ this.pieces = new Map();
    /** @type {Trouble | null} */ this.trouble = null;
    this.asking = -1; // which piece is on its way; -1: none
    this.tries = 0;
    this.at = 0;
    this.ahead = 1;
    this.most = 0; // rows of the greatest piece so far
    /** @type {ReturnType<typeof setTimeout> | undefined} until it is asked again after a failure */ this.retrying = undefined;
  }

  get count() {
    return Math.max(1, Math.ceil((this.span.until - this.span.from) / PIECE_MS));
  }

  /** Which piece a moment lies in; the last moment lies in the last. @param {number} t */
  pieceOf(t) {
    return Math.min(this.count - 1, Math.max(0, Math.floor((t - this.span.from) / PIECE_MS)));
  }

  /** @param {number} t */
  has(t) {
    return this.pieces.has(this.pieceOf(t));
  }

  /** @param {number} n */
  ends(n) {
    const begin = this.span.from + n * PIECE_MS;
    return { begin, end: Math.min(this.span.until, begin + PIECE_MS) };
  }

  /** Say where the playhead is and how fast it goes: what is needed is asked for. @param {number} t @param {number} speed */
  need(t, speed) {
    this.at = this.pieceOf(t);
    this.ahead = 1 + Math.ceil(speed / 8);
    if (!this.trouble && this.retrying === undefined) this.next();
  }

  /** Try again what failed. */
  again() {
    this.trouble = null;
    this.tries = 0;
    this.next();
  }

  /** Pieces around the playhead, the most needed first: its own, the one before it for the tails, then those ahead. */
  around() {
    const order = [this.at, this.at - 1];
    for (let n = 1; n <= this.ahead; n++) order.push(this.at + n);
    return order.filter((n) => n >= 0 && n < this.count);
  }

  /** The piece to be asked for next; none that would have to be forgotten at once, and asked for again and again. */
  wanted() {
    let rows = 0;
    for (const n of this.around()) {
      const piece = this.pieces.get(n);
      if (!piece) return n <= this.at + 1 || rows + this.most <= ROWS_MAX ? n : undefined;
      rows += piece.rows;
    }
    return undefined;
  }

  next() {
    const wanted = this.wanted();
    if (this.asking >= 0 || wanted === undefined) return;
    clearTimeout(this.retrying);
    this.retrying = undefined;
    this.asking = wanted;
    void this.read(wanted).then(
      (piece) => this.came(wanted, piece),
      (/** @type {any} */ error) => this.failed(error),
    );
  }

  /** @param {number} n @param {Piece} piece */
  came(n, piece) {
    this.asking = -1;
    this.tries = 0;
    this.pieces.set(n, piece);
    this.most = Math.max(this.most, piece.rows);
    this.forget();
    this.onChange();
    this.next();
  }

  /** @param {any} error */
  failed(error) {
    this.asking = -1;
    const status = Number(error.status ?? 0);
    this.tries += 1;
    if (this.tries < TRIES_MAX && [0, 429, 503].includes(status)) {
      this.retrying = setTimeout(() => {
        this.retrying = undefined;
        this.next();
      }, AGAIN_MS * this.tries);
    } else {
      this.trouble = { status, words: String(error.message ?? error) };
    }
    this.onChange();
  }

  /** Forget what is farthest away, until little enough is kept. */
  forget() {
    const rows = () => [...this.pieces.values()].reduce((sum, piece) => sum + piece.rows, 0);
    const around = this.around(), place = (/** @type {number} */ n) => (around.includes(n) ? 0 : Math.abs(n - this.at));
    const near = (/** @type {number} */ n) => Math.abs(n - this.at) <= 1;
    while (this.pieces.size > PIECES_MAX || rows() > ROWS_MAX) {
      const far = [...this.pieces.keys()].filter((n) => !near(n)).sort((a, b) => place(b) - place(a) || b - a)[0];
      if (far === undefined) return;
      this.pieces.delete(far);
    }
  }

  /** Read a piece whole, however many answers it takes. @param {number} n @returns {Promise<Piece>} */
  async read(n) {
    const { begin, end } = this.ends(n);
    /** @type {Frame[]} */
    const frames = [];
    /** @type {number | null} */
    let from = begin;
    while (from !== null) {
      const told = await ask(`/api/v1/replay?from_ms=${from}&until_ms=${end}&step_ms=${this.span.step}`);
      frames.push(...(frames.length ? told.frames.slice(1) : told.frames)); // where it goes on, the snapshot says what is here already
      from = told.next_ms;
    }
    return { frames, rows: frames.reduce((sum, frame) => sum + (frame.data.tracks?.length ?? 0), 0) };
  }
}

/** Ask the station for JSON; raises what it says against it, with the status. @param {string} url @returns {Promise<any>} */
export async function ask(url) {
  const answer = await fetch(url, { cache: "no-store" });
  if (answer.ok) return answer.json();
  const said = await answer.json().catch(() => ({}));
  throw Object.assign(new Error(problem(said)), { status: answer.status });
}

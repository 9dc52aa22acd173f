// What lay around flights at a moment of the past: sites, permits, what sensors saw, operators that were revealed. Asked
// for in the same pieces as the sky; put where the live screen's parts take it from.
import { PastFeed, ask } from "./pastfeed.js";

const REVEALED_MS = 15_000; // for so long the place of an operator stands without being asked for anew
const ROWS_EACH = 50; // a moment weighs as much as so many rows of tracks

/** @typedef {{ t_ms: number, sites?: import("./sites.js").Site[], coverage?: import("./coverage.js").Told, permits?: import("./permits.js").Told, operators?: import("./operators.js").Said[] }} Around from this moment on; what is left out is as before */

class AroundFeed extends PastFeed {
  /** @param {number} n */
  async read(n) {
    const { begin, end } = this.ends(n), frames = [];
    for (let from = /** @type {number | null} */ (begin); from !== null; ) {
      const told = await ask(`/console/replay/around?from_ms=${from}&until_ms=${end}`);
      frames.push(...told.moments.map((/** @type {Around} */ data) => ({ event: "around", data })));
      from = told.next_ms;
    }
    return { frames, rows: frames.length * ROWS_EACH };
  }
}

export class PastAround {
  /** @param {import("./chart.js").Chart} app @param {{ from: number, until: number, step: number }} span @param {() => void} onChange */
  constructor(app, span, onChange) {
    this.app = app;
    this.feed = new AroundFeed(span, onChange);
    this.piece = -1; // that is shown
    setInterval(() => this.revealedAnew(), REVEALED_MS);
    document.addEventListener("visibilitychange", () => document.hidden || this.begin()); // it may have been revealed elsewhere
  }

  /** Ask for everything anew. */
  begin() {
    this.feed.pieces.clear();
    this.feed.again();
  }

  /** Whether an operator may still be shown is the server's to say, again and again. */
  revealedAnew() {
    if (document.hidden) return;
    for (const [n, { frames }] of this.feed.pieces) if (frames.some(({ data }) => data.operators?.length)) this.feed.pieces.delete(n);
    this.feed.again();
  }

  /** Show a moment; what is not loaded is not shown, rather than what was so at another time. @param {number} t @param {number} speed */
  show(t, speed) {
    this.feed.need(t, speed);
    const { app, feed } = this, piece = feed.pieceOf(t), frames = feed.pieces.get(piece)?.frames ?? [], missing = !frames.length && feed.trouble !== null;
    if (!frames.length && !missing && piece === this.piece) return; // it is asked for anew
    this.piece = piece;
    const last = (/** @type {keyof Around} */ part) => frames.findLast(({ data }) => data.t_ms <= t && data[part] !== undefined)?.data[part];
    app.sites.take(last("sites") ?? null);
    app.coverage.take(last("coverage") ?? null);
    app.permits.take(last("permits") ?? null);
    app.operators.take(last("operators") ?? NOBODY);
    app.sites.missing = app.coverage.missing = app.permits.missing = missing;
  }
}

const NOBODY = /** @type {import("./operators.js").Said[]} */ ([]);

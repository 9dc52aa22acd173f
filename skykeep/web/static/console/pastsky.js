// The sky at a moment of the past: frames of the record folded as the live screen folds the stream. Forward it goes on;
// backward it begins again from the piece before, so that tails are as long as they were.
import { Sky } from "./sky.js";

export class PastSky {
  /** @param {import("./pastfeed.js").PastFeed} feed @param {Sky} sky what is drawn: cleared and filled here */
  constructor(feed, sky) {
    this.feed = feed;
    this.sky = sky;
    this.at = NaN; // the moment that is shown
    this.piece = -1;
    this.next = 0; // of the frames of the piece
    this.tails = false; // whether the piece before was there when it was begun
    this.last = 0; // when the record said anything last, by then
  }

  /** Show a moment. @param {number} t @returns {boolean} false: it is not loaded, and what was shown stays */
  show(t) {
    const { feed } = this, wanted = feed.pieceOf(t);
    if (!feed.pieces.has(wanted)) return false;
    const before = wanted === 0 || feed.pieces.has(wanted - 1);
    const goesOn = t >= this.at && (this.piece === wanted || (this.piece === wanted - 1 && feed.pieces.has(this.piece)));
    if (!goesOn || (before && !this.tails && this.piece === wanted)) this.begin(wanted > 0 && before ? wanted - 1 : wanted, before);
    this.run(t, wanted);
    return true;
  }

  /** @param {number} piece @param {boolean} tails */
  begin(piece, tails) {
    this.piece = piece;
    this.next = 0;
    this.tails = tails;
  }

  /** Fold up to a moment. @param {number} t @param {number} wanted */
  run(t, wanted) {
    for (;;) {
      const frames = this.feed.pieces.get(this.piece)?.frames ?? [];
      while (this.next < frames.length && frames[this.next].data.now_ms <= t) this.fold(frames[this.next++]);
      if (this.piece >= wanted || this.next < frames.length) break;
      this.piece += 1;
      this.next = 1; // its snapshot says what the last frame of the piece before said
      this.tails = true;
    }
    this.at = t;
  }

  /** @param {import("./pastfeed.js").Frame} frame */
  fold(frame) {
    this.sky.take(frame.data, frame.event === "snapshot");
    this.last = frame.data.last_ms;
  }
}

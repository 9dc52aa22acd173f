// A playhead over a span of the past: where it stands, how fast it goes, and that it waits where nothing is loaded yet.
// Pure: how much time passed is told.

export const SPEEDS = [1, 2, 4, 8, 16, 32];
export const STEP_MS = 1_000;

export class Player {
  /** @param {number} from ms @param {number} until ms @param {number} at ms */
  constructor(from, until, at) {
    this.from = from;
    this.until = until;
    this.at = at;
    this.playing = false;
    this.speed = 1;
    this.waiting = false; // it would go on, and what it would show is not here yet
  }

  /** The moment that is shown: whole steps from the beginning, as the frames are. @returns {number} */
  get moment() {
    return Math.min(this.until, this.from + Math.floor((this.at - this.from) / STEP_MS) * STEP_MS);
  }

  get over() {
    return this.at >= this.until;
  }

  /**
   * Let time pass. @param {number} ms of the person who looks @param {(t: number) => boolean} has whether a moment is loaded
   * @returns {boolean} whether another moment is to be shown
   */
  pass(ms, has) {
    if (!this.playing) return false;
    const before = this.moment, to = Math.min(this.until, this.at + ms * this.speed);
    this.waiting = !has(to);
    if (this.waiting) return false;
    this.at = to;
    if (this.over) this.playing = false;
    return this.moment !== before;
  }

  /** Go to a moment within the span. @param {number} t */
  seek(t) {
    this.at = Math.min(this.until, Math.max(this.from, t));
  }

  /** @param {number} steps */
  step(steps) {
    this.playing = false;
    this.seek(this.moment + steps * STEP_MS);
  }

  /** Play, or hold; from the end it begins again. */
  turn() {
    if (!this.playing && this.over) this.at = this.from;
    this.playing = !this.playing;
    this.waiting = false;
  }

  /** @param {number} by places in the list of speeds */
  faster(by) {
    this.speed = SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, SPEEDS.indexOf(this.speed) + by))];
  }
}

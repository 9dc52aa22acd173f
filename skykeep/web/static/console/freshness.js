// How old what is shown really is. Never guessed from the socket: the server's clock comes from a round trip
// (GET /api/v1/time), the age of a frame is told against the station's last completed step.
//
//   live   up to 2 s        late   up to 5 s        old   more, or not known
//
// A picture that is not made in time counts as well: what is seen is no younger than since when it waits.
// Old in any case: no round trip for 30 s. Not known, and so old: a frame from more than 2 s in the future; this machine's
// wall clock and its monotonic clock moved apart by more than 2 s (it slept, or was set): then a new round trip and a new
// frame are needed, for what was measured before holds no longer.
// Pure: time is asked of the clock that is given.

export const SYNC_MS = 10_000;
export const SYNC_MAX_MS = 30_000;
export const ROUND_TRIP_MAX_MS = 4_000;
export const LATE_MS = 2_000;
export const OLD_MS = 5_000;
export const GHOST_MS = 60_000;
export const JUMP_MS = 2_000;
export const CHECK_MS = 250;

/** @typedef {"live" | "late" | "old"} State */
/** @typedef {{ monotonic: () => number, wall: () => number }} Clock milliseconds */

export class Freshness {
  /** @param {Clock} clock */
  constructor(clock) {
    this.clock = clock;
    /** @type {number | null} server time minus monotonic time */
    this.offset = null;
    this.syncedAt = -Infinity;
    this.stepMs = 0;
    this.newFrame = false;
    /** @type {() => number} for how long the picture on the screen has been behind what is known, ms */
    this.behind = () => 0;
    this.apart = clock.wall() - clock.monotonic();
    this.jumps = 0;
  }

  /**
   * Take a round trip; one that took too long tells nothing.
   * @param {number} sent monotonic @param {number} back monotonic @param {number} serverMs
   * @returns {boolean} whether it was of use
   */
  synced(sent, back, serverMs) {
    this.check();
    if (back < sent || back - sent > ROUND_TRIP_MAX_MS || !Number.isFinite(serverMs)) return false;
    this.offset = serverMs - (sent + back) / 2;
    this.syncedAt = back;
    return true;
  }

  /** Take the time of the last completed step. @param {number} stepMs */
  took(stepMs) {
    this.check();
    this.stepMs = stepMs;
    this.newFrame = true;
  }

  /** Look whether the two clocks moved apart. @returns {boolean} whether they did just now */
  check() {
    const apart = this.clock.wall() - this.clock.monotonic();
    const jumped = Math.abs(apart - this.apart) > JUMP_MS;
    this.apart = apart;
    if (jumped) {
      this.jumps += 1;
      this.newFrame = false;
      this.offset = null;
    }
    return jumped;
  }

  /** Whether the server's clock was not asked, or did not answer, for too long. */
  get unsynced() {
    return this.clock.monotonic() - this.syncedAt > SYNC_MAX_MS;
  }

  /** @returns {number} age in ms of what is shown; Infinity: it cannot be told, as where it looks young by a clock that is not checked any more */
  age() {
    if (this.offset === null || !this.newFrame || !this.stepMs) return Infinity;
    const age = this.clock.monotonic() + this.offset - this.stepMs;
    return age < -JUMP_MS || (this.unsynced && age <= OLD_MS) ? Infinity : Math.max(0, age, this.behind());
  }

  /** @returns {State} */
  state() {
    const age = this.age();
    if (this.unsynced) return "old";
    return age <= LATE_MS ? "live" : age <= OLD_MS ? "late" : "old";
  }

  /** The server's time; where no clock is known, the last step. @returns {number} */
  serverNow() {
    return this.offset === null ? this.stepMs : this.clock.monotonic() + this.offset;
  }
}

// One tone for each priority, again every 10 s while something is new. A browser makes no sound before a click: a shift
// begins with one, which is also the test; sound that is blocked is a warning that can be seen.

const EACH_MS = 10_000;
const MUTE_MS = 60_000;
/** Hertz of each beep, by priority. @type {Record<number, number[]>} */
const TONES = { 1: [880, 660, 880, 660], 2: [620, 620], 3: [440] };

export class Sound {
  /** @param {() => number} monotonic ms */
  constructor(monotonic) {
    this.monotonic = monotonic;
    this.started = false;
    /** @type {AudioContext | null} */
    this.context = null;
    this.mutedUntil = -Infinity;
    this.lastAt = -Infinity;
    this.lastPriority = Infinity;
    this.played = 0;
  }

  /** Begin, by a click: sounds once, so that a person hears whether it works. */
  async start() {
    this.started = true;
    this.context ??= new AudioContext();
    await this.context.resume().catch(() => undefined);
    this.beep(3);
  }

  blocked() {
    return this.started && this.context?.state !== "running";
  }

  mute() {
    this.mutedUntil = this.monotonic() + MUTE_MS;
  }

  /** @returns {number} ms that it stays muted, 0 if it is not */
  mutedFor() {
    return Math.max(0, this.mutedUntil - this.monotonic());
  }

  /** @param {number | null} priority the most urgent that is new; null: nothing is */
  sound(priority) {
    if (priority === null) {
      this.lastAt = -Infinity;
      this.lastPriority = Infinity;
      return;
    }
    const graver = priority < this.lastPriority; // does not wait for its turn
    if (!this.started || this.blocked() || this.mutedFor() || (!graver && this.monotonic() - this.lastAt < EACH_MS)) return;
    this.lastAt = this.monotonic();
    this.lastPriority = priority;
    this.beep(Math.min(3, Math.max(1, priority)));
  }

  /** @param {number} priority */
  beep(priority) {
    const { context } = this;
    if (!context) return;
    this.played += 1;
    TONES[priority].forEach((hertz, place) => {
      const tone = context.createOscillator(), volume = context.createGain(), at = context.currentTime + place * 0.16;
      tone.frequency.value = hertz;
      volume.gain.setValueAtTime(0.0001, at);
      volume.gain.exponentialRampToValueAtTime(0.25, at + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.14);
      tone.connect(volume).connect(context.destination);
      tone.start(at);
      tone.stop(at + 0.15);
    });
  }
}

// Notes of an incident that are about a moment: in the record, for everybody who may read it. A person's own bookmark can
// become one.
import { freshKey } from "./dom.js";
import { ask } from "./pastfeed.js";
import { t } from "./words.js";

const AGAIN_MS = 1_000;
const TRIES_MAX = 10;

/** @typedef {{ t_ms: number, words: string, person: string, noted_ms: number }} Mark */

export class Marks {
  /** @param {number} incident @param {import("./acts.js").Acts} acts @param {() => void} onChange */
  constructor(incident, acts, onChange) {
    this.incident = incident;
    this.acts = acts;
    this.onChange = onChange;
    /** @type {Mark[]} */ this.all = [];
    this.mayNote = false; // whether whoever looks may write one
    this.missing = false; // they could not be read
    /** @type {Map<string, string>} the key of each act, so that nothing is written twice */ this.keys = new Map();
  }

  async read() {
    try {
      const told = await ask(`/console/replay/incidents/${this.incident}/marks`);
      [this.all, this.mayNote, this.missing] = [told.marks, told.may_note, false];
    } catch {
      this.missing = true;
    }
    this.onChange();
  }

  /** @param {number} from @param {number} until @returns {Mark[]} */
  within(from, until) {
    return this.all.filter((each) => each.t_ms >= from && each.t_ms <= until);
  }

  /** Write one into the log. @param {number} at @param {string} words @returns {Promise<boolean>} whether it is read there */
  async note(at, words) {
    const about = `mark ${at}`, said = `${at} ${words}`, key = this.keys.get(said) ?? freshKey(), second = at - (at % 1_000);
    if (this.acts.of(about)?.state === "sending") return false;
    this.keys.set(said, key);
    const taken = await this.acts.send(about, `/incidents/${this.incident}/note`, { words, about_ms: at }, { key, done: t("It stands in the record of incident {n}.", { n: this.incident }) });
    for (let tries = 0; taken && tries < TRIES_MAX; tries++) {
      await this.read();
      if (this.all.some((each) => each.t_ms === second && each.words === words)) {
        this.acts.forget(about);
        return true;
      }
      await new Promise((done) => setTimeout(done, AGAIN_MS));
    }
    return false;
  }
}

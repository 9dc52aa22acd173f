// What an officer does: an idempotent POST. A card changes when the station says so on the stream, never before;
// until then the act is "sending", and what failed stays with its reason and can be tried again.
import { freshKey } from "./dom.js";
import { problem as inWords, t } from "./words.js";

const V1 = "/api/v1";
const UNHEARD_MS = 8_000; // after the station took it, the stream has so long to show it

/** @typedef {{ state: "sending" | "failed", words: string, out?: boolean, again: () => void, answered?: boolean, shown?: boolean }} Going */

export class Acts {
  /** @param {() => void} changed called when something is to be drawn anew @param {(words: string) => void} say for people who listen */
  constructor(changed, say) {
    this.changed = changed;
    this.say = say;
    /** @type {Map<string, Going>} by what is acted upon: "alarm 17" */
    this.going = new Map();
  }

  /** @param {string} about @returns {Going | undefined} */
  of(about) {
    return this.going.get(about);
  }

  /** The stream shows something anew: what was sent has arrived, if the station also took it. @param {string} about */
  settled(about) {
    const going = this.going.get(about);
    if (going?.state !== "sending") return;
    going.shown = true;
    if (going.answered) this.going.delete(about);
  }

  /** @param {string} about */
  forget(about) {
    this.going.delete(about);
    this.changed();
  }

  /**
   * @param {string} about what is acted upon @param {string} path below /api/v1 @param {object | null} body
   * @param {{ seen?: string, done: string, key?: string }} terms `seen`: the ETag of what was seen; `done`: what is said then
   * @returns {Promise<boolean>} whether the station took it
   */
  async send(about, path, body, terms) {
    const key = terms.key ?? freshKey();
    const againWith = (/** @type {string} */ next) => () => void this.send(about, path, body, { ...terms, key: next });
    const mine = /** @type {Going} */ ({ state: "sending", words: "", again: againWith(key) });
    this.going.set(about, mine);
    this.changed();
    const { problem, refused, out } = await this.post(path, body, key, terms.seen);
    if (problem === null) {
      this.say(terms.done);
      mine.answered = true;
      if (mine.shown && this.going.get(about) === mine) this.settled(about);
      setTimeout(() => {
        if (this.going.get(about) !== mine) return; // it was shown, and what is going on now is another act
        this.settled(about);
        this.changed();
      }, UNHEARD_MS);
    } else {
      // what was refused was not done: to ask again is another act; what was not answered may have been done
      this.going.set(about, { state: "failed", words: problem, out, again: againWith(refused ? freshKey() : key) });
      this.say(problem);
    }
    this.changed();
    return problem === null;
  }

  /**
   * @param {string} path @param {object | null} body @param {string} key @param {string} [seen]
   * @returns {Promise<{ problem: string | null, refused: boolean, out?: boolean }>} what went wrong, in words; whether it certainly was not done; whether nobody is signed in
   */
  async post(path, body, key, seen) {
    /** @type {Record<string, string>} */
    const headers = { "Idempotency-Key": key };
    if (seen) headers["If-Match"] = `"${seen}"`;
    if (body) headers["Content-Type"] = "application/json";
    try {
      const answer = await fetch(V1 + path, { method: "POST", headers, body: body ? JSON.stringify(body) : null });
      if (answer.ok) return { problem: null, refused: false };
      const said = await answer.json(), refused = answer.status < 500;
      // the refusal of an act before this one: a person asks again, so that is asked, and not told from memory
      if (refused && answer.headers.get("Idempotent-Replayed")) return await this.post(path, body, freshKey(), seen);
      return { problem: answer.status === 401 ? t("You are signed out, and nothing was done: sign in beside this page, then try again.") : inWords(said), refused, out: answer.status === 401 };
    } catch {
      return { refused: false, problem: t("The station was not reached: nothing is known to have been done.") };
    }
  }
}

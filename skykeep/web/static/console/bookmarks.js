// A person's own bookmarks of moments: kept in this browser, for this station and this person, and nowhere else.

const MOST = 200;

/** @typedef {{ t_ms: number, words: string }} Bookmark */

export class Bookmarks {
  /** @param {string} station @param {string} person */
  constructor(station, person) {
    this.key = `skykeep.bookmarks ${station} ${person}`;
    this.all = this.read();
  }

  /** @returns {Bookmark[]} */
  read() {
    try {
      const kept = JSON.parse(localStorage.getItem(this.key) ?? "[]");
      return kept.filter((/** @type {any} */ each) => Number.isFinite(each?.t_ms) && typeof each.words === "string").slice(-MOST);
    } catch {
      return []; // somebody else wrote there
    }
  }

  /** @returns {boolean} whether it is kept */
  write() {
    this.all.sort((a, b) => a.t_ms - b.t_ms);
    try {
      localStorage.setItem(this.key, JSON.stringify(this.all));
      return true;
    } catch {
      return false; // the browser keeps nothing
    }
  }

  /** @param {number} from @param {number} until @returns {Bookmark[]} */
  within(from, until) {
    return this.all.filter((each) => each.t_ms >= from && each.t_ms <= until);
  }

  /** @param {number} at @returns {boolean} whether it is kept */
  add(at) {
    if (this.all.some((each) => each.t_ms === at)) return true;
    this.all = [...this.all, { t_ms: at, words: "" }].slice(-MOST);
    return this.write();
  }

  /** @param {number} at @param {string} words */
  name(at, words) {
    for (const each of this.all) if (each.t_ms === at) each.words = words.slice(0, MOST);
    this.write();
  }

  /** @param {number} at */
  remove(at) {
    this.all = this.all.filter((each) => each.t_ms !== at);
    this.write();
  }
}

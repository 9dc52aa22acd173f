// The live stream as a client reads it: server-sent events by fetch, so that a connection that says nothing is cut
// by our own clock, and the next one goes on after the last event (Last-Event-ID) instead of beginning again.

export const SILENT_MS = 4_000; // the station sends twice a second
export const JUST_NOW_MS = 1_500;
export const RETRY_MS = 1_000;
export const RETRY_MAX_MS = 5_000;

/** @typedef {{ event: string, data: string, id: string }} Told */
/** @typedef {{ open: boolean, tries: number, status: number }} Link `status`: of HTTP, 0 where there was no answer */

/** Takes text apart into events (WHATWG HTML, 9.2.6), however it was cut. */
export class Parser {
  constructor() {
    this.rest = "";
    this.id = "";
  }

  /** @param {string} text @returns {Told[]} */
  feed(text) {
    const blocks = (this.rest + text).split(/\r?\n\r?\n/);
    this.rest = blocks.pop() ?? "";
    return blocks.map((block) => this.block(block)).filter((told) => told !== null);
  }

  /** @param {string} block @returns {Told | null} */
  block(block) {
    let event = "message", data = null;
    for (const line of block.split(/\r?\n/)) {
      const at = line.indexOf(":");
      const field = at < 0 ? line : line.slice(0, at), value = at < 0 ? "" : line.slice(at + 1).replace(/^ /, "");
      if (field === "event") event = value;
      else if (field === "data") data = data === null ? value : data + "\n" + value;
      else if (field === "id") this.id = value;
    }
    return data === null ? null : { event, data, id: this.id };
  }
}

/** @param {string} person who looks: after a sign-out the server refuses, where it would show what anybody may see */
export const streamOf = (person) => `/api/v1/stream?person=${encodeURIComponent(person)}`;

export class Stream {
  /**
   * @param {string} url
   * @param {(told: Told) => void} onTold
   * @param {(link: Link) => void} onLink
   */
  constructor(url, onTold, onLink) {
    this.url = url;
    this.onTold = onTold;
    this.onLink = onLink;
    this.last = "";
    this.tries = 0;
    this.ended = false;
    this.heardAt = -Infinity;
    /** @type {AbortController | null} */
    this.cut = null;
    /** @type {(() => void) | null} */
    this.wake = null;
  }

  /** Follow until `end`. */
  async run() {
    while (!this.ended) {
      const status = await this.once();
      if (this.ended) return;
      this.tries += 1;
      this.onLink({ open: false, tries: this.tries, status });
      await new Promise((resolve) => {
        this.wake = () => resolve(undefined);
        setTimeout(resolve, Math.min(RETRY_MAX_MS, RETRY_MS * this.tries));
      });
    }
  }

  /** Try again at once, where nothing was heard just now: after sleep nothing is waited for. */
  again() {
    if (performance.now() - this.heardAt < JUST_NOW_MS) return;
    this.cut?.abort();
    this.wake?.();
  }

  end() {
    this.ended = true;
    this.cut?.abort();
    this.wake?.();
  }

  /** One connection, as long as it speaks. @returns {Promise<number>} the status of HTTP, 0 where there was none */
  async once() {
    const cut = new AbortController();
    this.cut = cut;
    let timer = setTimeout(() => cut.abort(), SILENT_MS), status = 0;
    try {
      /** @type {Record<string, string>} */
      const headers = this.last ? { "Last-Event-ID": this.last } : {};
      const answer = await fetch(this.url, { headers, signal: cut.signal, cache: "no-store" });
      status = answer.status;
      if (status === 401 || status === 403) this.last = ""; // whoever comes again begins with all that stands
      if (!answer.ok || !answer.body) return status;
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader(), parser = new Parser();
      this.onLink({ open: true, tries: 0, status });
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return status;
        clearTimeout(timer);
        timer = setTimeout(() => cut.abort(), SILENT_MS);
        for (const told of parser.feed(value)) this.take(told);
      }
    } catch {
      return status; // cut off, or not there: the caller tries again and says so
    } finally {
      clearTimeout(timer);
      cut.abort();
    }
  }

  /** @param {Told} told */
  take(told) {
    this.tries = 0;
    this.heardAt = performance.now();
    if (told.id) this.last = told.id;
    this.onTold(told);
  }
}

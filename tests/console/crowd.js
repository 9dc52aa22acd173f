// An invented crowd of flights that tells the console of itself as the live stream would: for benchmarks/console.py and the soak.
(() => {
  const VERDICTS = ["permitted", "permitted", "permitted", "permitted", "cannot_tell", "not_permitted"];
  const OURS = Symbol("not of the stream");

  /** Flights over the demo city, each for `life_s` in the mean; as many come as go. */
  class Crowd {
    constructor({ tracks, life_s = Infinity, seed = 12345 }) {
      Object.assign(this, { life_s, seed, next: 100, t: 1_790_000_000_000 });
      this.flights = Array.from({ length: tracks }, () => this.begin());
    }

    chance() {
      this.seed = (Math.imul(this.seed, 1664525) + 1013904223) >>> 0;
      return this.seed / 4294967296;
    }

    begin() {
      const life = Number.isFinite(this.life_s) ? 2 * this.life_s * this.chance() : Infinity;
      return { id: this.next++, lat: -34.89 + (this.chance() - 0.5) * 0.1, lon: -56.165 + (this.chance() - 0.5) * 0.17, course: this.chance() * 6.28, speed: 5 + this.chance() * 15, until: this.t + life * 1000 };
    }

    row(each, dt_s) {
      each.course += (this.chance() - 0.5) * 0.3;
      each.lat += (Math.cos(each.course) * each.speed * dt_s) / 111320;
      each.lon += (Math.sin(each.course) * each.speed * dt_s) / 91000;
      const east = Math.round(Math.sin(each.course) * each.speed * 1000), north = Math.round(Math.cos(each.course) * each.speed * 1000);
      return [each.id, this.t, Math.round(each.lat * 1e7), Math.round(each.lon * 1e7), 90000, 4000, 6000, east, north, 0, null, 255, 60000 + (each.id % 60) * 1000, 0, 990000, 50, 1, 2, 1];
    }

    about(each) {
      return [each.id, this.t, null, `P-${each.id}`, "serial", "self_declared", false, VERDICTS[each.id % 6], "no_permit", null, null, null, null, null, [], null, null, null, null, null, [], null, [], [], null];
    }

    stands() {
      return { now_ms: this.t, recorded: true, station: "up" };
    }

    snapshot() {
      const flights = this.flights;
      return { ...this.stands(), tracks: flights.map((each) => this.row(each, 0)), about: flights.map((each) => this.about(each)), zones: [], alarms: [], incidents: [], presences: [], health: [] };
    }

    /** A frame of one part in `parts`, so much later. */
    frame(later_ms, part = 0, parts = 1) {
      this.t += later_ms;
      const told = this.stands(), over = this.flights.filter((each) => each.until <= this.t);
      if (over.length) {
        this.flights = this.flights.filter((each) => each.until > this.t);
        const come = over.map(() => this.begin());
        this.flights.push(...come);
        told.gone = over.map((each) => each.id);
        told.about = come.map((each) => this.about(each));
      }
      told.tracks = this.flights.filter((_, n) => n % parts === part).map((each) => this.row(each, (later_ms * parts) / 1000));
      return told;
    }

    /** An alarm and its incident as they begin and end, one after the other. */
    case(frame, second) {
      const n = Math.floor(second / 20) + 1, track = this.flights[n % this.flights.length].id, state = ["unacknowledged", "acknowledged", "normal"][Math.floor((second % 20) / 7)];
      const began = this.t - (second % 20) * 1000, open = state !== "normal";
      frame.alarms = [[n, this.t, `${this.t}000000`, began, track, "not_permitted", state, 1 + (n % 3), n, null, open ? null : "silva", open ? null : this.t]];
      frame.incidents = [[n, this.t, `${this.t}000000`, began, open ? "open" : "closed", state, 1 + (n % 3), "flight", [n], [track], 1, "alone", 0, null, null, null, "presence", 0]];
      frame.presences = [[n, this.t, open, "radio", ["R-1"], Math.round(-34.89e7), Math.round(-56.165e7), 900_000, null, null, "presence"]];
      const left = n - 180; // an hour ago: the station says it once more, and forgets it
      if (left > 0) frame.incidents.push([left, this.t - 3_600_000, "0", 0, "closed", "normal", 1, "flight", [left], [1], 1, "alone", 0, null, null, null, "presence", 0]);
    }
  }

  /** From now on the console hears the crowd alone, and its clock is the crowd's. */
  function lead(app, crowd) {
    const clock = { monotonic: () => crowd.t, wall: () => crowd.t }, { easel } = app.painter, free = easel.onFree;
    let shown = () => {};
    app.take = new Proxy(app.take, { apply: (call, self, said) => (said[2] === OURS ? Reflect.apply(call, self, said) : undefined) });
    app.following.again = () => {};
    app.reading.readZones = app.reading.explain = app.sync = async () => {};
    Object.assign(app.freshness, { clock, offset: 0, apart: 0, stepMs: crowd.t, newFrame: true });
    easel.onFree = () => {
      free();
      shown();
    };
    const tell = (text, whole = false) => {
      app.freshness.syncedAt = crowd.t;
      app.take(JSON.parse(text), whole, OURS);
    };
    /** Tell, and wait until the flights are seen. */
    const seen = (text) => new Promise((done) => {
      shown = done;
      tell(text);
    });
    tell(JSON.stringify(crowd.snapshot()), true);
    app.check();
    return { tell, seen };
  }

  Object.assign(globalThis, { Crowd, lead });
})()

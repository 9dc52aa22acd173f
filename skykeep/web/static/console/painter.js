// Tracks on one 2-D canvas above the map: tails, course, accuracy, symbols, rings of age, labels that do not collide.
// North is up and nothing is tilted, so that a place is one multiplication and one addition.
// The pen writes strokes down; the picture itself is made beside the page (`easel.js`).
import { Easel } from "./easel.js";
import { AROUND, GRAVE_MAX, Labels, MARKS_MAX, around, corner, seen } from "./labels.js";
import { PAD_PX, RING_SIZE, SIZE, Sprites, Texts, palette } from "./sprites.js";
import { TAIL_POINTS, mercatorX, mercatorY } from "./sky.js";
import { TRACK } from "./rows.js";
import * as units from "./units.js";
import { t } from "./words.js";

const VECTOR_S = 30;
const ACCURACY_SHOWN_MM = 12_250; // one sigma whose 95 % radius is 30 m
const LABELS_MAX = 120;
const LETTER_PX = 6.8; // about what a letter of a name takes
const MANY = 300;
const DOT_APART_PX = 8;
const EARTH_M = 40_075_016.686;
const DOT_EACH_MS = 10_000;
const SYMBOL_PX = 9; // half of what a symbol takes
const QUIET_PX = 4; // the same of a quiet one
const LABEL_PX = 10; // half of what a symbol keeps from its label
const RINGED_PX = 19; // the same of one with a ring around it
const NAME_PX = 13; // how high a name is
const BOTH_PX = 27; // how high a name with its second line is
const LINE_PX = 14; // of words that stand beside anything else
const APART_PX = 4; // what such words keep from all others when they come anew
/** @type {import("./labels.js").Side[]} */ const SIDES = ["right", "left"];
/** @type {import("./labels.js").Side[]} */ const SIDE = ["right"]; // in a crowd: to try others would cost what nobody can read

/** @typedef {import("./sky.js").Track} Track */
/** @typedef {{ x: number, y: number, track: Track, quiet?: boolean }} Shown where it is on the screen; `quiet`: drawn small (`quiet.js`) */
/** @typedef {{ width: number, height: number, k: number, ox: number, oy: number }} View a place x, y lies at x * k + ox, y * k + oy */
/** @typedef {import("./freshness.js").State | "past"} Stand how what is drawn stands to now: the past is drawn as it was, and says so around it */
/** @typedef {{ now: number, ageMs: number, state: Stand, selected: number | null, hovered: number | null,
 *   hidden: Set<string>, presences: Iterable<import("./rows.js").Presence>, quiet?: (track: Track) => boolean,
 *   marks?: import("./labels.js").Mark[], covered?: import("./labels.js").Box[] }} Terms `marks`: what else has a name, the gravest first; `covered`: parts of the page that lie above the map */

export class Painter {
  /** @param {HTMLCanvasElement} canvas @param {import("./sprites.js").Shapes} shapes @param {string[]} gravity kinds, gravest first */
  constructor(canvas, shapes, gravity) {
    this.easel = new Easel(canvas);
    this.pen = this.easel.pen;
    this.shapes = shapes;
    this.rank = new Map(gravity.map((kind, place) => [kind, place]));
    this.thin = false;
    this.ratio = Math.min(2, devicePixelRatio || 1);
    this.colours = palette();
    this.sprites = new Sprites(shapes, this.colours, this.ratio);
    this.texts = new Texts(this.colours, this.ratio);
    this.names = new Labels();
    /** @type {Shown[]} what was drawn last, for picking */
    this.drawn = [];
    /** @type {(() => void) | null} what was asked for while a picture was in the making */
    this.next = null;
    this.last = () => {}; // draws what is in the making once more
    this.easel.onFree = () => {
      const { next } = this;
      this.next = null;
      next?.();
    };
    this.easel.onLost = () => {
      this.next ??= this.last;
      this.easel.onFree();
    };
  }

  /** Take the colours of the page anew: the theme changed. */
  renew() {
    this.colours = palette();
    this.ratio = Math.min(2, devicePixelRatio || 1);
    this.sprites = new Sprites(this.shapes, this.colours, this.ratio);
    this.texts = new Texts(this.colours, this.ratio);
  }

  /** @param {Iterable<Track>} tracks @param {View} view @param {Terms} terms */
  draw(tracks, view, terms) {
    const shown = this.inView(tracks, view, terms), once = { ...terms, presences: [...terms.presences] };
    this.drawn = shown;
    this.easel.follow(view);
    const draw = () => {
      this.last = draw;
      this.picture(shown, view, once);
    };
    if (this.easel.busy()) this.next = draw;
    else draw();
  }

  /** @param {Shown[]} shown @param {View} view @param {Terms} terms */
  picture(shown, view, terms) {
    const { pen } = this;
    pen.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    this.thin = shown.length > MANY; // a line of one pixel is drawn many times faster
    this.presences(terms.presences, view);
    this.tails(shown, view, terms);
    this.courses(shown, view, terms);
    for (const each of shown) this.under(each, view, terms);
    pen.setTransform(1, 0, 0, 1, 0, 0); // pictures are made for the screen's own pixels: copied, never scaled
    for (const each of shown) this.symbol(each, terms);
    this.labels(shown, view, terms);
    this.easel.make(view, this.ratio);
  }

  /** Tracks on the screen, the gravest last. @param {Iterable<Track>} tracks @param {View} view @param {Terms} terms */
  inView(tracks, view, terms) {
    const shown = [], tail = 120;
    for (const track of tracks) {
      if (terms.hidden.has(track.kind) && track.id !== terms.selected) continue;
      if (track.standing(terms.now) === "lost" && terms.state !== "old") continue;
      const x = track.x * view.k + view.ox, y = track.y * view.k + view.oy;
      if (x < -tail || y < -tail || x > view.width + tail || y > view.height + tail) continue;
      const looked = track.id === terms.selected || track.id === terms.hovered;
      shown.push({ x, y, track, quiet: !looked && terms.state !== "old" && terms.quiet?.(track) });
    }
    const rank = (/** @type {Shown} */ { track, quiet }) => (quiet ? 10 : track.id === terms.selected ? -2 : track.alarmed ? -1 : this.rank.get(track.kind) ?? 9);
    return shown.sort((a, b) => rank(b) - rank(a) || b.track.id - a.track.id);
  }

  /** @param {Shown[]} shown @param {View} view @param {Terms} terms */
  tails(shown, view, terms) {
    const { pen } = this;
    pen.lineWidth = this.thin ? 1 : 1.6;
    pen.lineJoin = "bevel";
    pen.globalAlpha = terms.state === "old" ? 0.45 : 0.62;
    this.byColour(shown, (each) => this.tail(each, view), this.thin);
    for (const { track } of shown) {
      const apart = track.speed * (DOT_EACH_MS / 1000) * this.metre(track, view);
      if (apart > DOT_APART_PX) this.dots(track, view);
    }
    pen.globalAlpha = 1;
  }

  /**
   * Write a line for each, those of one colour in one stroke: one of a thousand parts costs less than a thousand.
   * @param {Shown[]} shown @param {(each: Shown) => void} line @param {boolean} together see-through lines that cross look otherwise then
   */
  byColour(shown, line, together) {
    const { pen } = this;
    let colour = "";
    pen.beginPath();
    for (const each of shown) {
      const own = this.colourOf(each.track);
      if (colour && (own !== colour || !together)) {
        pen.strokeStyle = colour;
        pen.stroke();
        pen.beginPath();
      }
      colour = own;
      line(each);
    }
    pen.strokeStyle = colour || this.colours.norule;
    pen.stroke();
  }

  /** Where it was, as one line; points that fall together on the screen are left out. @param {Shown} shown @param {View} view */
  tail({ track, x: toX, y: toY }, { k, ox, oy }) {
    const { pen } = this, { tailX, tailY, tailEnd } = track;
    let px = toX, py = toY;
    pen.moveTo(toX, toY);
    for (let n = tailEnd - 1, first = track.tailBegin(); n >= first; n--) {
      const at = n % TAIL_POINTS, x = tailX[at] * k + ox, y = tailY[at] * k + oy;
      if (Math.abs(x - px) + Math.abs(y - py) < 3 && n !== first) continue;
      pen.lineTo(x, y);
      px = x;
      py = y;
    }
  }

  /** A dot for each ten seconds. @param {Track} track @param {View} view */
  dots(track, { k, ox, oy }) {
    let last = -Infinity;
    this.pen.fillStyle = this.colourOf(track);
    for (let n = track.tailBegin(); n < track.tailEnd; n++) {
      const at = n % TAIL_POINTS;
      if (track.tailT[at] - last < DOT_EACH_MS) continue;
      last = track.tailT[at];
      this.pen.fillRect(track.tailX[at] * k + ox - 1.4, track.tailY[at] * k + oy - 1.4, 2.8, 2.8);
    }
  }

  /** Where each will be by its course. @param {Shown[]} shown @param {View} view @param {Terms} terms */
  courses(shown, view, terms) {
    if (terms.state !== "live" && terms.state !== "past") return;
    const { pen } = this;
    pen.lineWidth = this.thin ? 1 : 1.6;
    this.byColour(shown, ({ x, y, track }) => {
      const ahead = (VECTOR_S * this.metre(track, view)) / 1000;
      if (track.standing(terms.now) !== "fresh" || track.speed <= 0.5) return;
      pen.moveTo(x, y);
      pen.lineTo(x + track.row[TRACK.east] * ahead, y - track.row[TRACK.north] * ahead);
    }, true);
  }

  /** Accuracy and rings. @param {Shown} at @param {View} view @param {Terms} terms */
  under({ x, y, track, quiet }, view, terms) {
    const { colours } = this;
    if (!quiet && track.row[TRACK.sigma] > ACCURACY_SHOWN_MM) {
      const metre = this.metre(track, view);
      const radius = (track.row[TRACK.sigma] * 2.448 * metre) / 1000;
      if (radius > 12) this.ring(x, y, radius, this.colourOf(track), [2, 5], 1.2, 0.75);
    }
    if (track.id === terms.selected) this.ring(x, y, 22, colours.ring, [], 2.4, 1);
    else if (track.id === terms.hovered) this.ring(x, y, 19, colours.ring, [], 1.2, 0.8);
  }

  /** @param {Shown} at @param {Terms} terms */
  symbol({ x, y, track, quiet }, terms) {
    const standing = track.standing(terms.now);
    if (quiet) {
      this.pen.globalAlpha = standing === "fresh" ? 1 : 0.7;
      return this.stamp(this.sprites.small(standing === "fresh"), x - SIZE / 2, y - SIZE / 2);
    }
    const ghost = terms.ageMs > 60_000 || standing === "ghost";
    this.pen.globalAlpha = 1;
    if (track.alarmed) this.stamp(this.sprites.ring("alarm"), x - RING_SIZE / 2, y - RING_SIZE / 2);
    if (terms.state === "old" || standing !== "fresh") this.stamp(this.sprites.ring("old"), x - RING_SIZE / 2, y - RING_SIZE / 2);
    this.pen.globalAlpha = ghost ? 0.4 : terms.state === "old" ? 0.6 : 1;
    this.stamp(this.sprites.of(track.kind, track.course), x - SIZE / 2, y - SIZE / 2);
  }

  /** Copy a picture to whole pixels of the screen. @param {ImageBitmap} picture @param {number} x @param {number} y */
  stamp(picture, x, y) {
    this.pen.drawImage(picture, Math.round(x * this.ratio), Math.round(y * this.ratio));
  }

  /** Words beside all that is drawn: what an alarm is about, what is picked, what is pointed at, bans, flights, then all else. @param {Shown[]} shown @param {View} view @param {Terms} terms */
  labels(shown, view, terms) {
    const { names } = this, marks = terms.marks ?? [];
    this.pen.globalAlpha = 1;
    names.begin(view, terms.covered ?? []);
    for (const { x, y, quiet } of shown) {
      const half = quiet ? QUIET_PX : SYMBOL_PX; // no label covers a symbol
      names.taken.take(x - half, y - half, 2 * half, 2 * half);
    }
    for (const { sign, west, north } of marks) if (sign) names.cover(around(west * view.k + view.ox, north * view.k + view.oy, sign));
    const asked = shown.filter(({ track, quiet }) => !quiet && (track.alarmed || track.id === terms.selected || track.id === terms.hovered));
    const rank = (/** @type {Track} */ track) => (track.alarmed ? 0 : track.id === terms.selected ? 1 : 2);
    asked.sort((a, b) => rank(a.track) - rank(b.track));
    for (const each of asked) this.named(each, view, terms, true);
    this.presenceWords(terms.presences, view);
    const bans = new Set(marks.filter(({ grave }) => grave).slice(0, GRAVE_MAX)), done = new Set(asked);
    for (const each of bans) this.marked(each, view);
    for (let n = shown.length - 1, count = asked.length; n >= 0 && count < LABELS_MAX; n--) {
      if (!shown[n].quiet && !done.has(shown[n]) && this.named(shown[n], view, terms, false)) count += 1;
    }
    for (let n = 0, count = 0; n < marks.length && count < MARKS_MAX; n++) if (!bans.has(marks[n]) && this.marked(marks[n], view)) count += 1;
    names.end();
  }

  /** The name of a flight, with its second line where there is room. @param {Shown} shown @param {View} view @param {Terms} terms @param {boolean} must it has its words wherever it is @returns {boolean} */
  named({ x, y, track }, view, terms, must) {
    if (x < -20 || y < -20 || x > view.width || y > view.height + 20) return false;
    const { names } = this, { id } = track, sides = must || !this.thin ? SIDES : SIDE, far = must ? RINGED_PX : LABEL_PX;
    const of = { left: x - far, top: y, right: x + far, bottom: y };
    if (!must && !names.room(id, sides, of, track.name.length * LETTER_PX, NAME_PX, 0)) return false; // before anything is drawn for it
    const name = this.texts.of(track.name, "name"), second = this.texts.line(...this.second(track, terms)), wide = Math.max(name.width, second.width);
    const whole = names.room(id, sides, of, wide, BOTH_PX, 0) ?? (must ? this.anyhow(of, wide) : null);
    const [left, top, side] = whole ?? names.room(id, sides, of, name.width, NAME_PX, 0) ?? [];
    if (left === undefined || top === undefined || side === undefined) return false;
    const from = (/** @type {number} */ width) => (side === "left" ? left + (whole ? wide : name.width) - width : left) - PAD_PX;
    this.stamp(name.picture, from(name.width), top - 2);
    if (whole) for (const part of second.parts) this.stamp(part.picture, from(second.width) + part.from, top + 11);
    names.put(id, side, left, top, whole ? wide : name.width, whole ? BOTH_PX : NAME_PX);
    return true;
  }

  /** Where words stand that have no room and must be there: beside it, and not cut by the edge of the map. @param {import("./labels.js").Box} of @param {number} wide @returns {[number, number, import("./labels.js").Side]} */
  anyhow(of, wide) {
    const [side] = SIDES.filter((each) => this.names.taken.whole(...corner(each, of, wide, BOTH_PX), wide, BOTH_PX)).concat(SIDE);
    return [...corner(side, of, wide, BOTH_PX), side];
  }

  /** The name of anything else, with as many of its lines as there is room for. @param {import("./labels.js").Mark} mark @param {View} view @returns {boolean} */
  marked(mark, view) {
    const found = seen(mark, view);
    if (!found) return false;
    const lines = mark.lines.map(([words, hand]) => this.texts.of(words, hand));
    for (const count of lines.length > 1 ? [lines.length, 1] : [1]) {
      const wide = lines.slice(0, count).reduce((most, each) => Math.max(most, each.width), 0), high = count * LINE_PX;
      const at = this.names.room(mark.key, found.sides, found.of, wide, high, APART_PX);
      if (!at) continue;
      lines.slice(0, count).forEach((line, n) => this.stamp(line.picture, at[0] + (wide - line.width) / 2, at[1] + n * LINE_PX - 2));
      this.names.put(mark.key, at[2], at[0], at[1], wide, high);
      return true;
    }
    return false;
  }

  /** The second line of a label, in parts: its own age where that matters, else height and speed. @param {Track} track @param {Terms} terms @returns {[string[], "small" | "old"]} */
  second(track, terms) {
    const age = terms.now - track.t, standing = track.standing(terms.now);
    if (terms.ageMs > 60_000 || standing === "ghost") return [[t("last {time}", { time: units.utc(track.t) })], "old"];
    if (terms.state === "old" || standing === "aged") return [[Number.isFinite(terms.ageMs) ? t("{age} old", { age: units.span(Math.max(age, terms.ageMs)) }) : t("age unknown")], "old"];
    if (track.row[TRACK.sigma] > 10 * ACCURACY_SHOWN_MM) return [[units.spread(track.row[TRACK.sigma])], "small"];
    const [high] = units.height(track.row), up = track.row[TRACK.up];
    const arrow = up === null || Math.abs(up) < 500 ? "" : up > 0 ? " ↗" : " ↘", fast = units.wholeSpeed(track.speed);
    return [high ? [`${high}${arrow} `, fast] : [fast], "small"];
  }

  /** Areas in which something is, nobody can say where. @param {Iterable<import("./rows.js").Presence>} presences @param {View} view */
  presences(presences, view) {
    for (const { x, y, radius } of areas(presences, view)) this.ring(x, y, radius, this.colours.unknown, [2, 5], 1.4, 0.8);
  }

  /** What is heard and has no place must have its words. @param {Iterable<import("./rows.js").Presence>} presences @param {View} view */
  presenceWords(presences, view) {
    for (const { id, x, y, radius, sensors } of areas(presences, view)) {
      const said = this.texts.of(t("heard by {sensors}, place unknown", { sensors: sensors.join(", ") }), "small"), key = `presence ${id}`;
      const of = around(x, y, radius);
      const [left, top, side] = this.names.room(key, AROUND, of, said.width, LINE_PX, 0) ?? [...corner("above", of, said.width, LINE_PX), /** @type {const} */ ("above")];
      this.stamp(said.picture, left, top - 2);
      this.names.put(key, side, left, top, said.width, LINE_PX);
    }
  }

  /** Pixels a metre where a track is. @param {Track} track @param {View} view */
  metre(track, view) {
    return view.k / (EARTH_M * Math.cos((track.row[TRACK.lat] * Math.PI) / 1.8e9));
  }

  /** @param {Track} track @returns {string} */
  colourOf(track) {
    return /** @type {Record<string, string>} */ (this.colours)[track.kind];
  }

  /** @param {number} x @param {number} y @param {number} radius @param {string} colour @param {number[]} dash @param {number} width @param {number} alpha */
  ring(x, y, radius, colour, dash, width, alpha) {
    const { pen } = this;
    pen.globalAlpha = alpha;
    pen.setLineDash(dash);
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    pen.stroke();
    pen.setLineDash([]);
    pen.globalAlpha = 1;
  }

  /** The track nearest to a place on the screen. @param {number} x @param {number} y @param {number} [within] pixels @returns {Track | null} */
  pick(x, y, within = 18) {
    let best = null, least = within * within;
    for (const each of this.drawn) {
      const far = (each.x - x) ** 2 + (each.y - y) ** 2;
      if (far <= least) [best, least] = [each.track, far];
    }
    return best;
  }
}

/** Presences as circles on the screen. @param {Iterable<import("./rows.js").Presence>} presences @param {View} view */
function* areas(presences, view) {
  for (const { id, lat, lon, radius, sensors } of presences) {
    if (lat === null || lon === null || radius === null) continue;
    const metre = view.k / (EARTH_M * Math.cos((lat * Math.PI) / 1.8e9));
    yield { id, x: mercatorX(lon) * view.k + view.ox, y: mercatorY(lat) * view.k + view.oy, radius: (radius / 1000) * metre, sensors };
  }
}

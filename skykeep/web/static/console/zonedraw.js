// Drawing a zone: the fields of the form are the truth, the map writes into them and is drawn from them. Whatever the
// mouse can do the keyboard can too: a handle is a button, arrow keys move it, Delete takes a corner away.
import { linesOf, placesOf, typed, unread } from "./corners.js";
import { byId } from "./dom.js";
import * as units from "./units.js";
import { t } from "./words.js";

const MOVED_PX = 5;
const STEP_PX = 12;
const SIDES = 72;
const METRES_PER_DEGREE = 111_195;

/** @typedef {import("./zonemap.js").Place} Place */

export class Drawing {
  /** @param {import("./zonemap.js").ZoneMap} view @param {HTMLFormElement} form */
  constructor(view, form) {
    this.view = view;
    this.form = form;
    this.box = byId("handles");
    this.downAt = [0, 0];
    /** @type {HTMLButtonElement[]} */ this.handles = [];
  }

  listen() {
    byId("drawhint").hidden = false;
    for (const happens of ["input", "change"])
      this.form.addEventListener(happens, () => {
        this.outdated();
        this.draw();
      });
    this.view.moved.push(() => this.place());
    const map = byId("zonemap");
    map.addEventListener("pointerdown", (event) => (this.downAt = [event.clientX, event.clientY]));
    map.addEventListener("click", (event) => {
      const moved = Math.hypot(event.clientX - this.downAt[0], event.clientY - this.downAt[1]) > MOVED_PX;
      if (!moved && event.target instanceof HTMLCanvasElement) this.clicked(this.at(event));
    });
    this.draw();
  }

  /** @param {string} name @returns {HTMLInputElement} */
  field(name) {
    return /** @type {HTMLInputElement} */ (this.form.elements.namedItem(name));
  }

  /** @returns {string} "circle", "polygon" or "keep" */
  shape() {
    return String(new FormData(this.form).get("shape") ?? "");
  }

  /** @returns {string[]} the lines of the corners that say anything, as they were typed */
  lines() {
    return linesOf(this.field("corners").value);
  }

  /** @returns {Place[]} corners; those that cannot be read are left out, and then nothing is moved */
  corners() {
    return placesOf(this.lines());
  }

  /** Say which line of the corners is no place. @returns {boolean} whether all can be read */
  readable() {
    const field = this.field("corners"), wrong = unread(this.lines());
    field.setAttribute("aria-invalid", String(wrong !== undefined));
    byId("cornerhint").hidden = wrong === undefined || this.shape() !== "polygon";
    byId("cornerhint").textContent = wrong === undefined ? "" : t("“{line}” is no place: write latitude, longitude in degrees. Until then nothing can be moved on the map.", { line: wrong.trim().slice(0, 40) });
    return wrong === undefined;
  }

  /** What was told of another shape or other words does not hold for these. */
  outdated() {
    const told = byId("weighed");
    if (!told.children.length || told.dataset.outdated) return;
    told.dataset.outdated = "yes";
    const note = document.createElement("p");
    note.className = "said";
    note.setAttribute("role", "status");
    note.textContent = t("The form has changed: what it would do must be asked for again.");
    told.replaceChildren(note);
    this.view.told.tracks = [];
  }

  /** @returns {{ centre: Place, radius: number } | null} */
  circle() {
    const [lat, lon, radius] = ["lat", "lon", "radius_m"].map((name) => (this.field(name).value.trim() ? metres(this.field(name).value, name === "radius_m") : NaN));
    if (!(Math.abs(lat) <= 85) || !(Math.abs(lon) <= 180)) return null;
    return { centre: [lon, lat], radius: radius > 0 ? radius : 0 };
  }

  // ---- drawing

  draw() {
    for (const part of this.form.querySelectorAll("[data-shape]")) /** @type {HTMLElement} */ (part).hidden = part.getAttribute("data-shape") !== this.shape();
    const hours = String(new FormData(this.form).get("hours") ?? "");
    for (const part of this.form.querySelectorAll("[data-hours]")) /** @type {HTMLElement} */ (part).hidden = part.getAttribute("data-hours") !== hours;
    const round = this.circle();
    if (this.shape() === "circle") this.view.drawn = round ? { shape: around(round.centre, round.radius), closed: true } : null;
    const readable = this.readable();
    if (this.shape() !== "circle") this.view.drawn = this.shape() === "polygon" ? { shape: this.corners(), closed: readable && this.corners().length > 2 } : null;
    this.view.paint();
  }

  /** What can be taken hold of. @returns {{ at: Place, kind: "corner" | "between" | "centre" | "rim", index: number, words: string }[]} */
  points() {
    if (this.shape() === "circle") {
      const round = this.circle();
      if (!round) return [];
      const centre = { at: round.centre, kind: /** @type {const} */ ("centre"), index: 0, words: t("Centre: {place}", { place: said(round.centre) }) };
      if (!round.radius) return [centre];
      return [centre, { at: off(round.centre, round.radius, Math.PI / 2), kind: /** @type {const} */ ("rim"), index: 0, words: t("Radius: {far}", { far: units.length(round.radius) }) }];
    }
    if (this.shape() !== "polygon" || !this.readable()) return [];
    const corners = this.corners(), all = corners.length;
    const made = corners.map((at, index) => ({ at, kind: /** @type {"corner" | "between"} */ ("corner"), index, words: t("Corner {n} of {all}: {place}", { n: index + 1, all, place: said(at) }) }));
    if (all < 3) return made;
    return [...made, ...corners.map((at, index) => {
      const next = corners[(index + 1) % all];
      return { at: /** @type {Place} */ ([(at[0] + next[0]) / 2, (at[1] + next[1]) / 2]), kind: /** @type {const} */ ("between"), index, words: t("Add a corner after corner {n}", { n: index + 1 }) };
    })];
  }

  /** Put each handle where it belongs; those that stand there stay, so that focus does. */
  place() {
    const points = this.points();
    while (this.handles.length > points.length) this.handles.pop()?.remove();
    while (this.handles.length < points.length) this.handles.push(this.handle(this.handles.length));
    points.forEach((point, place) => {
      const [x, y] = this.view.xy(point.at), button = this.handles[place];
      button.className = `handle ${point.kind}`;
      button.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px) translate(-50%, -50%)`;
      button.setAttribute("aria-label", point.words);
    });
  }

  /** @param {number} place @returns {HTMLButtonElement} */
  handle(place) {
    const button = document.createElement("button");
    button.type = "button";
    button.addEventListener("click", () => this.pressed(place));
    button.addEventListener("keydown", (event) => this.key(event, place));
    button.addEventListener("pointerdown", (event) => button.setPointerCapture(event.pointerId));
    button.addEventListener("pointermove", (event) => {
      if (!button.hasPointerCapture(event.pointerId)) return;
      event.preventDefault();
      this.move(place, this.at(event));
    });
    this.box.append(button);
    return button;
  }

  // ---- what a person does

  /** @param {MouseEvent} event @returns {Place} */
  at(event) {
    const box = byId("ground").getBoundingClientRect(), map = /** @type {import("./mapview.js").MapView} */ (this.view.map);
    const { lon, lat } = map.at(event.clientX - box.left, event.clientY - box.top);
    return [lon, lat];
  }

  /** A place of the map itself: a centre, or one corner more. @param {Place} place */
  clicked(place) {
    if (this.shape() === "circle") return this.centre(place);
    if (this.shape() !== "polygon" || !this.readable()) return;
    const corners = this.corners(), lines = this.lines();
    lines.splice(corners.length < 3 ? corners.length : this.nearest(corners, place) + 1, 0, typed(place));
    this.write(lines);
  }

  /** The edge that is nearest to a place. @param {Place[]} corners @param {Place} place */
  nearest(corners, place) {
    const [x, y] = this.view.xy(place), at = corners.map((each) => this.view.xy(each));
    const away = at.map(([ax, ay], n) => {
      const [bx, by] = at[(n + 1) % at.length], length = (bx - ax) ** 2 + (by - ay) ** 2;
      const along = length ? Math.max(0, Math.min(1, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length)) : 0;
      return Math.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay));
    });
    return away.indexOf(Math.min(...away));
  }

  /** @param {number} place @param {Place} to */
  move(place, to) {
    const point = this.points()[place];
    if (point.kind === "centre") return this.centre(to);
    if (point.kind === "rim") {
      const round = this.circle();
      if (round) this.set("radius_m", String(Math.max(1, Math.round(apart(round.centre, to)))));
      return;
    }
    if (point.kind !== "corner") return;
    const lines = this.lines();
    lines[point.index] = typed(to);
    this.write(lines);
  }

  /** @param {Place} to */
  centre(to) {
    this.field("lat").value = to[1].toFixed(6);
    this.set("lon", to[0].toFixed(6));
    if (this.field("radius_m").value.trim()) return;
    const map = /** @type {import("./mapview.js").MapView} */ (this.view.map), edge = map.at(0, 0), other = map.at(map.view().width, 0);
    this.set("radius_m", String(Math.max(10, Math.round(apart([edge.lon, to[1]], [other.lon, to[1]]) / 10))));
  }

  /** @param {KeyboardEvent} event @param {number} place */
  key(event, place) {
    const step = event.shiftKey ? 1 : STEP_PX;
    const by = /** @type {Record<string, [number, number]>} */ ({ ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] })[event.key];
    const point = this.points()[place];
    if (by && point.kind !== "between") {
      event.preventDefault();
      const [x, y] = this.view.xy(point.at), { lon, lat } = /** @type {import("./mapview.js").MapView} */ (this.view.map).at(x + by[0], y + by[1]);
      this.move(place, [lon, lat]);
    } else if ((event.key === "Delete" || event.key === "Backspace") && point.kind === "corner") {
      event.preventDefault();
      this.write(this.lines().filter((_, n) => n !== point.index));
      this.handles[Math.max(0, place - 1)]?.focus();
    }
  }

  /** @param {number} place */
  pressed(place) {
    const point = this.points()[place];
    if (point?.kind !== "between") return;
    const lines = this.lines();
    lines.splice(point.index + 1, 0, typed(point.at));
    this.write(lines);
    this.handles[point.index + 1]?.focus();
  }

  /** Lines that nobody moved stay as they were typed. @param {string[]} lines */
  write(lines) {
    this.set("corners", lines.join("\n"));
  }

  /** @param {string} name @param {string} value */
  set(name, value) {
    this.field(name).value = value;
    this.outdated();
    this.draw();
  }
}

/** A number as the station reads it: a comma may part thousands in one of metres. @param {string} said @param {boolean} careful */
const metres = (said, careful) => (careful && /,\d{3}(?!\d)/.test(said) ? NaN : Number(said.replace(",", ".")));

/** @param {Place} place */
const said = ([lon, lat]) => `${lat.toFixed(5)}, ${lon.toFixed(5)}`;

/** A place so far from another, clockwise from north; true enough to be drawn. @param {Place} from @param {number} metres @param {number} course @returns {Place} */
function off([lon, lat], metres, course) {
  return [lon + (metres * Math.sin(course)) / (METRES_PER_DEGREE * Math.cos((lat * Math.PI) / 180)), lat + (metres * Math.cos(course)) / METRES_PER_DEGREE];
}

/** @param {Place} centre @param {number} radius @returns {Place[]} */
const around = (centre, radius) => Array.from({ length: SIDES }, (_, n) => off(centre, radius, (2 * Math.PI * n) / SIDES));

/** Metres between two places that are near each other. @param {Place} a @param {Place} b */
function apart([lonA, latA], [lonB, latB]) {
  return Math.hypot((latB - latA) * METRES_PER_DEGREE, (lonB - lonA) * METRES_PER_DEGREE * Math.cos((latA * Math.PI) / 180));
}

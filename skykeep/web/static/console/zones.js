// Zones as layers of the map: edge, hatching and words say what holds, colour only helps.
//
//   no drones       red edge, diagonal hatch
//   permit, terms   blue edge of dashes and dots, sparse dots (a permit inside it: a dotted edge, no pattern)
//   coming soon     amber dashed edge, dots, "in 1 h 52 m"; lighter than what holds
//   not now         grey thin dashed edge
import { bounds } from "./quiet.js";
import { picture } from "./sprites.js";
import * as units from "./units.js";
import { t } from "./words.js";

const SOON_MS = 2 * 3_600_000;
const WIDE_PX = 214; // words of a zone are not set wider, nor higher than this
const HIGH_PX = 64;
const LETTER_PX = 5.5;
const EDGE_PX = 6;
const FONT = ["Inter", "Noto Sans", "sans-serif"];

/** @typedef {"ban" | "permit" | "soon" | "later"} Look */
/** @typedef {import("./quiet.js").Bounds & { look: Look, head: string, more: string }} Label */
/** @typedef {{ text: string, ban: string, permit: string, soon: string, later: string, halo: string }} ZoneColours */

/** @param {string} name of a custom property */
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** @returns {ZoneColours} */
export function zoneColours() {
  return { text: colour("text"), ban: colour("unpermit"), permit: colour("permit"), soon: colour("p2"), later: colour("dim"), halo: colour("halo") };
}

/**
 * What a zone looks like now, and the words beside it.
 * @param {any} said properties of the feature @param {import("./rows.js").ZoneStands | undefined} stands @param {number} now
 * @returns {{ look: Look, lines: string[] } | null} null: it is over, and not shown
 */
export function looks(said, stands, now) {
  const state = stands?.state ?? said.state, rules = stands?.rules ?? said.rules;
  if (state === "ended" || state === "withdrawn") return null;
  const until = stands?.changes ? stands.changes - now : null;
  const holds = state === "in_force" && rules !== "no";
  const soon = !holds && until !== null && until < SOON_MS;
  const rule = { prohibited: t("NO-DRONE"), needs_permit: t("PERMIT ONLY"), conditional: t("CONDITIONS"), allowed: t("ALLOWED") }[/** @type {"allowed"} */ (said.rule)] ?? said.rule;
  const head = `${said.emergency ? `${t("EMERGENCY")} · ` : ""}${rule} · ${said.name}`;
  const lines = [head, units.band(said.floor, said.ceiling)];
  if (!holds) lines.push(until === null ? t("not now") : t("in {time}", { time: units.hoursMinutes(until) }));
  else if (rules === "unknown") lines.push(t("whether it holds now is not known"));
  else if (until !== null && until < SOON_MS) lines.push(t("ends in {time}", { time: units.hoursMinutes(until) }));
  if (said.emergency && stands && !stands.confirmed) lines.push(t("not yet confirmed"));
  return { look: holds ? (said.rule === "prohibited" ? "ban" : said.rule === "allowed" ? "later" : "permit") : soon ? "soon" : "later", lines };
}

/** @param {any} collection zones.geojson @param {Map<string, import("./rows.js").ZoneStands>} stands @param {number} now @returns {{ areas: any, labels: Label[] }} */
export function dressed(collection, stands, now) {
  const areas = [], labels = [];
  for (const feature of collection.features) {
    const said = feature.properties, how = looks(said, stands.get(`${said.zone_id}/${said.version}`), now);
    if (!how) continue;
    areas.push({ type: "Feature", id: areas.length, geometry: feature.geometry, properties: { look: how.look, zone: said.zone_id, version: said.version } });
    labels.push({ ...bounds(feature.geometry.coordinates[0]), look: how.look, head: how.lines[0], more: how.lines.slice(1).join(" · ") });
  }
  return { areas: { type: "FeatureCollection", features: areas }, labels };
}

/**
 * Where the words of zones stand: under what is seen of each, and not cut by the edge of the map.
 * @param {Label[]} labels @param {import("./painter.js").View} view @returns {{ x: number, y: number, label: Label }[]} the middle of the upper edge of each, pixels
 */
export function placed(labels, { width, height, k, ox, oy }) {
  return labels.flatMap((label) => {
    const left = label.west * k + ox, right = label.east * k + ox, top = label.north * k + oy, bottom = label.south * k + oy;
    if (right < 0 || left > width || bottom < 0 || top > height) return [];
    const half = Math.min(WIDE_PX, LETTER_PX * Math.max(label.head.length, label.more.length)) / 2 + EDGE_PX;
    const middle = (Math.max(0, left) + Math.min(width, right)) / 2;
    return [{ x: width < 2 * half ? width / 2 : Math.min(Math.max(middle, half), width - half), y: Math.min(bottom, height - HIGH_PX), label }];
  });
}

/**
 * The names of zones as the painter writes them: what is forbidden first, and an emergency before all.
 * @param {any} collection zones.geojson @param {Map<string, import("./rows.js").ZoneStands>} stands @param {number} now
 * @returns {import("./labels.js").Mark[]}
 */
export function zoneMarks(collection, stands, now) {
  const made = [];
  for (const [n, feature] of collection.features.entries()) {
    const said = feature.properties, how = looks(said, stands.get(`${said.zone_id}/${said.version}`), now);
    if (!how) continue;
    const [head, ...more] = how.lines, lines = /** @type {import("./labels.js").Mark["lines"]} */ ([[head, how.look], [more.join(" · "), `${how.look}2`]]);
    const grave = said.emergency || how.look === "ban";
    made.push({ rank: said.emergency ? -1 : GRAVITY.indexOf(how.look), mark: { key: `zone ${said.zone_id} ${said.version} ${n}`, ...bounds(feature.geometry.coordinates[0]), sign: 0, lines, grave } });
  }
  return made.sort((a, b) => a.rank - b.rank).map(({ mark }) => mark);
}
const GRAVITY = /** @type {Look[]} */ (["ban", "permit", "soon", "later"]);

/** @param {Look} look @param {ZoneColours} c @returns {OffscreenCanvas} a tile that repeats */
export function pattern(look, c) {
  const side = look === "ban" ? 11 : 14, [made, pen] = picture(side, side, 2);
  pen.strokeStyle = pen.fillStyle = c[look];
  if (look === "ban") {
    pen.globalAlpha = 0.42;
    pen.lineWidth = 0.9;
    pen.beginPath();
    for (const shift of [-side, 0, side]) {
      pen.moveTo(shift, side);
      pen.lineTo(shift + side, 0);
    }
    pen.stroke();
  } else {
    pen.globalAlpha = look === "soon" ? 0.75 : look === "permit" ? 0.3 : 0;
    pen.beginPath();
    pen.arc(side / 2, side / 2, look === "soon" ? 1.25 : 0.9, 0, 7);
    pen.fill();
  }
  return made;
}

/** @type {Record<Look, { width: number, dash: number[] | null, fill: number, opacity: number }>} */
export const EDGES = {
  ban: { width: 2, dash: null, fill: 0.1, opacity: 1 },
  permit: { width: 1.8, dash: [6, 1.6, 1, 1.6], fill: 0.05, opacity: 1 },
  soon: { width: 2, dash: [3.2, 2.2], fill: 0.05, opacity: 0.85 },
  later: { width: 1.2, dash: [4, 4], fill: 0, opacity: 0.6 },
};
const LOOKS = /** @type {Look[]} */ (["later", "soon", "permit", "ban"]); // what holds is drawn on top

/**
 * @param {ZoneColours} c @param {boolean} named whether the map writes the names of zones; where it does not, names of places leave room for them
 * @returns {any[]} layers of MapLibre over the sources "zones" and "zone-labels"
 */
export function layers(c, named) {
  const made = LOOKS.flatMap((look) => {
    const edge = EDGES[look], filter = ["==", ["get", "look"], look];
    return [
      { id: `zone-fill-${look}`, type: "fill", source: "zones", filter, paint: { "fill-color": c[look], "fill-opacity": edge.fill } },
      { id: `zone-pattern-${look}`, type: "fill", source: "zones", filter, paint: { "fill-pattern": `zone-${look}` } },
      { id: `zone-edge-${look}`, type: "line", source: "zones", filter, layout: { "line-cap": "butt", "line-join": "round" },
        paint: { "line-color": c[look], "line-width": edge.width, "line-opacity": edge.opacity, ...(edge.dash ? { "line-dasharray": edge.dash } : {}) } },
    ];
  });
  const label = {
    id: "zone-label", type: "symbol", source: "zone-labels", minzoom: 10,
    layout: { "text-field": ["format", ["get", "head"], {}, "\n", {}, ["get", "more"], { "font-scale": 0.94 }], "text-font": FONT, "text-size": 11.5, "text-anchor": "top", "text-offset": [0, 0.4], "text-max-width": 20, "symbol-sort-key": ["match", ["get", "look"], "ban", 0, "permit", 1, "soon", 2, 3] },
    paint: { "text-color": ["match", ["get", "look"], ...LOOKS.flatMap((look) => [look, c[look]]), c.text], "text-halo-color": c.halo, "text-halo-width": 1.6, "text-opacity": named ? 1 : 0 },
  };
  return [...made, label];
}

// Which flights lie quietly on the map: small, grey, without words until they are pointed at or picked. Nothing is hidden: the
// table, the counts and the search have them as ever. What may matter is never quiet, and neither is what is not known yet.
import { mercatorX, mercatorY } from "./sky.js";

const NEAR_M = 300; // of a zone or a site: as far as something slow comes in half a minute
const EARTH_M = 40_075_016.686;
const LONE = new Set([null, "reported", "suspected", "refuted"]); // rungs of what one kind of sensor says at most

/** @typedef {import("./sky.js").Track} Track */
/** @typedef {{ west: number, east: number, north: number, south: number }} Bounds Web Mercator, 0 to 1 */

/**
 * Around what nothing is quiet: zones by their outermost places and sites, each with a margin.
 * @param {any[]} zones features @param {import("./under.js").Site[]} sites @returns {Bounds[]}
 */
export function surroundings(zones, sites) {
  const made = zones.map(({ geometry }) => bounds(geometry.coordinates[0], NEAR_M));
  for (const { lon, lat, radius } of sites) made.push(bounds([[lon / 1e7, lat / 1e7]], radius / 1000 + NEAR_M));
  return made;
}

/** @param {number[][]} places longitude, latitude in degrees @param {number} [margin] metres @returns {Bounds} */
export function bounds(places, margin = 0) {
  let west = Infinity, east = -Infinity, north = Infinity, south = -Infinity;
  for (const [lon, lat] of places) {
    const x = mercatorX(lon * 1e7), y = mercatorY(lat * 1e7), wide = margin / (EARTH_M * Math.cos((lat * Math.PI) / 180));
    [west, east, north, south] = [Math.min(west, x - wide), Math.max(east, x + wide), Math.min(north, y - wide), Math.max(south, y + wide)];
  }
  return { west, east, north, south };
}

/**
 * Whether a flight is one of those: no rule holds where it is, nothing says who it is, one kind of sensor alone saw it, it was
 * never the reason of an alarm or an incident, is not bound for a zone or a site, flies with no others, and is near none of
 * `around`; null there: what is around is not known, and nothing is quiet.
 * @param {Track} track @param {Bounds[] | null} around
 */
export function quiet({ about: said, kind, alarmed, x, y }, around) {
  if (kind !== "norule" || alarmed || !said || !around || said.verdict !== "no_rule") return false;
  if (said.identity || !LONE.has(said.rung) || said.alarms.length || said.incidents.length) return false;
  if (said.entryZone || said.site || said.group !== null || said.flags.length) return false;
  return !around.some((each) => x > each.west && x < each.east && y > each.north && y < each.south);
}

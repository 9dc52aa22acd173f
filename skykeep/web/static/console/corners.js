// Corners of a polygon as people type them: a line each, latitude and longitude in degrees.

const PAIR = /^\s*([+-]?\d{1,3}(?:\.\d+)?)\s*[,;\s]\s*([+-]?\d{1,3}(?:\.\d+)?)\s*$/;

/** @typedef {[number, number]} Place longitude, latitude in degrees */

/** @param {string} text @returns {string[]} the lines that say anything, as they were typed */
export const linesOf = (text) => text.split("\n").filter((line) => line.trim());

/** @param {string[]} lines @returns {Place[]} those that can be read */
export function placesOf(lines) {
  return lines.flatMap((line) => {
    const found = PAIR.exec(line);
    return found ? [/** @type {Place} */ ([Number(found[2]), Number(found[1])])] : [];
  });
}

/** @param {string[]} lines @returns {string | undefined} the first that is no place */
export const unread = (lines) => lines.find((line) => !PAIR.test(line));

/** A place as such a line. @param {Place} place */
export const typed = ([lon, lat]) => `${lat.toFixed(6)}, ${lon.toFixed(6)}`;

/** Whether two edges of a way cross each other; what only touches does not. @param {Place[]} way @param {boolean} closed from the last back to the first */
export function crosses(way, closed) {
  const edges = way.map((from, n) => [from, way[(n + 1) % way.length]]).slice(0, closed ? way.length : -1);
  return edges.some(([a, b], n) => edges.slice(n + 1).some(([c, d]) => side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0));
}

/** On which side of a line a place lies. @param {Place} a @param {Place} b @param {Place} place */
const side = (a, b, place) => Math.sign((b[0] - a[0]) * (place[1] - a[1]) - (b[1] - a[1]) * (place[0] - a[0]));

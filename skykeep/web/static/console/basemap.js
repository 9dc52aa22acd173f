// The ground: one style for two themes over any tiles of the Protomaps schema, and the outline of the world below them.
// No address of fonts: text is drawn with the page's own.

export const THEMES = {
  dark: { sea: "#0b1825", land: "#161f29", park: "#18261f", indus: "#1a222c", aero: "#1e2a38", run: "#33435a", bld: "#202c39",
    minor: "#25313e", med: "#2c3a49", major: "#374859", hw: "#44586c", rail: "#2b3743", text: "#8da0b3", halo: "#0d141c", coast: "#2b3947" },
  light: { sea: "#c9dce8", land: "#f4f2ee", park: "#dfeadb", indus: "#ebe8e4", aero: "#e3e4ec", run: "#c3c6d4", bld: "#e2ddd5",
    minor: "#ffffff", med: "#ffffff", major: "#fdf3d8", hw: "#f6dfa8", rail: "#cfcac4", text: "#5a6672", halo: "#ffffff", coast: "#b3c3cd" },
};
const FONT = ["Inter", "Noto Sans", "sans-serif"];
/** @typedef {"dark" | "light"} Theme */
/** @typedef {typeof THEMES.dark} Colours */

/** Colours without any colour, for what is not live. @param {Colours} colours @returns {Colours} */
export function greyed(colours) {
  const grey = (/** @type {string} */ hex) => {
    const [r, g, b] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
    const level = Math.round(0.3 * r + 0.59 * g + 0.11 * b).toString(16).padStart(2, "0");
    return `#${level}${level}${level}`;
  };
  return /** @type {Colours} */ (Object.fromEntries(Object.entries(colours).map(([name, hex]) => [name, grey(hex)])));
}

/** @param {...string} kinds */
const of = (...kinds) => ["in", ["get", "kind"], ["literal", kinds]];

/** @param {string} source @param {Colours} c @returns {any[]} layers over tiles of a city */
function city(source, c) {
  const line = (/** @type {string} */ id, /** @type {string[]} */ kinds, /** @type {string} */ colour, /** @type {number} */ width, minzoom = 0) => ({
    id: `${source}-${id}`, type: "line", source, "source-layer": "roads", filter: of(...kinds), minzoom,
    layout: { "line-cap": "round", "line-join": "round" },
    paint: { "line-color": colour, "line-width": ["interpolate", ["exponential", 1.6], ["zoom"], 9, width * 0.25, 12, width * 0.9, 14, width * 2, 17, width * 9] },
  });
  const fill = (/** @type {string} */ id, /** @type {string} */ layer, /** @type {string} */ colour, /** @type {any} */ filter, minzoom = 0) => ({
    id: `${source}-${id}`, type: "fill", source, "source-layer": layer, filter, minzoom, paint: { "fill-color": colour },
  });
  const area = ["==", ["geometry-type"], "Polygon"];
  return [
    fill("earth", "earth", c.land, area),
    fill("park", "landuse", c.park, of("park", "grass", "forest", "golf_course", "recreation_ground", "cemetery", "garden", "pitch")),
    fill("indus", "landuse", c.indus, of("industrial", "port", "commercial", "military")),
    fill("aero", "landuse", c.aero, ["all", of("aerodrome"), area]),
    fill("water", "water", c.sea, area),
    { id: `${source}-stream`, type: "line", source, "source-layer": "water", filter: ["==", ["geometry-type"], "LineString"], paint: { "line-color": c.sea, "line-width": 1.4 } },
    { id: `${source}-runway`, type: "line", source, "source-layer": "landuse", filter: of("runway"), paint: { "line-color": c.run, "line-width": ["interpolate", ["exponential", 2], ["zoom"], 10, 1, 14, 6, 17, 40] } },
    fill("bld", "buildings", c.bld, area, 14),
    line("path", ["path"], c.minor, 0.4, 14.5), line("service", ["service"], c.minor, 0.5, 13.5), line("minor", ["minor_road"], c.minor, 0.7, 12),
    line("rail", ["rail"], c.rail, 0.7), line("med", ["medium_road"], c.med, 0.9, 10), line("major", ["major_road"], c.major, 1.3), line("hw", ["highway"], c.hw, 1.7),
    text(`${source}-road-name`, source, "roads", of("major_road", "medium_road", "highway"), { minzoom: 14.5 }, { "symbol-placement": "line", "text-size": 11 }, c),
    text(`${source}-suburb`, source, "places", of("suburb", "neighbourhood"), { minzoom: 11 }, { "text-field": ["upcase", ["get", "name"]], "text-size": ["interpolate", ["linear"], ["zoom"], 11, 9, 14, 12], "text-letter-spacing": 0.08, "text-max-width": 7 }, c),
    text(`${source}-city`, source, "places", of("city", "town", "locality"), { maxzoom: 12 }, { "text-size": 15 }, c),
  ];
}

/** @param {string} id @param {string} source @param {string} layer @param {any} filter @param {any} zooms @param {any} layout @param {Colours} c */
function text(id, source, layer, filter, zooms, layout, c) {
  return { id, type: "symbol", source, "source-layer": layer, filter, ...zooms,
    layout: { "text-field": ["get", "name"], "text-font": FONT, ...layout },
    paint: { "text-color": c.text, "text-halo-color": c.halo, "text-halo-width": 1.3, "text-opacity": 0.85 } };
}

/**
 * @param {Colours} c
 * @param {{ tiles: boolean, world: any, town: any }} ground `tiles`: a city is there; `town`: features of the simulated town, or null
 * @returns {any} a style of MapLibre
 */
export function style(c, ground) {
  /** @type {Record<string, any>} */
  const sources = { world: { type: "geojson", data: ground.world, attribution: "Natural Earth" } };
  const layers = [
    { id: "sea", type: "background", paint: { "background-color": c.sea } },
    { id: "world", type: "fill", source: "world", paint: { "fill-color": c.land, "fill-opacity": ["interpolate", ["linear"], ["zoom"], 8, 1, 10, 0.35] } },
    { id: "coast", type: "line", source: "world", maxzoom: 9, paint: { "line-color": c.coast, "line-width": 1 } },
  ];
  if (ground.tiles) {
    sources.city = { type: "vector", url: "pmtiles:///map/city", attribution: "© OpenStreetMap contributors" };
    layers.push(.../** @type {any} */ (city("city", c)));
  }
  if (ground.town) layers.push(.../** @type {any} */ (town(sources, ground.town, c)));
  return { version: 8, sources, layers };
}

/** The simulated town, whose streets are as invented as its flights. @param {Record<string, any>} sources @param {any} features @param {Colours} c */
function town(sources, features, c) {
  sources.town = { type: "geojson", data: features };
  const line = (/** @type {string} */ kind, /** @type {string} */ colour, /** @type {number} */ width) => ({
    id: `town-${kind}`, type: "line", source: "town", filter: ["==", ["get", "kind"], kind], layout: { "line-cap": "round", "line-join": "round" },
    paint: { "line-color": colour, "line-width": ["interpolate", ["exponential", 1.6], ["zoom"], 9, width * 0.25, 12, width * 0.9, 14, width * 2, 17, width * 9] },
  });
  const fill = (/** @type {string} */ kind, /** @type {string} */ colour) => ({ id: `town-${kind}`, type: "fill", source: "town", filter: ["==", ["get", "kind"], kind], paint: { "fill-color": colour } });
  return [
    fill("earth", c.land), fill("park", c.park), fill("port", c.indus), fill("water", c.sea),
    line("minor_road", c.minor, 0.7), line("medium_road", c.med, 0.9), line("major_road", c.major, 1.3), line("highway", c.hw, 1.7),
    { id: "town-suburb", type: "symbol", source: "town", minzoom: 11, filter: ["==", ["get", "kind"], "suburb"],
      layout: { "text-field": ["upcase", ["get", "name"]], "text-font": FONT, "text-size": ["interpolate", ["linear"], ["zoom"], 11, 9, 14, 12], "text-letter-spacing": 0.08, "text-max-width": 7 },
      paint: { "text-color": c.text, "text-halo-color": c.halo, "text-halo-width": 1.3, "text-opacity": 0.85 } },
  ];
}

/** Coast lines out of TopoJSON (world-atlas). @param {any} topology @returns {any} GeoJSON */
export function worldOf(topology) {
  const { scale: [sx, sy], translate: [tx, ty] } = topology.transform;
  const arcs = topology.arcs.map((/** @type {number[][]} */ arc) => {
    let x = 0, y = 0;
    return arc.map(([dx, dy]) => [(x += dx) * sx + tx, (y += dy) * sy + ty]);
  });
  const ring = (/** @type {number[]} */ numbers) => numbers.flatMap((n) => (n < 0 ? [...arcs[~n]].reverse() : arcs[n]));
  const polygons = topology.objects.land.geometries.flatMap((/** @type {any} */ each) => (each.type === "Polygon" ? [each.arcs] : each.arcs));
  return { type: "Feature", properties: {}, geometry: { type: "MultiPolygon", coordinates: polygons.map((/** @type {any} */ rings) => rings.map(ring)) } };
}

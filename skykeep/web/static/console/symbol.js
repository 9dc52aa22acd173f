// Symbols of tracks in running text: the same shapes that the map draws.
import { html } from "./dom.js";

const HOW = { fill: "s-fill", line: "s-line", solid: "s-solid", mark: "s-mark", dot: "s-markdot" };

/** @param {{ shapes: import("./sprites.js").Shapes, kind: string, size?: number }} properties */
export function Symbol({ shapes, kind, size = 18 }) {
  const paths = (shapes[kind] ?? shapes.norule).map(([path, how]) => html`<path d=${path} class=${HOW[/** @type {"fill"} */ (how)]} />`);
  return html`<svg class=${`ic ${kind}`} width=${size} height=${size} viewBox="-13 -13 26 26" aria-hidden="true">${paths}</svg>`;
}

// The map on paper. A browser prints no WebGL and no canvas that another thread paints, so a picture of what is seen takes
// their place, as it stood when printing began, with its day: paper never looks live. Paper is light: a dark picture is turned,
// lightness alone, for there is no time to draw it anew.
import { byId } from "./dom.js";
import * as theme from "./theme.js";
import * as units from "./units.js";
import { t } from "./words.js";

/** @typedef {import("./chart.js").Chart} Chart */

/** Have a picture of the map ready whenever the page is printed. @param {Chart} app */
export function printable(app) {
  const gone = () => byId("map").querySelector("#printed")?.remove();
  addEventListener("beforeprint", () => {
    gone();
    if (app.map) byId("map").append(pictured(app.map, app.freshness.serverNow()));
  });
  addEventListener("afterprint", gone);
}

/** Ground, zones, what lies around and flights in one picture, and when that was. @param {import("./mapview.js").MapView} view @param {number} now */
function pictured(view, now) {
  const made = document.createElement("figure"), said = document.createElement("figcaption"), shown = new Image();
  made.id = "printed";
  made.classList.toggle("turned", theme.now() === "dark");
  shown.alt = "";
  shown.src = merged(view).toDataURL(); // a canvas is printed smaller than it is
  said.textContent = t("As it stood on {day} at {time} UTC; what is printed is not live.", { day: units.day(now), time: units.utc(now) });
  made.append(shown, said);
  return made;
}

/** @param {import("./mapview.js").MapView} view @returns {HTMLCanvasElement} */
function merged(view) {
  view.redraw(); // at once: what WebGL drew is gone after its frame
  const { left, top, width, height } = view.container.getBoundingClientRect(), ratio = Math.min(2, devicePixelRatio || 1);
  const made = Object.assign(document.createElement("canvas"), { width: Math.round(width * ratio), height: Math.round(height * ratio) });
  const pen = /** @type {CanvasRenderingContext2D} */ (made.getContext("2d"));
  pen.scale(ratio, ratio);
  for (const each of byId("map").querySelectorAll("canvas")) {
    const box = each.getBoundingClientRect();
    if (box.width && each.width) pen.drawImage(each, box.left - left, box.top - top, box.width, box.height);
  }
  return made;
}

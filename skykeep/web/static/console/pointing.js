// Mouse, touch and keyboard on the map: what is pointed at, what is picked, and the buttons that stand on it.
import { byId } from "./dom.js";

const MOVED_PX = 5;

export class Pointing {
  /** @param {import("./chart.js").Chart} app */
  constructor(app) {
    this.app = app;
    /** @type {number | null} */
    this.hovered = null;
    this.downAt = [0, 0];
  }

  /** @param {import("./mapview.js").MapView} map */
  listen(map) {
    const at = (/** @type {MouseEvent} */ event) => {
      const box = map.container.getBoundingClientRect();
      return /** @type {[number, number]} */ ([event.clientX - box.left, event.clientY - box.top]);
    };
    const place = byId("map");
    place.addEventListener("pointerdown", (event) => (this.downAt = at(event)));
    place.addEventListener("click", (event) => {
      const [x, y] = at(event);
      const moved = Math.hypot(x - this.downAt[0], y - this.downAt[1]) > MOVED_PX;
      if (moved || !(event.target instanceof HTMLCanvasElement)) return;
      const there = map.at(x, y), track = this.app.painter.pick(x, y);
      if (event.detail > 1 && this.app.draws()) return; // the second half of a double click, which ends what is drawn
      if (this.app.placed(there)) return;
      if (track || this.app.ui.selected !== null) this.app.select(track?.id ?? null);
    });
    place.addEventListener("dblclick", (event) => {
      if (!this.app.draws()) return;
      event.stopPropagation(); // the map does not come closer
      this.app.drew();
    }, { capture: true });
    place.addEventListener("pointermove", (event) => this.hover(event.buttons ? null : this.app.painter.pick(...at(event))));
    place.addEventListener("pointerleave", () => this.hover(null));
    byId("in").addEventListener("click", () => map.zoomBy(1));
    byId("out").addEventListener("click", () => map.zoomBy(-1));
    byId("fit").addEventListener("click", () => this.app.fit(true));
    for (const button of document.querySelectorAll("[data-to]")) {
      button.addEventListener("click", () => (byId("console").dataset.tab = button.getAttribute("data-to") ?? "map"));
    }
  }

  /** @param {import("./sky.js").Track | null} track */
  hover(track) {
    const id = track?.id ?? null;
    if (id === this.hovered) return;
    this.hovered = id;
    byId("map").classList.toggle("points", id !== null);
    this.app.later();
  }
}

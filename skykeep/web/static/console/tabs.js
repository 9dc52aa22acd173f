// The tabs of the header: those that find no room are reached by a menu, and none is cut. The one of this screen stays.
import { byId } from "./dom.js";

/** Fold tabs away whenever there is less room than they take. */
export function fold() {
  const row = /** @type {HTMLElement} */ (document.querySelector(".tabs")), more = byId("more-tabs");
  const fit = () => {
    const tabs = /** @type {HTMLElement[]} */ ([...row.children]);
    for (const each of tabs) each.hidden = false;
    more.hidden = true;
    if (row.scrollWidth <= row.clientWidth) return;
    more.hidden = false;
    for (const each of tabs.reverse()) {
      if (row.scrollWidth <= row.clientWidth) return;
      each.hidden = !each.hasAttribute("aria-current");
    }
  };
  const room = new ResizeObserver(fit);
  for (const each of document.querySelectorAll(".top, #top, #simulated")) room.observe(each);
  void document.fonts.ready.then(fit);
}

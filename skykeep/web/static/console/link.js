// Where frames come from: one stream that all tabs share, or, where a browser has no SharedWorker, one of our own.
import { Stream, streamOf } from "./stream.js";

/** @typedef {{ again: () => void, shared: boolean }} Following */

/**
 * @param {string} person who looks: another person in the same browser has a stream of their own
 * @param {(event: string, data: string) => void} onTold
 * @param {(link: import("./stream.js").Link) => void} onLink
 * @returns {Following}
 */
export function follow(person, onTold, onLink) {
  if (typeof SharedWorker === "undefined" || new URLSearchParams(location.search).has("alone")) {
    return alone(person, onTold, onLink);
  }
  const worker = new SharedWorker("/static/console/sharedstream.js", { type: "module", name: `skykeep ${person}` });
  let told = false, ownStream = /** @type {Following | null} */ (null);
  const goAlone = () => {
    if (!told && !ownStream) ownStream = alone(person, onTold, onLink);
  };
  worker.onerror = goAlone;
  setTimeout(goAlone, 3_000);
  worker.port.onmessage = (event) => {
    told = true;
    if (ownStream) return;
    if (event.data.link) onLink(event.data.link);
    if (event.data.told) onTold(event.data.told.event, event.data.told.data);
  };
  addEventListener("pagehide", () => worker.port.postMessage("bye"));
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
  return { shared: true, again: () => (ownStream ? ownStream.again() : worker.port.postMessage("again")) };
}

/**
 * @param {string} person
 * @param {(event: string, data: string) => void} onTold
 * @param {(link: import("./stream.js").Link) => void} onLink
 * @returns {Following}
 */
function alone(person, onTold, onLink) {
  const stream = new Stream(streamOf(person), (told) => onTold(told.event, told.data), onLink);
  stream.run();
  return { shared: false, again: () => stream.again() };
}

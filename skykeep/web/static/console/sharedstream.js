// One stream for all tabs of a browser: a SharedWorker that follows the station, keeps what stands, and gives a tab that
// comes later all of it as a snapshot of its own. Age is not its business: each tab measures that for itself.
import { Kept } from "./kept.js";
import { Stream, streamOf } from "./stream.js";

const kept = new Kept();
/** @type {Set<MessagePort>} */
const ports = new Set();
/** @type {import("./stream.js").Link} */
let link = { open: false, tries: 0, status: 0 };

/** @param {any} message */
function tellAll(message) {
  for (const port of ports) port.postMessage(message);
}

const stream = new Stream(
  streamOf(/** @type {any} */ (globalThis).name.slice("skykeep ".length)),
  (told) => {
    kept.take(told);
    tellAll({ told: { event: told.event, data: told.data } });
  },
  (now) => {
    link = now;
    if (now.status === 401 || now.status === 403) kept.clear();
    tellAll({ link });
  },
);

/** @type {any} */ (globalThis).onconnect = (/** @type {MessageEvent} */ event) => {
  const port = event.ports[0];
  ports.add(port);
  port.onmessage = (/** @type {MessageEvent} */ said) => {
    if (said.data === "bye") ports.delete(port);
    if (said.data === "again") stream.again();
  };
  port.postMessage({ link });
  if (kept.whole) port.postMessage({ told: { event: "snapshot", data: JSON.stringify(kept.snapshot()) } });
  if (ports.size === 1) stream.wake?.();
};
stream.run();

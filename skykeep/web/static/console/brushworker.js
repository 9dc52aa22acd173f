// The worker that makes pictures of flights: a sheet of strokes comes, a picture goes back.
import { Brush } from "./brush.js";

const brush = new Brush(), page = /** @type {any} */ (globalThis);

page.onmessage = (/** @type {MessageEvent<import("./strokes.js").Sheet>} */ said) => {
  const picture = brush.picture(said.data);
  page.postMessage(picture, [picture]);
};

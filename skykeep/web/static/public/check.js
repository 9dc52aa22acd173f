// What a script adds to the check of a permit: its code is read with the camera. Where the browser reads no codes, or has no
// camera, there is no button for it.

const AGAIN_MS = 150;
const PREFIX = "SKP1:";
/** @typedef {{ detect: (of: HTMLVideoElement) => Promise<{ rawValue: string }[]> }} Detector */
const Able = /** @type {(new (terms: { formats: string[] }) => Detector) & { getSupportedFormats: () => Promise<string[]> } | undefined} */ (/** @type {any} */ (globalThis).BarcodeDetector);

const scan = /** @type {HTMLButtonElement} */ (document.getElementById("scan"));
const seen = /** @type {HTMLVideoElement} */ (document.getElementById("seen"));
const said = /** @type {HTMLElement} */ (document.getElementById("scansaid"));
const code = /** @type {HTMLTextAreaElement} */ (document.getElementById("code"));

/** Look until a code is seen, then check it. @param {Detector} detector @param {MediaStream} stream */
async function look(detector, stream) {
  const found = await detector.detect(seen).catch(() => []); // no picture yet
  const read = found.find((each) => each.rawValue.startsWith(PREFIX));
  if (!read) return void setTimeout(() => void look(detector, stream), AGAIN_MS);
  for (const track of stream.getTracks()) track.stop();
  code.value = read.rawValue;
  code.form?.requestSubmit();
}

async function begin() {
  if (!Able) return;
  scan.disabled = true;
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    seen.srcObject = stream;
    seen.hidden = false;
    await seen.play();
    said.textContent = said.dataset.looking ?? "";
    void look(new Able({ formats: ["qr_code"] }), stream);
  } catch {
    seen.hidden = true;
    scan.disabled = false;
    said.textContent = said.dataset.denied ?? "";
  }
}

const formats = navigator.mediaDevices ? await Able?.getSupportedFormats().catch(() => []) : [];
scan.hidden = !formats?.includes("qr_code");
scan.addEventListener("click", () => void begin());
export {}; // it waits above, as modules may

// A zone file on its way to the station: how much of it is sent, and why it was not taken. Without a script the form does it.
import { byId } from "./dom.js";
import { t } from "./words.js";

/** @param {HTMLFormElement} form */
export function sends(form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const file = /** @type {HTMLInputElement} */ (form.elements.namedItem("file")).files?.[0], most = Number(form.dataset.most);
    if (file && file.size > most) return tell(t("The file has {size} MB; this station takes {most} MB. Split it.", { size: Math.ceil(file.size / 1e6), most: Math.floor(most / 1e6) }));
    send(form);
  });
}

/** @param {string} words */
function tell(words) {
  byId("going").hidden = false;
  byId("progress").hidden = true;
  byId("sent").textContent = words;
}

/** @param {HTMLFormElement} form */
function send(form) {
  const request = new XMLHttpRequest(), bar = /** @type {HTMLProgressElement} */ (byId("progress"));
  byId("going").hidden = bar.hidden = false;
  byId("sent").textContent = t("Sending…");
  request.upload.addEventListener("progress", (event) => {
    bar.value = event.lengthComputable ? (100 * event.loaded) / event.total : 0;
    byId("sent").textContent = event.loaded < event.total ? t("{n} % sent", { n: Math.floor(bar.value) }) : t("Sent. The station reads it…");
  });
  request.addEventListener("load", () => {
    if (request.status === 200 && new URL(request.responseURL).pathname.startsWith("/zones/drafts/")) return location.assign(request.responseURL);
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    tell(page.querySelector(".said")?.textContent ?? page.querySelector("main")?.textContent?.trim() ?? t("It was not taken ({status}).", { status: request.status }));
    const key = /** @type {HTMLInputElement} */ (form.elements.namedItem("once")); // another try is another act
    key.value = /** @type {HTMLInputElement | null} */ (page.querySelector("input[name=once]"))?.value ?? key.value;
  });
  request.addEventListener("error", () => tell(t("The station was not reached: nothing is known to have been done.")));
  request.open("POST", form.action);
  request.send(new FormData(form));
}

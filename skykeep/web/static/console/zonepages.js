// The pages of zones with a script: their map, drawing on it, what a zone would do shown at once, a file's progress.
import { byId } from "./dom.js";
import * as units from "./units.js";
import { t, speak } from "./words.js";
import { Drawing } from "./zonedraw.js";
import { sends } from "./zonefile.js";
import { ZoneMap } from "./zonemap.js";

const SIGNED_OUT = 401;
const upload = document.getElementById("upload"), form = document.getElementById("zone");
/** @type {import("./zonemap.js").Told} without a map, only what is needed to speak */
const told = JSON.parse((document.getElementById("map-data") ?? byId("told")).textContent ?? "{}");
speak(told.words, told.lang);
units.follow(told.units);
if (upload instanceof HTMLFormElement) sends(upload);
if (told.ground) void begin(told);

/** @param {import("./zonemap.js").Told} told */
async function begin(told) {
  const view = new ZoneMap(told);
  /** @type {any} */ (globalThis).zonemap = view;
  byId("zonemap").setAttribute("aria-busy", "true");
  try {
    await view.start();
    if (told.edits && form instanceof HTMLFormElement) draws(view, form);
  } catch (error) {
    byId("nogl").hidden = false;
    byId("nogl").textContent = t("The map cannot be drawn: {why}", { why: String(error) });
  }
  byId("zonemap").setAttribute("aria-busy", "false");
}

/** From now on the map and the fields of the form say the same. @param {ZoneMap} view @param {HTMLFormElement} form */
function draws(view, form) {
  const drawing = new Drawing(view, form);
  drawing.listen();
  if (view.drawn?.shape.length) view.fit(true);
  form.addEventListener("submit", (event) => {
    const button = /** @type {HTMLButtonElement | null} */ (/** @type {SubmitEvent} */ (event).submitter);
    if (button?.value !== "look") return;
    event.preventDefault();
    void look(form, view);
  });
}

/** What was typed stands in the form: it only has to be asked again. @param {HTMLElement} told */
function signedOut(told) {
  const link = Object.assign(document.createElement("a"), { href: "/sign-in?target=/signed-in", target: "_blank", rel: "noopener", textContent: t("Sign in") });
  told.setAttribute("role", "alert");
  told.replaceChildren(t("You are signed out. What you typed stands in the form: sign in beside it, then ask again."), " ", link);
}

/** Show what the zone would do without leaving the page. @param {HTMLFormElement} form @param {ZoneMap} view */
async function look(form, view) {
  const sent = new URLSearchParams(/** @type {any} */ (new FormData(form)));
  sent.set("do", "look");
  const shown = byId("weighed"), told = document.createElement("p");
  told.className = "said";
  told.setAttribute("role", "status");
  told.textContent = t("The station weighs it…");
  shown.replaceChildren(told);
  const answer = await fetch(form.action, { method: "POST", body: sent }).catch(() => null);
  const since = new URLSearchParams(/** @type {any} */ (new FormData(form)));
  since.set("do", "look");
  if (since.toString() !== sent.toString()) {
    told.textContent = t("The form has changed: what it would do must be asked for again.");
    return;
  }
  const page = new DOMParser().parseFromString((await answer?.text()) ?? "", "text/html");
  const effect = page.getElementById("weighed"), wrong = page.querySelector(".said")?.textContent;
  if (answer?.status === SIGNED_OUT) return signedOut(told);
  if (!effect?.children.length) {
    told.setAttribute("role", "alert");
    told.textContent = wrong ?? (answer ? t("The station said no ({status}).", { status: answer.status }) : t("The station was not reached: nothing is known to have been done."));
    return;
  }
  shown.replaceChildren(...effect.children);
  delete shown.dataset.outdated;
  const data = JSON.parse(page.getElementById("map-data")?.textContent ?? "{}");
  view.told.tracks = data.tracks ?? [];
  view.paint();
  byId("effect").focus();
}

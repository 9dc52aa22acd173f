// The button "Tell this device": asks the browser for a subscription, and gives it to the station.
import { problem, speak, t } from "/static/console/words.js";

const told = JSON.parse(document.querySelector("#words").textContent);
speak(told.words, told.lang);

const said = document.querySelector("#said");
const button = document.querySelector("#tell");

async function subscribe() {
  if (!("serviceWorker" in navigator) || !("PushManager" in window)) throw new Error(t("This browser has no Web Push."));
  if ((await Notification.requestPermission()) !== "granted") throw new Error(t("The browser was not allowed to show it."));
  await navigator.serviceWorker.register("/notify/worker.js", { scope: "/" });
  const worker = await navigator.serviceWorker.ready;
  const old = await worker.pushManager.getSubscription();
  if (old) await old.unsubscribe();
  const made = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: button.dataset.key });
  const priority = Number(document.querySelector("#priority").value);
  const answer = await fetch("/notify/devices", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ subscription: made.toJSON(), priority_max: priority }),
  });
  if (!answer.ok) throw new Error(problem(await answer.json()));
}

button?.addEventListener("click", async () => {
  button.disabled = true;
  said.textContent = "…";
  try {
    await subscribe();
    location.reload();
  } catch (error) {
    said.textContent = error.message;
    button.disabled = false;
  }
});

// What an officer does with alarms and incidents: each is one act, sent by `acts.js`; the screen changes with the stream.
import { NEW } from "./alarms.js";
import { t } from "./words.js";

export class Deeds {
  /** @param {import("./live.js").Console} app */
  constructor(app) {
    this.app = app;
  }

  /** @param {import("./rows.js").Alarm} alarm */
  acknowledge(alarm) {
    if (!NEW.has(alarm.state) || !this.app.connected() || !this.app.told.may["alarm.ack"] || this.app.acts.of(`alarm ${alarm.id}`)?.state === "sending") return;
    const seen = `${alarm.id}-${alarm.seen}`;
    void this.app.acts.send(`alarm ${alarm.id}`, `/alarms/${alarm.id}/ack`, null, { seen, key: `ack-${seen}`, done: t("Alarm {n} is acknowledged.", { n: alarm.id }) });
  }

  /** @param {import("./rows.js").Alarm} alarm @param {string} reason @param {number} minutes */
  shelve(alarm, reason, minutes) {
    this.app.ui.form = null;
    void this.app.acts.send(`alarm ${alarm.id}`, `/alarms/${alarm.id}/shelve`, { reason, minutes }, { seen: `${alarm.id}-${alarm.seen}`, done: t("Alarm {n} is shelved for {m} min.", { n: alarm.id, m: minutes }) });
  }

  /** @param {import("./rows.js").Alarm} alarm */
  unshelve(alarm) {
    void this.app.acts.send(`alarm ${alarm.id}`, `/alarms/${alarm.id}/unshelve`, null, { seen: `${alarm.id}-${alarm.seen}`, done: t("Alarm {n} is back.", { n: alarm.id }) });
  }

  /** @param {import("./rows.js").Alarm} alarm @param {string} reason */
  escalate(alarm, reason) {
    const incident = this.app.sky.incidents.get(alarm.incident ?? -1);
    if (incident) void this.doIncident(incident, "escalate", reason, `alarm ${alarm.id}`);
  }

  /** @param {import("./rows.js").Incident} now @param {string} deed @param {string} words @param {string} [about] @returns {Promise<boolean>} */
  doIncident(now, deed, words, about = `incident ${now.id}`) {
    this.app.ui.form = null;
    const body = deed === "note" ? { words } : deed === "hand_over" ? { to_person: words.trim() } : { reason: words };
    const terms = { done: t("It stands in the record of incident {n}.", { n: now.id }), ...(deed === "note" ? {} : { seen: `${now.id}-${now.seen}` }) };
    return this.app.acts.send(about, `/incidents/${now.id}/${deed.replace("_", "-")}`, body, terms);
  }

  /** @param {number} track @param {string} reason */
  openIncident(track, reason) {
    this.app.ui.form = null;
    void this.app.acts.send(`track ${track}`, "/incidents", { reason, track_id: track }, { done: t("The incident is open.") });
  }
}

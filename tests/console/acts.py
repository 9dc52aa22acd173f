"""Every act that a page offers, as a table: where its button stands, what it becomes in the record, what presses it.

A button for an act is a row here and a function in `pressing`: tests/house/test_acts_of_pages.py reads the pages and the
scripts and asks for it, and tests/console/test_acts.py presses each at a station that runs.
"""

from typing import NamedTuple


class Act(NamedTuple):
    """One act of one page."""

    where: str  # the template, script or module that it stands in
    address: str  # to which it goes, as it is written there; what differs from one to the other is {}
    action: str  # of rules.powers.TABLE: what the trail calls it
    press: str  # the function of `pressing`
    fact: str = "ActDone"  # the kind that the record holds then; "": it holds nothing of it, and `press` looks itself


ACTS = (
    # alarms and incidents, beside the map and on a phone
    Act("console/deeds.js", "/alarms/{}/ack", "alarm.ack", "acknowledge", "AlarmActed"),
    Act("console/deeds.js", "/alarms/{}/shelve", "alarm.shelve", "shelve", "AlarmActed"),
    Act("console/deeds.js", "/alarms/{}/unshelve", "alarm.unshelve", "bring_back", "AlarmActed"),
    Act("console/deeds.js", "/incidents", "incident.open", "open_incident", "IncidentActed"),
    Act("console/deeds.js", "/incidents/{}/{}", "incident.note", "note", "IncidentActed"),
    Act("console/deeds.js", "/incidents/{}/{}", "incident.hand_over", "hand_over", "IncidentActed"),
    Act("console/deeds.js", "/incidents/{}/{}", "incident.escalate", "escalate", "IncidentActed"),
    Act("console/deeds.js", "/incidents/{}/{}", "incident.close", "close", "IncidentActed"),
    Act("console/deeds.js", "/incidents/{}/{}", "incident.reopen", "reopen", "IncidentActed"),
    Act("console/checklist.js", "/incidents/{}/note", "incident.note", "tick_a_step", "IncidentActed"),
    Act("console/operators.js", "/tracks/{}/reveal", "identity.reveal", "reveal"),
    Act("console/marks.js", "/incidents/{}/note", "incident.note", "note_a_bookmark", "IncidentActed"),
    Act("incident.html", "/i/{}/ack", "incident.ack", "acknowledge_on_a_phone", "IncidentActed"),
    Act("incident.html", "/i/{}/note", "incident.note", "note_on_a_phone", "IncidentActed"),
    # zones
    Act("console/emergency.js", "/zones/emergency?preview=true", "zone.emergency", "weigh_an_emergency", ""),
    Act("console/emergency.js", "/zones/emergency", "zone.emergency", "call_an_emergency", "ZoneEnacted"),
    Act("console/emergency.js", "/zones/emergency", "zone.emergency", "draw_an_emergency", "ZoneEnacted"),
    Act("console/emergency.js", "/zones/{}/{}", "zone.confirm", "confirm_on_the_map", "ZoneEnacted"),
    Act("console/emergency.js", "/zones/{}/{}", "zone.lift", "lift_on_the_map", "ZoneWithdrawn"),
    Act("zone.html", "/zones/confirm", "zone.confirm", "confirm", "ZoneEnacted"),
    Act("zone.html", "/zones/lift", "zone.lift", "lift", "ZoneWithdrawn"),
    Act("zone.html", "/zones/withdraw", "zone.withdraw", "withdraw", "ZoneWithdrawn"),
    Act("zone_new.html", "/zones/draw", "zone.draft", "draw"),
    Act("zone_import.html", "/zones/read", "zone.draft", "import_a_file"),
    Act("zone_draft.html", "/zones/drafts/{}/propose", "zone.propose", "propose"),
    Act("zone_draft.html", "/zones/drafts/{}/publish", "zone.publish", "publish", "ZoneEnacted"),
    Act("zone_draft.html", "/zones/drafts/{}/refuse", "zone.discard", "refuse_a_draft"),
    # permits
    Act("apply.html", "/permits/apply", "permit.apply", "fill_in", ""),
    Act("apply_check.html", "/permits/apply", "permit.apply", "apply"),
    Act("permits.html", "/permits/{}/{}", "permit.ask", "ask_for_more"),
    Act("permits.html", "/permits/{}/{}", "permit.offer", "offer_something_else"),
    Act("permits.html", "/permits/{}/{}", "permit.recommend", "recommend"),
    Act("permits.html", "/permits/{}/{}", "permit.grant", "grant", "PermitEnacted"),
    Act("permits.html", "/permits/{}/{}", "permit.refuse", "refuse_a_permit"),
    Act("permits.html", "/permits/{}/{}", "permit.revoke", "revoke", "PermitRevoked"),
    Act("permits.html", "/permits/{}/{}", "permit.code", "show_the_code"),
    Act("check.html", "/check", "credential.check", "check_a_code", ""),
    # accounts, devices, keys
    Act("users.html", "/users/people", "person.enrol", "enrol_a_person"),
    Act("user.html", "/users/people/{}/change", "person.change", "change_powers"),
    Act("user.html", "/users/people/{}/invite", "person.change", "invite_again"),
    Act("user.html", "/users/people/{}/sign-out", "person.change", "sign_somebody_out"),
    Act("user.html", "/users/people/{}/reset-second-factor", "factor.reset", "forget_a_factor"),
    Act("user.html", "/users/people/{}/dismiss", "person.dismiss", "dismiss"),
    Act("users.html", "/users/tokens", "token.make", "make_a_token"),
    Act("_accounts.html", "/users/tokens/{}/withdraw", "token.withdraw", "withdraw_a_token"),
    Act("_accounts.html", "/users/devices", "device.enrol", "prepare_a_phone"),
    Act("_accounts.html", "/users/devices/{}/withdraw", "device.withdraw", "withdraw_a_phone"),
    Act("_accounts.html", "/users/sessions/{}/end", "session.end", "end_a_session", ""),
    Act("users.html", "/users/sensor-keys", "sensor.key", "make_a_key"),
    Act("users.html", "/users/sensor-keys/withdraw", "sensor.withdraw", "end_keys"),
    Act("notify.js", "/notify/devices", "notify.subscribe", "tell_this_device"),
    Act("notify.html", "/notify/devices/{}/remove", "notify.subscribe", "take_a_device_away"),
    # the entrance
    Act("sign_in.py", "/sign-in", "session.begin", "sign_in", ""),
    Act("second_step.py", "/sign-in/code", "session.begin", "sign_in_with_a_code", ""),
    Act("sign_in.py", "/welcome", "password.change", "be_welcome"),
    Act("sign_in.py", "/enrol", "session.begin", "enrol_a_phone", ""),
    Act("sign_in.py", "/password", "password.change", "change_the_password"),
    Act("second_factor.py", "/second-factor", "factor.remove", "remove_the_factor"),
    Act("second_factor.py", "/second-factor/confirm", "factor.enrol", "enrol_a_factor"),
    Act("base.html", "/sign-out", "session.begin", "sign_out", ""),
    Act("live.html", "/sign-out", "session.begin", "sign_out_of_the_map", ""),
    Act("replay.html", "/sign-out", "session.begin", "sign_out_of_the_replay", ""),
    Act("incident.html", "/sign-out", "session.begin", "sign_out_of_an_incident", ""),
    Act("notify.html", "/sign-out", "session.begin", "sign_out_of_notifications", ""),
    Act("entrance.html", "/sign-out", "session.begin", "sign_out_of_the_entrance", ""),
    # the record, the public
    Act("audit.html", "/audit/verify", "record.verify", "verify"),
    Act("sighting.html", "/report-a-drone", "sighting.report", "report_a_drone", "DroneSighted"),
)

ON_NO_PAGE = {
    "alarm.remove": "out of service is for who maintains a station: by the interface",
    "alarm.restore": "the same",
    "incident.merge": "by the interface",
    "incident.release": "by the interface and `skykeep`",
    "record.erase": "by the interface and `skykeep erase`: it cannot be undone",
    "backup.make": "by the interface and `skykeep backup`",
    "sensor.push": "sensors do it",
    "session.lock": "wrong passwords do it",
}
"""Acts that no page offers, and who does them instead."""

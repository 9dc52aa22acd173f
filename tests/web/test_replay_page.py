"""Which part of the past a replay shows, what happened in it line by line, and as whom it is told."""

import pytest

from skykeep.errors import Malformed
from skykeep.station.config import Config
from skykeep.station.keeping.config import RetentionConfig
from skykeep.views import livemodels as models
from skykeep.web import happened, replay_page, replay_span
from skykeep.web.problems import Failed
from tests.console import pasts

HOUR = 3_600_000
NOW = 1_790_000_000_000
FIRST = NOW - 48 * HOUR


class Site:
    """What a span is asked of: a record of two days, one incident an hour ago."""

    now_ns, config = NOW * 10**6, Config(retention=RetentionConfig(names_h=24.0))

    @property
    def seen(self):
        return self

    def first_ns(self):
        return FIRST * 10**6

    def incident(self, number):
        began_ns = (NOW - HOUR) * 10**6
        made = models.IncidentNow(incident_id=3, opened_ns=began_ns, t_ns=began_ns + 5 * 10**9, state="closed")
        return made if number == 3 else None

    def track(self, _number):
        return None


def span(**said):
    return replay_span.span_of(Site(), replay_span.wanted(**said))


@pytest.mark.requirement("REPLAY-2")
@pytest.mark.parametrize(
    ("said", "ends", "told", "refused"),
    [
        ({}, (NOW - 600_000, NOW), (), ""),
        ({"incident": "3"}, (NOW - HOUR - 120_000, NOW - HOUR + 65_000), (), ""),
        ({"from": str(NOW - 2 * HOUR)}, (NOW - 2 * HOUR, NOW - 2 * HOUR + 600_000), (), ""),
        ({"from": str(NOW - 1000), "until": str(NOW + HOUR)}, (NOW - 1000, NOW), ("not_yet",), ""),
        ({"from": str(NOW + HOUR)}, (NOW - 600_000, NOW), (), "future"),
        ({"from": "0", "until": "1000"}, (NOW - 600_000, NOW), (), "before_record"),
        ({"from": str(NOW - 20 * HOUR), "until": str(NOW)}, (NOW - 20 * HOUR, NOW - 14 * HOUR), ("too_long",), ""),
        ({"from": str(FIRST - HOUR), "until": str(FIRST + HOUR)}, (FIRST, FIRST + HOUR), ("before_record", "names_erased"), ""),
    ],
)  # fmt: skip
def test_a_span_is_what_was_asked_within_what_there_is(said, ends, told, refused):
    found = span(**said)
    assert ((found.from_ms, found.until_ms), found.told, found.refused) == (ends, told, refused)
    assert found.from_ms <= found.at_ms <= found.until_ms


@pytest.mark.requirement("REPLAY-3")
def test_the_playhead_stands_where_it_was_shared_and_a_long_span_keeps_it():
    at = NOW - 5 * HOUR
    found = span(**{"from": str(NOW - 20 * HOUR), "until": str(NOW), "at": str(at)})
    assert found.at_ms == at
    assert found.until_ms - found.from_ms == replay_span.SPAN_MAX_MS
    assert span(incident="3").at_ms == NOW - HOUR - 10_000


def test_what_is_shown_unasked_begins_with_the_record(monkeypatch):
    monkeypatch.setattr(Site, "first_ns", lambda _: (NOW - 90_000) * 10**6)
    assert (span().from_ms, span().until_ms, span().told) == (NOW - 90_000, NOW, ())


@pytest.mark.parametrize(("said", "picked"), [({"alarm": "5"}, 7), ({"alarm": "5", "track": "2"}, 2), ({}, None)])
def test_an_alarm_is_replayed_with_its_flight_picked(monkeypatch, said, picked):
    alarm = models.AlarmNow(alarm_id=5, track_id=7)
    monkeypatch.setattr(Site, "alarm", lambda _, number: alarm if number == 5 else None, raising=False)
    assert replay_page.meant(Site(), replay_span.wanted(**said)) == picked


@pytest.mark.parametrize(
    ("text", "ms"),
    [("", None), ("1790000000000", NOW), ("2026-09-21T14:13:20Z", NOW), ("2026-09-21T14:13:20", NOW),
     ("2026-09-21T16:13:20.000+02:00", NOW), ("9" * 15, replay_span.MS_MAX)],
)  # fmt: skip
def test_moments_are_read(text, ms):
    assert replay_span.moment_ms(text) == ms


@pytest.mark.parametrize(
    "said", [{"from": "soon"}, {"at": "١"}, {"track": "-1"}, {"incident": "1e3"}, {"until": "9" * 40}]
)
def test_what_means_nothing_is_refused(said):
    with pytest.raises(Malformed):
        replay_span.wanted(**said)


def test_what_is_not_there_and_what_ends_before_it_begins_are_refused():
    with pytest.raises(Failed, match="incident 4"):
        span(incident="4")
    with pytest.raises(Failed, match="track 1"):
        span(track="1")
    with pytest.raises(Malformed):
        span(**{"from": str(NOW), "until": str(NOW - 1)})


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    folder = tmp_path_factory.mktemp("past")
    return folder, pasts.make(folder, NOW * 10**6)[0]


def lines(record, after_s, until_s):
    folder, began_ms = record
    found = happened.happened(
        folder / "record", folder / "views.db", named=True,
        after_ms=began_ms + after_s * 1000 - 1, until_ms=began_ms + until_s * 1000,
    )  # fmt: skip
    return found, [((each.t_ms - began_ms) // 1000, each.kind, each.what) for each in found.lines]


@pytest.mark.requirement("REPLAY-2")
def test_what_happened_is_told_in_order_and_each_thing_once(record):
    _, told = lines(record, 0, pasts.LONG_S)
    assert told[0] == (0, "run", "began")
    assert told == sorted(told, key=lambda each: each[0])
    assert [each for each in told if pasts.ENTERS_S <= each[0] <= pasts.CLOSED_S] == [
        (pasts.ENTERS_S, "verdict", "not_permitted"),
        (pasts.ALARM_S, "alarm", "unacknowledged"),
        (pasts.ALARM_S, "incident", "open"),
        (pasts.ACK_S, "act", "ack"),
        (pasts.NOTE_S, "act", "note"),
        (pasts.LEAVES_S, "verdict", "no_rule"),
        (pasts.OVER_S, "alarm", "normal"),
        (pasts.LOST_S, "track", "lost"),
        (pasts.CLOSED_S, "act", "close"),
    ]
    assert (pasts.GAP_S[1], "run", "began") in told


@pytest.mark.requirement("REPLAY-2")
def test_pages_of_what_happened_lead_on_and_lose_nothing(record, monkeypatch):
    whole, _ = lines(record, 0, pasts.LONG_S)
    monkeypatch.setattr(happened, "TICKS_MAX", 37)
    folder, found, after = record[0], [], whole.after_ms
    while after is not None:
        page = happened.happened(
            folder / "record", folder / "views.db", after_ms=after, until_ms=whole.until_ms, named=True
        )
        found += page.lines
        after = page.next_ms
    assert found == whole.lines


def test_acts_are_pseudonyms_until_they_are_masked(record):
    found, _ = lines(record, pasts.ACK_S, pasts.NOTE_S)
    assert [(each.act.person, each.act.words) for each in found.lines] == [
        ("person:anna", ""),
        ("person:anna", "text:note"),
    ]
    assert all(each.name in {None, "1581…17"} for each in found.lines)

"""A thin client of a station: typed answers, problems as exceptions, acts that are sent again do nothing twice.

from skykeep.client import Station

with Station("https://station.example", token="skt_...") as station:
for alarm in station.alarms():
station.ack(alarm)
"""

from __future__ import annotations

import ssl
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Self, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from skykeep.client import models
from skykeep.client.events import Events
from skykeep.client.problem import Problem
from skykeep.errors import Unavailable

V1 = "/api/v1"
TRIES = 3
STREAM_SILENT_S = 10.0
LONG_S = 1_000.0
"""What an act upon the whole record may take."""
UNAVAILABLE = 503
BUSY = 429
Model = TypeVar("Model")
Detection = Mapping[str, Any]
"""One line of JSON, as the sensor's format has it."""


class Station:
    """One station, as one person or machine sees it; for one thread."""

    def __init__(  # what a connection can be told
        self,
        url: str,
        *,
        token: str = "",
        verify: ssl.SSLContext | bool = True,
        timeout_s: float = 10.0,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        headers = {"Accept": "application/json, */*;q=0.5", **({"Authorization": f"Bearer {token}"} if token else {})}
        self._http = httpx.Client(
            base_url=url, headers=headers, verify=verify, timeout=timeout_s, transport=transport, follow_redirects=False
        )
        self._sleep = sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    # Reading

    def time(self) -> models.Time:
        return self._get("/time", models.Time)

    def tracks(self, verdict: str | None = None) -> Iterator[models.Track]:
        """Yield live tracks, page by page; `verdict` such as "not_permitted"."""
        return self._pages("/tracks", models.Track, {"verdict": verdict})

    def track(self, track_id: int) -> models.Track:
        return self._get(f"/tracks/{track_id}", models.Track)

    def alarms(self, state: str | None = None) -> Iterator[models.Alarm]:
        """Yield alarms that are not normal, the most urgent first."""
        return self._pages("/alarms", models.Alarm, {"state": state})

    def alarm(self, alarm_id: int) -> models.Alarm:
        return self._get(f"/alarms/{alarm_id}", models.Alarm)

    def incidents(self, state: str | None = None) -> Iterator[models.Incident]:
        return self._pages("/incidents", models.Incident, {"state": state})

    def zones(self, state: str | None = None) -> Iterator[models.Zone]:
        """Yield zones in force and announced, or those of one state."""
        return self._pages("/zones", models.Zone, {"state": state})

    def permits(self, state: str | None = None) -> Iterator[models.Permit]:
        """Yield permits by name, every version; `state` such as "in_force"."""
        return self._pages("/permits", models.Permit, {"state": state})

    def sensors(self) -> Iterator[models.Sensor]:
        """Yield sensors by name: those that are declared, and those that are heard."""
        return self._pages("/sensors", models.Sensor, {})

    def health(self) -> models.Health:
        return self._get("/health", models.Health)

    def my_applications(self) -> list[models.Application]:
        """Return what one handed in oneself, every version, in the order in which it came."""
        return self._get("/applications/mine", list[models.Application])

    def my_application(self, permit_id: str) -> models.Application:
        """Return the last version of one of them; the last step tells what the office asked or decided."""
        return self._get(f"/applications/mine/{permit_id}", models.Application)

    # Acts

    def ack(self, alarm: models.Alarm) -> models.Acted:
        """Acknowledge an alarm as it was seen; a Problem "changed" where it has moved since."""
        return self._act(f"/alarms/{alarm.alarm_id}/ack", models.Acted, seen=(alarm.alarm_id, alarm.t_ns))

    def shelve(self, alarm: models.Alarm, *, minutes: int, reason: str) -> models.Acted:
        body = {"reason": reason, "minutes": minutes}
        return self._act(f"/alarms/{alarm.alarm_id}/shelve", models.Acted, body, (alarm.alarm_id, alarm.t_ns))

    def open_incident(self, reason: str, *, track_id: int | None = None) -> models.Opened:
        return self._act("/incidents", models.Opened, {"reason": reason, "track_id": track_id})

    def note(self, incident_id: int, words: str) -> models.Acted:
        return self._act(f"/incidents/{incident_id}/note", models.Acted, {"words": words})

    def close_incident(self, incident_id: int, reason: str) -> models.Acted:
        return self._act(f"/incidents/{incident_id}/close", models.Acted, {"reason": reason})

    def emergency(  # a circle, how long, why
        self, *, lat_deg: float, lon_deg: float, radius_m: float, reason: str, minutes: int = 60, preview: bool = False
    ) -> models.Emergency:
        """Close the sky over a circle at once; with `preview`, only tell whom that would touch."""
        circle = {"lat_deg": lat_deg, "lon_deg": lon_deg, "radius_m": radius_m}
        body = {"circle": circle, "reason": reason, "minutes": minutes}
        return self._act(f"/zones/emergency?preview={str(preview).lower()}", models.Emergency, body)

    def confirm(self, zone_id: str, *, hours: float) -> models.Acted:
        """Confirm an emergency zone as the second officer: it holds for so long from now on, a day at most."""
        return self._act(f"/zones/{quote(zone_id, safe='')}/confirm", models.Acted, {"hours": hours})

    def lift(self, zone_id: str, reason: str) -> models.Acted:
        """Lift an emergency zone before it ends."""
        return self._act(f"/zones/{quote(zone_id, safe='')}/lift", models.Acted, {"reason": reason})

    def apply(self, application: Mapping[str, Any], *, permit_id: str | None = None) -> models.Applied:
        """Hand an application for a permit in, or with `permit_id` the answer to what the office asked or offered."""
        return self._act("/permits", models.Applied, {"application": dict(application), "permit_id": permit_id})

    # The record as a whole: each may take minutes

    def verify(self) -> models.Verified:
        """Verify the whole record."""
        return self._act("/record/verify", models.Verified, timeout_s=LONG_S)

    def erase(self, value: str, reason: str, *, kind: str | None = None, preview: bool = False) -> models.Erased:
        """Destroy a personal value wherever the record holds it, for good; with `preview`, only tell how much."""
        body = {"value": value, "reason": reason, "kind": kind}
        return self._act(f"/record/erase?preview={str(preview).lower()}", models.Erased, body, timeout_s=LONG_S)

    def back_up(self) -> models.BackedUp:
        """Copy the station to the place that its configuration names."""
        return self._act("/backups", models.BackedUp, timeout_s=LONG_S)

    # The record as anybody follows it: bytes as C2SP has them, for `skykeep.ledger` or any other reader

    def checkpoint(self) -> bytes:
        """Return the latest checkpoint, a signed note (C2SP tlog-checkpoint)."""
        return self._bytes("/record/checkpoint")

    def tile(self, place: str) -> bytes:
        """Return a tile of hashes or a bundle of entries (C2SP tlog-tiles), such as "0/000" or "entries/000.p/7"."""
        return self._bytes(f"/record/tile/{quote(place)}")

    def consistency(self, since: int) -> bytes:
        """Return the proof that the log of `since` entries is the beginning of the latest checkpoint."""
        return self._bytes(f"/record/consistency?since={since}")

    def prove(self, entry_index: int, fact: int) -> bytes:
        """Return the proof of one fact, which holds by the station's key alone; for auditors."""
        return self._bytes(f"/record/entries/{entry_index}/facts/{fact}/proof")

    # Sensors

    def push(
        self,
        sensor_id: str,
        detections: Detection | Iterable[Detection],
        *,
        sequence: int | None = None,
    ) -> models.Pushed:
        """Send what a sensor heard: one detection, or several as lines of JSON."""
        one = isinstance(detections, Mapping)
        several = [detections] if isinstance(detections, Mapping) else list(detections)
        data = b"\n".join(map(msgspec.json.encode, several))
        return self._push(sensor_id, data, "application/json" if one else "application/x-ndjson", "", sequence)

    def push_frame(self, sensor_id: str, data: bytes, form: str, *, sequence: int | None = None) -> models.Pushed:
        """Send one raw frame, as it was received."""
        return self._push(sensor_id, data, "application/octet-stream", form, sequence)

    def _push(self, sensor_id: str, data: bytes, kind: str, form: str, sequence: int | None) -> models.Pushed:
        headers = {"Content-Type": kind, **({} if sequence is None else {"X-Sequence": str(sequence)})}
        query = f"?format={form}" if form else ""
        return self._sent(f"/sensors/{sensor_id}/observations{query}", models.Pushed, data, headers)

    # The live stream

    def stream(self) -> Iterator[models.Event]:
        """Yield the live stream without end; after a break it goes on where it was, as far as the station remembers.

        Raises Problem where the station refuses it.
        """
        events = Events()
        while True:
            try:
                yield from self._stream_once(events)
            except httpx.TransportError:
                pass  # what broke is taken up again below
            except Problem as problem:
                if problem.status not in {UNAVAILABLE, BUSY}:
                    raise
            events.again()
            self._sleep(events.retry_ms / 1_000)

    def _stream_once(self, events: Events) -> Iterator[models.Event]:
        headers = {"Accept": "text/event-stream", **({"Last-Event-ID": events.last_id} if events.last_id else {})}
        with self._http.stream("GET", f"{V1}/stream", headers=headers, timeout=STREAM_SILENT_S) as answer:
            if answer.is_error:
                raise Problem(answer.status_code, answer.read())
            for data in answer.iter_bytes():
                for sent in events.feed(data):
                    yield models.Event(id=sent.id, event=sent.event, data=msgspec.json.decode(sent.data, type=dict))

    # How it is sent

    def _get(self, path: str, model: type[Model]) -> Model:
        return msgspec.json.decode(self._ask("GET", V1 + path).content, type=model)

    def _bytes(self, path: str) -> bytes:
        return self._ask("GET", V1 + path).content

    def _pages(self, path: str, model: type[Model], query: Mapping[str, str | None]) -> Iterator[Model]:
        there: str | None = V1 + path
        asked = {name: value for name, value in query.items() if value is not None}
        while there is not None:
            answer = self._ask("GET", there, **({"params": asked} if asked else {}))
            yield from msgspec.json.decode(answer.content, type=list[model])  # type: ignore[valid-type]  # a type by value
            following = answer.links.get("next", {}).get("url", "")
            there, asked = following if following.startswith(V1) else None, {}  # never to another host, with our token

    def _act(
        self,
        path: str,
        model: type[Model],
        body: Mapping[str, Any] | None = None,
        seen: tuple[int, int] | None = None,
        *,
        timeout_s: float | None = None,
    ) -> Model:
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        if seen is not None:
            headers["If-Match"] = f'"{seen[0]}-{seen[1]}"'
        if body is not None:
            headers["Content-Type"] = "application/json"
        how = {} if timeout_s is None else {"timeout": timeout_s}
        return self._sent(path, model, b"" if body is None else msgspec.json.encode(body), headers, **how)

    def _sent(self, path: str, model: type[Model], data: bytes, headers: Mapping[str, str], **how: float) -> Model:
        answer = self._ask("POST", V1 + path, content=data, headers=dict(headers), **how)
        return msgspec.json.decode(answer.content, type=model)

    def _ask(self, method: str, path: str, **how: Any) -> httpx.Response:  # noqa: ANN401  # as httpx takes it
        """Send a request, again where the station is not there and that does no harm; raises Problem, Unavailable."""
        sent = how.get("headers", {})
        harmless = method == "GET" or "Idempotency-Key" in sent or "X-Sequence" in sent
        for last in [False] * (TRIES - 1 if harmless else 0) + [True]:
            try:
                answer = self._http.request(method, path, **how)
            except httpx.TransportError as error:
                if last:
                    raise Unavailable(f"{self._http.base_url}: {error}; {_remedy(error)}") from error
            else:
                if not answer.is_error:
                    return answer
                if last or answer.status_code not in {UNAVAILABLE, BUSY}:
                    raise Problem(answer.status_code, answer.content)
                self._sleep(min(30.0, float(answer.headers.get("retry-after", "1"))))
                continue
            self._sleep(0.5)
        raise AssertionError("the last try returns or raises")


def _remedy(error: httpx.TransportError) -> str:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return "trust the station's authority (SSL_CERT_FILE=ca.pem), or use a name that its certificate has"
    return "is the station running?"

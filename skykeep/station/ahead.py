"""What an act takes long to work out, worked out before the loop is asked, on another thread than the watch's.

Files of law may be large, ground is read from disk, and what a zone touches is found by a step of the watch on a copy
of its state. None of it goes into the record: what does is made of this on the loop, at the time of its tick.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import msgspec

from skykeep.errors import Refused, SkykeepError
from skykeep.facts.codec import Fact
from skykeep.rules.powers import TABLE, Role
from skykeep.station import asked, zonedesk, zonedrafts, zoneversions
from skykeep.station.config import Config, Home
from skykeep.station.isolating import told
from skykeep.station.link import Ask
from skykeep.station.livelaw import surfaces_under
from skykeep.station.officedesk import ACTIONS, Handled
from skykeep.watch.state import State

Copy = Callable[[], State]
"""A copy of the watch's state as it is now; may wait for the loop."""


@dataclasses.dataclass(frozen=True, slots=True)
class Ahead:
    """What was worked out."""

    draft: asked.Draft | None = None  # of a file that came with the act, or that the act is about
    drafts: asked.Drafts | None = None
    ground: Sequence[Fact] = ()  # under the zones
    hits: asked.Hits | None = None
    handled: Handled | None = None  # what the station's permit office did already


NOTHING = Ahead()


@dataclasses.dataclass(frozen=True, slots=True)
class Desk:
    """Where it is worked out: any thread may ask."""

    home: Home
    config: Config
    drafts: zonedrafts.Drafts

    def work_out(self, ask: Ask, now_ns: int, copy: Copy) -> Ahead:
        """Return what an act of `LONG` needs; raises Refused or Malformed: then the loop need not be asked.

        Nothing for who has not got the power: it is the loop that admits, and says why not.
        """
        if not TABLE[ask.action].roles & {Role(role) for role in ask.roles}:
            return NOTHING
        arguments = asked.arguments(ask.action, ask.arguments)
        if isinstance(arguments, asked.ZoneDraft):
            return self._draft(ask, arguments, now_ns, copy)
        if isinstance(arguments, asked.ZoneEmergency):
            return self._emergency(ask, arguments, now_ns, copy)
        if ask.action == "zone.read":
            return Ahead(drafts=self._drafts(ask, arguments, now_ns, copy))
        return self._waiting(ask, now_ns)

    def _drafts(self, ask: Ask, arguments: msgspec.Struct, now_ns: int, copy: Copy) -> asked.Drafts:
        """Return what waits, or one draft with what it would touch as things are now.

        What its author has not proposed yet is for those who draft.
        """
        drafts = TABLE["zone.draft"].roles & {Role(role) for role in ask.roles}
        if not isinstance(arguments, asked.ZonesRead) or not arguments.draft_id:
            return asked.Drafts(heads=[head for head in self.drafts.heads() if head.proposed or drafts])
        try:
            draft = self.drafts.one(arguments.draft_id)
        except Refused:
            return asked.Drafts()
        return asked.Drafts(drafts=[self._weighed(draft, copy(), now_ns)] if draft.proposed or drafts else [])

    def _weighed(self, draft: asked.Draft, state: State, now_ns: int) -> asked.Draft:
        """Return a draft with what it would touch, the ground under it known as it will be once it is published."""
        zones = zonedesk.published(draft, state, now_ns)
        volumes = [one for zone in zones for one in zone.volumes]
        ground = surfaces_under(volumes, self.home, self.config, now_ns)
        return msgspec.structs.replace(draft, hits=_hits(state, [*ground, *zones], now_ns))

    def _draft(self, ask: Ask, arguments: asked.ZoneDraft, now_ns: int, copy: Copy) -> Ahead:
        draft, state = self.drafts.read(ask.data, arguments, now_ns=now_ns), copy()
        if arguments.base_versions is not None:
            zoneversions.require_base(state.law, draft.zones, arguments.base_versions)
        based = msgspec.structs.replace(draft, base_versions=zoneversions.last_versions(state.law, draft.zones))
        return Ahead(draft=self._weighed(based, state, now_ns))

    def _emergency(self, ask: Ask, arguments: asked.ZoneEmergency, now_ns: int, copy: Copy) -> Ahead:
        zone = zonedesk.emergency_zone(
            arguments, self.config.law, authority=self.config.name, person="", reason=ask.reason.strip(), now_ns=now_ns
        )
        ground = surfaces_under(zone.volumes, self.home, self.config, now_ns)
        hits = _hits(copy(), [*ground, zone], now_ns) if arguments.preview else None
        return Ahead(ground=ground, hits=hits)

    def _waiting(self, ask: Ask, now_ns: int) -> Ahead:
        """Return the draft that an act is about, and the ground under it where it is to be published."""
        head, _, draft_id = ask.subject.partition(":")
        if head != "draft":
            return NOTHING
        draft = self.drafts.one(draft_id)
        volumes = [one for zone in draft.zones for one in zone.volumes]
        publishes = ask.action == "zone.publish"
        return Ahead(draft, ground=surfaces_under(volumes, self.home, self.config, now_ns) if publishes else ())


LONG = (
    frozenset({"zone.draft", "zone.emergency", "zone.propose", "zone.publish", "zone.discard", "zone.read"}) | ACTIONS
)
"""The acts for which something is worked out."""


def _hits(state: State, facts: Sequence[Fact], now_ns: int) -> asked.Hits:
    try:
        return zonedesk.hits(state, facts, now_ns)
    except SkykeepError:
        raise
    except Exception as error:
        raise Refused(f"the watch cannot take this in ({told(error)}): tell whoever looks after the program") from error

"""What somebody asks to be allowed: where and when they want to fly, and what decides who goes first."""

from __future__ import annotations

import msgspec

from skykeep.facts.enacted import PermitEnacted, PermitVolume, Thresholds


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """An application as far as the law looks at it; None and empty stand for "not stated".

    `permit_id` names the permit that it would become, so that an older version of it is no conflict.
    """

    asked_ns: int  # zones announced and permits granted by then count
    volumes: tuple[PermitVolume, ...]
    permit_id: str | None = None
    thresholds: Thresholds | None = None
    state_flight: bool = False
    priority: int = 0
    issuer: str | None = None  # the authority that would grant it: its own zones need nobody else's consent
    mass_g: int | None = None
    category: str | None = None
    mission: str | None = None

    @property
    def start_ns(self) -> int:
        """When its first volume begins."""
        return min(part.start_ns for part in self.volumes)

    @property
    def end_ns(self) -> int:
        """When its last volume ends."""
        return max(part.end_ns for part in self.volumes)


def of_permit(permit: PermitEnacted, asked_ns: int) -> Operation:
    """Return what a permit, granted or only asked for, would allow; raises ValueError for one without a volume."""
    if not permit.volumes:
        raise ValueError(f"permit {permit.permit_id} has no volume; there is nothing to decide")
    return Operation(
        asked_ns=asked_ns,
        volumes=permit.volumes,
        permit_id=permit.permit_id,
        thresholds=permit.thresholds,
        state_flight=permit.state_flight,
        priority=permit.priority,
        issuer=permit.issuer,
        category=permit.category,
        mission=permit.purpose,
    )

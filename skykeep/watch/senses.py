"""By what each modality knows: which of them one cause could move alike, and which tell of a body.

A *family* is what a modality rests on; a *cause* gathers the families that one and the same thing could move although
no aircraft is there. Two sightings are physically independent when their causes differ.

    modality            family      cause   a body?
    remote_id, adsb     word        radio   no: the sender's own word, whoever sends it from wherever
    rf                  emission    radio   no: a transmitter, which may stand on the ground
    radar               echo        echo    yes
    camera              light       light   yes
    witness             eye         light   not by itself: who looked where, when and at what is a person's word
    acoustic            sound       sound   yes: something sounds there
    tracks, other       unknown     none    perhaps: what they rest on is not known, so it may be any of the others

Remote ID and direction finding are not independent: a box on a roof that sends a Remote ID is heard by both. Nor are a
camera and a witness: one light misleads both, and people look where the camera turns. A witness and a radar are.
"""

from __future__ import annotations

from skykeep.watch.table import MODALITIES

FAMILIES = ("word", "emission", "echo", "light", "eye", "sound", "unknown")
WORD, EMISSION, ECHO, LIGHT, EYE, SOUND, UNKNOWN = range(7)
CAUSES = ("radio", "echo", "light", "sound", "none")
RADIO_CAUSE, ECHO_CAUSE, LIGHT_CAUSE, SOUND_CAUSE, NO_CAUSE = range(5)

_FAMILY = {
    "remote_id": WORD,
    "adsb": WORD,
    "rf": EMISSION,
    "radar": ECHO,
    "camera": LIGHT,
    "witness": EYE,
    "acoustic": SOUND,
    "tracks": UNKNOWN,
    "other": UNKNOWN,
}
FAMILY = tuple(_FAMILY[modality] for modality in MODALITIES)
"""The family of each of table.MODALITIES."""

CAUSE = (RADIO_CAUSE, RADIO_CAUSE, ECHO_CAUSE, LIGHT_CAUSE, LIGHT_CAUSE, SOUND_CAUSE, NO_CAUSE)
"""The cause of each family."""

BODY = (0, 0, 1, 1, 0, 1, 0)
"""1 for a family whose looks in vain speak against a body."""

SUPPORTS = (0, 0, 1, 1, 0, 1, 1)
"""1 for a family whose sighting keeps a track from being refuted by another's looks in vain."""


def family_of(modality: str) -> int:
    """Return the family of a modality by its name; an unheard-of one is `UNKNOWN`."""
    return _FAMILY.get(modality, UNKNOWN)

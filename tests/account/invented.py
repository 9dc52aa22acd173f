"""Reports and a gazetteer that the tests of this folder make up."""

import hashlib

from skykeep.account.places import Place
from skykeep.facts.accounted import Document
from skykeep.facts.claimed import SourceKept

PLACES = {
    "westport": (Place("Westport", "Norland", 50.0, 10.0, 400_000, "city"), Place("Westport", "Sudland", 10.0, 10.0, 20_000, "city")),
    "eastham": (Place("Eastham", "Norland", 51.0, 10.0, 0, "city"),),
    "new haven bay": (Place("New Haven Bay", "Norland", 50.0, 11.0, 50_000, "city"),),
    "opposite": (Place("Opposite", "Sudland", -50.0, -170.0, 0, "city"),),
    "norland": (Place("Norland", "Norland", None, None, 5_000_000, "country"),),
}  # fmt: skip


class Gazetteer:
    """A small gazetteer that counts how often it is asked for each name."""

    basis = "invented points"

    def __init__(self):
        self.asked = []

    def places(self, name):
        self.asked.append(name)
        return PLACES.get(name.lower(), ())


def document(text, label="report", dateline_day=None):
    data = text.encode("utf-8", "surrogatepass")
    source = SourceKept(
        source_sha256=hashlib.sha256(label.encode() + data).hexdigest(),
        t_recorded_ns=0,
        frame=None,
        media_type="text/plain",
        text_sha256=hashlib.sha256(data).hexdigest(),
        label=label,
        title=None,
        publisher=None,
        reporters=(),
        dateline_place=None,
        dateline_words=None,
        dateline_day=dateline_day,
        language="en",
        doubts=(),
    )
    return Document(source=source, text=text)

"""Documents made from a text alone, for tests of what reads them."""

import hashlib

from skykeep.facts import accounted
from skykeep.facts.claimed import SourceKept


def document(text, day="2031-05-07", publisher="The Harbour Courier"):
    """A plain document of 7 May 2031, a Wednesday, unless told otherwise."""
    sha256 = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
    source = SourceKept(
        source_sha256=sha256, t_recorded_ns=1_000, frame=None, media_type="text/plain", text_sha256=sha256,
        label="a.txt", title=None, publisher=publisher, reporters=(), dateline_place=None, dateline_words=None,
        dateline_day=day, language="en", doubts=(),
    )  # fmt: skip
    return accounted.Document(source=source, text=text)

"""The audit trail as CSV (RFC 4180), to be opened in a table by somebody who trusts none of its words.

Every field is quoted. One that a spreadsheet would take for a formula gets an apostrophe before it (OWASP, "CSV
Injection"): what people wrote must not become a program on an auditor's desk.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from skykeep.views.livemodels import ActNow
from skykeep.web.audit_rows import Row

HEAD = (
    "time_utc", "time_ns", "entry", "act", "person", "role", "action", "subject", "incident", "reason", "before_sha256",
    "after_sha256",
)  # fmt: skip
FORMULA = frozenset("=+-@\t\r\n＝＋－＠")  # the wide forms are formulas too, in some tables
MEDIA_TYPE = "text/csv; charset=utf-8; header=present"


def head() -> bytes:
    """Return the first line."""
    return lines([HEAD])


def body(acts: Iterable[tuple[ActNow, Row]]) -> bytes:
    """Return a line for each act and what is shown of it."""
    return lines(
        (
            shown.utc, str(act.t_ns), str(act.entry_index), act.act_id, shown.person, act.role, act.action,
            shown.subject, "" if act.incident_id is None else str(act.incident_id), shown.why,
            act.before_sha256 or "", act.after_sha256 or "",
        )
        for act, shown in acts
    )  # fmt: skip


def lines(rows: Iterable[Iterable[str]]) -> bytes:
    """Return rows as lines whose every field is quoted and no formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([safe(field) for field in row] for row in rows)
    return out.getvalue().encode()


def safe(field: str) -> str:
    """Return a field that no spreadsheet calculates."""
    return f"'{field}" if field[:1] in FORMULA else field

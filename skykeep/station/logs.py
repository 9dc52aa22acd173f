"""What a process writes down about itself: a JSON line each, on standard error; readable lines on a terminal.

No personal value gets into a log: whatever has the form of a radio address, a serial, an operator id, a place, a mail
address or a token is masked, in every field of every line, those of libraries and tracebacks too. Logs are no evidence;
the record is.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Mapping, MutableMapping
from typing import IO, Any

import structlog

MASKED = "[masked]"
_FORMS = (
    re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}(?![0-9A-Za-z])"),  # IEEE 802 address
    re.compile(r"(?<![0-9A-Za-z])[A-Z]{3}[0-9a-z]{12}[0-9a-z](?:-[0-9a-z]{3})?(?![0-9A-Za-z])"),  # EN 4709-002
    re.compile(r"-?\d{1,3}\.\d{4,}\s*[,;/ ]\s*-?\d{1,3}\.\d{4,}"),  # a place in degrees
    re.compile(r"[^\s@<>\"']+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"),  # a mail address
    re.compile(r"(?<![0-9A-Za-z])sk[a-z]{1,3}_[0-9A-Za-z_-]{20,}"),  # a token of ours
    re.compile(r"(?i)(?<=bearer )[0-9A-Za-z._~+/=-]{16,}"),
)
_SERIAL = re.compile(r"(?<![0-9A-Za-z])[0-9A-HJ-NP-Z]{4}([1-9A-F])([0-9A-HJ-NP-Z]{1,15})(?![0-9A-Za-z])")

_OURS = frozenset({"time", "level", "process"})
_TALKATIVE = ("uvicorn", "httpx", "httpcore", "websockets", "asyncio", "numba")
"""Libraries that write a line for each request, whose address may be a secret."""

Note = Callable[[str], None]


def masked(text: str) -> str:
    """Return a text with everything masked that has the form of a personal value or a secret."""
    for form in _FORMS:
        text = form.sub(MASKED, text)
    return _SERIAL.sub(_masked_serial, text)


def _masked_serial(found: re.Match[str]) -> str:
    """Mask a CTA-2063-A serial: its fifth sign says how many follow."""
    return MASKED if int(found[1], 16) == len(found[2]) else found[0]


def without_persons(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Mask every field of a line; a processor of structlog."""
    return {key: value if key in _OURS else _without(value) for key, value in event.items() if key != "color_message"}


def _without(value: object) -> object:
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, bytes):
        return f"[{len(value)} bytes]"
    if isinstance(value, Mapping):
        return {str(key): _without(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_without(inner) for inner in value]
    return value if value is None or isinstance(value, bool | int | float) else masked(str(value))


def configure(process: str, stream: IO[str] | None = None, *, terminal: bool | None = None) -> Note:
    """Set up logs of this process, those of libraries too, and return what writes a line. Call it once.

    `terminal`: lines for people instead of JSON; None: where the stream is a terminal.
    """
    stream = stream or sys.stderr
    if stream.isatty() if terminal is None else terminal:
        last: Any = structlog.dev.ConsoleRenderer(colors=stream.isatty())
    else:
        last = structlog.processors.JSONRenderer()
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        structlog.processors.format_exc_info,
    ]
    rendering: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, without_persons, last]
    handler = logging.StreamHandler(stream)

    def belong(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event.setdefault("process", process)
        return event

    foreign: list[Any] = [structlog.stdlib.ExtraAdder(), belong, *shared]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=foreign, processors=rendering))
    for talkative in _TALKATIVE:
        logging.getLogger(talkative).setLevel(logging.WARNING)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    logger = structlog.stdlib.get_logger(f"skykeep.{process}").bind(process=process)

    def note(text: str) -> None:
        words = text.removeprefix("warning: ")
        (logger.info if words == text else logger.warning)(words)

    return note

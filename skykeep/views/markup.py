"""HTML and SVG from parts: text is escaped on the way in, so that no name can become markup."""

from __future__ import annotations

import html

from skykeep.views.words import shown

TEXT_MAX = 20_000


class Html(str):
    """Text that is markup already; everything else is escaped."""

    __slots__ = ()


def escape(text: str) -> Html:
    """Return text as markup; what could steer a page or turn a line around is replaced."""
    if isinstance(text, Html):
        return text
    return Html("\n".join(html.escape(shown(line, TEXT_MAX)) for line in text.split("\n")))


def tag(name: str, /, *children: str, **attributes: str | float | None) -> Html:
    """Return one element; `class_` stands for class, `aria_label` for aria-label, None for no attribute."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _EMPTY:
        return Html(f"<{name}{written}>")
    if not children and name in _SVG_EMPTY:
        return Html(f"<{name}{written}/>")
    return Html(f"<{name}{written}>{''.join(map(escape, children))}</{name}>")


def join(parts: list[Html] | tuple[Html, ...], between: str = "") -> Html:
    """Return markup put together."""
    return Html(escape(between).join(parts))


def number(value: float) -> str:
    """Return a coordinate: a tenth of a pixel is fine enough."""
    text = f"{value:.1f}"
    return "0" if text in {"-0.0", "0.0"} else text.removesuffix(".0")


def _value(value: str | float) -> str:
    if isinstance(value, Html):  # such as the data of a path, of which nothing may be left out
        return html.escape(value)
    return html.escape(shown(value, TEXT_MAX)) if isinstance(value, str) else number(value)


_EMPTY = frozenset({"meta", "link", "br", "hr"})
_SVG_EMPTY = frozenset({"path", "circle", "line", "rect", "polyline", "polygon", "use", "ellipse"})

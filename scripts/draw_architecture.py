"""Draws docs/architecture.svg: the rooms by hand, what is in them and who imports whom from the source."""

import ast
import html
import pathlib
import textwrap

ROOT = pathlib.Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "skykeep"

WIDTH = 1120
PAD = 14
CAPTION_STEP, MODULE_STEP = 17, 16
GAP = 46  # between rows: room for an arrow to be seen

# Rows from top to bottom; a room's left edge and width. Arrows go straight down: a room lies above what it uses.
ROWS: list[dict[str, tuple[int, int]]] = [
    {"cli": (40, 1040)},
    {"client": (40, 130), "web": (200, 880)},
    {"station": (40, 1040)},
    {},  # the line
    {"wire": (40, 220), "watch": (290, 270), "views": (590, 140), "sim": (750, 140), "ledger": (930, 150)},
    {"rules": (290, 190), "assess": (500, 150), "account": (670, 220)},
    {"facts": (40, 850)},
    {"geo": (40, 850)},
    {"errors": (40, 850)},
]
TALL = "ledger"  # stands alone, beside all rows below the line
INK, DIM, LINE, BLUE, PAPER = "#16212c", "#536372", "#d5dde5", "#0b62b0", "#f1f4f7"


def rooms() -> dict[str, list[pathlib.Path]]:
    """Room to its source files; a room without a file but its caption counts too."""
    found: dict[str, list[pathlib.Path]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        inside = path.relative_to(PACKAGE)
        name = inside.parts[0].removesuffix(".py")
        if name not in {"__init__", "__main__"}:
            found.setdefault(name, []).append(path)
    return found


def uses(files: list[pathlib.Path], names: set[str]) -> set[str]:
    """Rooms that these files import, deferred imports too."""
    found: set[str] = set()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            targets: list[str] = []
            if isinstance(node, ast.Import):
                targets = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                targets = [f"{node.module}.{alias.name}" for alias in node.names]
            for target in targets:
                top, _, rest = target.partition(".")
                if top == "skykeep" and rest.split(".")[0] in names:
                    found.add(rest.split(".")[0])
    return found


def caption(files: list[pathlib.Path]) -> str:
    """The first line of the room's own docstring."""
    home = next((path for path in files if path.name == "__init__.py"), files[0])
    docstring = ast.get_docstring(ast.parse(home.read_text(encoding="utf-8"))) or ""
    return docstring.split("\n")[0]


def lines_of(name: str, files: list[pathlib.Path], width: int) -> tuple[list[str], list[str]]:
    """Caption and module names, wrapped to the box."""
    modules = [path.stem for path in files if path.name not in {"__init__.py", f"{name}.py"}]
    room = width - 2 * PAD
    return (
        textwrap.wrap(caption(files), int(room / 6.6), break_long_words=False),
        textwrap.wrap("\u00a0· ".join(modules), int(room / 6.2), break_long_words=False),
    )


def svg() -> str:
    """The whole picture."""
    here = rooms()
    placed = {name for row in ROWS for name in row}
    if homeless := sorted(here.keys() - placed):
        raise SystemExit(f"scripts/draw_architecture.py: {', '.join(homeless)} has no place in ROWS; give it one")
    text = {name: lines_of(name, here[name], width) for row in ROWS for name, (_, width) in row.items() if name in here}
    boxes: dict[str, tuple[int, int, int, int]] = {}
    y, line_y = 96, 0
    for row in ROWS:
        if not row:
            line_y = y - 4
            y += 44
            continue
        heights = [
            46 + CAPTION_STEP * len(text[name][0]) + MODULE_STEP * len(text[name][1])
            for name in row
            if name in here and name != TALL
        ]
        if not heights:
            continue
        for name, (x, width) in row.items():
            if name in here:
                boxes[name] = (x, y, width, max(heights))
        y += max(heights) + GAP
    bottom = y - GAP
    if TALL in boxes:
        x, top, width, _ = boxes[TALL]
        boxes[TALL] = (x, top, width, bottom - top)
    strokes = [_arrow(boxes, *one) for one in arrows(here, boxes)]
    body = [_box(name, boxes[name], *text[name]) for name in boxes]
    return "\n".join([_head(bottom + 56), *strokes, _line(line_y), *body, _foot(bottom + 34), "</svg>", ""])


def arrows(
    here: dict[str, list[pathlib.Path]], boxes: dict[str, tuple[int, int, int, int]]
) -> list[tuple[str, str, float]]:
    """Who imports whom, each with a lane of its own: an x that both boxes span and no other arrow has."""
    found: list[tuple[str, str, float]] = []
    taken: list[float] = []
    for upper in boxes:
        for lower in sorted(uses(here[upper], set(boxes)) - {upper}):
            left = max(boxes[upper][0], boxes[lower][0]) + 18
            right = min(boxes[upper][0] + boxes[upper][2], boxes[lower][0] + boxes[lower][2]) - 18
            if left > right:
                raise SystemExit(f"scripts/draw_architecture.py: {upper} does not lie above {lower}; move a box")
            lanes = [left + step * (right - left) / 40 for step in range(41)]
            hides = [box for name, box in boxes.items() if name not in {upper, lower}]
            middle = boxes[upper][0] + boxes[upper][2] / 2

            lane = max(lanes, key=lambda x: _fit(x, taken, hides, middle))
            taken.append(lane)
            found.append((upper, lower, lane))
    return found


def _fit(x: float, taken: list[float], hides: list[tuple[int, int, int, int]], middle: float) -> tuple[float, ...]:
    return min([16.0, *(abs(x - other) for other in taken)]), -_hidden(x, hides), -abs(x - middle)


def _hidden(x: float, boxes: list[tuple[int, int, int, int]]) -> int:
    return sum(height for left, _, width, height in boxes if left - 8 <= x <= left + width + 8)


def _arrow(boxes: dict[str, tuple[int, int, int, int]], upper: str, lower: str, x: float) -> str:
    start = boxes[upper][1] + boxes[upper][3]
    end = boxes[lower][1] - 2
    tone = "#a9b8c6" if upper in {"cli", "web", "station"} or lower == "errors" else "#5f7386"
    return (
        f'<path d="M{x:.1f} {start} V{end - 6}" stroke="{tone}" stroke-width="1.4" fill="none"/>'
        f'<path d="M{x - 4:.1f} {end - 8} h8 l-4 8 z" fill="{tone}"><title>{upper} imports {lower}</title></path>'
    )


def _box(name: str, box: tuple[int, int, int, int], words: list[str], modules: list[str]) -> str:
    x, y, width, height = box
    fill, edge, stroke = ("#e8f1fa", BLUE, 1.6) if name == "facts" else ("#ffffff", LINE, 1)
    title = html.escape(name) + ('<tspan class="n" dx="10">the narrow waist</tspan>' if name == "facts" else "")
    border = f'stroke="{edge}" stroke-width="{stroke}"'
    out = [
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="8" fill="{fill}" {border}/>',
        f'<text x="{x + PAD}" y="{y + 25}" class="r">{title}</text>',
    ]
    at = y + 27
    for line in words:
        at += CAPTION_STEP
        out.append(f'<text x="{x + PAD}" y="{at}" class="c">{html.escape(line)}</text>')
    at += 3
    for line in modules:
        at += MODULE_STEP
        out.append(f'<text x="{x + PAD}" y="{at}" class="m">{html.escape(line)}</text>')
    return "\n".join(out)


def _head(height: int) -> str:
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" aria-label="The rooms of Skykeep and who imports whom">
<style>
text {{ font-family: Inter, system-ui, "Noto Sans", "DejaVu Sans", sans-serif; fill: {INK} }}
.t {{ font-size: 20px; font-weight: 650 }} .s {{ font-size: 13px; fill: {DIM} }}
.r {{ font-size: 15px; font-weight: 650 }} .n {{ font-size: 12px; font-weight: 600; fill: {BLUE} }}
.c {{ font-size: 12.5px; fill: {INK} }} .m {{ font-size: 12px; fill: {DIM} }} .l {{ font-size: 12px; font-weight: 600; fill: #9a5b00 }}
</style>
<rect width="{WIDTH}" height="{height}" fill="{PAPER}"/>
<text x="40" y="44" class="t">Skykeep</text>
<text x="40" y="70" class="s">bytes → wire → facts → record → watch.step(state, tick) → facts → record → views → people</text>"""  # noqa: E501  # one element a line


def _line(y: int) -> str:
    return (
        f'<path d="M40 {y + 6} H1080" stroke="#9a5b00" stroke-width="1.4" stroke-dasharray="6 5"/>'
        f'<text x="40" y="{y + 26}" class="l" paint-order="stroke" stroke="{PAPER}" stroke-width="5">'
        "below this line: no clock, no disk, no network, no chance of its own</text>"
    )


def _foot(y: int) -> str:
    return (
        f'<text x="40" y="{y}" class="s">An arrow is an import that exists; it passes behind what lies between. '
        "None points upward: tests/house reads every one.</text>"
    )


if __name__ == "__main__":
    (ROOT / "docs" / "architecture.svg").write_text(svg(), encoding="utf-8")

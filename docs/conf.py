"""How Sphinx builds these pages: offline, warnings as errors, references generated first."""

import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

import _generate  # noqa: E402  # the path above leads to it

from scripts import markers  # noqa: E402
from skykeep import __version__  # noqa: E402

_generate.main()

project = "Skykeep"
author = "The Skykeep authors"
project_copyright = "the Skykeep authors, Apache-2.0"
version = release = __version__

extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist", "attrs_inline"]
myst_heading_anchors = 4
# Links out of docs/ to the pages at the top of the tree are made by including those pages.
exclude_patterns = ["_build", "images/README.md"]
suppress_warnings: list[str] = []
nitpicky = True
templates_path: list[str] = []

html_theme = "furo"
html_title = f"Skykeep {__version__}"
html_static_path = ["_static"]
html_css_files = ["skykeep.css"]
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0b62b0", "color-brand-content": "#0b62b0"},
    "dark_css_variables": {"color-brand-primary": "#7cc4ff", "color-brand-content": "#7cc4ff"},
}
html_show_sphinx = False

CLAUSE = re.compile(r"^#{2,4} ([A-Z0-9]+(?:-[A-Z0-9]+)+)\b.*$", re.MULTILINE)


def say_what_shows_it(_app: object, page: str, source: list[str]) -> None:
    """Under each clause of a requirements page, name the tests that show it."""
    if not page.startswith("requirements/"):
        return
    shown: dict[str, list[str]] = {}
    for found in markers.marked("requirement"):
        shown.setdefault(found.value, []).append(found.test)

    def with_tests(heading: re.Match[str]) -> str:
        tests = sorted(set(shown.get(heading[1], [])))
        return f"({heading[1].lower()})=\n{heading[0]}\n\n*Shown by* {', '.join(f'`{test}`' for test in tests)}\n"

    source[0] = CLAUSE.sub(with_tests, source[0])


def setup(app) -> None:  # noqa: ANN001  # sphinx.application.Sphinx, not installed for mypy
    """Sphinx calls this."""
    app.connect("source-read", say_what_shows_it)

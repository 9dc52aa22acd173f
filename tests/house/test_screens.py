"""No page without a row in the table of screens, which names the power that the page itself asks for."""

import re

from litestar.routes import HTTPRoute

from tests.console.screens import NO_SCREENS, SCREENS
from tests.web.doubles import serving


def pages(app):
    """Yield (what its addresses look like, address, power) of every page of an app."""
    for route in app.routes:
        for handler in route.route_handlers if isinstance(route, HTTPRoute) else ():
            if "GET" in handler.http_methods and handler.media_type == "text/html" and route.path not in NO_SCREENS:
                shape = re.sub(
                    r"\\{\w+:(\w+)\\}", lambda found: ".+" if found[1] == "path" else "[^/]+", re.escape(route.path)
                )
                yield re.compile(shape), route.path, handler.opt["action"]


def rows_of(shape, screens=SCREENS):
    """Return the rows of a page."""
    return [screen for screen in screens if shape.fullmatch(screen.path.partition("?")[0])]


def test_every_page_stands_in_the_table_of_screens_with_its_power(tmp_path):
    with serving(tmp_path) as (client, _, _):
        found = [*pages(client.app)]
    assert len(found) > 20
    exact = {path for _, path, _ in found}
    for shape, path, power in found:
        rows = [row for row in rows_of(shape) if row.path.partition("?")[0] not in exact - {path}]
        assert rows, f"{path} has no row in tests/console/screens.py"
        assert {row.action for row in rows} == {power}, path


def test_the_check_can_fail(tmp_path):
    with serving(tmp_path) as (client, _, _):
        shapes = {path: shape for shape, path, _ in pages(client.app)}
    assert rows_of(shapes["/audit"], [row for row in SCREENS if row.name != "audit"]) == []
    assert [row.name for row in rows_of(shapes["/i/{incident_id:int}"])] == ["incident"]

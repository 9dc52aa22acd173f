"""The pages: what everybody sees, what officers see, and that nothing in a name can become a program."""

import msgspec
import pytest

from skykeep.views import symbols
from skykeep.web import assets, console_page
from tests.web.doubles import AUDITOR, DUTY, T_NS, serving


@pytest.fixture(scope="module")
def standing(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("station")) as found:
        yield found


@pytest.fixture
def served(standing):
    client, mirror, seen = standing
    mirror.__init__()
    seen.__dict__ = {**type(seen)().__dict__}
    return client, mirror, seen


@pytest.mark.requirement("PAGE-2")
@pytest.mark.parametrize("path", ["/live"])
def test_what_is_old_says_so(served, path):
    client, mirror, _ = served
    assert "The station does not answer" not in client.get(path, headers=DUTY).text.replace("hidden>The station", "")
    mirror.now_ns = T_NS - 6 * 10**9
    assert 'role="alert">The station does not answer' in client.get(path, headers=DUTY).text
    mirror.now_ns, mirror.station_up = T_NS, False
    assert 'role="alert">The station does not answer' in client.get(path, headers=DUTY).text


@pytest.mark.requirement("PAGE-3")
def test_officers_see_alarms_and_flights_without_a_script(served):
    client, _, _ = served
    page = client.get("/live", headers=DUTY).text
    assert "not permitted" in page
    assert 'href="/i/3"' in page
    assert page.count("-34.89051") == 7
    assert '"alarm.ack": true' in page
    assert '"alarm.ack": false' in client.get("/live", headers=AUDITOR).text


@pytest.mark.requirement("PAGE-3")
def test_who_is_not_signed_in_is_led_to_the_entrance(served):
    client, _, _ = served
    answer = client.get("/live", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?target=/live")
    assert client.get("/live", headers={"X-As": "p pilot"}).status_code == 403


@pytest.mark.requirement("PAGE-4")
def test_a_name_never_becomes_a_program(served):
    client, _, seen = served
    evil = "</script><script>alert(1)</script>"
    seen._zones = [msgspec.structs.replace(seen._zones[0], name=evil, reason=evil, zone_id=evil)]
    seen._alarm.reason = evil
    assert "<script>alert" not in client.get("/live", headers=DUTY).text


def test_files_are_ours_and_no_others(served):
    client, _, _ = served
    for name in assets.names():
        answer = client.get(f"/static/{name}")
        assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (
            200,
            assets.TYPES["." + name.rpartition(".")[2]],
        )
        if not name.startswith("vendor/"):
            assert "http://" not in answer.text.replace("http://www.w3.org", "")
            assert "https://" not in answer.text
    assert {"page.css", "console/live.js", "vendor/preact/preact.mjs"} <= assets.names()
    for name in ("app.py", "..%2fapp.py", "../app.py", "console/../../app.py", "live.html", "console", "console/"):
        assert client.get(f"/static/{name}").status_code == 404


def test_what_is_not_there_is_a_page_to_a_browser_and_a_problem_to_a_program(served):
    client, _, _ = served
    page = client.get("/nowhere%3Cb%3E", headers={"Accept": "text/html,*/*"})
    assert (page.status_code, page.headers["content-type"].split(";")[0]) == (404, "text/html")
    assert "/nowhere&lt;b&gt; is not there" in page.text
    assert client.get("/nowhere").headers["content-type"] == "application/problem+json"


def test_a_file_is_sent_again_only_where_it_changed(served):
    client, _, _ = served
    first = client.get("/static/console/live.js", headers={"Accept-Encoding": "gzip"})
    assert first.headers["content-encoding"] == "gzip"
    plain = client.get("/static/console/live.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == first.text
    again = client.get("/static/console/live.js", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.requirement("CONSOLE-9")
def test_the_map_is_given_in_pieces(served, tmp_path):
    client, _, _ = served
    answer = client.get("/map/city", headers={"Range": "bytes=0-6"})
    assert (answer.status_code, answer.content) == (206, b"PMTiles")
    size = int(answer.headers["content-range"].rpartition("/")[2])
    end = client.get("/map/city", headers={"Range": f"bytes={size - 3}-{size + 9}"})
    assert (len(end.content), end.headers["content-range"]) == (3, f"bytes {size - 3}-{size - 1}/{size}")
    assert client.get("/map/city", headers={"Range": f"bytes={size}-{size + 9}"}).status_code == 416
    for wrong in ("", "bytes=9-3", "bytes=0-1,4-5", "lines=0-1", "bytes=-5"):
        assert client.get("/map/city", headers={"Range": wrong}).status_code == 400


@pytest.mark.requirement("CONSOLE-9")
def test_a_stations_own_map_comes_first(tmp_path):
    (tmp_path / assets.OWN_MAP).write_bytes(b"PMTiles of our own")
    with serving(tmp_path) as (client, _, _):
        assert client.get("/map/city", headers={"Range": "bytes=0-99"}).content == b"PMTiles of our own"


def test_a_track_is_explained_in_words(served):
    client, _, _ = served
    answer = client.get("/console/tracks/1", headers=DUTY).json()
    assert answer["clause"] == "no_permit_reaches"
    assert "no_permit_reaches" in answer["sentence"]
    assert client.get("/console/tracks/99", headers=DUTY).status_code == 404
    assert client.get("/console/tracks/1").status_code == 401


def test_each_verdict_has_a_shape_that_a_canvas_can_draw():
    assert set(console_page.SHAPES) == set(console_page.GRAVITY) == set(console_page.LEGEND)
    assert set(console_page.KIND_OF.values()) <= set(console_page.SHAPES)
    assert console_page.SHAPES[symbols.MANNED][0][0] == symbols.CRAFT

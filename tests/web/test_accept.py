"""What a reader does not take is not sent: the header Accept."""

import httpx
import pytest

from skykeep.web.conditional import takes
from tests.waiting import PATIENCE_S
from tests.web.standing import Socket, directory, ready, web

JSON = "application/json"


@pytest.mark.parametrize(
    ("accepted", "made", "held"),
    [
        ("", JSON, True),
        ("*/*", JSON, True),
        ("application/json", f"{JSON}; charset=utf-8", True),
        ("text/html, application/*;q=0.2", JSON, True),
        ("text/html", JSON, False),
        ("*/*, application/json;q=0", JSON, False),
        ("application/json; q=0.000, */*", JSON, False),
        ("text/plain;version=0.0.4;q=0.3", "text/plain; version=0.0.4", True),
        (" , ;", JSON, True),
        ("application/json", "application/geo+json", True),
        ("application/geo+json", "application/geo+json", True),
        ("application/json", "text/event-stream", True),
    ],
)
def test_what_a_reader_takes(accepted, made, held):
    assert takes(accepted, made) is held


def test_what_a_reader_does_not_take_is_a_problem_that_says_so(tmp_path):
    directory(tmp_path)
    station = Socket(tmp_path / "run" / "station.sock")
    with web(tmp_path) as (url, _), httpx.Client(base_url=url, timeout=PATIENCE_S) as client:
        ready(url)
        answer = client.get("/api/v1/time", headers={"Accept": "image/png"})
        assert answer.status_code == 406
        assert answer.json()["type"].endswith("/not-acceptable")
        assert answer.headers["x-request-id"] in answer.json()["instance"]
        assert client.get("/api/v1/time", headers={"Accept": "text/html, */*;q=0.1"}).status_code == 200
        assert client.get("/", headers={"Accept": "text/html"}).status_code == 200
    station.close()

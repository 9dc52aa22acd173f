"""A station that really runs, in this process, with a web process of its own before it: for the pages of zones."""

import contextlib
import time

import httpx

from skykeep.rules.powers import Role
from skykeep.station.people import People
from tests.station.living import CONFIG, home, living
from tests.waiting import PATIENCE_S, until
from tests.web.standing import ready, web

WEB = CONFIG + "[web]\nport = 0\nrequests_per_minute = 1000000\n"
PEOPLE = {
    "pia": [Role.PUBLISHER], "paul": [Role.PUBLISHER], "dora": [Role.DUTY_OFFICER], "audrey": [Role.AUDITOR],
    "both": [Role.PUBLISHER, Role.DUTY_OFFICER],
}  # fmt: skip


class Scene:
    """Station, address, and a client for each person, signed in by a cookie as a browser is."""

    def __init__(self, one, at, url, cookies):
        self.one, self.home, self.url, self.cookies = one, at, url, cookies

    @contextlib.contextmanager
    def as_(self, name):
        with httpx.Client(base_url=self.url, cookies={"skykeep": self.cookies[name]}, timeout=PATIENCE_S,
                          headers={"Origin": self.url}) as client:  # fmt: skip
            yield client

    def acts(self, action):
        """Return the lines of the trail of an act."""
        from skykeep.facts.acted import ActDone

        return [fact for fact in self.one.facts(ActDone) if fact.action == action]

    def shown(self, client, path, words):
        """Wait until a page shows words: what was done comes to the web with the next step."""
        return until(lambda: words in (text := client.get(path).text) and text, words)


def key_of(text, form):
    """Return the key of a form on a page, by its address."""
    part = text.partition(f'action="{form}"')[2]
    return part.partition('name="once" value="')[2].partition('"')[0]


@contextlib.contextmanager
def scene(config=WEB, who=PEOPLE, prepared=lambda _at: None):
    """Give a scene; `prepared` lays out what else its directory holds before the station begins."""
    with home(config) as at:
        prepared(at)
        cookies, now_ns = {}, time.time_ns()
        people = People(at.path / "people.db")
        with contextlib.closing(people):
            for name, roles in who.items():
                people.enrol(name, roles, now_ns)
                cookies[name] = people.sessions.begin(name, "password", now_ns, agent="a test")[1]
        with living(at) as one, web(at.path) as (url, _):
            ready(url)
            yield Scene(one, at, url, cookies)

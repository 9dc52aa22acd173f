"""A station's feeds as tests run them: on loopback, with a real clock, ended by the test."""

import time

import pytest

from skykeep.station.config import Home
from skykeep.station.feeds.config import FeedConfig
from skykeep.station.feeds.inbox import Inbox
from skykeep.station.feeds.running import Feeds
from tests.waiting import until


class Station:
    """Some feeds, what they put, and what they say."""

    def __init__(self, home, configs, **more):
        self.inbox, self.notes, self.taken, self.observed = Inbox(), [], [], []
        self.feeds = Feeds(configs, home, self.inbox, time.time_ns, self.notes.append, **more)

    def take(self):
        self.taken += self.inbox.take(1 << 30)
        return self.taken

    def until(self, holds):
        """Poll until `holds()`; an assertion that says what there was, where it does not come to that."""

        def look():
            self.observed += self.feeds.observations()
            return holds()

        return until(look, lambda: (self.notes, self.feeds.status(), self.observed, self.taken[-5:]))

    def until_frames(self, count):
        self.until(lambda: len(self.take()) >= count)
        return [arrived.data for arrived in self.taken]

    def counts(self, name="f"):
        return next(counts for counts in self.feeds.status().feeds if counts.name == name)

    def bound(self, name="f"):
        return self.until(lambda: self.feeds.bound(name))

    def connected(self, name="f"):
        return self.until(lambda: self.counts(name).connected)

    def health(self, what, name="f"):
        self.observed += self.feeds.observations()
        return [one for one in self.observed if one.what is what and one.subject == name]


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)


@pytest.fixture
def station(home):
    """Start feeds by their settings; one keyword set is the feed `f`."""
    begun = []

    def begin(*configs, more=None, **settings):
        if settings:
            configs = (*configs, FeedConfig(**{"name": "f", "backoff_max_s": 0.2, **settings}))
        one = Station(home, list(configs), **(more or {}))
        one.feeds.start()
        begun.append(one)
        return one

    yield begin
    for one in begun:
        one.feeds.stop()

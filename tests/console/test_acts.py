"""Each act that a page offers is pressed in a browser at a station that runs, and becomes its fact in the record."""

import pathlib

import pytest

from skykeep.facts import acted, claimed, enacted
from skykeep.facts.acted import ActDone
from tests.console import pressing
from tests.console.acts import ACTS
from tests.console.scripted import AXE, Looking
from tests.console.town import town
from tests.waiting import until

SHOTS = pathlib.Path(__file__).parents[2] / "build" / "screens"

KINDS = {kind.__name__: kind for room in (acted, claimed, enacted) for kind in vars(room).values() if isinstance(kind, type)}
FAULTS = "axe.run().then(found => found.violations.map(each => `${each.id}: ${each.nodes.map(node => node.html)}`))"


@pytest.fixture(scope="module", name="at")
def _at(browser):
    assert browser
    with town() as made:
        yield made


@pytest.fixture(name="hand")
def _hand(browser, at):
    """Give somebody at a browser; each page in a context of its own."""
    opened = []

    def see(who, path, **terms):
        context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"} | terms)
        if at.cookies[who]:
            context.add_cookies([{"name": "skykeep", "value": at.cookies[who], "url": at.url}])
        opened.append(Looking(context, at.url))
        opened[-1].page.goto(at.url + path)
        return opened[-1]

    yield pressing.Hand(at, see)
    wrong = [(looking.page.url, said) for looking in opened for said in looking.wrong]
    foreign = [url for looking in opened for url in looking.foreign]
    for looking in opened:
        looking.context.close()
    assert wrong == []
    assert foreign == []


@pytest.mark.requirement("ACCESS-2")
@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.press)
def test_an_act_of_a_page_becomes_its_fact(at, hand, shot, act):
    before = {kind: len(held(at, kind, act)) for kind in {"ActDone", act.fact} - {""}}
    page = getattr(pressing, act.press)(hand)
    if act.fact:
        for kind, count in before.items():
            until(lambda kind=kind, count=count: len(held(at, kind, act)) > count, f"{kind} of {act.action}")
    shot(page, f"act-{act.press}")
    page.evaluate(AXE.read_text("utf-8"))
    assert page.evaluate(FAULTS) == []


def held(at, kind, act):
    """Return the facts of a kind that the record holds; of the trail, those of this act."""
    return [fact for fact in at.one.facts(KINDS[kind]) if not isinstance(fact, ActDone) or fact.action == act.action]

"""What a reader wishes holds on every page, is kept in a cookie, and asks for no script."""

import re

import pytest

from skykeep.views import words as plain
from skykeep.web import spoken, wishes, words
from tests.web import pages_scene
from tests.web.law_of_a_city import city

AS = {"X-As": "anna duty_officer auditor admin"}


@pytest.fixture(name="client")
def _client(tmp_path):
    from litestar.testing import TestClient

    app, _, _ = pages_scene.made(tmp_path)
    with TestClient(app) as client:
        yield client


@pytest.fixture
def feet():
    held = wishes._held.set(wishes.Wishes("es", "system", wishes.FEET))
    words.speak("es")
    yield
    wishes._held.reset(held)
    words.speak("en")


def head(page):
    return re.search("<html[^>]*>", page.text)[0]


@pytest.mark.requirement("ACCESS-1")
def test_a_language_that_is_wished_holds_from_then_on(client):
    assert head(client.get("/sensors", headers=AS)) == '<html lang="en">'
    wished = client.get("/sensors?lang=es", headers=AS)
    assert head(wished) == '<html lang="es">'
    assert ">Sensores</a>" in wished.text
    assert wished.headers["set-cookie"].startswith("skykeep_language=es; HttpOnly;")
    later = client.get("/audit", headers={**AS, "Accept-Language": "en"})
    assert "Quién hizo qué" in later.text
    assert "set-cookie" not in later.headers


@pytest.mark.requirement("ACCESS-1")
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_a_theme_that_is_wished_stands_on_the_page_itself(client, theme):
    client.get(f"/sensors?theme={theme}", headers=AS)
    assert head(client.get("/reports", headers=AS)) == f'<html lang="en" class="{theme}">'
    kept = client.get(f"/sensors?theme={theme}", headers=AS).headers["set-cookie"]
    assert "HttpOnly" not in kept  # the live page's button turns it
    client.get("/sensors?theme=system", headers=AS)
    assert head(client.get("/reports", headers=AS)) == '<html lang="en">'


@pytest.mark.requirement("ACCESS-1")
def test_the_page_for_everybody_follows_too(tmp_path):
    with city(tmp_path) as (client, *_):
        client.get("/?theme=dark")
        assert head(client.get("/")) == '<html lang="en" class="dark">'


def test_a_wish_that_nobody_knows_is_none(client):
    page = client.get("/sensors?lang=xx&theme=pink&units=cubits", headers=AS)
    assert head(page) == '<html lang="en">'
    assert "set-cookie" not in page.headers


def test_the_menu_keeps_the_rest_of_the_address(client):
    page = client.get("/audit?person=silva&lang=en", headers=AS)
    assert 'href="?person=silva&amp;lang=es" lang="es" hreflang="es">Español</a>' in page.text
    assert 'href="?person=silva&amp;units=feet"' in page.text


def test_where_an_address_cannot_be_asked_again_the_menu_leads_to_its_part_of_the_console(client):
    page = client.post("/audit/verify", headers={"X-As": "pia pilot"})
    assert 'href="/audit?lang=es"' in page.text


@pytest.mark.requirement("ACCESS-1")
def test_lengths_follow_the_units_that_are_wished(client):
    assert "61 m above the ellipsoid" in client.get("/sensors/radar-c", headers=AS).text
    wished = client.get("/sensors/radar-c?units=feet", headers=AS).text
    assert "200 ft above the ellipsoid" in wished
    assert "6.5 NM" in wished


def test_what_is_said_of_numbers_follows_language_and_units(feet):
    assert spoken.day(1_795_000_000 * 10**9) == "18 de noviembre de 2026"
    assert spoken.speed(10) == "19 kt"
    assert spoken.accuracy(1_000, assumed=True) == "±8 ft (supuesto)"
    assert [spoken.probability(each) for each in (1, 500_000, 999_999)] == ["menos de 0.1 %", "50.0 %", "más de 99.9 %"]
    assert spoken.alarm("health:disk:/var") == f"{words.words('es').say(plain.ALARM['health:disk'])} (/var)"
    assert spoken.alarm("never heard") == "never heard"


def test_outside_of_a_request_all_is_english_and_metric():
    assert wishes.wishes() == wishes.Wishes("en", "system", "metric")
    assert words.say("Sensors") == "Sensors"
    assert spoken.speed(10) == "10 m/s"

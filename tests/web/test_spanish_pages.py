"""The pages of zones, the permit desk and the form for permits: in Spanish, and in feet to whom wishes it."""

import re

import pytest
from litestar.testing import TestClient

from skykeep.facts.enacted import Circle, Volume
from skykeep.geo.altitude import Altitude, Datum
from skykeep.views import words as plain
from skykeep.web import spoken, wishes
from tests.station.offices import OPERATOR, SERIAL
from tests.web import permit_scene
from tests.web.english import left
from tests.web.permit_scene import ANNA, BORIS, PILOT
from tests.web.test_zone_pages import FORM, SQUARE, begun, drawn, law_of, sent
from tests.web.zone_scene import scene

ES = {"Accept-Language": "es"}
QUOTED = ("The harbour", "The quay", "Harbour office", "Harbour act, 4", "Ships", "Too small", "The pilot's own words",
          "English", "Bridge office", "Crew known", "skykeep permit verify", "drawn: ", "Test", "DEMO-A", "Demo zone",
          "At most one", "Invented town", "urn:skykeep",
          "Office for the Town's Sky", "River Meadows, by permit only")  # fmt: skip
GIVEN = {
    "holder": "Bridge office", "operators": OPERATOR, "aircraft": SERIAL, "lat": "-35.1986", "lon": "-56.1852",
    "radius": "320", "ceiling": "120", "datum": "agl", "date": "2026-05-28", "begins": "21:30", "ends": "23:30",
}  # fmt: skip


@pytest.fixture(scope="module", name="at")
def _at():
    with scene() as made:
        yield made


@pytest.fixture(scope="module", name="whole")
def _whole(tmp_path_factory):
    app, mirror = permit_scene.made(tmp_path_factory.mktemp("web"))
    with TestClient(app) as client:
        yield client, mirror


@pytest.fixture(name="client")
def _client(whole, tmp_path):
    permit_scene.renew(whole[1], tmp_path)
    whole[0].cookies.clear()
    return whole[0]


def words_left(text):
    """Return what is English, but for names: those of invented places say that they are invented."""
    return [each for each in left(text, QUOTED) if "nvented" not in each]


def in_spanish(answer, status=200):
    """The page is in Spanish, all of it."""
    assert answer.status_code == status
    assert '<html lang="es">' in answer.text
    assert words_left(answer.text) == []
    return answer.text


@pytest.mark.requirement("ACCESS-1")
def test_no_english_is_left_on_the_pages_of_zones(at):
    hours = {"hours": "daily", "days": "0", "opens": "08:00", "closes": "18:00", "time_zone": "Europe/Zurich"}
    with at.as_("pia") as pia, at.as_("paul") as paul:
        law_of(at, pia, paul, "Z-ES")
        changed = {**begun(pia, "Z-ES"), **hours, "shape": "polygon", "corners": SQUARE, "name": "The quay"}
        draft = drawn(at, pia, zone_id="Z-ES", ceiling="90", conditions="At most one", **changed)
        pia.headers.update(ES)
        paul.headers.update(ES)
        in_spanish(paul.get("/zones"))
        in_spanish(paul.get("/zones?which=over&q=nada"))
        assert "Versión 1" in in_spanish(paul.get("/zones/zone?id=Z-ES"))
        in_spanish(pia.get("/zones/new"))
        in_spanish(pia.get("/zones/new?change=Z-ES"))
        in_spanish(pia.get("/zones/import"))
        told = in_spanish(paul.get(draft))
        for said in (
            "nombre: The harbour → The quay",
            "alturas: 0–150 m AGL → 0–90 m AGL",
            "horario: siempre → lun 08:00-18:00 Europe/Zurich",
            "condiciones: no se indica → At most one",
            "área: gana",
        ):
            assert said in told, said
        wrong = pia.post("/zones/draw", data={**FORM, "zone_id": "Z-ES2", "lat": "95", "do": "propose", "once": "es1"})
        assert "latitud del centro" in in_spanish(wrong, 409)
        assert sent(paul, draft, f"{draft}/publish").status_code == 303
        two = at.shown(paul, "/zones/zone?id=Z-ES", "Versión 2")
        assert words_left(two) == []
        assert "polígono de 4 vértices" in two
        asked = paul.post("/zones/withdraw", data={"zone_id": "Z-ES", "reason": "r", "once": "es2"})
        assert "qué versión" in in_spanish(asked, 400)
        refused = in_spanish(pia.post("/zones/confirm", data={"zone_id": "Z-ES", "hours": "1", "once": "es3"}), 409)
        assert "No se hizo:" in refused


@pytest.mark.requirement("ACCESS-1")
def test_no_english_is_left_on_the_form_for_permits(client):
    pilot = {**PILOT, **ES}
    assert "Quién solicita" in in_spanish(client.get("/permits/apply", headers=pilot))

    def go(**fields):
        return client.post("/permits/apply", data={**GIVEN, **fields}, headers=pilot)

    assert "Hace falta." in in_spanish(go(step="0", holder=""))
    assert "Números de serie de los drones" in in_spanish(go(step="0"))
    assert "Radio en metros" in in_spanish(go(step="1"))
    assert "Entre 1 y 20000." in in_spanish(go(step="2", radius="90000"))
    checked = in_spanish(go(step="2"))
    assert "Sin conflicto" in checked
    assert "Procedimiento si se pierde el enlace" in checked
    key = re.search('name="key" value="([^"]*)"', checked)[1]
    assert "Guarde su número" in in_spanish(go(step="3", go="send", key=key))


@pytest.mark.requirement("ACCESS-1")
def test_no_english_is_left_on_the_permit_desk(client):
    for _ in range(2):
        client.post("/api/v1/permits", json=permit_scene.body(holder="Bridge office"), headers=PILOT)
    page = in_spanish(client.get("/permits", headers={**ANNA, **ES}))
    assert "espera a un primer oficial" in page
    in_spanish(client.get("/permits?q=nada", headers={**ANNA, **ES}))
    permit_id = re.search(r"P-2026-\d+", page)[0]
    address = f"/permits/{permit_id}"
    one = in_spanish(client.get(address, headers={**ANNA, **ES}))
    key = re.search('name="key" value="([^"]*)-recommend"', one)[1]
    for deed, who, said in (("recommend", ANNA, "Recomendado."), ("grant", BORIS, "Concedido.")):
        seen = re.search('name="seen_ns" value="([0-9]+)"', client.get(address, headers={**who, **ES}).text)[1]
        given = {"reason": "Crew known", "key": f"{key}-{deed}", "seen_ns": seen}
        done = client.post(f"{address}/{deed}", data=given, headers={**who, **ES})
        assert said in in_spanish(done)
    code = client.post(f"{address}/code", data={"reason": "Crew known", "key": f"{key}-code"}, headers={**BORIS, **ES})
    assert "Código QR del permiso" in in_spanish(code)
    refused = client.post(f"{address}/grant", data={"reason": "Crew known", "key": f"{key}-x"}, headers={**ANNA, **ES})
    assert "No se hizo:" in in_spanish(refused, 409)


@pytest.mark.requirement("ACCESS-1")
def test_the_kind_of_a_problem_is_in_the_readers_language_and_its_detail_is_english(client):
    answer = client.get("/api/v1/tracks/1", headers={**ANNA, **ES}).json()
    assert (answer["title"], answer["remedy"]) != ("This power is missing", "Ask an admin for that power.")
    assert client.get("/api/v1/tracks/1", headers=ANNA).json()["detail"] == answer["detail"]


ROUND = Circle(lat_e7=0, lon_e7=0, radius_mm=1_000)
LIMITS = (
    None, "unlimited", Altitude(0, Datum.AGL), Altitude(120_000, Datum.AGL), Altitude(500_000, Datum.AMSL),
    Altitude(12_000_000, Datum.AMSL), Altitude(1_981_200, Datum.STD), Altitude(3_048_000, Datum.STD),
)  # fmt: skip


@pytest.mark.parametrize("floor", LIMITS, ids=str)
@pytest.mark.parametrize("ceiling", LIMITS, ids=str)
def test_bands_of_heights_are_said_as_in_records_where_nobody_wishes_otherwise(floor, ceiling):
    volume = Volume(outline=ROUND, floor=floor, ceiling=ceiling)
    assert spoken.heights(volume) == plain.heights(volume)
    held = wishes._held.set(wishes.Wishes(units=wishes.FEET))
    try:
        assert not re.search(r"\d k?m\b", spoken.heights(volume))
    finally:
        wishes._held.reset(held)


@pytest.mark.requirement("ACCESS-1")
def test_pages_of_zones_say_heights_and_distances_in_feet_and_change_no_field(at):
    with at.as_("pia") as pia, at.as_("paul") as paul:
        law_of(at, pia, paul, "Z-FEET")
        metres = pia.get("/zones/new?change=Z-FEET").text
        shown = paul.get("/zones/zone?id=Z-FEET&units=feet").text
        assert "0–492 ft AGL" in shown
        assert "circle of 2953 ft about" in shown
        assert "150 m" not in shown
        feet = pia.get("/zones/new?change=Z-FEET&units=feet").text
        fields = re.compile('<input name="(?:radius_m|ceiling|floor)"[^>]*value="[^"]*"')
        assert fields.findall(feet) == fields.findall(metres) != []
        assert "Radius, m" in feet


@pytest.mark.requirement("ACCESS-1")
def test_the_permit_desk_says_heights_and_distances_in_feet(client):
    client.post("/api/v1/permits", json=permit_scene.body(), headers=PILOT)
    metres = client.get("/permits", headers=ANNA).text
    assert re.search(r"\d m A", metres)
    feet = client.get("/permits?units=feet", headers=ANNA).text
    assert re.search(r"\d ft A", feet)
    assert not re.search(r"\d m A", feet)

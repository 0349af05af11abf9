"""Feeding the ROR over a real socket with client certificates: the documented algorithm, and nothing lost nor twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from archipel.connectors.ror import feeding
from archipel.connectors.ror.models import Agreed, Answer, Dispatch, Exchange, Link
from archipel.connectors.ror.tension import Tension
from archipel.domains.flow import public as flow
from archipel.domains.flow.public import BedKey
from archipel.domains.flow.values.offers import Indicator
from archipel.foundation.scope import in_scope
from archipel.kernel.errors import Invalid
from tests.factories.beds import CHU, SITE, make_stay, make_unit, system
from tests.factories.ror import Bench, bench, hospital, offer, place

pytestmark = pytest.mark.django_db(transaction=False)

FREE, FULL, IN, SHUT = Indicator("02", "01", "04"), Indicator("03"), Indicator("01"), Indicator("05", closing="01")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ror")


@pytest.fixture
def ror(folder: Path, db: None) -> Iterator[Bench]:
    with bench(folder) as found, in_scope(system()):
        yield found


def held(ror: Bench, location: str = "27-MED3001") -> dict[Indicator, int]:
    (found,) = (one for one in ror.mock.store.places() if one.location == location)
    return {key: figure.count for key, figure in found.figures.items()}


def row(code: str = "MED3001") -> Dispatch:
    return Dispatch.objects.get(code=code)


def test_a_bed_that_changes_reaches_the_ror(ror: Bench) -> None:
    hospital(ror)
    make_stay_in("101", "P")
    report = ror.feed()
    assert report.down == "" and report.refused == 0
    assert held(ror)[IN] == 5 and held(ror)[FULL] == 1
    assert sum(n for key, n in held(ror).items() if key.status == "02" and key.temporality == "01") == 4
    assert row().accepted_at == ror.clock() and row().problem == ""
    assert [one.reason for one in Exchange.objects.all()][:1] == ["changement"]
    assert Agreed.objects.count() == 1

    before = len(ror.mock.log)
    ror.clock.forward(minutes=6)
    assert ror.feed().sent == 0 and len(ror.mock.log) == before, "nothing changed, nothing is due"

    make_stay_in("102", "1")
    report = ror.feed()
    assert report.sent == 2 == len(ror.mock.log) - before, "occupied went up, available down: nothing else"
    assert held(ror)[FULL] == 2
    last = ror.mock.log[-2:]
    assert [one.body["parameter"][0]["part"][0]["valueString"] for one in last] == ["replace", "replace"]
    assert all({h.title() for h in one.headers} & {"Ror-Role-Metier-Code"} == set() for one in last)
    assert {one.client for one in last} == {"fournisseur"}


def make_stay_in(chambre: str, lit: str, uf: str = "3001") -> None:
    make_stay(BedKey(CHU, uf, chambre, lit), sexe="")


def test_replace_comes_first_and_add_after_its_404(ror: Bench) -> None:
    hospital(ror)
    make_stay_in("101", "P")
    ror.feed()
    kinds = [(one.body["parameter"][0]["part"][0]["valueString"], one.status) for one in ror.mock.log]
    assert ("replace", 404) in kinds and ("add", 200) in kinds
    assert kinds.index(("add", 200)) > max(i for i, kind in enumerate(kinds) if kind[0] == "replace")
    verdicts = set(Answer.objects.values_list("verdict", flat=True))
    assert verdicts == {"accepte", "ajouter"}
    assert Answer.objects.count() == Exchange.objects.count() == len(ror.mock.log)


def test_both_forms_of_expression(ror: Bench) -> None:
    ror.mock.store.text_expression = False
    hospital(ror)
    make_stay_in("101", "P")
    assert ror.feed().refused == 0 and held(ror)[IN] == 5


def test_a_place_that_the_ror_does_not_know_goes_to_the_grades(ror: Bench) -> None:
    hospital(ror)
    make_stay_in("101", "P")
    ror.mock.store.remove("27-MED3001")
    report = ror.feed()
    assert report.sent == 1, "the other indicators would fare the same"
    assert row().refused and row().who == ["GRADeS"] and "GRADeS" in row().problem
    ror.clock.forward(hours=1)
    assert ror.feed().sent == 0, "sending again changes nothing"
    with in_scope(system()):
        Dispatch.objects.update(asked=True)
    assert ror.feed().sent == 1, "unless a person asks"
    ror.clock.forward(hours=25)
    assert ror.feed().sent == 1, "or once a day"


def test_two_places_with_one_code_go_to_both(ror: Bench) -> None:
    declared = hospital(ror)
    make_stay_in("101", "P")
    twin = replace(ror.mock.store.by_external(declared.key)[0], location="27-jumeau")
    ror.mock.store.put([twin])
    ror.feed()
    assert row().who == ["GRADeS", "Établissement"] and "Plusieurs lieux" in row().problem


def test_a_refused_combination_does_not_hold_up_the_others(ror: Bench) -> None:
    hospital(ror)
    make_stay_in("101", "P")
    ror.mock.store.valid = frozenset(one for one in ror.mock.store.valid or () if one.status != "04")
    ror.feed()
    assert held(ror)[IN] == 5 and Indicator("04") not in held(ror)
    assert row().refused and row().who == ["GRADeS", "Établissement"] and list(row().blocked) == [str(Indicator("04"))]
    assert row().accepted_at is None, "the whole was not accepted"
    ror.clock.forward(minutes=6)
    make_stay_in("102", "1")
    assert ror.feed().sent == 2 and held(ror)[FULL] == 2, "what the ROR takes goes on"
    ror.clock.forward(minutes=6)
    assert ror.feed().sent == 0
    ror.mock.store.valid = ror.config.valid
    ror.clock.forward(hours=25)
    ror.feed()
    assert Indicator("04") in held(ror) and not row().refused and row().accepted_at == ror.clock()


def test_the_cadence_sends_everything_again_and_tension_quickens_it(
    ror: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    hospital(ror, filiere="SCA")
    make_stay_in("101", "P")
    ror.feed()
    count = len(held(ror))
    ror.clock.forward(hours=13)
    assert ror.feed().sent == 0
    monkeypatch.setattr(feeding, "tension_now", lambda **_: Tension(frozenset({SITE})))
    assert ror.feed().sent == count, "twice a day in tension"
    assert Agreed.objects.latest("id").tension
    assert Exchange.objects.latest("id").reason == "cadence"
    monkeypatch.undo()
    ror.clock.forward(hours=24)
    assert ror.feed().sent == count


def test_nothing_is_late_before_its_time_and_late_is_told(ror: Bench) -> None:
    hospital(ror)
    make_stay_in("101", "P")
    ror.feed()
    ror.mock.mode.down = True
    ror.clock.forward(hours=24, minutes=10)
    ror.feed()
    assert row().late_since is None, "within the grace"
    ror.clock.forward(minutes=10)
    ror.feed()
    assert row().late_since is not None
    ror.mock.mode.down = False
    ror.clock.forward(hours=1)
    ror.feed()
    assert row().late_since is None


def test_down_for_an_hour_then_only_the_present_is_told(ror: Bench) -> None:
    hospital(ror, beds="101-P 102- 103- 104- 105- 106-")
    make_stay_in("101", "P")
    ror.feed()
    ror.mock.mode.cut = True
    begun = len(ror.mock.log)
    for chambre in ("102", "103", "104"):
        make_stay_in(chambre, "1")
        for _ in range(20):
            ror.clock.forward(minutes=1)
            ror.feed()
    tried = ror.mock.log[begun:]
    assert 3 <= len(tried) <= 20, "retries lengthen"
    assert len([one for one in tried if one.method == "PATCH"]) == 1, "what is in doubt is read, not sent again"
    link = Link.objects.get(name="fournisseur")
    assert link.down_since is not None and Link.objects.get(name="consommateur").failures >= 3
    ror.mock.mode.cut = False
    begun = len(ror.mock.log)
    ror.clock.forward(hours=1)
    ror.feed()
    written = [one for one in ror.mock.log[begun:] if one.method == "PATCH"]
    assert held(ror)[FULL] == 4 and held(ror)[IN] == 6
    assert len(written) == 2, "what passed in between is not told, the present is, once"
    assert Link.objects.get(name="fournisseur").down_since is None
    ror.clock.forward(minutes=6)
    assert ror.feed().sent == 0


def test_an_answer_lost_on_the_way_is_looked_for_and_not_sent_again(ror: Bench) -> None:
    hospital(ror)
    make_stay_in("101", "P")
    ror.feed()
    ror.clock.forward(minutes=6)
    make_stay_in("102", "1")
    ror.mock.mode.lose_answers = 1
    begun = len(ror.mock.written())
    report = ror.feed()
    assert report.down and row().pending, "nobody knows"
    ror.clock.forward(minutes=1)
    ror.feed()
    assert held(ror)[FULL] == 2 and row().pending == []
    assert len(ror.mock.written()) - begun == 2, "each of the two figures reached the ROR once"
    assert Answer.objects.filter(kind="relecture", verdict="accepte").count() == 1


def test_a_cut_after_a_long_silence_waits_as_a_first_one(ror: Bench) -> None:
    hospital(ror)
    make_stay_in("101", "P")
    ror.feed()
    Link.objects.filter(name="fournisseur").update(failures=9)
    ror.clock.forward(minutes=6)
    make_stay_in("102", "1")
    ror.mock.mode.lose_answers = 1
    answered = ror.mock.store.patch

    def second_is_lost(identifier: str, body: object) -> object:
        ror.mock.mode.lose_answers = int(len(ror.mock.written()) > begun)
        return answered(identifier, body)

    begun = len(ror.mock.written())
    ror.mock.store.patch = second_is_lost  # type: ignore[assignment, method-assign]
    assert ror.feed().down
    link = Link.objects.get(name="fournisseur")
    assert link.failures == 1 and link.down_since is not None


def test_what_is_in_doubt_waits_when_it_cannot_be_read_back(ror: Bench) -> None:
    hospital(ror)
    make_stay_in("101", "P")
    ror.feed()
    ror.clock.forward(minutes=6)
    make_stay_in("102", "1")
    ror.mock.mode.lose_answers = 1
    ror.feed()
    begun = len(ror.mock.written())
    ror.clock.forward(minutes=1)
    ror.feed(reader="fournisseur")  # a certificate that may not read
    assert row().pending and len(ror.mock.written()) == begun
    assert Link.objects.get(name="consommateur").access
    ror.clock.forward(minutes=1)
    ror.feed(read_back=False)  # no access to read at all: told again by replace, which adds nothing
    assert held(ror)[FULL] == 2 and row().pending == []


def test_a_wrong_certificate_stops_everything_and_says_who_must_act(ror: Bench) -> None:
    hospital(ror)
    make_unit("3002", beds="201- 202-")
    second = flow.declare_offer(scope=system(), offer=offer("MED2", "3002"))
    assert second.units == ("3002",)
    make_stay_in("101", "P")
    for cert in ("inconnu", "consommateur"):
        report = ror.feed(cert=cert)
        assert report.down and ror.mock.written() == [], cert
        link = Link.objects.get(name="fournisseur")
        assert link.access and link.next_at is not None
        assert not row().refused and row().attempts == 0, "the offer has nothing wrong"
        ror.clock.forward(hours=1)
    ror.mock.store.put([place(second)])
    assert ror.feed().down == "" and held(ror)[IN] == 5 and held(ror, "27-MED2")[IN] == 2


def test_a_refused_token_is_asked_for_again(ror: Bench) -> None:
    hospital(ror)
    make_stay_in("101", "P")
    ror.mock.mode.reject_token = True
    assert "401" in ror.feed().down
    ror.mock.mode.reject_token = False
    ror.clock.forward(hours=1)
    assert ror.feed().down == ""


def test_an_error_of_the_server_is_tried_again(ror: Bench) -> None:
    hospital(ror)
    make_stay_in("101", "P")
    ror.mock.mode.fail = 1
    ror.feed()
    assert row().attempts == 1 and row().next_at is not None and not row().refused
    ror.clock.forward(seconds=1)
    assert ror.feed().sent == 0
    ror.clock.forward(seconds=10)
    ror.feed()
    assert row().attempts == 0 and held(ror)[IN] == 5


def test_a_closing_offer_is_never_seen_open_and_full(ror: Bench) -> None:
    declared = hospital(ror)
    make_stay_in("101", "P")
    make_stay_in("101", "F")
    ror.feed()
    flow.declare_offer(scope=system(), offer=replace(declared, closed=True))
    ror.clock.forward(minutes=6)
    assert ror.feed().refused == 0
    assert sum(n for key, n in held(ror).items() if key.status == "02") == 0


def test_silence_is_not_emptiness(ror: Bench) -> None:
    hospital(ror)
    assert ror.feed().sent == 0 and "Aucun message" in row().problem
    assert row().who == ["Établissement"]


def test_an_offer_is_in_one_pair_of_hands(ror: Bench) -> None:
    hospital(ror)
    make_stay_in("101", "P")
    at = connection.settings_dict
    with psycopg.connect(
        host=at["HOST"], port=at["PORT"], dbname=at["NAME"], user=at["USER"], password=at["PASSWORD"], autocommit=True
    ) as other:
        other.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", ["ror:1210987558/MED3001"])
        assert ror.feed().sent == 0
    assert ror.feed().sent > 0


def test_forecasts_leave_once_a_person_has_validated_them(ror: Bench) -> None:
    declared = hospital(ror)
    make_stay_in("101", "P")
    ror.feed()
    with pytest.raises(Invalid):
        flow.validate_forecast_capacity(
            scope=system(), structure=declared.structure, code=declared.code, counts={"03": 2}
        )
    person = replace(system(), user_id=1, actor="compte:1")
    flow.validate_forecast_capacity(
        scope=person, structure=declared.structure, code=declared.code, counts={"02": 1, "03": 2}, at=ror.clock()
    )
    ror.clock.forward(minutes=10)
    ror.feed()
    assert held(ror)[Indicator("02", "03", "04")] == 2 and held(ror)[Indicator("02", "02", "04")] == 1
    ror.clock.forward(hours=2)
    ror.feed()
    assert Indicator("02", "02", "04") not in held(ror), "its moment came: it is taken back"
    assert held(ror)[Indicator("02", "03", "04")] == 2

"""The invented internal structure of real sites: its totals are the real ones, and it hangs together."""

from __future__ import annotations

from collections import Counter

import pytest

from archipel.demo.corpus import invented_ght
from archipel.demo.senders import make_senders, short_name
from archipel.demo.structure import DemoStructure, build_structure, ed_places
from archipel.territory.reference import ght, ghts
from archipel.territory.reference_values import RefGht
from archipel.territory.values import Filiere

ALL = [pytest.param(one, id=one.code) for one in (*ghts(), invented_ght())]


@pytest.fixture(scope="module")
def dijon() -> DemoStructure:
    return build_structure(ght("BFC-03"), seed=1)


@pytest.mark.parametrize("group", ALL)
def test_beds_and_places_equal_the_reference_exactly(group: RefGht) -> None:
    structure = build_structure(group, seed=7)
    for eg in group.egs:
        for capacity in eg.capacites:
            assert structure.count(eg.finess.value, capacity.filiere) == capacity.lits, (eg.nom, capacity)
            assert structure.count(eg.finess.value, capacity.filiere, "place") == capacity.places, (eg.nom, capacity)
    beds = [bed for bed in structure.beds if bed.usage == "lit"]
    assert len(beds) == group.lits()


@pytest.mark.parametrize("group", ALL)
def test_codes_are_unique_and_parents_exist(group: RefGht) -> None:
    structure = build_structure(group, seed=3)
    codes = [(uf.establishment, uf.code) for uf in structure.ufs]
    assert len(codes) == len(set(codes))
    assert all(len(code) == 4 and code.isdigit() for _, code in codes)
    beds = [(bed.establishment, bed.uf, bed.chambre, bed.lit) for bed in structure.beds]
    assert len(beds) == len(set(beds))
    assert {key[:2] for key in beds} == set(codes)
    sites = {eg.finess.value: ej.finess.value for ej in group.ejs for eg in ej.egs}
    assert all(sites[uf.site] == uf.establishment for uf in structure.ufs)
    assert {uf.filiere for uf in structure.ufs} <= {f.value for f in Filiere}
    poles: dict[tuple[str, str], str] = {}
    services: dict[tuple[str, str], tuple[str, str]] = {}
    for uf in structure.ufs:
        assert poles.setdefault((uf.establishment, uf.pole), uf.pole_name) == uf.pole_name
        service = (uf.site, uf.service_name)
        assert services.setdefault((uf.establishment, uf.service), service) == service


@pytest.mark.parametrize("group", ALL)
def test_some_beds_are_not_staffed_but_never_in_the_uhcd(group: RefGht) -> None:
    structure = build_structure(group, seed=5)
    beds = [bed for bed in structure.beds if bed.usage == "lit"]
    closed = [bed for bed in beds if not bed.armed]
    assert 0.04 <= len(closed) / len(beds) <= 0.085
    uhcd = {(uf.establishment, uf.code) for uf in structure.ufs if uf.filiere == "UHCD"}
    assert not any((bed.establishment, bed.uf) in uhcd for bed in closed)
    assert all(bed.armed for bed in structure.beds if bed.usage != "lit")


def test_rooms_hold_one_bed_or_two_and_about_six_in_ten_hold_one(dijon: DemoStructure) -> None:
    rooms = Counter((b.establishment, b.uf, b.chambre) for b in dijon.beds if b.usage == "lit")
    assert set(rooms.values()) == {1, 2}
    critical = {(uf.establishment, uf.code) for uf in dijon.ufs if uf.filiere in ("SCA", "SCP", "BRU")}
    assert all(number == 1 for key, number in rooms.items() if key[:2] in critical)
    ordinary = [number for key, number in rooms.items() if key[:2] not in critical]
    assert 0.55 <= ordinary.count(1) / len(ordinary) <= 0.68
    for bed in dijon.beds:
        if bed.usage == "lit":
            assert bed.single == (rooms[bed.establishment, bed.uf, bed.chambre] == 1)


def test_every_emergency_department_has_places_of_every_use(dijon: DemoStructure) -> None:
    group = ght("BFC-03")
    departments = [uf for uf in dijon.ufs if uf.kind == "urgences"]
    assert len(departments) == sum(len(eg.urgences) for eg in group.egs)
    for uf in departments:
        uses = Counter(bed.usage for bed in dijon.beds_of[uf.establishment, uf.code])
        assert set(uses) == {"accueil", "tri", "attente", "box", "dechocage", "radio", "aval"}
        assert uses["box"] >= 4
    sizes = [sum(number for _, _, number in ed_places(daily)) for daily in (10, 50, 100, 300)]
    assert sizes == sorted(sizes) and sizes[0] < sizes[-1]


def test_a_seed_gives_one_structure() -> None:
    group = invented_ght()
    assert build_structure(group, seed=2) == build_structure(group, seed=2)
    assert build_structure(group, seed=2) != build_structure(group, seed=3)


def test_every_member_is_a_sender_with_a_name_of_its_own() -> None:
    for group in ghts():
        senders = make_senders(group)
        assert set(senders) == {ej.finess.value for ej in group.ejs}
        names = [sender.namespace for sender in senders.values()]
        assert len(names) == len(set(names))
        assert all(name.isascii() and len(name) <= 25 and not set(name) & set("|^~\\& ") for name in names)
    charsets = {sender.charset for sender in make_senders(ght("BFC-03")).values()}
    assert charsets == {"8859/1", "UNICODE UTF-8"}
    assert short_name("CHU Dijon Bourgogne") == "CHU-DIJON"
    assert short_name("CH de Langres") == "CH-LANGRES"


def test_beds_have_the_names_that_people_use(dijon: DemoStructure) -> None:
    names = {bed.usage: bed.name for bed in dijon.beds}
    assert names["box"].startswith("Box ") and names["attente"].startswith("Attente ")
    assert names["place"].startswith("Place ")
    singles = [bed for bed in dijon.beds if bed.usage == "lit" and bed.single]
    doubles = [bed for bed in dijon.beds if bed.usage == "lit" and not bed.single]
    assert all(bed.name == bed.chambre for bed in singles)
    assert {bed.name.rpartition(" ")[2] for bed in doubles} == {"P", "F"}

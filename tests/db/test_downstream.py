"""The search for a bed: states, reasons, exclusions, parameters, and nothing of a patient."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from pathlib import Path

import pytest

from archipel.domains.flow import public as flow
from archipel.domains.flow.models import Venue
from archipel.domains.flow.queries.downstream_config import parse, search_config
from archipel.domains.flow.values.ranking import BedRequest, ProtectedRule
from archipel.foundation.accounts.roles import Role
from archipel.foundation.files import reference_dir
from archipel.foundation.scope import Scope, in_scope
from archipel.kernel import clock
from archipel.kernel.errors import Denied, Invalid
from archipel.territory.models import Lit, Site, Uf
from tests.db.test_ed import department, of
from tests.factories.beds import CHU, LANGRES, SITE, leave, make_stay, make_unit, system

pytestmark = pytest.mark.django_db
SITE_LANGRES = "520000001"
WOMAN = BedRequest("MED", "F", age=70, origin_eg=SITE)


def search(request: BedRequest = WOMAN, **options: object) -> flow.Search:
    scope = of(Role.IDE_URGENCES, CHU)
    with in_scope(scope):
        return flow.search_beds(scope=scope, request=request, **options)  # type: ignore[arg-type]


def labels(found: tuple[flow.Found, ...]) -> list[str]:
    return [f"{bed.uf} {bed.label}" for bed in found]


def reasons(bed: flow.Found) -> str:
    return " ".join(reason.text for reason in bed.ranked.reasons)


def langres() -> list[flow.BedKey]:
    beds = make_unit("7001", establishment=LANGRES, site=SITE_LANGRES, beds="1- 2-", name="Médecine Langres")
    Site.objects.filter(finess=SITE_LANGRES).update(latitude=47.86, longitude=5.33, commune="Langres")
    return beds


def test_the_bed_of_the_same_site_comes_first_then_the_nearest() -> None:
    department()
    langres()
    make_unit("3001", beds="9-")
    found = search()
    assert labels(found.found) == ["3001 9-1", "7001 1-1", "7001 2-1"]
    first, second = found.found[:2]
    assert "Même site." in reasons(first)
    assert second.ranked.distance_km == pytest.approx(63, abs=2)
    assert "63 km à vol d'oiseau" in reasons(second)
    assert second.establishment_name == f"CH {LANGRES}"


def test_what_is_taken_is_counted_and_what_does_not_fit_is_explained() -> None:
    department()
    beds = make_unit("3001", beds="1-A 1-B 2-A 2-B 3- 4- 5-")
    make_stay(beds[0], sexe="M")
    make_stay(beds[2], sexe="F")
    make_stay(beds[4])
    flow.close_bed(scope=system(), bed=beds[5], reason="travaux")
    flow.reserve_bed(scope=system(), bed=beds[6], text="quelqu'un")
    make_unit("4001", filiere="OBS", beds="8-", name="Maternité")
    found = search()
    assert labels(found.found) == ["3001 2-B"]
    assert "Chambre double femme." in reasons(found.found[0])
    assert labels(found.excluded) == ["3001 1-B", "4001 8-1"]
    assert "Chambre double homme." in reasons(found.excluded[0])
    assert "incompatible" in reasons(found.excluded[1])
    assert sum(found.left_out.values()) == 5
    assert found.left_out["réservés"] == 1
    assert found.left_out["fermés"] == 1


def test_soon_free_beds_are_marked_and_come_after() -> None:
    department()
    free, dirty, leaving, late = make_unit("3001", beds="1- 2- 3- 4-")
    leave(make_stay(dirty))
    soon, later = make_stay(leaving), make_stay(late)
    with in_scope(system()):
        Venue.objects.filter(id=soon).update(expected_exit=clock.now() + timedelta(hours=3))
        Venue.objects.filter(id=later).update(expected_exit=clock.now() + timedelta(hours=90))
    found = search()
    assert [(bed.label, bed.state) for bed in found.found] == [
        ("1-1", "libre"),
        ("2-1", "a_nettoyer"),
        ("3-1", "occupe"),
    ]
    assert found.found[0].free_at is None
    assert found.found[2].free_at == pytest.approx(clock.now() + timedelta(hours=4), abs=timedelta(minutes=2))
    assert "sortie prévue" in reasons(found.found[2])
    assert free.label == "1-1"


def test_isolation_age_and_protected_beds() -> None:
    department()
    double = make_unit("3001", beds="1-A 1-B")
    make_unit("3002", beds="2-")
    Uf.objects.filter(code="3002").update(protected_beds=1)
    single = search(BedRequest("MED", "F", "contact", age=70, origin_eg=SITE))
    assert labels(single.found) == ["3002 2-1"]
    assert "Chambre seule pour l'isolement contact." in reasons(single.found[0])
    assert "protégé pour les urgences de ce site" in reasons(single.found[0])
    elsewhere = search(BedRequest("MED", "F", "contact", age=70, origin_eg=SITE_LANGRES))
    assert any("urgences d'un autre site" in reasons(bed) for bed in elsewhere.excluded)
    assert not search(BedRequest("MED", "F", age=8, origin_eg=SITE)).found
    flow.set_isolation(scope=system(), bed=double[0], isolation="air")
    assert "3001 1-B" not in labels(search().found)


def test_no_name_leaves_and_no_right_no_answer() -> None:
    department()
    langres()
    venue = make_stay(make_unit("3001", beds="1-A 1-B")[0], name="SECRETISSIME")
    assert "SECRETISSIME" not in repr(search())
    assert str(venue) not in repr(search())
    nobody = Scope(actor="x", establishments=frozenset())
    with in_scope(nobody), pytest.raises(Denied):
        flow.search_beds(scope=nobody, request=WOMAN)


def test_one_establishment_and_a_limit() -> None:
    department()
    langres()
    make_unit("3001", beds="9-")
    assert labels(search(establishment=LANGRES).found) == ["7001 1-1", "7001 2-1"]
    found = search(limit=1)
    assert len(found.found) == 1
    assert found.usable == 3


def test_single_flag_and_provisional_isolation_room() -> None:
    department()
    make_unit("3001", beds="1-A 2-A 2-B")
    Lit.objects.filter(chambre="1").update(single=True, isolation=True)
    found = search(BedRequest("MED", "M", "air", origin_eg=SITE))
    assert labels(found.found) == ["3001 1-A"]


def test_the_shipped_parameters_are_read() -> None:
    config = search_config()
    assert config.source == "recherche_lit.toml"
    assert config.rules.protected is ProtectedRule.URGENCES_DU_SITE
    assert config.rules.compatibility["GER"]["MED"] < config.rules.exact
    assert config.ages["PED"] == (None, 17)


def test_another_file_may_be_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ici.toml"
    path.write_text("[distance]\nmeme_site = 7\n[compatibilites.MED]\nOBS = 3\n")
    monkeypatch.setenv("ARCHIPEL_RECHERCHE_LIT", str(path))
    config = search_config()
    assert (config.rules.same_site, config.rules.compatibility["MED"]["OBS"]) == (7, 3)
    assert config.source == "ici.toml"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[points]\nfiliere_exacte = 1.5\n", "filiere_exacte"),
        ("[point]\n", "point"),
        ("[points]\nautre = 1\n", "points.autre"),
        ("[lits_proteges]\nregle = 'parfois'\n", "lits_proteges.regle"),
        ("[ages]\nPED = [1]\n", "ages.PED"),
        ("[ages]\nXXX = [1, 2]\n", "ages.XXX"),
        ("[compatibilites.MED]\nZZZ = 1\n", "compatibilites.MED.ZZZ"),
        ("[delais]\nnettoyage_heures = -1\n", "nettoyage_heures"),
        ("distance = 3\n", "distance"),
    ],
)
def test_a_bad_parameter_is_named(text: str, named: str) -> None:
    with pytest.raises(Invalid, match="attendu") as caught:
        parse(tomllib.loads(text))
    assert named in caught.value.message


def test_every_filiere_of_the_file_exists() -> None:
    document = tomllib.loads((reference_dir() / "flow" / "recherche_lit.toml").read_text("utf-8"))
    assert parse(document).rules.max_km == 150

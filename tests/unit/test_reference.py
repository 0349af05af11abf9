"""The shipped reference territory: complete, consistent with the SAE, and rebuilt to the byte from its sources."""

from __future__ import annotations

import csv
import json
import math
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from archipel.foundation.files import reference_dir
from archipel.kernel.errors import Invalid, NotFound
from archipel.territory import reference
from archipel.territory.reference import FILIERES, MCO, contours, ght, ghts

ROOT = Path(__file__).resolve().parents[2]


def source_folder() -> Path:
    folder = os.environ.get("ARCHIPEL_REFERENCE_DATA")
    if not folder:
        pytest.skip("ARCHIPEL_REFERENCE_DATA is not set")
    return Path(folder)


def rows(path: Path, encoding: str = "utf-8") -> list[dict[str, str]]:
    with path.open(encoding=encoding, newline="") as handle:
        return [{k.upper(): v for k, v in r.items()} for r in csv.DictReader(handle, delimiter=";")]


def km(a_lat: float, a_lon: float, b_lat: float, b_lon: float) -> float:
    return math.hypot((a_lat - b_lat) * 111.2, (a_lon - b_lon) * 111.2 * math.cos(math.radians(a_lat)))


def test_eleven_ght_and_fifty_two_legal_entities() -> None:
    assert len(ghts()) == 11
    ejs = [ej for g in ghts() for ej in g.ejs]
    assert len({ej.finess for ej in ejs}) == len(ejs) == 52
    assert [sum(ej.role == "S" for ej in g.ejs) for g in ghts()] == [1] * 11
    assert all(g.support.role == "S" for g in ghts())
    assert len({eg.finess for g in ghts() for eg in g.egs}) == 84


def test_only_the_nursing_home_has_no_site_with_beds() -> None:
    assert [ej.nom for g in ghts() for ej in g.ejs if not ej.egs] == ["EHPAD Les Marronniers"]
    empty = {eg.nom for g in ghts() for eg in g.egs if eg.lits() == 0}
    assert empty == {"Antenne SMUR de Morez", "Hôpital de jour adultes d'Augy", "USLD du Pays Charolais-Brionnais"}


def test_every_site_spreads_exactly_the_mco_beds_it_declared() -> None:
    for eg in (eg for g in ghts() for eg in g.egs):
        assert eg.lits(*MCO) == eg.lits_mco_sae, eg.nom
        assert all(c.lits >= 0 and c.places >= 0 and c.lits + c.places > 0 for c in eg.capacites)
        assert len({c.filiere for c in eg.capacites}) == len(eg.capacites)
        assert {c.filiere for c in eg.capacites} <= set(FILIERES)


def test_published_totals_are_near() -> None:
    """The published totals come from another edition: no GHT is further than 12 % or 40 MCO beds."""
    for g in ghts():
        published = g.publies["lits_mco"]
        assert abs(g.lits(*MCO) - published) <= max(0.12 * published, 40), g.nom


def test_short_stay_beds_by_uhcd_match_the_emergency_departments() -> None:
    for eg in (eg for g in ghts() for eg in g.egs):
        assert eg.lits("UHCD") == sum(u.lits_uhcd for u in eg.urgences), eg.nom
        for u in eg.urgences:
            assert u.passages > 0
            if u.part_hospitalisee is not None and u.hospitalises is not None:
                assert u.part_hospitalisee == pytest.approx(u.hospitalises / u.passages, abs=1e-4)
                assert 0 < u.part_hospitalisee < 1


def test_sites_stand_in_or_near_their_commune() -> None:
    for eg in (eg for g in ghts() for eg in g.egs):
        away = km(eg.latitude, eg.longitude, eg.commune.latitude, eg.commune.longitude)
        assert away < 8, f"{eg.nom}: {away:.1f} km"
        assert (away == 0) == (eg.coord_source == "centre de la commune")


def test_known_facts() -> None:
    dijon = ght("BFC-03")
    bocage = next(eg for eg in dijon.egs if eg.finess.value == "210987558")
    assert (dijon.support.nom, bocage.commune.nom, bocage.lits(*MCO)) == ("CHU Dijon Bourgogne", "Dijon", 1039)
    assert (bocage.lits("SCA"), bocage.lits("OBS"), bocage.lits("PED")) == (63 + 76 + 48, 64, 64)
    assert {u.type: u.passages for u in bocage.urgences} == {"GEN": 41193, "PED": 22366}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("BFC-03", "BFC-03"),
        ("bfc-12", "BFC-12"),
        ("21-52", "BFC-03"),
        ("cote d'or", "BFC-03"),
        ("Sud Côte-d'Or", "BFC-12"),
        ("NIEVRE", "BFC-06"),
        ("Besançon", "BFC-07"),
    ],
)
def test_a_ght_is_found_by_code_or_name(text: str, code: str) -> None:
    assert ght(text).code == code


def test_an_unknown_or_ambiguous_ght_lists_the_choices() -> None:
    with pytest.raises(Invalid) as unknown:
        ght("Lyon")
    assert all(g.code in unknown.value.message for g in ghts())
    with pytest.raises(Invalid) as several:
        ght("nord")
    assert "désigne plusieurs GHT" in several.value.message
    assert "BFC-05" in several.value.message and "BFC-03" not in several.value.message
    for blank in ("", " - "):
        with pytest.raises(Invalid):
            ght(blank)


def test_outlines_are_small_closed_and_share_their_borders() -> None:
    assert (reference_dir() / "territory" / "contours.geojson").stat().st_size < 60_000
    features = contours()["features"]
    assert {f["properties"]["code"] for f in features} == {"21", "25", "39", "52", "58", "70", "71", "89", "90"}
    points: dict[str, set[tuple[float, float]]] = {}
    for feature in features:
        geometry = feature["geometry"]
        polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        for ring in (polygon[0] for polygon in polygons):
            assert ring[0] == ring[-1] and len(ring) > 4
            points.setdefault(feature["properties"]["code"], set()).update(map(tuple, ring))
    for one, other in (("21", "71"), ("21", "52"), ("21", "39"), ("25", "70"), ("25", "90"), ("58", "89")):
        assert len(points[one] & points[other]) >= 5, (one, other)


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("eg.csv", ";210780581;", ";210780582;", "finess_ej"),
        ("capacites.csv", ";GER;60;", ";GER;soixante;", "lits"),
        ("capacites.csv", ";GER;60;", ";XYZ;60;", "filiere"),
        ("ej.csv", ";S;", ";X;", "role"),
    ],
)
def test_a_damaged_file_is_refused_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, old: str, new: str, told: str
) -> None:
    shutil.copytree(reference_dir(), tmp_path / "reference")
    target = tmp_path / "reference" / "territory" / name
    text = target.read_text(encoding="utf-8")
    assert old in text
    target.write_text(text.replace(old, new, 1), encoding="utf-8")
    monkeypatch.setenv("ARCHIPEL_REFERENCE_DIR", str(tmp_path / "reference"))
    with pytest.raises(Invalid) as caught:
        ghts()
    assert name in caught.value.message and "ligne" in caught.value.message and told in caught.value.message


def test_a_missing_folder_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIPEL_REFERENCE_DIR", str(tmp_path))
    with pytest.raises(NotFound, match="ARCHIPEL_REFERENCE_DIR"):
        reference.ghts()


def test_every_shipped_table_is_attributed() -> None:
    told = (reference_dir() / "SOURCES.md").read_text(encoding="utf-8")
    for path in sorted((reference_dir() / "territory").iterdir()):
        if path.suffix != ".md":
            assert f"territory/{path.name}" in told, path.name


def test_beds_equal_the_sae_tables() -> None:
    folder = source_folder() / "territory" / "sae2024"
    totals = {r["FI"]: r for r in rows(folder / "SYGEN_2024r.csv", "latin-1")}
    mco = {r["FI"]: r for r in rows(folder / "MCO_2024r.csv", "latin-1")}
    for eg in (eg for g in ghts() for eg in g.egs):
        own = mco.get(eg.finess.value, {})
        assert eg.lits(*MCO) == int(own.get("LIT_MCO") or 0), eg.nom
        assert eg.lits("SMR") == int(totals[eg.finess.value]["LIT_SSR"] or 0), eg.nom
        assert eg.lits("SLD") == int(totals[eg.finess.value]["LIT_USLD"] or 0), eg.nom
        places = sum(c.places for c in eg.capacites if c.filiere in MCO)
        assert places == int(own.get("PLA_MCO") or 0), eg.nom


def test_beds_of_each_ght_equal_the_sae_total_of_that_ght() -> None:
    """The SAE publishes its own totals by GHT: code 27103 is Bourgogne-Franche-Comté's number 03."""
    table = rows(source_folder() / "territory" / "sae2024" / "GHT_2024r.csv", "latin-1")
    published = {f"BFC-{r['GHT_CODE'][-2:]}": r for r in table if r["GHT_CODE"].startswith("27")}
    assert set(published) == {g.code for g in ghts()}
    for g in ghts():
        assert g.lits(*MCO) == int(published[g.code]["LIT_MCO"]), g.nom
        passages = sum(u.passages for eg in g.egs for u in eg.urgences if u.type == "GEN")
        assert passages == int(published[g.code]["PASSU_GEN"]), g.nom


def test_the_files_are_rebuilt_to_the_byte(tmp_path: Path) -> None:
    environment = {**os.environ, "ARCHIPEL_REFERENCE_DATA": str(source_folder())}
    command = [sys.executable, str(ROOT / "tools" / "build_reference.py"), "--out", str(tmp_path)]
    subprocess.run(command, env=environment, check=True)
    built = sorted(p.name for p in tmp_path.iterdir())
    assert json.loads((tmp_path / "contours.geojson").read_text(encoding="utf-8"))["type"] == "FeatureCollection"
    shipped = sorted(p.name for p in (ROOT / "reference" / "territory").iterdir() if p.suffix != ".md")
    assert built == shipped
    for name in built:
        assert (tmp_path / name).read_bytes() == (ROOT / "reference" / "territory" / name).read_bytes(), name

"""The shipped packs hold together: what they count adds up, and the pages that speak of them say what they say."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from archipel.programmes.packs.public import Engine, load_file, load_overlay, shipped_files
from archipel.programmes.packs.rules.cases import case_problems, run_cases

ROOT = Path(__file__).parents[2]
PACKS = ROOT / "reference" / "packs"
FILES = shipped_files()
OVERLAYS = sorted(PACKS.glob("*/regions/*.yaml"))
LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
METRICS = {
    "fil-ariane",
    "documents-urgences-transmis",
    "structure-partagee",
    "identites-qualifiees",
    "fraicheur-etat-lits",
    "delai-urgences-aval",
    "reponse-demandes-lits",
    "capacite-suivie",
    "ror-a-jour",
    "ror-filieres",
    "ror-envois",
    "ror-lecture",
    "rpu-completude",
}


@cache
def raw(pack: str) -> Any:
    """The plain document of the newest version of a pack, everything as text."""
    return yaml.load(sorted((PACKS / pack).glob("*.yaml"))[-1].read_text("utf-8"), LOADER)


@cache
def parsed(file: Path) -> Any:
    return load_file(file)


def loaded(pack: str) -> Any:
    return parsed(sorted((PACKS / pack).glob("*.yaml"))[-1])


def at(path: str) -> Any:
    """What ``pack:list/id/…`` names in a pack; raises when nothing does."""
    pack, _, steps = path.partition(":")
    node = raw(pack)
    for step in steps.split("/"):
        node = node[step] if isinstance(node, dict) else next(one for one in node if one["id"] == step)
    return node


def walk(node: Any) -> Any:
    """Every mapping of a document."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from walk(value)
    elif isinstance(node, list):
        for value in node:
            yield from walk(value)


def named(rows: Any, id: str) -> Any:
    return next(one for one in rows if one.id == id)


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.parent.name)
def test_each_pack_loads_under_its_own_name(file: Path) -> None:
    pack = load_file(file)
    assert (pack.pack, pack.version) == (file.parent.name, file.stem)


@pytest.mark.parametrize("file", OVERLAYS, ids=lambda path: path.parts[-3])
def test_each_overlay_aims_at_its_pack_and_invents_no_contact(file: Path) -> None:
    overlay = load_overlay(file.read_text("utf-8"), str(file))
    assert (overlay.surcharge, overlay.region) == (file.parts[-3], file.stem)
    contacts = [one for one in walk(yaml.load(file.read_text("utf-8"), LOADER)) if "role" in one]
    assert contacts
    for contact in contacts:
        assert not {"nom", "courriel", "telephone"} & set(contact)
        assert "inconnu" in contact["role"]


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.parent.name)
def test_every_case_is_found_true(file: Path) -> None:
    pack = parsed(file)
    engine = Engine(pack)
    assert case_problems(pack, engine) == []
    assert [one for one in run_cases(pack, engine) if not one.ok] == []


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.parent.name)
def test_every_rule_is_asked_on_both_sides(file: Path) -> None:
    pack = parsed(file)
    asked = {(one.regle, one.verdict) for case in pack.cas for one in case.attendu if one.regle}
    wanted = {(rule.id, verdict) for rule in pack.regles for verdict in ("oui", "non")}
    assert wanted - asked == set()


def test_a_fact_shared_by_packs_is_the_same_everywhere() -> None:
    seen: dict[str, tuple[Any, ...]] = {}
    for file in FILES:
        for fact in parsed(file).faits:
            said = (fact.type, fact.maille, fact.unite, fact.libelle, fact.min, fact.max)
            assert seen.setdefault(fact.id, said) == said, f"{file.parent.name}, {fact.id}"


def test_every_metric_asked_for_exists() -> None:
    asked = {one["metrique"] for file in FILES for one in walk(raw(file.parent.name)) if "metrique" in one}
    asked = {name.partition(".")[0] for name in asked}
    assert asked <= METRICS


def test_every_line_that_a_defect_touches_exists() -> None:
    for file in FILES:
        document = raw(file.parent.name)
        ids = {one["id"] for one in walk(document) if "id" in one}
        for defect in document.get("defauts", []):
            assert set(defect.get("concerne", [])) <= ids, f"{file.parent.name}, {defect['id']}"


# --- the pages


def test_the_page_of_sources_tells_every_defect_and_no_other() -> None:
    page = (ROOT / "docs/domaines/programmes-sources.md").read_text("utf-8")
    told = set(re.findall(r"^\| \[`([a-z0-9-]+)`\]\([^)]*\) `([a-z0-9-]+)` \|", page, re.MULTILINE))
    held = {(f.parent.name, one["id"]) for f in FILES for one in raw(f.parent.name).get("defauts", [])}
    assert told == held


def test_the_page_of_coverage_has_every_row_and_its_paths_lead_to_a_line() -> None:
    page = (ROOT / "docs/couverture.md").read_text("utf-8")
    rows = re.findall(r"^\| ([AC]\d+) \|(.*)$", page, re.MULTILINE)
    assert [number for number, _ in rows] == [f"A{n}" for n in range(1, 41)] + [f"C{n}" for n in range(1, 30)]
    for number, text in rows:
        paths = re.findall(r"`([a-z0-9-]+:[^`]+)`", text)
        assert paths, number
        for path in paths:
            at(path)


# --- what adds up


def test_series_that_announce_a_total_reach_it() -> None:
    for file in FILES:
        for one in parsed(file).series:
            if one.total is not None:
                assert sum(part.valeur for part in one.valeurs) == one.total, one.id


def test_the_tools_are_numbered_once_each() -> None:
    helps = loaded("plan-accompagnement-2016").catalogue.dispositifs
    tools = [one for one in helps if one.type == "outil"]
    assert [one.numero for one in tools] == list(range(1, 28))
    for one in tools:
        assert (one.fiche == "absente") == (one.disponible is None and not one.liens), one.id


def test_quotas_of_regions_reach_the_total_and_no_region_has_two() -> None:
    helps = loaded("plan-accompagnement-2016").catalogue.dispositifs
    quota = named(helps, "uniha-appui").quota
    assert sum(part.nombre for part in quota.par_region) == quota.total
    regions = [code for part in quota.par_region for code in part.regions]
    assert len(regions) == len(set(regions)) == 18


def test_closings_of_the_sessions_are_the_announced_weeks_before() -> None:
    pack = loaded("plan-accompagnement-2016")
    training = named(pack.catalogue.dispositifs, "anap-biologie")
    assert len(training.sessions) == 8
    for session in training.sessions:
        closing = named(pack.calendrier, f"cloture-{session.id}")
        assert closing.date == session.du - timedelta(weeks=int(training.cloture.semaines)), session.id
        assert session.au == session.du + timedelta(days=1)


def test_ceilings_follow_each_other_and_instalments_make_the_whole() -> None:
    money = loaded("hopen2-aap").financement
    bands = money.plafonds.tranches
    assert bands[0].a_partir_de is None and bands[-1].moins_de is None
    assert all(low.moins_de == high.a_partir_de for low, high in pairwise(bands))
    assert [one.montant for one in bands] == sorted(one.montant for one in bands)
    assert sum(one.part for one in money.echeances) == 1


def test_scales_cover_their_range_without_overlap() -> None:
    grid = loaded("maturite-identite").grilles[0]
    for scale in grid.baremes:
        edges = [(band.de, band.a) for band in scale.paliers]
        assert edges[0][0] == scale.min
        assert edges[-1][1] == scale.max
        assert all(nxt == end + 1 for (_, end), (nxt, _) in pairwise(edges))


def test_the_grid_of_identity_asks_each_indicator_once_with_its_scale() -> None:
    grid = loaded("maturite-identite").grilles[0]
    assert len({one.code for one in grid.indicateurs}) == len(grid.indicateurs)
    rubrics = [one.id for one in grid.rubriques]
    assert list(dict.fromkeys(one.rubrique for one in grid.indicateurs)) == rubrics
    scale = {"pourcentage", "pourcentage_par_typologie", "delai"}
    assert all((one.bareme is not None) == (one.saisie in scale) for one in grid.indicateurs)

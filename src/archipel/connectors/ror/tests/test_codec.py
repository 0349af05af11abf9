"""Capacities, patches, answers and addresses: as documented, and what is written is read back."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archipel.connectors.ror.codec import bundle, capacity, names, outcome, patch
from archipel.connectors.ror.codec.capacity import Figure, Unreadable
from archipel.connectors.ror.codec.outcome import Verdict
from archipel.connectors.ror.codec.patch import Operation
from archipel.connectors.ror.profiles import checker, load
from archipel.domains.flow.values.offers import LABELS, Indicator

T0 = datetime(2025, 2, 26, 15, 17, 33, tzinfo=UTC)


def codes(table: str, *extra: str) -> st.SearchStrategy[str]:
    return st.sampled_from([*LABELS[table], *extra])


indicators = st.builds(
    Indicator, status=codes("R330"), temporality=codes("R331"), gender=codes("R332", ""), closing=codes("R333", ""),
    additional=codes("R334", ""), crisis=codes("R336", ""), assignment=codes("R337"),
)  # fmt: skip
figures = st.builds(
    Figure, indicator=indicators, count=st.integers(0, 5000), nature=codes("R329"), source=codes("R335"),
    updated_at=st.integers(0, 10**9).map(lambda s: T0 + timedelta(seconds=s)),
    comment=st.sampled_from(["", "Fermeture d'été"]),
)  # fmt: skip


@given(figures)
@settings(max_examples=40)
def test_a_figure_is_read_as_written_and_follows_the_profile(figure: Figure) -> None:
    extension = capacity.build(figure)
    assert capacity.read(extension) == figure
    assert checker().check(extension, names.CAPACITY).faults == []


@given(figures, st.sampled_from(Operation))
def test_an_operation_is_read_as_written(figure: Figure, operation: Operation) -> None:
    read = patch.read(patch.build(operation, figure))
    assert read.operation is operation
    assert read.indicator == (None if operation is Operation.ADD else figure.indicator)
    assert read.figure == (None if operation is Operation.DELETE else figure)


@pytest.mark.parametrize("name", ["add", "replace", "delete"])
def test_what_we_build_is_the_official_example(name: str) -> None:
    official = load(f"exemple_patch_{name}.json")
    read = patch.read(official)
    target = read.indicator or (read.figure and read.figure.indicator)
    assert target == Indicator("02", "01", "03", assignment="01")
    figure = read.figure or Figure(target, 0, T0)
    ours = patch.build(read.operation, figure)
    if name == "delete":
        assert _without_double_spaces(ours) == _without_double_spaces(official)
    if read.value is not None:
        assert checker().check(read.value, names.CAPACITY).faults == []
        told = {one["url"]: one for one in read.value["extension"]}
        assert told == {one["url"]: one for one in capacity.build(figure)["extension"]}


def _without_double_spaces(value: object) -> object:
    """The examples have two spaces before one « and »."""
    return re.sub(r" +", " ", str(value))


@given(st.text(max_size=200))
def test_any_path_is_read_or_refused(text: str) -> None:
    for path in (text, names.CAPACITY_PATH + text, f"{names.CAPACITY_PATH}.where({text})"):
        try:
            patch.read_path(path)
        except Unreadable as error:
            assert "path" in str(error)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["resourceType", "parameter", "part", "name", "extension", "url", "issue", "entry", "meta"])
        | st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(["resourceType", "type", "total", "parameter", "entry", "issue"]), JSON))
@settings(max_examples=60)
def test_nothing_received_breaks_the_reading(body: dict[str, object]) -> None:
    for kind, read in (("Parameters", patch.read), ("Bundle", bundle.read)):
        try:
            read(body | {"resourceType": kind})
        except Unreadable as error:
            assert str(error)
    assert outcome.read(404, body | {"resourceType": "OperationOutcome"}).verdict in Verdict


# --- answers


def test_the_documented_answers() -> None:
    indicator = load("exemple_operationoutcome_404_indicateur.json")
    assert outcome.read(404, indicator).verdict is Verdict.ADD
    assert outcome.read(404, indicator, operation="delete").verdict is Verdict.ABSENT
    assert outcome.read(404, indicator, operation="add").verdict is Verdict.ESCALATE
    as_list = {**indicator, "issue": [{**indicator["issue"][0], "expression": [indicator["issue"][0]["expression"]]}]}
    assert outcome.read(404, as_list).verdict is Verdict.ADD
    place = outcome.read(404, load("exemple_operationoutcome_404_location.json"))
    assert place.verdict is Verdict.ESCALATE and place.who == ("GRADeS",) and "1350054680/SSR38888" in place.sentence
    as_text = load("exemple_operationoutcome_404_location.json")
    as_text["issue"][0]["expression"] = "Location"
    assert outcome.read(404, as_text).who == ("GRADeS",)
    several = outcome.read(412, load("exemple_operationoutcome_412_multiple.json"))
    assert several.verdict is Verdict.ESCALATE and several.who == ("GRADeS", "Établissement")
    refused = outcome.read(400, load("exemple_operationoutcome_400_business_rule.json"))
    assert refused.verdict is Verdict.ESCALATE and refused.who == ("GRADeS", "Établissement")
    assert "natureCapacite" in refused.sentence


@given(st.integers(100, 599), JSON)
def test_every_answer_says_what_to_do(status: int, body: object) -> None:
    answer = outcome.read(status, body)
    assert (answer.verdict is Verdict.ACCEPTED) == (200 <= status < 300)
    assert bool(answer.sentence) == (answer.verdict is not Verdict.ACCEPTED)
    if status in (500, 502, 503, 429):
        assert answer.verdict is Verdict.RETRY
    if answer.verdict in (Verdict.ESCALATE, Verdict.LINK):
        assert answer.who


def test_a_delay_asked_for_is_kept() -> None:
    assert outcome.read(503, None, retry_after="120").retry_after == 120
    assert outcome.read(503, None, retry_after="demain").retry_after is None


# --- addresses and headers


def test_addresses_and_headers() -> None:
    url = names.write_url("https://ror.exemple/api/", "1350054680/SSR38888")
    assert url == "https://ror.exemple/api/ws-synchro-dispo-lits-fhir/Location?identifier=1350054680/SSR38888"
    assert set(names.write_headers("t")) == {"Authorization", "Content-Type"}
    read = names.read_headers("t", ("CU22", "1.2.250.1.213.1.6.1.66"), ("AUTOMATE", "1.2.250.1.213.1.1.4.6"))
    assert set(names.ROR_HEADERS) < set(read) and read["Ror-Role-Metier-Code"] == "AUTOMATE"
    asked = names.search_url("https://ror.exemple", since=T0, offset=200)
    assert asked == (
        "https://ror.exemple/Location?_lastUpdated=ge2025-02-26T15:17:33Z"
        "&_revinclude=HealthcareService:location&_count=200&_offset=200"
    )


@given(st.text(min_size=1, max_size=20))
def test_no_code_escapes_from_the_address(code: str) -> None:
    url = names.write_url("https://ror.exemple", f"1350054680/{code}")
    assert "&" not in url.partition("identifier=")[2] and "#" not in url and " " not in url


# --- reading places


def test_a_page_is_read_and_what_is_wrong_is_told() -> None:
    figure = Figure(Indicator("02", "01", "04"), 3, T0)
    place = bundle.location(
        "27/1", name="Réanimation", external="1210987558/REA", created=T0, updated=T0, commune="21231",
        figures=(figure,), organisation="CHU", region="27", position=(47.3, 5.0),
    )  # fmt: skip
    broken = {**place, "id": "27/2", "extension": [*place["extension"], {"url": names.CAPACITY, "extension": []}]}
    service = {
        "resourceType": "HealthcareService", "name": "Réa", "providedBy": {"display": "CHU"},
        "specialty": [{"coding": [{"code": "1", "display": "Réanimation"}]}], "location": [{"reference": "Location/1"}],
    }  # fmt: skip
    entries = [{"resource": one} for one in (place, broken, service, {"resourceType": "Location", "id": "x"})]
    page = bundle.read({
        "resourceType": "Bundle", "type": "searchset", "total": 2, "entry": entries,
        "link": [{"relation": "next", "url": "https://n"}],
    })  # fmt: skip
    assert page.total == 2 and page.next_url == "https://n" and page.services[0].locations == ("1",)
    assert page.places[0].figures == (figure,) and page.places[0].external == "1210987558/REA"
    assert len(page.places) == 2 and len(page.problems) == 2 and "27/2" in page.problems[0]

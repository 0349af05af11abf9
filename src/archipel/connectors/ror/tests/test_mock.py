"""The test ROR as somebody else's client meets it: over a socket, with the wrong words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from archipel.connectors.ror.codec import names, patch
from archipel.connectors.ror.codec.capacity import Figure
from archipel.connectors.ror.mock.server import MockRor
from archipel.connectors.ror.mock.store import Store, restore
from archipel.domains.flow.values.offers import Indicator

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
READ = {"Authorization": "Bearer x", **dict.fromkeys(names.ROR_HEADERS, "1")}
WRITE = {"Authorization": "Bearer x", "Content-Type": names.FHIR_JSON}


@pytest.fixture
def ror() -> Iterator[httpx.Client]:
    place = {"location": "27-1", "external": "1210987558/M1", "name": "Médecine", "figures": []}
    with MockRor(Store(None)) as mock, httpx.Client(base_url=mock.url, trust_env=False) as client:
        mock.store.put([restore(place)])
        yield client


def tell(client: httpx.Client, status: str, count: int, **attributes: str) -> httpx.Response:
    body = patch.build(patch.Operation.ADD, Figure(Indicator(status, **attributes), count, NOW))
    where = f"{names.WRITE_PATH}?identifier=1210987558/M1"
    found = client.patch(where, json=body, headers=WRITE)
    if found.status_code == 400 and "existe déjà" in found.text:
        body = patch.build(patch.Operation.REPLACE, Figure(Indicator(status, **attributes), count, NOW))
        found = client.patch(where, json=body, headers=WRITE)
    return found


@pytest.mark.parametrize(
    "asked", ["_count=-4", "_count=0", "_count=abc", "_offset=-1", "_offset=²", "_lastUpdated=gehier"]
)
def test_a_parameter_that_is_none_is_named(ror: httpx.Client, asked: str) -> None:
    answer = ror.get(f"/Location?{asked}", headers=READ)
    issue = answer.json()["issue"][0]
    assert answer.status_code == 400 and "trouvé" in issue["diagnostics"] and "attendu" in issue["diagnostics"]


@pytest.mark.parametrize("body", [b"{oups", b"[]", b"", b'"Parameters"'])
def test_a_body_that_is_no_object_is_named(ror: httpx.Client, body: bytes) -> None:
    answer = ror.patch(f"{names.WRITE_PATH}?identifier=1210987558/M1", content=body, headers=WRITE)
    assert answer.status_code == 400 and "Parameters" in answer.json()["issue"][0]["diagnostics"]


@pytest.mark.parametrize("verb", ["DELETE", "PUT"])
def test_other_verbs_are_refused_in_fhir(ror: httpx.Client, verb: str) -> None:
    answer = ror.request(verb, f"{names.WRITE_PATH}?identifier=1210987558/M1", headers=WRITE)
    assert answer.status_code == 405 and answer.json()["resourceType"] == "OperationOutcome"


def test_a_closed_offer_has_nothing_available_whichever_is_told_first(ror: httpx.Client) -> None:
    assert [tell(ror, "01", 5).status_code, tell(ror, "02", 2, gender="04").status_code] == [200, 200]
    refused = tell(ror, "05", 5, closing="01")
    assert refused.status_code == 400 and "RG_EXP_047" in refused.text
    assert tell(ror, "02", 0, gender="04").status_code == 200
    assert tell(ror, "05", 5, closing="01").status_code == 200
    assert "RG_EXP_047" in tell(ror, "02", 1, gender="04").text

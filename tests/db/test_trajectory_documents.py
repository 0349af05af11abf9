"""The documents opened again: parts, figures, and totals that equal the checker's."""

from __future__ import annotations

import io
import re

import pytest
from django.test import Client
from django.urls import reverse
from docx import Document as open_docx
from pypdf import PdfReader

from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import Scope, in_scope
from archipel.scenarios.trajectory import public as trajectory
from archipel.scenarios.trajectory.public import Preset
from archipel.scenarios.trajectory.rules.checker import Part, cost_of, costs_by_part
from archipel.scenarios.trajectory.rules.results import PART_LABELS
from tests.factories.accounts import make_user
from tests.factories.systems import CHU
from tests.factories.trajectory import furnish, make, solve

pytestmark = pytest.mark.django_db
PARTS = (
    "Synthèse", "Existant", "Cible", "Feuille de route", "Budget", "Charge des équipes", "Contraintes et leur prix",
    "Risques", "Indicateurs de suivi", "Hypothèses et données manquantes", "Sources et certificat",
)  # fmt: skip
TITLE = "Un dossier #strong[gras] <b> & *étoiles*"


@pytest.fixture
def scope() -> Scope:
    return furnish()


@pytest.fixture
def client(scope: Scope) -> Client:
    client = Client()
    user = make_user(Role.DIRECTION, "*")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def whole(text: str) -> int:
    """``12 345 678`` → 12345678."""
    return int(re.sub(r"\D", "", text))


def tables(body: bytes) -> dict[tuple[str, ...], list[list[str]]]:
    """Header → rows, of each table."""
    return {
        tuple(cell.text for cell in table.rows[0].cells): [[cell.text for cell in row.cells] for row in table.rows[1:]]
        for table in open_docx(io.BytesIO(body)).tables
    }


def test_the_master_plan_says_what_the_checker_counts(scope: Scope, client: Client) -> None:
    number = make(scope, title=TITLE)
    solve(scope, number)
    with in_scope(scope):
        trajectory.choose(scope=scope, number=number, note="Délibération du 3 mars")
        info = trajectory.scenario(number)
        held = trajectory.solution(info)
    assert held is not None and held.results is not None
    problem, choices, years = held.built.problem, held.choices, [str(year) for year in held.results.years]
    answer = client.get(reverse("trajectory:document", args=[number]) + "?format=docx")
    assert answer.status_code == 200 and "attachment" in answer["Content-Disposition"]
    file = open_docx(io.BytesIO(answer.content))
    headings = [one.text for one in file.paragraphs if one.style.name == "Heading 1"]
    assert [title.split(". ", 1)[1] for title in headings] == list(PARTS)
    text = "\n".join(one.text for one in file.paragraphs)
    assert (
        TITLE in text
        and "Délibération du 3 mars" in text
        and "à compléter" not in text.lower().replace("groupement : à compléter", "")
    )
    assert len(file.inline_shapes) == 5
    assert all(shape._inline.docPr.get("descr") for shape in file.inline_shapes)
    found = tables(answer.content)
    budget = found["Nature", *years, "Période"]
    assert whole(budget[-1][-1]) == cost_of(problem, choices)
    counted = costs_by_part(problem, choices)
    for part in Part:
        row = next(one for one in budget if one[0] == PART_LABELS[part])
        assert whole(row[-1]) == pytest.approx(sum(v for key, v in counted.items() if key[2] is part), abs=0.51)
    members = found["Établissement", *years, "Période"]
    sums = {e.label: sum(v for key, v in counted.items() if key[0] == e.id) for e in problem.establishments}
    assert {row[0]: whole(row[-1]) for row in members[:-1]} == {k: pytest.approx(v, abs=0.51) for k, v in sums.items()}
    switches = found["Année", "Établissement", "Fonction", "De", "Vers", "Charge (j-h)", "Coût (€)"]
    assert len(switches) - 1 == sum(c.switch_year is not None for c in choices)
    moved = sum(v for key, v in counted.items() if key[2] is Part.MIGRATION)
    assert whole(switches[-1][-1]) == pytest.approx(moved, abs=0.51)
    assert whole(switches[-1][-2]) == sum(held.results.load)


def test_the_pdf_says_the_same(scope: Scope, client: Client) -> None:
    number = make(scope, Preset.GARDER, title=TITLE)
    solve(scope, number)
    with in_scope(scope):
        held = trajectory.solution(trajectory.scenario(number))
    assert held is not None
    body = client.get(reverse("trajectory:document", args=[number]) + "?format=pdf").content
    pdf = PdfReader(io.BytesIO(body))
    text = re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pdf.pages))
    squeezed = text.replace(" ", "").replace("\u202f", "")
    assert f"{cost_of(held.built.problem, held.choices)}" in squeezed
    assert all(part.replace(" ", "") in squeezed for part in PARTS)
    assert TITLE.replace(" ", "") in squeezed and f"page1/{len(pdf.pages)}" in squeezed
    assert pdf.trailer["/Root"]["/MarkInfo"]["/Marked"], "tagged for screen readers"


def test_the_specification_marks_what_the_buyer_must_say(scope: Scope, client: Client) -> None:
    number = make(scope)
    solve(scope, number)
    with in_scope(scope):
        held = trajectory.solution(trajectory.scenario(number))
    assert held is not None and held.results is not None
    address = reverse("trajectory:cahier", args=[number])
    body = client.get(address + "?format=docx").content
    file = open_docx(io.BytesIO(body))
    text = "\n".join(one.text for one in file.paragraphs)
    assert text.count("[À compléter par l'acheteur]") >= 6 and "RGPD" in text
    prices = tables(body)["Prestation", "Unité", "Quantité", "Prix unitaire HT (€)", "Total HT (€)"]
    assert whole(prices[2][2]) == len(held.results.switches)
    annex = tables(body)["Année", "Établissement", "Fonction", "De", "Vers"]
    assert len(annex) == len(held.results.switches)
    assert client.get(address + "?format=pdf").content.startswith(b"%PDF")


def test_no_document_without_a_checked_plan(scope: Scope, client: Client) -> None:
    number = make(scope)
    for name in ("document", "cahier"):
        address = reverse(f"trajectory:{name}", args=[number])
        assert client.get(address + "?format=docx").status_code == 409
        assert client.get(address + "?format=odt").status_code == 422
    stranger = Client()
    stranger.force_login(make_user(Role.DIRECTION, CHU), backend="django.contrib.auth.backends.ModelBackend")
    assert stranger.get(reverse("trajectory:document", args=[number])).status_code == 404

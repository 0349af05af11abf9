"""A spreadsheet of a hospital, from the file to the matrix, and back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from archipel.domains.systems.models import Statement
from archipel.domains.systems.queries.files import trial
from archipel.domains.systems.queries.store import inventory
from archipel.domains.systems.rules.coverage import Reader, matrix
from archipel.domains.systems.rules.model import functions
from archipel.domains.systems.services import bulk, golden, imports, ledger
from archipel.domains.systems.values.files import Effect
from archipel.domains.systems.values.records import Key
from archipel.domains.systems.values.schema import Kind
from archipel.foundation.accounts.roles import CAPABILITIES, Role
from archipel.foundation.accounts.services import scope_of
from archipel.foundation.scope import Capability, Scope, in_scope
from archipel.kernel.errors import Conflict, Denied, Invalid, NotFound
from tests.factories.accounts import make_establishment, make_user
from tests.factories.systems import CHU, LANGRES, SHEET, application, keeper

pytestmark = pytest.mark.django_db


@pytest.fixture
def scope() -> Iterator[Scope]:
    make_establishment(CHU, "CHU Dijon")
    make_establishment(LANGRES, "CH Langres")
    with in_scope(keeper()):
        yield keeper()


def received(scope: Scope, text: str = SHEET, **more: object) -> int:
    return imports.receive(scope=scope, name="si.csv", raw=text.encode(), source="DSN", **more)  # type: ignore[arg-type]


def test_a_spreadsheet_becomes_a_matrix(scope: Scope) -> None:
    number = received(scope)
    tried = trial(scope=scope, number=number)
    assert [column.field for column in tried.sheets[0].columns] == [
        "etablissement", "nom", "produit", "editeur", "fonctions", "utilisateurs", "cout_licence", "mise_en_service",
    ]  # fmt: skip
    assert tried.count(Effect.NOUVEAU) == 4
    assert [(p.line, p.column, p.found) for p in tried.problems] == [(6, "Maintenance", "x"), (7, "Logiciel", "rien")]
    assert imports.apply(scope=scope, number=number, expected=tried.digest) > 4
    found = inventory().find(Kind.APPLICATION, CHU, "DOSSIER-DU-CHU")
    assert found and found.number("cout_licence") == Decimal("120000.50") and found.day("mise_en_service")
    shown = matrix(inventory(), functions(), [CHU, LANGRES])
    by_id = {line.function.id: line for line in shown.lines}
    assert by_id["dpi"].covered == 2 and len(by_id["dpi"].products) == 2
    assert by_id["gap"].products == (("Pléiade GAM", 2),) and by_id["gap"].convergence == 100
    assert by_id["paie"].holes == 2
    again = trial(scope=scope, number=received(scope))
    assert again.count(Effect.INCHANGE) == 4 and not again.writes


def test_names_written_in_many_ways_are_settled_by_a_person(scope: Scope) -> None:
    number = received(scope)
    imports.apply(scope=scope, number=number, expected=trial(scope=scope, number=number).digest)
    known = inventory()
    assert {one.name for one in known.of(Kind.EDITEUR)} == {"Boréal", "Société Ponant SAS"}
    assert Reader(known).code(Kind.EDITEUR, "Ed. Boréal") == ""
    golden.settle(scope=scope, kind=Kind.EDITEUR, text="Ed. Boréal", new=True)
    golden.merge(scope=scope, kind=Kind.EDITEUR, loser="ED-BOREAL", keeper="BOREAL")
    merged = inventory()
    application = merged.find(Kind.APPLICATION, CHU, "DOSSIER-DU-CHU")
    assert (
        application and Reader(merged).vendor(application) == "Boréal" and application.text("editeur") == "Ed. Boréal"
    )
    golden.settle(scope=scope, kind=Kind.EDITEUR, text="Borealis", code="BOREAL")
    assert Reader(inventory()).code(Kind.EDITEUR, "BOREALIS") == "BOREAL"
    with pytest.raises(NotFound):
        golden.settle(scope=scope, kind=Kind.EDITEUR, text="Borealis", code="NULLE-PART")


def test_columns_are_remembered_for_a_source(scope: Scope) -> None:
    text = "Application;Truc;Établissement\nDPI;12;" + CHU + "\n"
    number = received(scope, text)
    imports.set_columns(scope=scope, number=number, sheet="", chosen={"Truc": "utilisateurs"})
    later = trial(scope=scope, number=received(scope, text))
    assert [(c.field, c.reason) for c in later.sheets[0].columns][1] == ("utilisateurs", "retenu")
    with pytest.raises(Invalid):
        imports.set_columns(scope=scope, number=number, sheet="", chosen={"Truc": "nom", "Application": "nom"})


def test_an_import_is_taken_back_whole_unless_something_changed_since(scope: Scope) -> None:
    application(CHU, "DOSSIER-DU-CHU", scope, utilisateurs="7")
    number = received(scope)
    imports.apply(scope=scope, number=number, expected=trial(scope=scope, number=number).digest)
    ledger.say(scope=scope, kind=Kind.APPLICATION, establishment=CHU, code="ADMISSIONS", content={"version": "2"})
    with pytest.raises(Conflict, match="ADMISSIONS"):
        imports.undo(scope=scope, number=number, reason="erreur")
    last = Statement.objects.order_by("-id")[0]
    ledger.take_back(scope=scope, number=last.pk, reason="")
    with pytest.raises(Conflict):
        imports.undo(scope=scope, number=number, reason="erreur")


def test_an_import_taken_back_leaves_what_was_there(scope: Scope) -> None:
    application(CHU, "DOSSIER-DU-CHU", scope, utilisateurs="7")
    before = [(one.key, dict(one.content)) for one in inventory().records]
    number = received(scope)
    imports.apply(scope=scope, number=number, expected=trial(scope=scope, number=number).digest)
    assert len(inventory().records) > len(before)
    imports.undo(scope=scope, number=number, reason="erreur")
    assert [(one.key, dict(one.content)) for one in inventory().records] == before
    with pytest.raises(Conflict):
        imports.undo(scope=scope, number=number, reason="encore")


FAULTS = [
    ("Contrats", "Établissement;Objet;Date de début;Échéance\n{e};Maintenance;01/06/2026;01/05/2025\n", "précède"),
    ("Contrats", "Établissement;Objet;Date de début;Échéance\n{e};Maintenance;31/02/2026;\n", "impossible"),
    ("Interfaces", "Établissement;Source;Cible;Norme\n{e};DPI;Fantôme;HL7\n", "orpheline"),
    ("Interfaces", "Établissement;Source;Cible;Norme\n{e};DPI;Dpi;HL7\n", "elle-même"),
    ("Apps", "Établissement;Application;Dépend de;Code\n{e};A;B;A\n{e};B;C;B\n{e};C;A;C\n", "circulaire"),
    ("Produits", "Produit;Code\nOrion Soins;P1\nORION SOINS (SAS);P2\n", "deux fiches"),
    ("Apps", "Établissement;Application\nInconnu sur Mer;A\n", "établissement inconnu"),
]


@pytest.mark.parametrize(("name", "text", "why"), FAULTS)
def test_faults_are_told_line_by_line(scope: Scope, name: str, text: str, why: str) -> None:
    application(CHU, "DPI", scope)
    made = trial(scope=scope, number=received(scope, text.format(e=CHU)))
    assert made.problems and all(why in p.message for p in made.problems), (why, made.problems, made.sheets)
    assert all(p.line >= 2 and p.expected for p in made.problems)


def test_history_is_dated_twice(scope: Scope) -> None:
    today = timezone.localdate()
    past, future = today - timedelta(days=400), today + timedelta(days=30)
    for day, version in ((past, "1"), (today, "2"), (future, "3")):
        ledger.say(scope=scope, kind=Kind.APPLICATION, establishment=CHU, code="DPI",
                   content={"nom": "DPI", "version": version}, since=day)  # fmt: skip
    read = [
        inventory(day).find(Kind.APPLICATION, CHU, "DPI") for day in (past - timedelta(days=1), past, today, future)
    ]
    assert [one.text("version") if one else None for one in read] == [None, "1", "2", "3"]
    ledger.withdraw(scope=scope, key=Key(Kind.APPLICATION, CHU, "DPI"), since=today, reason="arrêt")
    assert inventory(today).find(Kind.APPLICATION, CHU, "DPI") is None
    assert inventory(past).find(Kind.APPLICATION, CHU, "DPI") is not None


def test_many_lines_change_at_once(scope: Scope) -> None:
    keys = [application(place, "DPI", scope).key for place in (CHU, LANGRES)]
    assert bulk.change_field(scope=scope, keys=keys, field="hebergement", text="Externe, certifié HDS") == 2
    assert {one.text("hebergement") for one in inventory().records} == {"hds"}
    with pytest.raises(Invalid, match="de 0 à 4"):
        bulk.change_field(scope=scope, keys=keys, field="souverainete", text="9")
    number = Statement.objects.filter(reason__startswith=bulk.TOGETHER).latest("pk").pk
    assert bulk.take_back_all(scope=scope, number=number, reason="erreur") == 2
    assert not any(one.text("hebergement") for one in inventory().records)
    with pytest.raises(Conflict, match="ont changé depuis"):
        bulk.take_back_all(scope=scope, number=number, reason="encore")
    reader = scope_of(make_user(Role.DIRECTION, CHU))
    with pytest.raises(Denied):
        bulk.change_field(scope=reader, keys=keys[:1], field="version", text="3")
    with pytest.raises(Denied):
        ledger.append(scope=reader, news=[ledger.New(keys[0], date(2026, 1, 1), {})])


@pytest.mark.parametrize("role", [role for role in Role if Capability.VOIR_SYSTEMES not in CAPABILITIES[role]])
def test_other_roles_see_no_page(role: Role, client: Client) -> None:
    client.force_login(make_user(role, CHU), backend="django.contrib.auth.backends.ModelBackend")
    for name in ("accueil", "couverture", "import", "noms"):
        assert client.get(reverse(f"systems:{name}")).status_code == 403


def test_the_pages_go_from_the_file_to_the_matrix(scope: Scope, client: Client) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    client.force_login(make_user(Role.SERVICES_NUMERIQUES, "*"), backend="django.contrib.auth.backends.ModelBackend")
    sent = {"fichier": SimpleUploadedFile("si.csv", SHEET.encode()), "source": "DSN"}
    answer = client.post(reverse("systems:import"), sent, follow=True)
    page = answer.content.decode()
    assert "Lignes fautives" in page and "Colonnes" in page
    digest = page.split('name="empreinte" value="')[1].split('"')[0]
    where = answer.redirect_chain[-1][0] + "decider"
    client.post(where, {"action": "appliquer", "empreinte": digest, "creer": "1"})
    shown = client.get(reverse("systems:couverture")).content.decode()
    assert "Sirius Dossier" in shown and "Manque" in shown
    home = client.get(reverse("systems:accueil")).content.decode()
    assert "Dossier de Langres" in home
    for address in (
        reverse("systems:export") + "?format=xlsx", reverse("systems:couverture-export"), reverse("systems:noms"),
        reverse("systems:fiche", args=["application", CHU, "DOSSIER-DU-CHU"]),
        reverse("systems:nouvelle", args=["contrat"]),
        reverse("systems:import-modele", args=["application"]), where.replace("decider", "rapport"),
        reverse("systems:accueil") + "?nature=produit", reverse("systems:accueil") + "?nature=editeur&q=bor",
    ):  # fmt: skip
        assert client.get(address).status_code == 200, address


def test_a_reader_does_not_write(scope: Scope, client: Client) -> None:
    application(CHU, "DPI", scope)
    count = Statement.objects.count()
    client.force_login(make_user(Role.DIRECTION, CHU), backend="django.contrib.auth.backends.ModelBackend")
    sheet = reverse("systems:fiche", args=["application", CHU, "DPI"])
    assert client.get(sheet).status_code == 200
    assert client.post(sheet, {"action": "enregistrer", "nom": "X"}).status_code == 403
    bulk = {"nature": "application", "fiche": f"{CHU}|DPI", "champ": "version", "valeur": "2"}
    assert client.post(reverse("systems:modifier"), bulk).status_code == 403
    assert client.get(reverse("systems:fiche", args=["application", LANGRES, "DPI"])).status_code == 404
    assert Statement.objects.count() == count

"""Pages of the graph and of facts: each route, for each kind of visitor; a fact's life through its forms."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from archipel.foundation.accounts.models import User
from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import in_scope
from archipel.programmes.facts import public as facts
from archipel.programmes.facts.models import Fact, Import, Payment
from archipel.programmes.facts.public import PaymentKind, State
from archipel.programmes.facts.services import imports
from archipel.programmes.perimetre import public as perimetre
from archipel.programmes.perimetre.models import Change
from archipel.programmes.perimetre.public import Key, Kind
from tests.factories.programmes import CHU, LANGRES, MACON, ej, holder, load_region, pmsi, region_scope, tell

pytestmark = pytest.mark.django_db
AC, SUN, NOTE = "activite-combinee", "versement-usage-sun-es", "hospiconnect-note-cadrage-deposee"
JAN, MAR = date(2026, 1, 1), date(2026, 3, 1)
PROOF = b"%PDF-1.7 attestation"


@pytest.fixture
def told() -> dict[str, int]:
    """A fact, a payment and a file of Langres."""
    load_region()
    scope = region_scope()
    with in_scope(scope):
        fact = tell(scope, pmsi(LANGRES), AC, Decimal(8000), JAN, "ORIGINE")
        payment = facts.record_payment(
            scope=scope, subject=pmsi(LANGRES), programme="sun-es", kind=PaymentKind.AUTRE, amount=Decimal(10),
            paid_on=date(2023, 1, 2), source="PAYEUR",
        )  # fmt: skip
        raw = f"finess;fait;valeur;date_effet;source\n{LANGRES};{AC};9;01/02/2026;FICHIER\n".encode()
        received = imports.receive(scope=scope, kind="faits", name="recu.csv", raw=raw)
    return {"fait": fact, "versement": payment, "import": received.id}


def client_of(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def reads(told: dict[str, int]) -> dict[str, str]:
    """Address → the word that only who sees Langres reads there ("" when the page holds nothing of it)."""
    base = "/programmes/faits"
    return {
        f"{base}/": "ORIGINE",
        f"{base}/export?format=csv": "ORIGINE",
        f"{base}/registre/export?format=csv": "ORIGINE",
        f"{base}/vocabulaire/": "",
        f"{base}/saisir/": "",
        f"{base}/finess_pmsi/{LANGRES}/{AC}/": "ORIGINE",
        f"{base}/{told['fait']}/corriger/": "ORIGINE",
        f"{base}/import/": "recu.csv",
        f"{base}/import/modele": "",
        f"{base}/import/{told['import']}/": "FICHIER",
        f"{base}/import/{told['import']}/rapport?format=csv": LANGRES,
        f"{base}/import/{told['import']}/brut": "FICHIER",
        "/programmes/versements/": "PAYEUR",
        "/programmes/versements/export?format=csv": "PAYEUR",
        "/programmes/perimetre/": "",
        "/programmes/perimetre/export?format=xlsx": "",
        "/programmes/perimetre/import/": "",
        "/programmes/perimetre/import/modele": "",
        f"/programmes/perimetre/ej/{LANGRES}/": "",
    }


VISITORS: list[tuple[str, Role | None, str, bool]] = [
    ("la direction de l'établissement", Role.DIRECTION, LANGRES, True),
    ("le GHT", Role.CHARGE_PROGRAMMES, "ght:BFC-03", True),
    ("l'ARS de la région", Role.REFERENT_ARS, "region:27", True),
    ("un autre établissement du GHT", Role.CHARGE_PROGRAMMES, CHU, False),
    ("un autre GHT", Role.DIRECTION, "ght:BFC-02", False),
    ("l'ARS d'une autre région", Role.REFERENT_ARS, "region:84", False),
]


@pytest.mark.parametrize(("who", "role", "place", "sees"), VISITORS, ids=[v[0] for v in VISITORS])
def test_each_reads_its_own(told: dict[str, int], who: str, role: Role, place: str, sees: bool) -> None:
    client = client_of(holder(role, place))
    for address, word in reads(told).items():
        answer = client.get(address)
        text = answer.content.decode("utf-8", "replace")
        if not word:
            assert answer.status_code in (200, 403), (address, answer.status_code)
        elif sees:
            assert answer.status_code == 200 and word in text, (address, answer.status_code)
        else:
            assert answer.status_code in (200, 403, 404) and word not in text, (address, answer.status_code)


@pytest.mark.parametrize("role", [None, Role.DIM])
def test_without_the_right_nothing_opens(told: dict[str, int], role: Role | None) -> None:
    user = holder(role, LANGRES) if role else holder(Role.DIRECTION, "nulle-part")
    if role is None:
        user.grants.all().delete()
    for address in reads(told):
        assert client_of(user).get(address).status_code == 403, address
        answer = client_of(None).get(address)
        assert answer.status_code == 302 and answer["Location"].startswith("/connexion/"), address


def writes(told: dict[str, int]) -> list[tuple[str, dict[str, Any]]]:
    said = {"valeur": "12", "date_effet": "2026-03-01", "source": "autre", "preuve": "x", "motif": "pour essai"}
    base = "/programmes/faits"
    return [
        (f"{base}/saisir/", {"sujet": f"finess_pmsi:{LANGRES}", "fait": AC, **said}),
        (f"{base}/{told['fait']}/corriger/", said),
        *((f"{base}/{told['fait']}/agir", {"action": a, "motif": "pour essai", "valide_jusqu_au": "2026-06-01"})
          for a in ("clore", "retirer", "annuler")),
        (f"{base}/import/{told['import']}/decider", {"action": "ecarter", "motif": "pour essai"}),
        ("/programmes/versements/", {"finess": LANGRES, "programme": "sun-es", "nature": "usage", "montant": "5",
                                     "date": "2024-01-01", "source": "x"}),
        (f"/programmes/versements/{told['versement']}/retirer", {"motif": "pour essai"}),
        (f"/programmes/perimetre/ej/{LANGRES}/pmsi", {"pmsi": "210987558", "du": "2026-01-01", "source": "x"}),
    ]  # fmt: skip


STRANGERS = [("autre établissement", Role.CHARGE_PROGRAMMES, CHU), ("autre GHT", Role.DIRECTION, "ght:BFC-02"),
             ("autre région", Role.REFERENT_ARS, "region:84"), ("sans droit", Role.DIM, LANGRES),
             ("anonyme", None, "")]  # fmt: skip


@pytest.mark.parametrize(("who", "role", "place"), STRANGERS, ids=[s[0] for s in STRANGERS])
def test_nobody_else_writes(told: dict[str, int], who: str, role: Role | None, place: str) -> None:
    def state() -> tuple[int, ...]:
        with in_scope(region_scope()):
            return (
                Fact.objects.count(),
                Payment.objects.count(),
                Import.objects.filter(status="essai").count(),
                (Change.objects.count()),
            )

    before = state()
    client = client_of(holder(role, place) if role else None)
    for address, body in writes(told):
        answer = client.post(address, body)
        assert answer.status_code in (302, 403, 404), (address, answer.status_code)
        if answer.status_code == 302:
            assert role is None and answer["Location"].startswith("/connexion/"), address
    assert state() == before


def test_loading_the_graph_is_for_who_decides_for_all(told: dict[str, int]) -> None:
    count = Change.objects.count()
    for role, place in ((Role.DIRECTION, LANGRES), (Role.CHARGE_PROGRAMMES, "*"), (Role.REFERENT_ARS, "region:27")):
        for action in ("reference", "territoire", "annuler"):
            answer = client_of(holder(role, place)).post(
                "/programmes/perimetre/charger", {"action": action, "modification": "1", "motif": "x"}
            )
            assert answer.status_code == 403
    assert Change.objects.count() == count
    done = client_of(holder(Role.DIRECTION, "*")).post("/programmes/perimetre/charger", {"action": "reference"})
    assert done.status_code == 302


# --- the life of a fact through its forms


def test_a_fact_is_told_corrected_and_taken_back_on_screen(told: dict[str, int]) -> None:
    user = holder(Role.CHARGE_PROGRAMMES, LANGRES)
    client = client_of(user)
    page = f"/programmes/faits/ej/{LANGRES}/{NOTE}/"
    form = client.get(f"/programmes/faits/saisir/?sujet=ej:{LANGRES}&fait={NOTE}")
    assert form.status_code == 200 and 'type="radio"' in form.content.decode()
    wrong = client.post(
        "/programmes/faits/saisir/",
        {"sujet": f"ej:{LANGRES}", "fait": NOTE, "valeur": "peut-être", "date_effet": "2026-02-01", "source": "DSN"},
    )
    assert (
        wrong.status_code == 422 and "oui ou non attendu" in wrong.content.decode() and "DSN" in wrong.content.decode()
    )
    done = client.post(
        "/programmes/faits/saisir/",
        {"sujet": f"ej:{LANGRES}", "fait": NOTE, "valeur": "oui", "date_effet": "2026-02-01", "source": "DSN",
         "piece": SimpleUploadedFile("note.pdf", PROOF)},
        follow=True,
    )  # fmt: skip
    assert done.redirect_chain[-1][0] == page and "note" in done.content.decode()
    with in_scope(region_scope()):
        (fact,) = facts.facts_at([ej(LANGRES)], MAR).reading(ej(LANGRES), NOTE).facts
    assert fact.proved and client.get(f"/programmes/faits/pieces/{fact.attachment}").content == PROOF
    assert (
        client_of(holder(Role.DIRECTION, MACON)).get(f"/programmes/faits/pieces/{fact.attachment}").status_code == 404
    )
    client.post(
        f"/programmes/faits/{fact.number}/corriger/",
        {"valeur": "non", "date_effet": "2026-02-01", "source": "DSN", "motif": "la note n'est pas partie"},
    )
    text = client.get(page + "?au=2026-03-01").content.decode()
    assert "remplacé par le n°" in text and "la note n&#x27;est pas partie" in text
    with in_scope(region_scope()):
        (now,) = facts.facts_at([ej(LANGRES)], MAR).reading(ej(LANGRES), NOTE).facts
        assert now.value is False and now.attachment == fact.attachment
    client.post(f"/programmes/faits/{now.number}/agir", {"action": "annuler"})
    with in_scope(region_scope()):
        assert facts.facts_at([ej(LANGRES)], MAR).reading(ej(LANGRES), NOTE).value is True


def test_a_contradiction_is_shown_and_one_may_end_the_other(told: dict[str, int]) -> None:
    client = client_of(holder(Role.REFERENT_ARS, "region:27"))
    said = {"sujet": f"finess_pmsi:{LANGRES}", "fait": AC, "valeur": "9000", "date_effet": "2026-03-01", "preuve": "x"}
    shown = client.post("/programmes/faits/saisir/", {**said, "source": "ARS"}, follow=True).content.decode()
    assert "Une autre source dit autre chose" in shown and "se contredisent" in shown
    assert "Contredit" in client.get("/programmes/faits/?etat=contredit").content.decode()
    client.post(
        "/programmes/faits/saisir/",
        {**said, "valeur": "9500", "date_effet": "2026-04-01", "source": "ARS", "fin": str(told["fait"])},
    )
    with in_scope(region_scope()):
        reading = facts.facts_at([pmsi(LANGRES)], date(2026, 4, 1)).reading(pmsi(LANGRES), AC)
        assert reading.state is State.CONNU and reading.value == 9500


@pytest.mark.parametrize(("name", "content"), [("x.exe", b"MZ"), ("x.pdf", b"MZ"), ("x.png", b"%PDF-")])
def test_a_document_that_is_not_what_it_says_is_refused(told: dict[str, int], name: str, content: bytes) -> None:
    client = client_of(holder(Role.CHARGE_PROGRAMMES, LANGRES))
    with in_scope(region_scope()):
        count = Fact.objects.count()
    answer = client.post(
        "/programmes/faits/saisir/",
        {"sujet": f"ej:{LANGRES}", "fait": NOTE, "valeur": "oui", "date_effet": "2026-02-01", "source": "DSN",
         "piece": SimpleUploadedFile(name, content)},
    )  # fmt: skip
    text = answer.content.decode()
    assert answer.status_code == 422 and ("est attendu" in text or "pas un fichier" in text)
    with in_scope(region_scope()):
        assert Fact.objects.count() == count


def test_the_ledger_that_is_exported_is_read_again_unchanged(told: dict[str, int]) -> None:
    client = client_of(holder(Role.CHARGE_PROGRAMMES, "ght:BFC-03"))
    for form in ("csv", "xlsx"):
        body = client.get(f"/programmes/faits/registre/export?format={form}").content
        sent = client.post(
            "/programmes/faits/import/", {"nature": "faits", "fichier": SimpleUploadedFile(f"f.{form}", body)}
        )
        page = client.get(sent["Location"]).content.decode()
        assert "0 nouveau," in page and "1 inchangé," in page and "0 ligne fautive" in page


def test_a_file_is_imported_on_screen(told: dict[str, int]) -> None:
    client = client_of(holder(Role.CHARGE_PROGRAMMES, "ght:BFC-03"))
    page = client.get(f"/programmes/faits/import/{told['import']}/")
    digest = page.context["essai"].digest
    url = f"/programmes/faits/import/{told['import']}/decider"
    aged = client.post(url, {"action": "appliquer", "empreinte": "faux"}, follow=True).content.decode()
    assert "des faits ont changé" in aged
    done = client.post(url, {"action": "appliquer", "empreinte": digest}, follow=True).content.decode()
    assert "1 ligne(s) enregistrée(s)" in done
    client.post(url, {"action": "annuler", "motif": "essai"})
    with in_scope(region_scope()):
        assert Import.objects.get(pk=told["import"]).status == "annule"


def test_a_payment_is_recorded_and_withdrawn_on_screen(told: dict[str, int]) -> None:
    client = client_of(holder(Role.REFERENT_ARS, "region:27"))
    body = {"finess": LANGRES, "programme": "sun-es", "nature": "usage", "montant": "12 500,50", "date": "2023-06-30",
            "source": "notification"}  # fmt: skip
    assert client.post("/programmes/versements/", {**body, "montant": "beaucoup"}).status_code == 422
    assert client.post("/programmes/versements/", body).status_code == 302
    page = client.get(f"/programmes/faits/finess_pmsi/{LANGRES}/{SUN}/").content.decode()
    assert "historique des versements" in page and "dérivé" in page
    with in_scope(region_scope()):
        number = facts.payments([pmsi(LANGRES)])[0].number
    client.post(f"/programmes/versements/{number}/retirer", {"motif": "autre établissement"})
    with in_scope(region_scope()):
        assert len(facts.payments([pmsi(LANGRES)])) == 1


# --- the graph on screen


def test_a_finess_pmsi_is_said_and_a_neighbours_number_is_refused(told: dict[str, int]) -> None:
    client = client_of(holder(Role.CHARGE_PROGRAMMES, LANGRES))
    assert "Hypothèse" in client.get(f"/programmes/perimetre/ej/{LANGRES}/").content.decode()
    url, body = f"/programmes/perimetre/ej/{LANGRES}/pmsi", {"du": "2026-01-01", "source": "ARS"}
    assert client.post(url, {**body, "pmsi": CHU}).status_code == 403
    assert client.post(url, {**body, "pmsi": "210987558"}).status_code == 403
    client.post(url, {**body, "pmsi": "520780058"})
    assert perimetre.graph().pmsi(Key(Kind.EJ, LANGRES)) == (Key(Kind.PMSI, LANGRES),)
    client.post(url, {**body, "pmsi": LANGRES})
    assert not perimetre.graph().nodes[Key(Kind.PMSI, LANGRES)].hypothesis


def test_a_file_of_the_graph_is_tried_then_applied_and_taken_back(told: dict[str, int]) -> None:
    client = client_of(holder(Role.DIRECTION, "*"))
    raw = (
        "nature;code;libelle;parent;du;au;statut;support;source\n"
        f"finess_pmsi;{LANGRES};CH de Langres;{LANGRES};01/01/2026;;;;ARS\n"
        "ght;GE-99;Un autre groupe;Grand Est;01/01/2026;;;;ARS\n"
        f"ej;{LANGRES};CH de Langres;GE-99;01/07/2026;;public;oui;ARS\n"
        "eg;123;x;y;01/01/2026;;;;ARS\n"
        "ej;520780032;x;INCONNU;01/01/2026;;;;ARS\n"
        f"ej;{CHU};x;GE-99;32/01/2026;;;;ARS\n"
        f"navire;{CHU};x;GE-99;01/01/2026;;;;ARS\n"
    ).encode()
    sent = client.post("/programmes/perimetre/import/", {"fichier": SimpleUploadedFile("p.csv", raw)})
    page = client.get(sent["Location"]).content.decode()
    assert "4 lignes fautives" in page and "INCONNU" in page
    before = Change.objects.count()
    client.post(sent["Location"], {"motif": "arrêté"})
    assert Change.objects.count() == before + 1
    assert perimetre.members("GE-99", date(2026, 7, 1)) == {LANGRES}
    assert LANGRES in perimetre.members("BFC-03", date(2026, 6, 30))
    change = Change.objects.latest("id").pk
    client.post("/programmes/perimetre/charger", {"action": "annuler", "modification": change, "motif": "erreur"})
    assert LANGRES in perimetre.members("BFC-03", date(2026, 7, 1)) and perimetre.members("GE-99") == frozenset()


def test_an_establishment_imports_its_own_finess_pmsi_only(told: dict[str, int]) -> None:
    client = client_of(holder(Role.CHARGE_PROGRAMMES, LANGRES))
    raw = (
        "nature;code;libelle;parent;du\n"
        f"finess_pmsi;{LANGRES};CH;{LANGRES};01/01/2026\nfiness_pmsi;{CHU};CH;{LANGRES};01/01/2026\n"
        f"ght;X;X;27;01/01/2026\n"
    ).encode()
    sent = client.post("/programmes/perimetre/import/", {"fichier": SimpleUploadedFile("p.csv", raw)})
    assert "2 lignes fautives" in client.get(sent["Location"]).content.decode()
    client.post(sent["Location"], {})
    assert not perimetre.graph().nodes[Key(Kind.PMSI, LANGRES)].hypothesis
    assert perimetre.graph().nodes[Key(Kind.PMSI, CHU)].hypothesis

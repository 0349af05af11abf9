"""Pages of maturity: what each shows, what a form keeps, and who is let in."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from archipel.foundation.accounts.models import User
from archipel.foundation.accounts.roles import Role
from archipel.foundation.accounts.services import scope_of
from archipel.foundation.scope import in_scope, system_scope
from archipel.programmes.maturity import public as maturity
from archipel.programmes.maturity.models import Answer, Campaign, CampaignFact, Effort, Import
from archipel.programmes.packs import public as packs
from archipel.programmes.perimetre import public as perimetre
from archipel.programmes.proof import public as proof
from archipel.programmes.proof.services.deposits import deposit_piece
from tests.factories.accounts import make_user
from tests.factories.programmes import CHU, LANGRES, holder, load_region, pmsi, region_scope, tell
from tests.factories.proof import PDF

pytestmark = pytest.mark.django_db
GHT, OTHER_GHT = "BFC-03", "BFC-02"
PACK, GRID = "care-d2", "auto-diagnostic-d2"
G = [PACK, GRID]
E = [PACK, GRID, CHU]
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture(autouse=True)
def region() -> None:
    load_region()


def client(user: User | None) -> Client:
    made = Client(raise_request_exception=False)
    if user is not None:
        made.force_login(user, backend=BACKEND)
    return made


@pytest.fixture
def director() -> Client:
    return client(holder(Role.DIRECTION, f"ght:{GHT}", "directeur"))


def url(name: str, *args: Any) -> str:
    return reverse(f"maturity:{name}", args=args)


def post(director: Client, name: str, args: list[Any], **data: Any) -> Any:
    return director.post(url(name, *args), {key.replace("__", "-"): value for key, value in data.items()}, follow=True)


def test_the_first_page_says_what_to_do(director: Client) -> None:
    text = director.get(url("accueil")).content.decode()
    assert "Aucune campagne en cours" in text and "Auto-diagnostic CaRE D2" in text and "Ouvrir une campagne" in text


def test_a_rubric_is_answered_with_its_evidence_and_can_be_undone(director: Client) -> None:
    page = url("rubrique", *E, "o4")
    data = {"reponse-d2-o4-test": "oui", "preuve-d2-o4-test": "Compte rendu", "reference-d2-o4-test": "GED 7",
            "commentaire-d2-o4-test": "Restauration du DPI", "reponse-d2-o4-referent": "non"}  # fmt: skip
    text = director.post(page, data, follow=True).content.decode()
    assert "2 réponses enregistrées" in text and "Compte rendu (GED 7)" in text and "Déclaré sans preuve" in text
    assert "Rien n&#x27;a changé" in director.post(page, data | {"preuve-d2-o4-test": ""}, follow=True).content.decode()
    fact = Answer_of("d2-o4-test").pk
    log = url("historique", *E)
    assert "Restauration du DPI" in director.get(log).content.decode()
    said = director.post(url("annuler", fact), {"suite": log}, follow=True).content.decode()
    assert "Réponse annulée" in said and "annulation de la réponse" in said
    again = director.post(url("annuler", fact), {"suite": "https://ailleurs.example/"}, follow=True)
    assert "déjà annulée" in again.content.decode() and again.redirect_chain[-1][0] == "/programmes/maturite/"


def weigh() -> None:
    """The same AC for each member."""
    with in_scope(region_scope()):
        for code in sorted(perimetre.members(GHT)):
            tell(region_scope(), pmsi(code), "activite-combinee", 1000, timezone.localdate() - timedelta(days=5))


def Answer_of(indicator: str) -> Answer:
    with in_scope(region_scope()):
        return Answer.objects.get(indicator=indicator)


def test_a_wrong_answer_keeps_what_was_typed_and_writes_nothing(director: Client) -> None:
    answer = director.post(
        url("rubrique", *E, "o4"),
        {"reponse-d2-o4-test": "peut-être", "commentaire-d2-o4-test": "à voir", "reponse-d2-o4-referent": "oui"},
    )
    text = answer.content.decode()
    assert answer.status_code == 422 and "Rien n'a été enregistré" in text and "à voir" in text
    assert "peut-être" in text and "oui, non" in text
    with in_scope(region_scope()):
        assert Answer.objects.count() == 0


def test_the_page_of_the_group_shows_the_share_and_its_file_too(director: Client) -> None:
    weigh()
    text = director.get(url("grille", *G)).content.decode()
    assert "Parts de l&#x27;activité combinée" in text or "Parts de l'activité combinée" in text
    assert "66 %" in text and "Inconnu" in text
    book = load_workbook(io.BytesIO(director.get(url("grille-export", *G) + "?format=xlsx").content))
    assert book.active is not None and book.active.max_row == 1 + len(perimetre.members(GHT))
    assert "FINESS" in director.get(url("grille-export", *G)).content.decode("utf-8-sig")


def test_the_plan_answers_with_a_proof_and_efforts_can_be_stated(director: Client) -> None:
    weigh()
    asked = url("plan", *G) + "?but=part&part_comptee=bia-pcra&part=66&niveau=1&jours=4"
    text = director.get(asked).content.decode()
    assert "72 jours" in text and "prouvé" in text  # six members of nine, three indicators, four days
    told = post(director, "effort", G, entite=CHU, question="d2-o1-c-soins", niveau="0", jours="0,5", suite=asked)
    assert "Effort enregistré" in told.content.decode() and "68,5 jours" in told.content.decode()
    assert "Dit" in told.content.decode()
    assert "Effort (jours)" in director.get(asked.replace("plan/", "plan/export")).content.decode("utf-8-sig")
    for wrong in ("but=x", "niveau=9", "part=0", "jours=abc", "part_comptee=x&but=part"):
        assert director.get(url("plan", *G) + "?" + wrong).status_code == 422
    one = client(holder(Role.CHARGE_PROGRAMMES, CHU))
    assert one.get(asked).status_code == 403
    assert one.get(url("plan", *G) + "?but=chacun&niveau=1").status_code == 200


def test_a_campaign_from_opening_to_closing(director: Client) -> None:
    due = timezone.localdate() + timedelta(days=20)
    form = {"titre_campagne": "CaRE 2026", "grille": f"{PACK}/{GRID}", "etablissements": [CHU, LANGRES],
            "echeance": due.isoformat(), "relances": "14, 7, -1"}  # fmt: skip
    for name, value, said in [("relances", "demain", "nombres de jours"), ("echeance", "", "échéance"),
                              ("titre_campagne", "  ", "titre")]:  # fmt: skip
        answer = director.post(url("campagne-nouvelle"), form | {name: value})
        assert answer.status_code == 422 and said in answer.content.decode()
    text = director.post(url("campagne-nouvelle"), form, follow=True).content.decode()
    assert "CaRE 2026" in text and "Relancer les 3 en attente" in text and "1 j après" in text
    with in_scope(region_scope()):
        number = Campaign.objects.get().pk
    page = [number]
    assert "relancés" in post(director, "campagne-agir", page, action="relancer").content.decode()
    late = post(director, "campagne-agir", page, action="prolonger", motif="grève",
                echeance=(due + timedelta(days=9)).isoformat())  # fmt: skip
    assert "Échéance portée" in late.content.decode() and "grève" in late.content.decode()
    assert "Campagne close" in post(director, "campagne-agir", page, action="clore").content.decode()
    assert "déjà close" in post(director, "campagne-agir", page, action="clore").content.decode()
    assert "rouverte" in post(director, "campagne-agir", page, action="rouvrir").content.decode()
    assert director.post(url("campagne-agir", number), {"action": "x"}).status_code == 422
    calendar = director.get(url("campagne-ics", number))
    assert b"BEGIN:VALARM" in calendar.content and f"{due + timedelta(days=9):%Y%m%d}".encode() in calendar.content
    assert "Avancement" in director.get(url("campagne-export", number)).content.decode("utf-8-sig")
    assert "CaRE 2026" in director.get(url("accueil")).content.decode()


def test_a_sheet_of_answers_is_looked_at_before_it_is_written(director: Client) -> None:
    template = director.get(url("modele", *G))
    book = load_workbook(io.BytesIO(template.content))
    sheet = book["Réponses"]
    rows = {(row[0].value, row[1].value): row for row in sheet.iter_rows(min_row=2)}
    assert (CHU, "d2-o4-test") in rows and (f"ght:{GHT}", "d2-p1") in rows and (CHU, "d2-p1") not in rows
    rows[CHU, "d2-o4-test"][5].value = "oui"
    rows[LANGRES, "d2-o4-test"][5].value = "bof"
    rows[f"ght:{GHT}", "d2-p1"][5].value = "non"
    sheet.append([CHU, "inventee", "", "", "", "oui"])
    sheet.append(["999999999", "d2-o4-test", "", "", "", "oui"])
    sheet.append([CHU, "d2-o4-test", "", "", "", "non"])
    out = io.BytesIO()
    book.save(out)
    out.seek(0)
    out.name = "réponses.xlsx"
    seen = director.post(url("import", *G), {"fichier": out}, follow=True)
    text = seen.content.decode()
    assert "2 nouvelles" in text and "4 refusées" in text and "déjà une ligne plus haut" in text
    with in_scope(region_scope()):
        assert Answer.objects.count() == 0
        number = Import.objects.get().pk
    done = director.post(url("import-examen", number), follow=True).content.decode()
    assert "2 réponses importées" in done
    assert "déjà importé" in director.post(url("import-examen", number), follow=True).content.decode()
    with in_scope(region_scope()):
        assert set(Answer.objects.values_list("entity", "source")) == {
            (CHU, f"import:{number}"), (f"ght:{GHT}", f"import:{number}"),
        }  # fmt: skip
    stranger = client(holder(Role.DIRECTION, f"ght:{GHT}"))
    assert stranger.get(url("import-examen", number)).status_code == 404


@pytest.mark.parametrize(
    ("raw", "said"),
    [(b"", "vide"), (b"PK\x03\x04rubbish", "illisible"), (b"a;b\n1;2\n", "colonne"),
     ("Question (identifiant);Réponse\nd2-o4-test;\n".encode(), "aucune réponse")],
)  # fmt: skip
def test_a_file_that_cannot_be_read_says_why(director: Client, raw: bytes, said: str) -> None:
    sent = io.BytesIO(raw)
    sent.name = "f.xlsx"
    answer = director.post(url("import", *G), {"fichier": sent})
    assert answer.status_code == 422 and (said in answer.content.decode() or "Choisissez" in answer.content.decode())


# --- who is let in


def routes(number: int, fact: int, file: int) -> list[tuple[str, list[Any]]]:
    return [
        ("accueil", []), ("grille", G), ("grille-export", G), ("plan", G), ("plan-export", G), ("modele", G),
        ("import", G), ("import-examen", [file]), ("entite", E), ("entite-export", E), ("historique", E),
        ("rubrique", [*E, "o4"]), ("campagne-nouvelle", []), ("campagne", [number]), ("campagne-export", [number]),
        ("campagne-ics", [number]), ("annuler", [fact]), ("effort", G), ("campagne-agir", [number]),
    ]  # fmt: skip


POSTED: dict[str, dict[str, Any]] = {
    "rubrique": {"reponse-d2-o4-referent": "oui"},
    "campagne-nouvelle": {"titre_campagne": "x", "grille": f"{PACK}/{GRID}", "etablissements": [CHU],
                          "echeance": "2099-01-01", "relances": "1"},
    "import-examen": {},
    "annuler": {},
    "effort": {"entite": CHU, "question": "d2-o4-test", "niveau": "0", "jours": "3"},
    "campagne-agir": {"action": "clore"},
}  # fmt: skip
OF_CHU = {"import-examen", "entite", "entite-export", "historique", "rubrique", "campagne", "campagne-export",
          "campagne-ics", "annuler", "campagne-agir"}  # fmt: skip
"""Addresses that name something of the CHU."""


@pytest.fixture
def things() -> list[tuple[str, list[Any]]]:
    """An answer, a campaign and a file of the CHU."""
    lead = scope_of(holder(Role.DIRECTION, CHU, "chef"))
    grid = maturity.grid(PACK, GRID)
    yes = maturity.measure_of(grid, "d2-o4-test", "oui")
    fact = maturity.answer(scope=lead, grid=grid, entity=CHU, given=[maturity.Given("d2-o4-test", yes, "SECRETCHU")])
    due = timezone.localdate() + timedelta(days=9)
    made = maturity.open_campaign(scope=lead, grid=grid, title="SECRETCHU", establishments=[CHU], due_on=due)
    sheet = f"Établissement (FINESS);Question (identifiant);Réponse\n{CHU};d2-o4-referent;oui\n".encode()
    file = maturity.receive(scope=lead, grid=grid, raw=sheet, name="SECRETCHU.csv")
    return routes(made.facts[0], fact.facts[0], file)


def state() -> list[int]:
    with in_scope(system_scope("tests", perimetre.in_region("27"))):
        return [model.objects.count() for model in (Answer, Campaign, CampaignFact, Effort, Import)]


STRANGERS = [
    ("anonyme", None, ""),
    ("sans rôle", None, CHU),
    ("un autre établissement", Role.DIRECTION, LANGRES),
    ("un autre GHT", Role.DIRECTION, f"ght:{OTHER_GHT}"),
    ("une autre région", Role.REFERENT_ARS, "region:84"),
    ("des lits", Role.GESTIONNAIRE_LITS, CHU),
]


@pytest.mark.parametrize(("who", "role", "place"), STRANGERS)
def test_nobody_else_reads_or_changes_what_the_chu_said(
    things: list[tuple[str, list[Any]]], who: str, role: Role | None, place: str
) -> None:
    user = None if who == "anonyme" else holder(role, place) if role else make_user(None, CHU)
    before = state()
    for name, args in things:
        for answer in (client(user).get(url(name, *args)), client(user).post(url(name, *args), POSTED.get(name, {}))):
            assert "SECRETCHU" not in answer.content.decode("utf-8", "replace"), (who, name)
            assert answer.status_code < 500
            if name in OF_CHU:
                assert answer.status_code in (302, 403, 404, 405), (who, name, answer.status_code)
            if answer.status_code == 302 and name in OF_CHU:
                assert answer["Location"].startswith("/connexion/"), (who, name)
    assert state() == before, who


def test_the_ars_of_the_region_and_the_group_read_it_but_the_ars_changes_nothing(
    things: list[tuple[str, list[Any]]],
) -> None:
    for role, place in ((Role.REFERENT_ARS, "region:27"), (Role.DIRECTION, f"ght:{GHT}")):
        one = client(holder(role, place))
        for name, args in things:
            if name in OF_CHU - {"import-examen", "annuler", "campagne-agir"}:
                assert one.get(url(name, *args)).status_code == 200, (role, name)
        assert "SECRETCHU" in one.get(url("historique", *E)).content.decode()
    before = state()
    ars = client(holder(Role.REFERENT_ARS, "region:27"))
    for name, args in things:
        answer = ars.post(url(name, *args), POSTED.get(name, {}))
        assert answer.status_code in (403, 404, 405), (name, answer.status_code)
    assert state() == before


def deposited(title: str, ends: date | None) -> int:
    """A document in the proof room, of the hospital."""
    scope = system_scope("tests", [CHU])
    with in_scope(scope):
        pack = packs.current(PACK)
        subject = proof.subject_of(CHU)
        path = proof.requirements(pack)[0].path
        made = deposit_piece(
            scope=scope, pack=pack, path=path, subject=subject, title=title, expires_on=ends, name="a.pdf", content=PDF,
            effective_on=timezone.localdate() - timedelta(days=30),
        )  # fmt: skip
    return made.entry


def test_an_answer_points_at_a_document_of_the_proof_room(director: Client) -> None:
    old = deposited("Compte rendu de restauration", timezone.localdate())
    page, question = url("rubrique", *E, "o4"), "d2-o4-test"
    assert "Pièce déjà déposée" in (text := director.get(page).content.decode())
    assert "Compte rendu de restauration (périmée" in text
    data = {f"reponse-{question}": "oui", f"piece-{question}": str(old)}
    for _ in range(2):
        text = director.post(page, data, follow=True).content.decode()
        assert text.count(f"/programmes/preuves/pieces/{old}/fichier") == 1 and "Périmée" in text
    with in_scope(region_scope()):
        assert Answer.objects.count() == 1, "the same answer and the same document are said once"
    wrong = director.post(page, {f"reponse-{question}": "non", f"piece-{question}": "999999"})
    assert wrong.status_code == 422 and "salle de preuve" in wrong.content.decode()

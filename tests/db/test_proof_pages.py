"""The pages of proof: what they show, what they refuse, to whom."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from archipel.foundation.accounts.models import Grant, User
from archipel.foundation.accounts.roles import Role
from archipel.foundation.accounts.services import scope_of
from archipel.foundation.scope import EVERYWHERE, in_scope
from archipel.kernel import clock
from archipel.programmes.proof import models
from archipel.programmes.proof import public as proof
from archipel.programmes.proof.services import deposits, jobs, keys, past, rounds
from archipel.programmes.proof.values import Status
from tests.db.test_territory_publication import FILE, import_file
from tests.factories.accounts import audit_entries, make_user
from tests.factories.beds import CHU, LANGRES, make_stay, make_unit
from tests.factories.proof import BASE, GHT, PDF, chu, day, furnish, ght, ship, system, the_pack

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
ROOM = "/programmes/preuves/"
PCRA = f"{ROOM}exigences/essai-preuves/{BASE}pcra/"
EJ, GROUP = f"ej-{CHU}", f"ght-{GHT}"


@pytest.fixture(autouse=True)
def group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ship(monkeypatch)
    monkeypatch.setenv("ARCHIPEL_PROOF_KEYS", str(tmp_path / "cles"))
    furnish()


def browser(role: Role | None = Role.CHARGE_PROGRAMMES, *places: str) -> Client:
    user = make_user(role, (places or (CHU,))[0])
    for place in places[1:]:
        Grant.objects.create(user=user, role=str(role), establishment=place)
    return signed_in(user)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def text(answer: Any) -> str:
    return answer.content.decode()


def post(client: Client, address: str, **fields: Any) -> Any:
    return client.post(address, {"sujet": EJ, **fields})


def pdf(name: str = "pcra.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def piece(client: Client, **changes: Any) -> Any:
    fields = {"action": "piece", "titre": "PCRA des urgences", "attendue": "PCRA", "date": "2026-09-01",
              "fin": "2027-09-01", "fichier": pdf()}  # fmt: skip
    return post(client, f"{PCRA}agir", **fields | changes)


# --- reading


def test_the_first_page_counts_by_pack_and_says_what_to_look_at() -> None:
    client = browser()
    page = client.get(ROOM)
    assert page.status_code == 200
    assert "0 exigence prouvée" in text(page) and "Programme d&#x27;essai" in text(page)
    assert client.get(f"{ROOM}?sujet={GROUP}").status_code == 200


def test_a_pack_is_a_list_for_one_and_a_matrix_for_a_group() -> None:
    everywhere = browser(Role.DIRECTION, EVERYWHERE)
    matrix = text(everywhere.get(f"{ROOM}exigences/essai-preuves/?sujet={GROUP}"))
    assert ("preuves-matrice" in matrix and "CH Langres" in matrix) or "Langres" in matrix
    listed = text(everywhere.get(f"{ROOM}exigences/essai-preuves/?sujet={EJ}"))
    assert "preuves-matrice" in listed  # its own requirements, and those of its group
    chosen = text(everywhere.get(f"{ROOM}exigences/essai-preuves/?sujet={EJ}&statut=manquant"))
    assert "preuves-matrice" not in chosen and "Voir tous les statuts" in chosen
    file = everywhere.get(f"{ROOM}exigences/essai-preuves/export?sujet={EJ}&format=csv")
    assert file["Content-Type"].startswith("text/csv") and "Un plan de continuité existe" in text(file)
    assert everywhere.get(f"{ROOM}exigences/inconnu/").status_code == 404


def test_one_requirement_tells_its_source_what_establishes_it_and_its_value() -> None:
    with in_scope(system()):
        import_file(FILE)
        rounds.take(scope=system(), metric="structure-partagee", subject=ght())
    page = text(browser().get(f"{ROOM}exigences/essai-preuves/{BASE}structure/?sujet={EJ}"))
    for words in (
        "Formaliser un fichier structure partagé", "Focus RH, objectif 1", "≥ 90", "UF validées et rattachées",
        "30/06/2027", "Structure du territoire", "Prouvé",
    ):  # fmt: skip
        assert words in page, words


def test_a_past_day_is_shown_as_it_was_known() -> None:
    client = browser()
    assert "Revenir à maintenant" in text(client.get(f"{ROOM}?au=2026-11-20&connu=2026-11-21"))
    assert client.get(f"{ROOM}?au=2026-13-40").status_code == 422
    assert client.get(f"{ROOM}?au=2126-01-01").status_code == 422


def test_who_sees_nothing_is_told_what_to_do() -> None:
    assert browser(Role.GESTIONNAIRE_LITS).get(ROOM).status_code == 403
    assert Client().get(ROOM)["Location"].startswith("/connexion/")
    assert browser(Role.CHARGE_PROGRAMMES, "999999999").get(ROOM).status_code == 404


# --- acting


def test_a_document_is_deposited_with_its_own_date_and_proves_until_it_lapses() -> None:
    client = browser()
    assert piece(client).status_code == 302
    assert piece(client, titre="PV de l'exercice", attendue="PV de test", date="2026-10-01", fin="").status_code == 302
    page = text(client.get(f"{PCRA}?sujet={EJ}"))
    assert "Prouvé" in page and "01/09/2026" in page and "01/09/2027" in page
    with in_scope(system()):
        changes = list(models.Change.objects.filter(requirement=BASE + "pcra").values_list("status", flat=True))
        entry = models.Entry.objects.order_by("id").first()
    assert changes == ["en_cours", "prouve"]
    assert [e.establishment for e in audit_entries(action="preuve.piece")] == [CHU, CHU]
    got = client.get(f"{ROOM}pieces/{entry.pk}/fichier")
    assert got.content == PDF and got["Content-Type"] == "application/pdf"
    assert "attachment" in got["Content-Disposition"] and "sandbox" in got["Content-Security-Policy"]
    assert audit_entries(action="preuve.lire")
    assert "PCRA des urgences" in text(client.get(f"{ROOM}pieces/"))
    assert "PCRA des urgences" in text(client.get(f"{ROOM}pieces/export?format=csv"))
    assert "PCRA des urgences" not in text(client.get(f"{ROOM}pieces/?etat=perime"))


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("virus.exe", b"MZ\x90\x00" + bytes(40), "n&#x27;est pas un document accepté"),
        ("page.pdf", b"<!doctype html><script>1</script>", "n&#x27;est pas un document accepté"),
        ("coupe.pdf", PDF[:40], "sa fin manque"),
        ("vide.pdf", b"", "vide"),
        ("code.pdf", PDF.replace(b"/Type", b"/JavaScript (1) /Type"), "contient du code"),
        ("zip.docx", b"PK\x03\x04" + bytes(60), "abîmé"),
    ],
)
def test_a_file_is_what_its_content_says(name: str, content: bytes, told: str) -> None:
    answer = piece(browser(), fichier=pdf(name, content))
    assert answer.status_code == 422
    assert told in text(answer), text(answer)[:3000]
    assert "PCRA des urgences" in text(answer), "what was typed is kept"
    with in_scope(system()):
        assert not models.Entry.objects.exists() and not models.File.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"titre": " "}, {"date": "demain"}, {"date": ""}, {"fin": "2026-08-31"}, {"fichier": ""},
        {"date": "1999-12-31"}, {"titre": "x" * 201},
    ],
)  # fmt: skip
def test_a_wrong_deposit_is_refused_with_a_sentence(changes: dict[str, Any]) -> None:
    answer = piece(browser(), **changes)
    assert answer.status_code == 422 and 'class="erreurs"' in text(answer)
    with in_scope(system()):
        assert not models.Entry.objects.exists()


def test_decisions_belong_to_those_who_validate() -> None:
    address = f"{ROOM}exigences/essai-preuves/{BASE}avis/agir"
    fields = {
        "sujet": GROUP, "action": "decision", "instance": "Comité stratégique", "date": "2026-10-02",
        "avis": "favorable", "pour": "11", "contre": "0", "abstention": "1",
    }  # fmt: skip
    assert post(browser(Role.CHARGE_PROGRAMMES, EVERYWHERE), address, **fields).status_code == 403
    assert post(browser(Role.DIRECTION, CHU), address, **fields).status_code == 403
    with in_scope(system()):
        assert not models.Entry.objects.exists()
    director = browser(Role.DIRECTION, EVERYWHERE)
    assert post(director, address, **fields).status_code == 302
    assert post(director, address, **fields | {"pour": "beaucoup"}).status_code == 422
    assert post(director, address, **fields | {"avis": "peut-être"}).status_code == 422
    page = text(director.get(f"{ROOM}exigences/essai-preuves/{BASE}avis/?sujet={GROUP}"))
    assert "11 pour, 0 contre" in page and "Prouvé" in page


def test_what_is_declared_is_marked_so_and_what_is_taken_back_stays_in_sight() -> None:
    client, address = browser(), f"{ROOM}exigences/essai-preuves/{BASE}formation/"
    assert post(client, f"{address}agir", action="declaration", reponse="oui", date="2026-10-01").status_code == 302
    assert "Déclaré" in text(client.get(f"{address}?sujet={EJ}"))
    with in_scope(system()):
        entry = models.Entry.objects.get()
    assert post(client, f"{address}agir", action="retrait", ligne=entry.pk, raison="").status_code == 422
    assert post(client, f"{address}agir", action="retrait", ligne=entry.pk, raison="erreur").status_code == 302
    assert post(client, f"{address}agir", action="retrait", ligne=entry.pk, raison="encore").status_code == 409
    page = text(client.get(f"{address}?sujet={EJ}"))
    assert "Retirée" in page and "erreur" in page and "Manquant" in page
    with in_scope(system()):
        taking = models.Entry.objects.get(kind="retrait")
    assert post(client, f"{address}agir", action="retrait", ligne=taking.pk, raison="Rétablie").status_code == 302
    assert "Déclaré" in text(client.get(f"{address}?sujet={EJ}"))


def test_a_local_target_has_a_reason_and_a_date() -> None:
    client, address = browser(), f"{ROOM}exigences/essai-preuves/{BASE}lits/agir"
    make_unit("3001")
    fields = {"action": "liaison", "nature": "metrique", "mesure": "fraicheur-etat-lits.part-a-jour",
              "comparaison": "ge", "valeur": "99,5", "fraicheur": "1", "date": "2026-11-01"}  # fmt: skip
    assert post(client, address, **fields, raison="").status_code == 422
    assert post(client, address, **fields | {"mesure": "inconnue"}, raison="x").status_code == 422
    assert post(client, address, **fields | {"valeur": "beaucoup"}, raison="x").status_code == 422
    assert post(client, address, **fields, raison="Cible du dossier").status_code == 302
    page = text(client.get(f"{ROOM}exigences/essai-preuves/{BASE}lits/?sujet={EJ}"))
    assert "Choix local depuis le 01/11/2026" in page and "Cible du dossier" in page and "99,5" in page


def test_a_comment_needs_only_to_see() -> None:
    ars = browser(Role.REFERENT_ARS)
    address = f"{PCRA}agir"
    assert post(ars, address, action="commentaire", texte="Bien reçu <b>").status_code == 302
    assert "Bien reçu &lt;b&gt;" in text(browser().get(f"{PCRA}?sujet={EJ}"))
    assert piece(ars).status_code == 403
    with in_scope(system()):
        assert models.Entry.objects.count() == 1


def test_nobody_writes_for_another_establishment() -> None:
    elsewhere = browser(Role.CHARGE_PROGRAMMES, LANGRES)
    assert piece(elsewhere).status_code == 404
    assert post(elsewhere, f"{PCRA}agir", action="declaration", reponse="oui", date="2026-10-01").status_code == 404
    with in_scope(system()):
        assert not models.Entry.objects.exists()
    assert piece(browser()).status_code == 302
    with in_scope(system()):
        entry = models.Entry.objects.get()
    assert elsewhere.get(f"{ROOM}pieces/{entry.pk}/fichier").status_code == 404
    assert elsewhere.get(f"{PCRA}?sujet={EJ}").status_code == 404
    own = f"{PCRA}agir"
    taken = elsewhere.post(own, {"sujet": f"ej-{LANGRES}", "action": "retrait", "ligne": entry.pk, "raison": "x"})
    assert taken.status_code == 404
    with in_scope(system()):
        assert models.Entry.objects.count() == 1


# --- measures


def test_a_metric_tells_how_it_is_computed_and_is_read_again() -> None:
    make_unit("3001")
    client = browser()
    assert "Fraîcheur de l" in text(client.get(f"{ROOM}mesures/"))
    address = f"{ROOM}mesures/fraicheur-etat-lits/"
    assert "Aucune lecture gardée" in text(client.get(address))
    assert post(client, f"{address}relire").status_code == 302
    page = text(client.get(address))
    assert "flow_movementfact" in page and "Lits suivis" in page
    assert "part-a-jour" not in page
    assert "Lits suivis" in text(client.get(f"{address}export?format=csv"))
    assert client.get(f"{ROOM}mesures/inconnue/").status_code == 404
    assert post(browser(Role.CHARGE_PROGRAMMES, LANGRES), f"{address}relire").status_code == 404
    with in_scope(system()):
        assert models.Reading.objects.count() == 1 and models.Query.objects.count() == 1


def test_small_groups_are_shown_inside_the_establishment_only() -> None:
    bed = make_unit("3001")[0]
    make_stay(bed, name="SECRETNOM")
    rounds.take(scope=system(), metric="identites-qualifiees", subject=chu())
    address = f"{ROOM}mesures/identites-qualifiees/?sujet={EJ}"
    inside = text(browser().get(address))
    outside = text(browser(Role.DIRECTION, EVERYWHERE).get(address))
    assert "inférieur à 11" in outside and "inférieur à 11" not in inside
    assert "SECRETNOM" not in inside + outside


# --- the daily round


def test_the_round_reads_computes_and_is_made_once_a_day() -> None:
    with in_scope(system()):
        import_file(FILE)
    done = rounds.run()
    assert done.readings > 20 and done.changes > 10
    again = rounds.run()
    assert (again.readings, again.changes) == (done.readings, 0)
    with in_scope(system()):
        structure = models.Change.objects.get(requirement=BASE + "structure", subject=GHT)
    assert structure.status == Status.PROUVE and structure.value == 100
    page = text(browser(Role.DIRECTION, EVERYWHERE).get(f"{ROOM}?sujet={GROUP}"))
    assert "1 exigence prouvée" in page and "Dernier calcul" in page


def test_the_worker_goes_on_with_the_round_a_little_at_each_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    ticker = rounds.Ticker()
    for _ in range(400):
        ticker()
        if models.Round.objects.exists():
            break
    assert models.Round.objects.exists()
    with in_scope(system()):
        assert models.Reading.objects.count() > 20
        before = models.Reading.objects.count()
    later = rounds.Ticker()
    later()
    with in_scope(system()):
        assert models.Reading.objects.count() == before
    now = clock.now() + timedelta(hours=7)
    monkeypatch.setattr(clock, "now", lambda: now)
    again = rounds.Ticker()
    again()
    with in_scope(system()):
        assert models.Reading.objects.count() > before, "a new round every six hours"


def test_the_past_of_an_installation_that_begins_is_rebuilt_from_dated_facts() -> None:
    scope, pack = system(), the_pack()
    for expected in ("PCRA", "PV de test"):
        deposits.deposit_piece(
            scope=scope, pack=pack, path=BASE + "pcra", subject=chu(), title=expected, expected=expected,
            effective_on=clock.today() - timedelta(days=20), name="a.pdf", content=PDF,
        )  # fmt: skip
    other = next(one for one in ght().establishments if one != CHU)
    done = past.rebuild(scope=scope, subject=chu(), days=42, every=7)
    again_computed = [one for one in proof.metrics() if one.past is proof.Past.RECALCUL and chu().level in one.levels]
    assert done.readings == 6 * len(again_computed) >= 6 * 4
    with in_scope(scope):
        told = models.Change.objects.filter(subject=CHU, requirement=BASE + "pcra").order_by("at")
        assert [row.status for row in told] == ["en_cours", "prouve", "en_cours", "prouve"]
    again = past.rebuild(scope=scope, subject=chu(), days=42, every=7)
    assert (again.readings, again.changes) == (0, 0)
    elsewhere = past.rebuild(scope=scope, subject=proof.subject_of(other), days=14, every=7, measured=False)
    assert elsewhere.readings == 0 and elsewhere.changes > 3
    with in_scope(scope):
        rows = models.Change.objects.filter(subject=other)
        assert all(row.at < row.recorded_at - timedelta(days=5) for row in rows)


def test_expired_evidence_changes_the_status_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    scope, pack = system(), the_pack()
    for expected in ("PCRA", "PV de test"):
        deposits.deposit_piece(
            scope=scope, pack=pack, path=BASE + "pcra", subject=chu(), title=expected, expected=expected,
            effective_on=day("2026-06-01"), expires_on=None, name="a.pdf", content=PDF,
        )  # fmt: skip
    with in_scope(scope):
        (now,) = proof.requirement_status(scope=scope, pack="essai-preuves", path=BASE + "pcra", subject=CHU)
    assert now.status is Status.PROUVE and now.finding.until is not None
    later = clock.now() + timedelta(days=366)
    monkeypatch.setattr(clock, "now", lambda: later)
    rounds.run()
    with in_scope(system()):
        statuses = models.Change.objects.filter(requirement=BASE + "pcra", subject=CHU).order_by("id")
        assert [row.status for row in statuses] == ["en_cours", "prouve", "perime"]
        assert "n'est plus valable" in statuses.last().reason


# --- archives


def test_an_archive_asked_from_the_page_is_made_by_the_worker_and_downloaded() -> None:
    client = browser()
    page = client.get(f"{ROOM}archives/")
    assert "Aucune archive" in text(page)
    asked = post(client, f"{ROOM}archives/geler", pack="essai-preuves")
    assert asked.status_code == 302
    assert "En attente" in text(client.get(f"{ROOM}archives/"))
    jobs.freezing_tick()
    fragment = text(client.get(f"{ROOM}archives/", headers={"Archipel-Live": "1"}))
    assert "Faite" in fragment and "<html" not in fragment
    with in_scope(system()):
        row = models.Archive.objects.get()
        job = models.Freezing.objects.get()
    assert (job.state, job.done, job.archive_id) == ("faite", job.total, row.pk)
    got = client.get(f"{ROOM}archives/{row.pk}/preuve.zip")
    assert hashlib.sha256(got.content).hexdigest() == row.sha256
    assert proof.verify(got.content, [keys.signer().public]).ok
    assert row.sha256 in text(client.get(f"{ROOM}archives/export?format=csv"))
    assert audit_entries(action="preuve.telecharger")
    jobs.freezing_tick()
    with in_scope(system()):
        assert models.Archive.objects.count() == 1


def test_a_freezing_that_fails_says_why_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "cles").write_text("not a folder")
    client = browser()
    post(client, f"{ROOM}archives/geler", pack="essai-preuves")
    jobs.freezing_tick()
    page = text(client.get(f"{ROOM}archives/"))
    assert "Échec" in page and "ARCHIPEL_PROOF_KEYS" in page
    with in_scope(system()):
        assert not models.Archive.objects.exists()


def test_a_freezing_is_asked_by_those_who_manage_every_member() -> None:
    for client, whom in ((browser(Role.REFERENT_ARS), EJ), (browser(), GROUP)):
        answer = client.post(f"{ROOM}archives/geler", {"sujet": whom, "pack": "essai-preuves"})
        assert answer.status_code == 403
    with in_scope(system()):
        assert not models.Freezing.objects.exists()
    future = post(browser(), f"{ROOM}archives/geler", pack="essai-preuves", au="2126-01-01")
    assert future.status_code == 422


def test_archives_of_a_group_are_for_those_who_see_every_member() -> None:
    made = proof.freeze(scope=system(), pack="essai-preuves", subject=GHT)
    assert browser().get(f"{ROOM}archives/{made.number}/preuve.zip").status_code == 404
    assert browser(Role.DIRECTION, EVERYWHERE).get(f"{ROOM}archives/{made.number}/preuve.zip").status_code == 200


def test_the_page_checks_an_archive_that_somebody_brings() -> None:
    made = proof.freeze(scope=system(), pack="essai-preuves", subject=CHU)
    client = browser()
    address = f"{ROOM}archives/verifier/"

    def checked(content: bytes) -> str:
        return text(client.post(address, {"archive": SimpleUploadedFile("a.zip", content)}))

    right = checked(made.content)
    assert "Authentique" in right and f"Archive n° {made.number}, émise ici" in right
    wrong = checked(made.content[:-1] + b"x")
    assert "Refusée" in wrong and "répertoire" in wrong
    assert "Refusée" in checked(b"rien")
    assert client.post(address, {}).status_code == 422


def test_public_keys_are_open_to_anybody() -> None:
    proof.freeze(scope=system(), pack="essai-preuves", subject=CHU)
    key = keys.signer().public
    page = text(Client().get(f"{ROOM}cles/"))
    assert key.fingerprint in page and "PRIVATE" not in page
    got = Client().get(f"{ROOM}cles/{key.fingerprint}.pem")
    assert proof.read_public(got.content) == key
    assert Client().get(f"{ROOM}cles/{'0' * 64}.pem").status_code == 404


# --- speed


def test_a_page_asks_the_database_a_few_questions_whatever_the_number_of_requirements(
    django_assert_max_num_queries: Any,
) -> None:
    scope = scope_of(make_user(Role.DIRECTION, EVERYWHERE))
    with in_scope(scope), django_assert_max_num_queries(20):
        found = proof.statuses(scope=scope, subject=GHT)
    assert len(found) > 20

"""From a live metric to a signed archive that verifies on a machine without a database."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from archipel.cli import app
from archipel.foundation.accounts.roles import Role
from archipel.foundation.accounts.services import scope_of
from archipel.foundation.scope import in_scope
from archipel.kernel import clock
from archipel.kernel.errors import Denied, Invalid, NotFound
from archipel.programmes.proof import models
from archipel.programmes.proof import public as proof
from archipel.programmes.proof.services import deposits, keys
from archipel.programmes.proof.values import Status
from tests.db.test_territory_publication import FILE, import_file
from tests.factories.accounts import audit_entries, make_user
from tests.factories.beds import CHU, LANGRES, make_stay, make_unit
from tests.factories.proof import BASE, GHT, PACK, PDF, chu, day, furnish, ght, ship, system, the_pack

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    ship(monkeypatch)
    monkeypatch.setenv("ARCHIPEL_PROOF_KEYS", str(tmp_path / "cles"))
    furnish()


def opened(content: bytes, path: Path) -> zipfile.ZipFile:
    path.write_bytes(content)
    return zipfile.ZipFile(path)


def test_one_requirement_bound_to_one_live_metric_up_to_a_verified_archive(tmp_path: Path) -> None:
    with in_scope(system()):
        import_file(FILE)
    done = proof.freeze(scope=system(), pack="essai-preuves", subject=GHT)
    found = proof.verify(done.content, [keys.signer().public])
    assert found.ok, found.faults
    assert found.manifest["sujet"]["code"] == GHT and found.manifest["pack"]["version"] == "2026.1"
    with opened(done.content, tmp_path / "a.zip") as archive:
        lines = json.loads(archive.read("exigences.json"))["exigences"]
        (structure,) = [one for one in lines if one["exigence"]["chemin"] == BASE + "structure"]
        assert (structure["statut"], structure["sujet"]["code"]) == ("prouve", GHT)
        assert structure["exigence"]["source"]["citation"] == "Formaliser un fichier structure partagé"
        metric = json.loads(archive.read("mesures/structure-partagee.json"))
        (reading,) = metric["lectures"]
        assert reading["mesures"][0] == {
            "code": "part-propre", "libelle": "UF validées et rattachées", "valeur": "100.0", "unite": "%",
            "raison": "",
        }  # fmt: skip
        assert reading["lignes"] == 2 and len(reading["lignes_sha256"]) == 64
        sql = archive.read("mesures/structure-partagee.sql")
        assert hashlib.sha256(sql).hexdigest() == metric["requete"]["sha256"]
        assert archive.read("pack.yaml").decode() == PACK
        assert "openssl pkeyutl" in archive.read("lisez-moi.txt").decode()
    row = models.Archive.objects.none()
    with in_scope(system()):
        row = models.Archive.objects.get()
    assert (row.sha256, row.size) == (hashlib.sha256(done.content).hexdigest(), len(done.content))
    assert len(audit_entries(action="preuve.gel")) == len(ght().establishments)


def test_documents_decisions_and_declarations_are_in_the_archive_with_their_dates(tmp_path: Path) -> None:
    scope, pack = system(), the_pack()
    with in_scope(scope):
        deposits.deposit_piece(
            scope=scope, pack=pack, path=BASE + "pcra", subject=chu(), title="PCRA des urgences", expected="PCRA",
            effective_on=day("2026-09-01"), expires_on=day("2027-09-01"), name="pcra.pdf", content=PDF,
        )  # fmt: skip
        deposits.record_decision(
            scope=scope, pack=pack, path=BASE + "avis", subject=ght(), instance="Comité stratégique",
            held_on=day("2026-10-02"), opinion="favorable", votes=(11, 0, 1), reference="PV 2026-10",
        )  # fmt: skip
        deposits.declare(
            scope=scope, pack=pack, path=BASE + "formation", subject=chu(), answer="oui", effective_on=day("2026-10-02")
        )
    done = proof.freeze(scope=scope, pack="essai-preuves", subject=CHU)
    sha = hashlib.sha256(PDF).hexdigest()
    with opened(done.content, tmp_path / "a.zip") as archive:
        assert archive.read(f"pieces/{sha}.pdf") == PDF
        told = {one["nature"]: one for one in json.loads(archive.read("depots.json"))["depots"]}
        statuses = {
            one["exigence"]["chemin"].removeprefix(BASE): one["statut"]
            for one in json.loads(archive.read("exigences.json"))["exigences"]
        }
    assert (told["piece"]["date_effet"], told["piece"]["fin_validite"]) == ("2026-09-01", "2027-09-01")
    assert told["piece"]["deposee_le"][:10] != told["piece"]["date_effet"]
    assert told["piece"]["fichier"] == {"chemin": f"pieces/{sha}.pdf", "nom": "pcra.pdf", "sha256": sha}
    assert told["decision"]["details"]["pour"] == "11"
    assert (statuses["pcra"], statuses["avis"], statuses["formation"]) == ("en_cours", "prouve", "declare")
    assert statuses["ror"] == "manquant"
    assert done.counts["prouve"] == sum(one == "prouve" for one in statuses.values())


def test_the_past_is_frozen_as_it_was_known() -> None:
    before = clock.now()
    with in_scope(system()):
        import_file(FILE)
    statuses = []
    for known in (before, None):
        done = proof.freeze(scope=system(), pack="essai-preuves", subject=GHT, known_at=known)
        statuses.append(done.counts["prouve"])
    assert statuses == [0, 1]
    with pytest.raises(Invalid, match="avenir"):
        proof.freeze(scope=system(), pack="essai-preuves", subject=GHT, at=clock.now() + timedelta(days=1))
    with pytest.raises(NotFound):
        proof.freeze(scope=system(), pack="essai-preuves", subject="999999999")
    with pytest.raises(NotFound, match="n'existe pas"):
        proof.freeze(scope=system(), pack="inconnu", subject=GHT)


def test_small_groups_of_patients_do_not_leave_in_an_archive(tmp_path: Path) -> None:
    bed = make_unit("3001")[0]
    make_stay(bed, name="SECRETNOM")
    done = proof.freeze(scope=system(), pack="essai-preuves", subject=CHU)
    assert b"SECRETNOM" not in done.content
    with opened(done.content, tmp_path / "a.zip") as archive:
        (reading,) = json.loads(archive.read("mesures/identites-qualifiees.json"))["lectures"]
    assert {one["valeur"] for one in reading["mesures"]} == {None}
    assert "inférieur à 11" in reading["mesures"][0]["raison"]


def test_freezing_asks_for_the_right_on_every_member(tmp_path: Path) -> None:
    one = scope_of(make_user(Role.CHARGE_PROGRAMMES, CHU))
    with pytest.raises(Denied):
        proof.freeze(scope=one, pack="essai-preuves", subject=GHT)
    with in_scope(system()):
        assert not models.Archive.objects.exists()
    assert proof.freeze(scope=one, pack="essai-preuves", subject=CHU).number
    other = scope_of(make_user(Role.CHARGE_PROGRAMMES, LANGRES))
    with in_scope(other):
        assert not models.Archive.objects.exists() and not models.Content.objects.exists()
    proof.freeze(scope=system(), pack="essai-preuves", subject=GHT)
    with in_scope(one):
        assert [row.subject for row in models.Archive.objects.all()] == [CHU], "an archive of the group needs them all"


def test_a_new_key_signs_the_next_archives_and_the_former_stays_published() -> None:
    first = proof.freeze(scope=system(), pack="essai-preuves", subject=CHU)
    old = keys.signer().public
    made = keys.rotate(scope=system())
    second = proof.freeze(scope=system(), pack="essai-preuves", subject=CHU)
    assert (first.fingerprint, second.fingerprint) == (old.fingerprint, made.fingerprint)
    assert proof.verify(first.content, [one.key for one in proof.published()]).ok
    assert {one.key.fingerprint for one in proof.published()} == {old.fingerprint, made.fingerprint}
    assert [one.present for one in proof.published()] == [True, False]
    for path in keys.folder().glob("*.pem"):
        assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(Denied):
        keys.rotate(scope=scope_of(make_user(Role.CHARGE_PROGRAMMES, CHU)))


def test_the_commands_freeze_then_verify_without_any_database(tmp_path: Path) -> None:
    out, pem = tmp_path / "preuve.zip", tmp_path / "cle.pem"
    runner = CliRunner()
    done = runner.invoke(app, ["proof", "freeze", "--pack", "essai-preuves", "--subject", GHT, "-o", str(out)])
    assert done.exit_code == 0, done.output
    assert runner.invoke(app, ["proof", "keys", "export", "-o", str(pem)]).exit_code == 0
    assert "présente" in runner.invoke(app, ["proof", "keys", "list"]).output
    bare = {
        name: value for name, value in os.environ.items() if not name.startswith(("ARCHIPEL", "DATABASE", "DJANGO"))
    }

    def verify(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "archipel", "proof", "verify", *words], cwd=tmp_path, env=bare, text=True,
            capture_output=True, check=False,
        )  # fmt: skip

    right = verify(str(out), "--key", str(pem))
    assert right.returncode == 0 and "intacte et authentique" in right.stdout, right
    assert f"ght {GHT}" in right.stdout
    assert not (tmp_path / ".archipel").exists(), "nothing was started"
    unknown = verify(str(out))
    assert unknown.returncode == 3 and "auteur non vérifié" in unknown.stdout
    changed = bytearray(out.read_bytes())
    changed[len(changed) // 2] ^= 1
    out.write_bytes(bytes(changed))
    wrong = verify(str(out), "--key", str(pem))
    assert wrong.returncode == 1 and "Archive refusée" in wrong.stderr
    assert "Traceback" not in wrong.stderr
    (tmp_path / "vide.zip").write_bytes(b"")
    assert verify("vide.zip").returncode == 1
    missing = verify("absent.zip")
    assert missing.returncode == 1 and "introuvable" in missing.stderr


def test_a_status_of_the_group_is_one_line_by_entity_of_the_requirement() -> None:
    found = proof.requirement_status(scope=system(), pack="essai-preuves", path=BASE + "pcra", subject=GHT)
    assert len(found) == len(ght().establishments) > 5
    assert {one.status for one in found} == {Status.MANQUANT}
    (one,) = proof.requirement_status(scope=system(), pack="essai-preuves", path=BASE + "structure", subject=CHU)
    assert one.subject.code == GHT

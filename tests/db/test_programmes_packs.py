"""Versions of packs: received, reviewed, published, kept; shipped ones; overlays of a region."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.db import DatabaseError, transaction
from typer.testing import CliRunner

from archipel.foundation.scope import Capability, Scope, in_scope, system_scope
from archipel.kernel.errors import Conflict, Denied, Invalid, NotFound
from archipel.programmes.packs import public as packs
from archipel.programmes.packs.commands import app
from archipel.programmes.packs.models import Decision, Version
from archipel.programmes.packs.queries import store
from archipel.programmes.packs.rules.problems import PackInvalid
from archipel.programmes.packs.services import shipped
from archipel.programmes.packs.services.uses import _probes
from archipel.programmes.packs.services.versions import propose, publish, refuse, restore, review, withdraw
from archipel.programmes.packs.values.versions import Status, Use
from tests.factories.accounts import audit_entries
from tests.unit.test_packs_checks import OVERLAY, text

pytestmark = pytest.mark.django_db
NATIONAL = Scope(
    actor="direction", establishments=frozenset(),
    grants={"*": frozenset({Capability.VALIDER_PROGRAMMES, Capability.GERER_PROGRAMMES, Capability.VOIR_PROGRAMMES})},
)  # fmt: skip
MANAGER = Scope(actor="charge", establishments=frozenset(), grants={"*": frozenset({Capability.GERER_PROGRAMMES})})
LOCAL = Scope(
    actor="local", establishments=frozenset(),
    grants={"210780581": frozenset({Capability.VALIDER_PROGRAMMES, Capability.GERER_PROGRAMMES})},
)  # fmt: skip


def published(content: str, reason: str = "Relu") -> packs.VersionInfo:
    return publish(scope=NATIONAL, version_id=propose(scope=NATIONAL, text=content, file="x.yaml").id, reason=reason)


def second(content: str = "") -> str:
    new = (content or text("aap")).replace('version: "2026.1"', 'version: "2026.2"')
    new = new.replace("publie_le: 2026-01-30", "publie_le: 2026-03-01")
    return new.replace("montant: 85000", "montant: 86000")


def test_a_fresh_installation_has_the_shipped_packs() -> None:
    known = {pack.pack for pack in packs.packs()}
    assert known == {path.parent.name for path in packs.shipped_files()}
    assert {one.status for one in store.infos(shipped=True)} == {Status.PUBLIEE}
    assert packs.current("hopen2-aap").version == "2026.1"
    assert [pack.nature for pack in packs.packs(packs.Nature.GRILLE)] == ["grille"]
    assert shipped.load_shipped() == [], "une seconde fois ne change rien"


def test_a_version_is_proposed_reviewed_then_published() -> None:
    info = propose(scope=NATIONAL, text=text("aap"), file="aap.yaml")
    assert info.status is Status.PROPOSEE
    with pytest.raises(NotFound):
        packs.current("aap-exemple")
    found = review(scope=NATIONAL, version_id=info.id)
    assert (found.current, found.changes, found.publishable, found.passed) == (None, (), True, 11)
    done = publish(scope=NATIONAL, version_id=info.id, reason="Relu par la direction")
    assert (done.status, done.decided_by, done.reason) == (Status.PUBLIEE, "direction", "Relu par la direction")
    assert packs.current("aap-exemple").titre == "Appel à projets d'exemple"
    assert [entry.action for entry in audit_entries(object_type="pack")] == ["pack.proposer", "pack.publier"]
    assert store.content(info.sha256) == text("aap"), "le fichier est gardé tel quel"


def test_a_new_version_shows_what_changes_and_who_keeps_the_old_one() -> None:
    published(text("aap"))
    asked: list[tuple[str, str]] = []

    def probe(pack: str, version: str) -> list[Use]:
        asked.append((pack, version))
        return [Use("dossiers ouverts", 3, "/programmes/dossiers/"), Use("campagnes", 0)]

    packs.register_use_probe("essai", probe)
    try:
        found = review(scope=NATIONAL, version_id=propose(scope=NATIONAL, text=second()).id)
    finally:
        del _probes["essai"]
    assert asked == [("aap-exemple", "2026.1")]
    assert [(use.what, use.count) for use in found.uses] == [("dossiers ouverts", 3)]
    assert [str(one) for one in found.changes] == [
        "~ Pack, version : 2026.1 → 2026.2",
        "~ Pack, publie_le : 30 janv. 2026 → 1er mars 2026",
        "~ Financement › plafonds › C, montant : 85\u202f000 → 86\u202f000",
    ]


def test_who_holds_a_version_keeps_it_and_the_date_chooses() -> None:
    published(text("aap"))
    published(second())
    assert packs.current("aap-exemple", date(2026, 2, 28)).version == "2026.1"
    assert packs.current("aap-exemple", date(2026, 3, 1)).version == "2026.2"
    assert packs.current("aap-exemple", date(2020, 1, 1)).version == "2026.1", "à venir, mais déjà connue"
    assert packs.pack("aap-exemple", "2026.1").financement.plafonds.tranches[2].montant == 85000
    assert [one.version for one in packs.versions("aap-exemple")] == ["2026.2", "2026.1"]


def test_a_published_version_never_changes() -> None:
    published(text("aap"))
    with pytest.raises(Conflict, match="une version publiée ne change plus"):
        propose(scope=NATIONAL, text=text("aap").replace("montant: 85000", "montant: 1"))
    again = propose(scope=NATIONAL, text=text("aap"))
    assert again.status is Status.PUBLIEE and Version.objects.filter(pack="aap-exemple").count() == 1
    for table in (Version, Decision):
        with pytest.raises(DatabaseError), transaction.atomic():
            table.objects.all().update(**({"title": "x"} if table is Version else {"reason": "x"}))
        with pytest.raises(DatabaseError), transaction.atomic():
            table.objects.all().delete()


def test_two_drafts_of_a_version_only_one_is_published() -> None:
    one = propose(scope=NATIONAL, text=text("aap"))
    other = propose(scope=NATIONAL, text=text("aap").replace("montant: 85000", "montant: 84000"))
    publish(scope=NATIONAL, version_id=other.id, reason="Relu")
    with pytest.raises(Conflict, match="déjà publiée avec un autre contenu"):
        publish(scope=NATIONAL, version_id=one.id, reason="Relu")
    assert packs.current("aap-exemple").financement.plafonds.tranches[2].montant == 84000


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("part: 0.5, annee: 2026", "part: 0.4, annee: 2026", "les parts des échéances font 0.9 au total"),
        ("vaut: 2026-05-30", "vaut: 2026-05-28", "cas « depot-un-jour-trop-tard » échoué"),
        ("points d'activité combinée", "points", "le fait « activite-combinee » a ici `unite` : points"),
    ],
)
def test_a_wrong_version_is_kept_and_told_but_not_published(before: str, after: str, told: str) -> None:
    info = propose(scope=NATIONAL, text=text("aap").replace(before, after, 1), file="essai.yaml")
    assert not review(scope=NATIONAL, version_id=info.id).publishable
    with pytest.raises(Invalid, match="ne peut pas être publiée") as caught:
        publish(scope=NATIONAL, version_id=info.id, reason="Relu")
    assert told in caught.value.message
    assert store.info(info.id).status is Status.PROPOSEE


def test_what_is_not_a_pack_is_refused_whole() -> None:
    with pytest.raises(PackInvalid, match="la clé « porteur » manque"):
        propose(scope=NATIONAL, text=text("aap").replace("porteur: DNS\n", ""))
    assert not Version.objects.filter(pack="aap-exemple").exists()


def test_a_proposal_set_aside_stays_readable_and_is_not_decided_twice() -> None:
    info = propose(scope=NATIONAL, text=text("aap"))
    with pytest.raises(Invalid, match="pourquoi"):
        refuse(scope=NATIONAL, version_id=info.id, reason="  ")
    assert refuse(scope=NATIONAL, version_id=info.id, reason="Doublon").status is Status.REFUSEE
    with pytest.raises(Conflict, match="déjà refusée"):
        publish(scope=NATIONAL, version_id=info.id, reason="Relu")


def test_a_version_withdrawn_gives_way_to_the_one_before_and_can_come_back() -> None:
    published(text("aap"))
    newer = published(second())
    withdraw(scope=NATIONAL, version_id=newer.id, reason="Erreur du ministère")
    assert packs.current("aap-exemple", date(2026, 6, 1)).version == "2026.1"
    assert packs.pack("aap-exemple", "2026.2").version == "2026.2", "qui la tient la lit encore"
    with pytest.raises(Conflict, match="retirée"):
        withdraw(scope=NATIONAL, version_id=newer.id, reason="Encore")
    restore(scope=NATIONAL, version_id=newer.id, reason="Rétablie")
    assert packs.current("aap-exemple", date(2026, 6, 1)).version == "2026.2"


def test_rights() -> None:
    info = propose(scope=MANAGER, text=text("aap"))
    before = Decision.objects.count()
    for scope in (MANAGER, LOCAL, Scope(actor="x", establishments=frozenset())):
        for act in (publish, refuse, withdraw, restore):
            with pytest.raises(Denied):
                act(scope=scope, version_id=info.id, reason="x")
    for scope in (LOCAL, Scope(actor="x", establishments=frozenset())):
        with pytest.raises(Denied):
            propose(scope=scope, text=second())
        with pytest.raises(Denied):
            review(scope=scope, version_id=info.id)
    assert Decision.objects.count() == before
    assert not Version.objects.filter(version="2026.2").exists()


# --- shipped


def ship(folder: Path, monkeypatch: pytest.MonkeyPatch, content: str, name: str = "aap-exemple/2026.1.yaml") -> Path:
    path = folder / "packs" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, "utf-8")
    files = sorted((folder / "packs").glob("*/*.yaml"))
    monkeypatch.setattr(shipped, "shipped_files", lambda: files)
    monkeypatch.setattr(shipped, "shipped_overlays", lambda: sorted((folder / "packs").glob("*/regions/*.yaml")))
    return path


def test_a_new_release_proposes_and_never_imposes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = ship(tmp_path, monkeypatch, text("aap"))
    assert [one.status for one in shipped.load_shipped()] == [Status.PUBLIEE]
    assert store.infos(pack="aap-exemple")[0].file == "aap-exemple/2026.1.yaml"
    ship(tmp_path, monkeypatch, second(), "aap-exemple/2026.2.yaml")
    assert [one.status for one in shipped.load_shipped()] == [Status.PROPOSEE], "à relire avant d'entrer en vigueur"
    assert packs.current("aap-exemple", date(2026, 6, 1)).version == "2026.1"
    path.write_text(text("aap").replace("montant: 85000", "montant: 1"), "utf-8")
    assert shipped.load_shipped() == [], "un fichier publié puis modifié est laissé de côté"
    assert packs.pack("aap-exemple", "2026.1").financement.plafonds.tranches[2].montant == 85000


def test_a_wrong_shipped_file_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ship(tmp_path, monkeypatch, "pack: [", "a-faux/1.yaml")
    ship(tmp_path, monkeypatch, text("aap"))
    assert [one.pack for one in shipped.load_shipped()] == ["aap-exemple"]
    assert "laissé de côté" in caplog.text


# --- regions


def test_an_overlay_is_reviewed_published_and_read_by_its_region_only() -> None:
    published(text("aap"))
    info = propose(scope=NATIONAL, text=OVERLAY, file="27.yaml")
    found = review(scope=NATIONAL, version_id=info.id)
    assert found.publishable and (info.region, info.pack) == ("27", "aap-exemple")
    assert "~ Calendrier › cloture, date : 29 mai 2026 → 15 mai 2026" in [str(one) for one in found.changes]
    publish(scope=NATIONAL, version_id=info.id, reason="Note de l'ARS")
    assert packs.current("aap-exemple", region="27").milestone("cloture").date == date(2026, 5, 15)
    assert packs.pack("aap-exemple", "2026.1", region="27").contacts[-1].role == "Référente"
    for region in ("", "84"):
        assert packs.current("aap-exemple", region=region).milestone("cloture").date == date(2026, 5, 29)
    assert [one.version for one in packs.versions("aap-exemple")] == ["2026.1"]


def test_an_overlay_that_points_nowhere_is_not_published() -> None:
    lost = propose(scope=NATIONAL, text=OVERLAY)
    assert "n'est pas publié" in review(scope=NATIONAL, version_id=lost.id).problems[0].sentence
    published(text("aap"))
    wrong = propose(scope=NATIONAL, text=OVERLAY.replace("id: cloture", "id: fermeture"))
    with pytest.raises(Invalid, match="« fermeture » dans `calendrier`"):
        publish(scope=NATIONAL, version_id=wrong.id, reason="x")


def test_packs_are_read_under_any_scope() -> None:
    with in_scope(Scope(actor="x", establishments=frozenset())):
        assert packs.current("hopen2-aap").pack == "hopen2-aap"
    with in_scope(system_scope("essai", [])):
        assert packs.engine_of(packs.current("hopen2-aap")) is packs.engine_of(packs.current("hopen2-aap"))


# --- the command


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(words))
    return done.exit_code, done.output


def test_load_proposes_then_publishes_on_demand(tmp_path: Path) -> None:
    path = tmp_path / "aap.yaml"
    path.write_text(text("aap"), "utf-8")
    assert run("load", str(path)) == (0, "aap-exemple 2026.1 : proposée\n1 version : 1 à publier.\n")
    assert run("load", str(path), "--publish")[0] == 1, "sans motif, rien n'est publié"
    assert run("load", str(path), "--publish", "--reason", "Relu") == (
        0, "aap-exemple 2026.1 : publiée\n1 version : 0 à publier.\n",
    )  # fmt: skip
    path.write_text(second(), "utf-8")
    code, output = run("load", str(path))
    assert code == 0 and "~ Financement › plafonds › C, montant : 85\u202f000 → 86\u202f000" in output
    path.write_text(second().replace("part: 0.5, annee: 2026", "part: 0.4, annee: 2026"), "utf-8")
    code, output = run("load", str(path), "--publish", "--reason", "Relu")
    assert code == 1 and "les parts des échéances font 0.9 au total" in output
    assert packs.current("aap-exemple", date(2026, 6, 1)).version == "2026.1"
    code, output = run("load")
    assert code == 0 and "hopen2-aap 2026.1 : publiée" in output

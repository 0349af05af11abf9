"""A dossier from idea to last payment: who does what, what is refused, what is taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import Scope, in_scope
from archipel.kernel.errors import ArchipelError, Conflict, Denied, Invalid, NotFound
from archipel.programmes.dossiers.models import Deposit, Dossier, Event, Participation
from archipel.programmes.dossiers.queries import store
from archipel.programmes.dossiers.queries.documents import deposited_document
from archipel.programmes.dossiers.queries.overview import overview
from archipel.programmes.dossiers.services import acts, opening, perimeter, writing
from archipel.programmes.dossiers.services.acts import Given
from archipel.programmes.dossiers.services.perimeter import Entry
from archipel.programmes.dossiers.values.states import Status
from tests.factories.accounts import audit_entries
from tests.factories.dossiers import (
    CHAUMONT,
    CHU,
    IN_TIME,
    LANGRES,
    LATE,
    MACON,
    agency,
    bring,
    direction,
    fill,
    open_one,
    region,
    scope,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def establishments() -> None:
    region()


def status(who: Scope, number: int) -> Status:
    with in_scope(who):
        return store.life(number).status


def test_the_whole_way() -> None:
    ours, theirs = direction(), agency()
    number = open_one(ours, parties=(LANGRES,), as_idea=True)
    assert status(ours, number) is Status.IDEE
    acts.act(scope=ours, dossier=number, code="rediger")
    fill(ours, number)
    bring(number, "solde", writer=ours, judge=theirs)
    with in_scope(ours):
        found = overview(scope=ours, dossier=number, today=timezone.localdate())
        assert found.life.status is Status.SOLDE and found.line.granted == 50_000
        ranks = list(Event.objects.filter(dossier_id=number).order_by("rank").values_list("rank", flat=True))
        assert ranks == list(range(1, len(ranks) + 1))
        step = found.life.last("deposer")
        assert step is not None and step.effective_at == IN_TIME and step.recorded_at > IN_TIME
        assert step.data["accuse"] == "AC-1"
    kept = [entry.action for entry in audit_entries(object_type="dossier", object_key=str(number))]
    assert {"dossiers.idee", "dossiers.rediger", "dossiers.deposer", "dossiers.retenir"} <= set(kept)


def test_the_dossier_keeps_the_version_of_its_pack() -> None:
    ours = direction()
    number = open_one(ours)
    with in_scope(ours):
        assert Dossier.objects.get(pk=number).pack_version == "2026.1"
    with pytest.raises(NotFound):
        open_one(ours, version="1999.9")


def test_a_late_deposit_is_refused_with_the_date() -> None:
    ours = direction()
    number = open_one(ours)
    fill(ours, number)
    acts.act(scope=ours, dossier=number, code="valider", given=Given(instance="Comité stratégique"))
    for late in (LATE, None):
        with pytest.raises(Conflict, match="29/05/2026") as refused:
            acts.act(scope=ours, dossier=number, code="deposer", given=Given(at=late))
        assert refused.value.error_code == "depot-tardif"
    assert status(ours, number) is Status.VALIDE_GHT
    with pytest.raises(Invalid, match="à venir"):
        acts.act(scope=ours, dossier=number, code="deposer", given=Given(at=timezone.now() + timedelta(days=1)))
    last = LATE.replace(day=29, hour=23, minute=59)
    acts.act(scope=ours, dossier=number, code="deposer", given=Given(at=last))
    assert status(ours, number) is Status.DEPOSE


def test_a_public_member_of_a_group_deposits_nothing_that_the_group_did_not_validate() -> None:
    ours = direction()
    number = open_one(ours)
    fill(ours, number)
    with pytest.raises(Conflict, match="Le GHT doit d'abord valider"):
        acts.act(scope=ours, dossier=number, code="deposer", given=Given(at=IN_TIME))
    with in_scope(ours):
        codes = [a.code for a in overview(scope=ours, dossier=number, today=timezone.localdate()).acts]
    assert "valider" in codes and "deposer" not in codes
    alone = scope(Role.DIRECTION, CHU)
    with pytest.raises(Denied, match="pour tous ses établissements"):
        acts.act(scope=alone, dossier=number, code="valider", given=Given(instance="x"))
    writer = scope(Role.CHARGE_PROGRAMMES, "ght:BFC-03")
    with pytest.raises(Denied):
        acts.act(scope=writer, dossier=number, code="valider", given=Given(instance="x"))
    with pytest.raises(Invalid, match="instance"):
        acts.act(scope=ours, dossier=number, code="valider")
    assert status(ours, number) is Status.REDACTION


def test_an_incomplete_dossier_is_not_deposited_and_says_what_is_missing() -> None:
    ours = direction()
    number = open_one(ours)
    acts.act(scope=ours, dossier=number, code="valider", given=Given(instance="Comité"))
    with pytest.raises(Conflict, match="Équipe projet") as refused:
        acts.act(scope=ours, dossier=number, code="deposer", given=Given(at=IN_TIME))
    assert refused.value.error_code == "dossier-incomplet"
    with in_scope(ours):
        assert not Deposit.objects.exists()


def test_what_is_deposited_is_frozen_and_the_writing_may_be_taken_up_again() -> None:
    ours, theirs = direction(), agency()
    number = open_one(ours)
    fill(ours, number)
    bring(number, "depose", writer=ours)
    with pytest.raises(Conflict, match="reprenez la rédaction"):
        writing.save(scope=ours, dossier=number, rubric="enjeux", base=1, content={"texte": "Autre"})
    with in_scope(theirs):
        frozen = deposited_document(number)
        assert frozen is not None and len(frozen.sha256) == 64
        assert "Les urgences attendent" in str(frozen.document)
    acts.act(scope=ours, dossier=number, code="reprendre", given=Given(reason="Erreur de périmètre"))
    with in_scope(theirs), pytest.raises(NotFound):
        store.row(number)
    writing.save(scope=ours, dossier=number, rubric="enjeux", base=1, content={"texte": "Autre texte"})
    with pytest.raises(Conflict):
        acts.act(scope=ours, dossier=number, code="deposer", given=Given(at=IN_TIME))
    bring(number, "depose", writer=ours)
    with in_scope(theirs):
        again = deposited_document(number)
        assert again is not None and again.sha256 != frozen.sha256
        assert Deposit.objects.filter(dossier_id=number).count() == 2


def test_the_last_act_is_taken_back_by_its_side_and_stays_in_the_ledger() -> None:
    ours, theirs = direction(), agency()
    number = open_one(ours)
    fill(ours, number)
    bring(number, "retenu", writer=ours, judge=theirs)
    with pytest.raises(Denied):
        acts.undo(scope=ours, dossier=number, reason="trop peu")
    with pytest.raises(Invalid):
        acts.undo(scope=theirs, dossier=number, reason=" ")
    assert acts.undo(scope=theirs, dossier=number, reason="montant faux").status is Status.INSTRUCTION
    with in_scope(theirs):
        assert Dossier.objects.get(pk=number).granted is None
        assert Event.objects.filter(dossier_id=number, code="retenir").count() == 2
    assert acts.undo(scope=theirs, dossier=number, reason="trop tôt").status is Status.DEPOSE
    assert acts.undo(scope=ours, dossier=number, reason="dépôt à refaire").status is Status.VALIDE_GHT
    with in_scope(theirs):
        assert not Dossier.objects.filter(pk=number).exists()


def test_an_amount_is_a_positive_number_and_a_decision_says_why() -> None:
    ours, theirs = direction(), agency()
    number = open_one(ours)
    fill(ours, number)
    bring(number, "en_instruction", writer=ours, judge=theirs)
    for wrong in ("", "beaucoup", "-3", "0", "NaN"):
        with pytest.raises(Invalid, match="montant"):
            acts.act(scope=theirs, dossier=number, code="retenir", given=Given(amount=wrong, reason="x"))
    with pytest.raises(Invalid, match="pourquoi"):
        acts.act(scope=theirs, dossier=number, code="retenir", given=Given(amount="12"))
    with pytest.raises(Denied):
        acts.act(scope=ours, dossier=number, code="retenir", given=Given(amount="12", reason="x"))
    assert status(theirs, number) is Status.INSTRUCTION


def test_an_act_out_of_its_turn_is_refused() -> None:
    ours = direction()
    number = open_one(ours)
    for code in ("remettre", "prouver", "inconnu"):
        with pytest.raises(ArchipelError):
            acts.act(scope=ours, dossier=number, code=code, given=Given())
    assert status(ours, number) is Status.REDACTION


# --- the perimeter, and two projects at most


def test_a_third_project_of_one_finess_is_refused_and_names_the_two() -> None:
    ours = direction()
    first = open_one(ours, title="Un", parties=(LANGRES,))
    open_one(ours, bearer=CHAUMONT, title="Deux", parties=(LANGRES,))
    with pytest.raises(Conflict, match=f"n° {first} « Un »") as refused:
        open_one(ours, bearer=LANGRES, title="Trois")
    assert refused.value.error_code == "projet-de-trop"
    with in_scope(ours):
        assert Dossier.objects.count() == 2
    idea = open_one(ours, bearer=LANGRES, title="Trois", as_idea=True)
    with in_scope(ours):
        found = overview(scope=ours, dossier=idea, today=timezone.localdate())
        check = next(one for one in found.checks if one.id == "perimetre")
        assert check.blocking and "déjà dans 2 autres projets" in check.why[0]
    with pytest.raises(Conflict, match="Un projet de plus est refusé"):
        acts.act(scope=ours, dossier=idea, code="rediger")
    acts.act(scope=ours, dossier=first, code="abandonner", given=Given(reason="Fondu dans un autre"))
    acts.act(scope=ours, dossier=idea, code="rediger")
    with pytest.raises(Conflict, match="Un projet de plus est refusé"):
        acts.undo(scope=ours, dossier=first, reason="finalement non")
    assert status(ours, first) is Status.ABANDONNE


def test_a_refused_project_was_a_candidate_and_keeps_its_place() -> None:
    ours, theirs = direction(), agency()
    first = open_one(ours, title="Un")
    fill(ours, first)
    bring(first, "en_instruction", writer=ours, judge=theirs)
    acts.act(scope=theirs, dossier=first, code="refuser", given=Given(reason="Hors thème"))
    open_one(ours, title="Deux")
    with pytest.raises(Conflict):
        open_one(ours, title="Trois")


def test_the_limit_holds_across_what_the_account_does_not_see() -> None:
    theirs = scope(Role.CHARGE_PROGRAMMES, "ght:BFC-02")
    for title in ("A", "B"):
        open_one(theirs, bearer=MACON, title=title)
    ours = scope(Role.CHARGE_PROGRAMMES, CHU)
    number = open_one(ours, title="Avec Mâcon", parties=(MACON,))
    with in_scope(ours):
        assert Participation.objects.get(dossier_id=number, finess=MACON).agreed_at is None
    with pytest.raises(Conflict, match="déjà dans 2 projets"):
        perimeter.answer(scope=theirs, dossier=number, finess=MACON, agrees=True)
    with in_scope(theirs):
        assert Participation.objects.get(dossier_id=number, finess=MACON).slot is None


def test_an_establishment_of_others_is_asked_and_may_leave() -> None:
    ours, theirs = scope(Role.CHARGE_PROGRAMMES, CHU), scope(Role.CHARGE_PROGRAMMES, MACON)
    number = open_one(ours, parties=(MACON,))
    whole = direction()
    fill(whole, number)
    acts.act(scope=whole, dossier=number, code="valider", given=Given(instance="Comité"))
    with pytest.raises(Conflict, match="Accord attendu de"):
        acts.act(scope=ours, dossier=number, code="deposer", given=Given(at=IN_TIME))
    with pytest.raises(Denied):
        perimeter.answer(scope=ours, dossier=number, finess=MACON, agrees=True)
    with pytest.raises(Invalid):
        perimeter.answer(scope=theirs, dossier=number, finess=MACON, agrees=False)
    perimeter.answer(scope=theirs, dossier=number, finess=MACON, agrees=False, reason="Autre priorité")
    with in_scope(theirs), pytest.raises(NotFound):
        store.row(number)
    acts.act(scope=ours, dossier=number, code="deposer", given=Given(at=IN_TIME))


def test_a_wrong_perimeter_is_refused_whole() -> None:
    ours = direction()
    number = open_one(ours, parties=(LANGRES,))
    for entries, word in (
        ([Entry(LANGRES)], "chef de file"),
        ([Entry(CHU), Entry(LANGRES), Entry(LANGRES)], "deux fois"),
        ([Entry(CHU), Entry("999999999")], "pas un FINESS PMSI connu"),
        ([Entry(CHU, ("520000010",))], "pas un établissement géographique"),
    ):
        with pytest.raises(Invalid, match=word):
            perimeter.set_perimeter(scope=ours, dossier=number, entries=entries)
    with in_scope(ours):
        assert Participation.objects.filter(dossier_id=number).count() == 2
    perimeter.set_perimeter(scope=ours, dossier=number, entries=[Entry(CHU)])
    with in_scope(ours):
        assert Dossier.objects.get(pk=number).establishments == [CHU]


def test_a_title_a_theme_and_a_right_are_needed_to_open() -> None:
    ours = scope(Role.CHARGE_PROGRAMMES, CHU)
    for wrong, error in (({"title": "  "}, Invalid), ({"theme": "autre"}, Invalid), ({"bearer": LANGRES}, Denied)):
        with pytest.raises(error):
            open_one(ours, **wrong)
    number = open_one(ours)
    opening.rename(scope=ours, dossier=number, title="Un autre titre")
    with in_scope(ours):
        assert Dossier.objects.get(pk=number).title == "Un autre titre"
        assert Event.objects.filter(dossier_id=number, kind="titre").get().data["avant"] == "Aval"

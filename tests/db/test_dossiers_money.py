"""What a dossier decides of money is in the ledger of money, once, with where it was decided."""

from __future__ import annotations

from decimal import Decimal

import pytest

from archipel.foundation.scope import Scope, in_scope
from archipel.kernel.errors import Conflict
from archipel.programmes.dossiers.models import Dossier
from archipel.programmes.dossiers.services import acts, instructing, money
from archipel.programmes.dossiers.services.acts import Given
from archipel.programmes.funding import public as funding
from archipel.programmes.funding.models import Line, Project
from archipel.programmes.funding.public import Entry, Kind, ProjectMoney
from tests.factories.dossiers import CHAUMONT, agency, bring, direction, fill, open_one, region

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def establishments() -> None:
    region()


def brought(to: str, **more: object) -> tuple[Scope, Scope, int]:
    ours, theirs = direction(), agency()
    number = open_one(ours, **more)  # type: ignore[arg-type]
    fill(ours, number)
    bring(number, to, writer=ours, judge=theirs)
    return ours, theirs, number


def followed(scope: Scope, number: int) -> ProjectMoney:
    with in_scope(scope):
        found = funding.by_reference(f"dossier:{number}")
        assert found is not None
        return funding.project(found)


def test_nothing_is_followed_before_a_decision() -> None:
    ours, _, number = brought("en_instruction")
    with in_scope(ours):
        assert funding.by_reference(f"dossier:{number}") is None


def test_a_grant_and_its_payments_are_there_once() -> None:
    ours, theirs, number = brought("preuves")
    held = followed(ours, number)
    granted = held.position.granted
    assert granted is not None and granted == held.position.expected
    assert held.position.secured == granted / 2 and held.position.received == 0
    assert held.dossier == number
    instructing.pay(scope=theirs, dossier=number, instalment="versement-2026", amount_said="25 000", at=None)
    instructing.pay(
        scope=theirs, dossier=number, instalment="versement-2026", amount_said="-5 000", at=None, reason="Erreur"
    )
    with in_scope(ours):
        before = Line.objects.count()
        row = Dossier.objects.get(pk=number)
        for _ in range(2):
            money.mirror(row)
        assert Line.objects.count() == before, "told again, written once"
    held = followed(ours, number)
    assert held.position.received == 20_000
    received = [line for line in held.cash if line.received]
    assert [(line.establishment, line.received) for line in received] == [(held.bearer.ej, Decimal(20_000))]
    assert {fact.source.partition("#")[0] for fact in held.facts if fact.source} == {f"dossier:{number}"}


def test_a_decision_is_written_where_it_is_taken() -> None:
    ours, _, number = brought("retenu")
    held = followed(ours, number)
    entry = Entry(Kind.ENCAISSEMENT, held.facts[0].effective_on, Decimal(10), held.bearer.ej, 2026, "versement-2026")
    with in_scope(ours), pytest.raises(Conflict, match=f"dossier n° {number}"):
        funding.write(scope=ours, project_id=held.id, entry=entry)
    grant = next(fact for fact in held.facts if fact.kind is Kind.OCTROI)
    with in_scope(ours), pytest.raises(Conflict, match="s'y écrit"):
        funding.undo(scope=ours, line=grant.id, reason="Pour voir")
    with in_scope(ours):
        spent = Entry(Kind.DEPENSE, grant.effective_on, Decimal(10), held.bearer.ej, 2026)
        assert funding.write(scope=ours, project_id=held.id, entry=spent)


def test_a_decision_taken_back_is_taken_back_there_and_a_refusal_expects_nothing() -> None:
    ours, theirs, number = brought("retenu")
    acts.undo(scope=theirs, dossier=number, reason="Erreur de montant")
    held = followed(ours, number)
    assert held.position.granted is None and held.position.secured == 0
    acts.act(scope=theirs, dossier=number, code="retenir", given=Given(amount="30000", reason="Ambition"))
    assert followed(ours, number).position.granted == 30_000
    acts.act(scope=ours, dossier=number, code="abandonner", given=Given(reason="Le projet change"))
    held = followed(ours, number)
    assert held.position.refused and held.position.expected == 0
    last = [fact for fact in held.facts if fact.kind is Kind.REFUS][-1]
    assert not last.by_authority and "abandonné" in last.text


def test_dossiers_granted_before_are_caught_up_once() -> None:
    ours, _, number = brought("retenu", parties=[CHAUMONT])
    with in_scope(ours):
        assert Project.objects.count() == 1
        Project.objects.update(reference="dossier:0")  # as before the ledger followed dossiers
    assert money.mirror_all() == 1 and money.mirror_all() == 0
    assert len(followed(ours, number).perimeter) == 2

"""The agency: notes that stay with it, reviews, payments within what was granted, the figures of its portfolio."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import Scope, in_scope, system_scope
from archipel.kernel.errors import Conflict, Denied, Invalid
from archipel.programmes.dossiers.models import Dossier, Note, Notification
from archipel.programmes.dossiers.queries.overview import overview
from archipel.programmes.dossiers.queries.portfolio import marks, portfolio, portfolio_figures
from archipel.programmes.dossiers.queries.projects import project_links
from archipel.programmes.dossiers.services import acts, instructing
from archipel.programmes.dossiers.services.acts import Given
from archipel.programmes.facts.public import Draft, Subject, record_fact
from archipel.programmes.packs.public import Maille
from tests.factories.dossiers import (
    CHAUMONT,
    CHU,
    LANGRES,
    MACON,
    PACK,
    account,
    agency,
    bring,
    direction,
    fill,
    open_one,
    region,
)

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture(autouse=True)
def establishments() -> None:
    region()


def retained(ours: Scope, theirs: Scope, to: str = "retenu", **more: object) -> int:
    number = open_one(ours, **more)  # type: ignore[arg-type]
    fill(ours, number)
    bring(number, to, writer=ours, judge=theirs)
    return number


def test_notes_are_added_never_changed_and_stay_with_the_agency() -> None:
    ours, theirs = direction(), agency()
    number = retained(ours, theirs, "en_instruction")
    for score, text in ((2, "Périmètre étroit"), (3, "Périmètre élargi")):
        instructing.note(scope=theirs, dossier=number, criterion="ambition", score=score, text=text)
    with in_scope(theirs):
        found = marks(scope=theirs, dossier=number)
        assert [one.score for one in found["ambition"]] == [3, 2]
        with pytest.raises(DatabaseError), transaction.atomic():
            Note.objects.update(score=4)
    with in_scope(ours):
        assert not Note.objects.exists()
        with pytest.raises(Denied):
            marks(scope=ours, dossier=number)
    with pytest.raises(Denied):
        instructing.note(scope=ours, dossier=number, criterion="ambition", score=4, text="Parfait")
    for wrong in ({"criterion": "autre"}, {"score": 9}, {"score": None, "text": " "}):
        with pytest.raises(Invalid):
            instructing.note(scope=theirs, dossier=number, **{"criterion": "ambition", "score": 1, "text": "x"} | wrong)


def test_what_is_paid_stays_within_what_was_granted() -> None:
    ours, theirs = direction(), agency()
    number = retained(ours, theirs, "preuves")

    def pay(instalment: str, value: str, **more: object) -> str:
        given = {"scope": theirs, "dossier": number, "instalment": instalment, "amount_said": value, "at": None} | more
        return instructing.pay(**given)  # type: ignore[arg-type]

    assert "25\u202f000\u00a0€" in pay("versement-2026", "25 000")
    with pytest.raises(Conflict, match="revue des preuves"):
        pay("versement-2027", "25000")
    with pytest.raises(Invalid):
        instructing.review(scope=theirs, dossier=number, objective="ensemble", opinion="bof", text="")
    with pytest.raises(Denied):
        instructing.review(scope=ours, dossier=number, objective="ensemble", opinion="atteint", text="")
    instructing.review(scope=theirs, dossier=number, objective="ensemble", opinion="atteint", text="Vu")
    for error, instalment, value, more in (
        (Conflict, "versement-2027", "25000,01", {}),
        (Conflict, "versement-2026", "-25000,01", {"reason": "erreur"}),
        (Invalid, "versement-2026", "-1", {}),
        (Invalid, "autre", "1", {}),
        (Invalid, "versement-2026", "rien", {}),
        (Invalid, "versement-2026", "1", {"at": timezone.now() + timedelta(days=2)}),
        (Denied, "versement-2026", "1", {"scope": ours}),
    ):
        with pytest.raises(error):
            pay(instalment, value, **more)
    pay("versement-2027", "25 000")
    pay("versement-2026", "-100", reason="Trop versé")
    with in_scope(theirs):
        assert Dossier.objects.get(pk=number).paid == Decimal("49900")
    with pytest.raises(Conflict, match="Aucune étape"):
        acts.undo(scope=theirs, dossier=number, reason="après un versement")


def test_the_portfolio_and_its_figures_are_those_of_the_region() -> None:
    ours, theirs, elsewhere = direction(), agency(), agency("84")
    first = retained(ours, theirs, parties=(LANGRES,), title="Un")
    other = direction()
    second = retained(other, theirs, "en_instruction", bearer=CHAUMONT, title="Deux", parties=(LANGRES,))
    open_one(ours, title="En rédaction")
    acts.act(scope=theirs, dossier=second, code="refuser", given=Given(reason="Hors thème"))
    with in_scope(theirs):
        today = timezone.localdate()
        assert {row.line.number for row in portfolio(scope=theirs, today=today)} == {first, second}
        found = portfolio_figures(scope=theirs)
    assert (found.projects, found.establishments, found.decided) == (2, 3, 2)
    assert found.granted == 50_000
    assert [(g.code, g.count, g.share) for g in found.by_status] == [("public", 3, Decimal("100.0"))]
    assert {(g.code, g.count) for g in found.by_state} == {("retenu", 1), ("refuse", 1)}
    with pytest.raises(Denied), in_scope(elsewhere):
        portfolio(scope=elsewhere, today=today)
    with pytest.raises(Denied), in_scope(ours):
        portfolio(scope=ours, today=today)


def test_each_side_is_told_of_what_the_other_did() -> None:
    writer = account(Role.CHARGE_PROGRAMMES, CHU, "ecrivain")
    judge = account(Role.REFERENT_ARS, "region:27", "juge")
    ours, theirs = direction(), agency()
    number = retained(ours, theirs)
    from archipel.foundation.accounts.services import scope_of

    with in_scope(scope_of(writer)):
        told = list(Notification.objects.values_list("text", flat=True))
        assert any("retenir le projet" in text and "Ambition" in text for text in told)
        assert not any("enregistrer le dépôt" in text for text in told)
    with in_scope(scope_of(judge)):
        assert any("enregistrer le dépôt" in text for text in Notification.objects.values_list("text", flat=True))
    client = Client()
    client.force_login(judge, backend=BACKEND)
    page = client.get(f"/programmes/dossiers/{number}/instruction/").content.decode()
    assert "Critères de modulation" in page and page.count('name="critere"') >= 11
    for address in ("region/", "region/statistiques/", "region/export?format=xlsx", "region/statistiques/export"):
        assert client.get(f"/programmes/dossiers/{address}").status_code == 200, address
    other = Client()
    other.force_login(account(Role.DIRECTION, MACON), backend=BACKEND)
    assert other.get(f"/programmes/dossiers/{number}/instruction/").status_code == 404
    assert other.get("/programmes/dossiers/region/").status_code == 403


def activity(finess: str, value: int) -> None:
    """The activité combinée of an establishment, told by somebody."""
    who = system_scope("tests", [CHU, LANGRES, CHAUMONT])
    subject = Subject(Maille.FINESS_PMSI, finess)
    draft = Draft(subject, "activite-combinee", Decimal(value), date(2026, 1, 1), "essai")
    with in_scope(who):
        record_fact(scope=who, draft=draft)


def test_the_cap_follows_the_activity_of_the_perimeter_and_bounds_the_grant() -> None:
    ours, theirs = direction(), agency()
    number = open_one(ours, parties=(LANGRES,))
    fill(ours, number)
    bring(number, "en_instruction", writer=ours, judge=theirs)

    def cap() -> object:
        with in_scope(theirs):
            return overview(scope=theirs, dossier=number, today=timezone.localdate()).situation.cap

    assert cap().amount is None and cap().missing == (f"CH {CHU}", f"CH {LANGRES}")
    activity(CHU, 60_000)
    assert cap().amount is None and cap().missing == (f"CH {LANGRES}",)
    activity(LANGRES, 9_000)
    assert (cap().amount, cap().category, cap().activity) == (85_000, "C", 69_000)
    with pytest.raises(Invalid, match="dépasse le plafond"):
        acts.act(scope=theirs, dossier=number, code="retenir", given=Given(amount="85000,01", reason="x"))
    acts.act(scope=theirs, dossier=number, code="retenir", given=Given(amount="85000", reason="x"))
    with in_scope(theirs):
        assert Dossier.objects.get(pk=number).granted == 85_000


def test_the_verdict_is_that_of_the_rules_at_the_date_of_the_deposit() -> None:
    ours, theirs = direction(), agency()
    number = open_one(ours)

    def verdict(who: Scope) -> object:
        with in_scope(who):
            return overview(scope=who, dossier=number, today=timezone.localdate()).situation.eligibility

    assert verdict(ours).answer == "inconnu" and len(verdict(ours).missing) == 3
    facts = ("candidature-validee", "note-cadrage-deposee", "indicateurs-maturite-complets")
    for name in facts:
        draft = Draft(Subject(Maille.EJ, CHU), f"hospiconnect-{name}", True, date(2026, 3, 1), "essai")
        with in_scope(system_scope("tests", [CHU])):
            record_fact(scope=system_scope("tests", [CHU]), draft=draft)
    assert verdict(ours).answer == "oui"
    fill(ours, number)
    bring(number, "depose", writer=ours)
    late = Draft(Subject(Maille.EJ, CHU), "hospiconnect-candidature-validee", False, date(2026, 9, 1), "retirée")
    with in_scope(system_scope("tests", [CHU])):
        record_fact(scope=system_scope("tests", [CHU]), draft=late)
    assert verdict(theirs).answer == "oui", "what happened after the deposit does not change what it was worth"
    told = project_links(ours, PACK, [CHU, LANGRES], date(2026, 5, 20))
    assert [link.id for link in told[CHU]] == [str(number)] and told[LANGRES] == []
    assert project_links(ours, PACK, [CHU], date(2026, 5, 20), str(number))[CHU] == []

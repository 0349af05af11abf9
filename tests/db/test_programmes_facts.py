"""Facts: told, corrected, ended, retracted, taken back; read at a date as known at another; who sees and writes."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.utils import timezone

from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import Scope, in_scope
from archipel.kernel.errors import Conflict, Denied, Invalid, NotFound
from archipel.programmes.facts import public as facts
from archipel.programmes.facts.models import Fact as Row
from archipel.programmes.facts.models import Import
from archipel.programmes.facts.public import Draft, PaymentKind, State, Subject
from archipel.programmes.facts.queries.providers import _providers
from archipel.programmes.facts.services import imports
from archipel.programmes.packs.public import Maille
from tests.factories.accounts import audit_entries
from tests.factories.programmes import (
    CHAUMONT,
    CHU,
    LANGRES,
    MACON,
    ej,
    example_pack,  # noqa: F401 - fixture
    load_region,
    pmsi,
    region_scope,
    scope_for,
    tell,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("example_pack")]
AC, SUN, CANDIDATE = "activite-combinee", "versement-usage-sun-es", "hospiconnect-candidature-validee"
JAN, MAR, JUN = date(2026, 1, 1), date(2026, 3, 1), date(2026, 6, 1)


@pytest.fixture
def everyone() -> Scope:
    load_region()
    return region_scope()


def seen(subject: Subject, fact: str, at: date, **more: object) -> facts.Reading:
    return facts.facts_at([subject], at, **more).reading(subject, fact)  # type: ignore[arg-type]


def test_a_fact_holds_from_its_effect_to_its_end(everyone: Scope) -> None:
    with in_scope(everyone):
        tell(everyone, pmsi(CHU), AC, Decimal(240000), MAR, valid_until=JUN)
        assert seen(pmsi(CHU), AC, MAR - timedelta(days=1)).state is State.INCONNU
        assert seen(pmsi(CHU), AC, MAR).value == Decimal(240000)
        assert seen(pmsi(CHU), AC, JUN).known
        late = seen(pmsi(CHU), AC, JUN + timedelta(days=1))
        assert late.state is State.PERIME and len(late.expired) == 1


def test_what_is_wrong_is_refused_and_nothing_is_kept(everyone: Scope) -> None:
    wrong: list[tuple[Draft, type[Exception]]] = [
        (Draft(pmsi(CHU), "inconnu", True, JAN, "x"), NotFound),
        (Draft(ej(CHU), AC, Decimal(1), JAN, "x"), Invalid),
        (Draft(pmsi(CHU), AC, True, JAN, "x"), Invalid),
        (Draft(pmsi(CHU), AC, Decimal(0), JAN, "x"), Invalid),
        (Draft(pmsi(CHU), AC, Decimal(-1), JAN, "x"), Invalid),
        (Draft(pmsi(CHU), AC, Decimal(1), JAN, "  "), Invalid),
        (Draft(pmsi(CHU), AC, Decimal(1), MAR, "x", JAN), Invalid),
        (Draft(pmsi(CHU), AC, Decimal(1), JAN, "x", attachment=99), NotFound),
        (Draft(pmsi("999999999"), AC, Decimal(1), JAN, "x"), NotFound),
        (Draft(pmsi(CHU), SUN, False, JAN, "x"), Invalid),
    ]
    with in_scope(everyone):
        for draft, error in wrong:
            with pytest.raises(error), transaction.atomic():
                facts.record_fact(scope=everyone, draft=draft)
        assert Row.objects.count() == 0


def test_without_proof_it_is_declared(everyone: Scope) -> None:
    with in_scope(everyone):
        tell(everyone, ej(CHU), CANDIDATE, True, JAN, proof="")
        (fact,) = seen(ej(CHU), CANDIDATE, JAN).facts
        assert fact.mode is facts.Mode.DECLARE and not fact.proved


def test_two_sources_that_differ_are_both_shown_and_nothing_is_averaged(everyone: Scope) -> None:
    with in_scope(everyone):
        tell(everyone, pmsi(CHU), AC, Decimal(229999), JAN, "DIM")
        other = tell(everyone, pmsi(CHU), AC, Decimal(231000), MAR, "ARS")
        reading = seen(pmsi(CHU), AC, JUN)
        assert reading.state is State.CONTREDIT and reading.value is None
        assert {f.value for f in reading.facts} == {Decimal(229999), Decimal(231000)}
        assert seen(pmsi(CHU), AC, MAR - timedelta(days=1)).value == Decimal(229999)
        facts.retract_fact(scope=everyone, number=other, reason="mauvais établissement")
        assert seen(pmsi(CHU), AC, JUN).value == Decimal(229999)
        tell(everyone, pmsi(CHU), AC, Decimal("229999.0"), MAR, "ARS")
        assert seen(pmsi(CHU), AC, JUN).known


def test_the_same_source_that_says_later_otherwise_changes_its_mind(everyone: Scope) -> None:
    with in_scope(everyone):
        tell(everyone, pmsi(CHU), AC, Decimal(10), JAN, "DIM")
        tell(everyone, pmsi(CHU), AC, Decimal(20), MAR, " dim ")
        assert seen(pmsi(CHU), AC, MAR).value == 20
        assert seen(pmsi(CHU), AC, JAN).value == 10
        with pytest.raises(Conflict):
            tell(everyone, pmsi(CHU), AC, Decimal(30), MAR, "DIM")


def test_a_correction_takes_the_place_and_the_past_stays_readable(everyone: Scope) -> None:
    with in_scope(everyone):
        first = tell(everyone, pmsi(CHU), AC, Decimal(10), JAN)
        before = timezone.now()
        draft = Draft(pmsi(CHU), AC, Decimal(11), JAN, "DIM", proof="x")
        with pytest.raises(Invalid):
            facts.correct_fact(scope=everyone, number=first, draft=draft, reason=" ")
        second = facts.correct_fact(scope=everyone, number=first, draft=draft, reason="erreur de saisie")
        assert seen(pmsi(CHU), AC, MAR).value == 11
        assert seen(pmsi(CHU), AC, MAR, known_at=before).value == 10
        with pytest.raises(Conflict):
            facts.correct_fact(scope=everyone, number=first, draft=draft, reason="encore une fois")
        facts.undo(scope=everyone, number=second)
        assert seen(pmsi(CHU), AC, MAR).value == 10
        assert next(line.fact.number for line in facts.history(pmsi(CHU), AC) if line.holds) > second


def test_every_act_is_taken_back(everyone: Scope) -> None:
    with in_scope(everyone):
        number = tell(everyone, pmsi(CHU), AC, Decimal(10), JAN)
        gone = facts.retract_fact(scope=everyone, number=number, reason="par erreur")
        assert seen(pmsi(CHU), AC, MAR).state is State.INCONNU
        back = facts.undo(scope=everyone, number=gone)
        assert seen(pmsi(CHU), AC, MAR).value == 10
        ended = facts.end_fact(scope=everyone, number=back, valid_until=MAR, reason="nouvelle campagne")
        assert seen(pmsi(CHU), AC, JUN).state is State.PERIME
        facts.undo(scope=everyone, number=ended)
        assert seen(pmsi(CHU), AC, JUN).known
        with pytest.raises(Conflict):
            facts.undo(scope=everyone, number=number)
        with pytest.raises(NotFound):
            facts.undo(scope=everyone, number=10**9)
    assert [e.action for e in audit_entries(object_type="fait")] == [
        "fait.saisie", "fait.retrait", "fait.annulation", "fait.fin", "fait.annulation"
    ]  # fmt: skip


def test_a_withdrawn_fact_does_not_come_back_over_another(everyone: Scope) -> None:
    with in_scope(everyone):
        number = tell(everyone, pmsi(CHU), AC, Decimal(10), JAN)
        gone = facts.retract_fact(scope=everyone, number=number, reason="par erreur")
        tell(everyone, pmsi(CHU), AC, Decimal(12), JAN)
        with pytest.raises(Conflict):
            facts.undo(scope=everyone, number=gone)


def test_the_ledgers_refuse_to_change(everyone: Scope) -> None:
    with in_scope(everyone):
        tell(everyone, pmsi(CHU), AC, Decimal(10), JAN)
        for sql in ("UPDATE facts_fact SET value = '11'", "DELETE FROM facts_fact"):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(sql)


# --- payments


def pay(scope: Scope, code: str, kind: PaymentKind, day: date, amount: str = "1000.50") -> int:
    return facts.record_payment(
        scope=scope, subject=pmsi(code), programme="sun-es", kind=kind, amount=Decimal(amount), paid_on=day,
        source="notification ARS",
    )  # fmt: skip


def test_a_payment_of_use_establishes_the_fact_and_its_absence_establishes_nothing(everyone: Scope) -> None:
    paid = date(2023, 6, 30)
    with in_scope(everyone):
        pay(everyone, LANGRES, PaymentKind.AUTRE, paid)
        assert seen(pmsi(LANGRES), SUN, JAN).state is State.INCONNU
        number = pay(everyone, LANGRES, PaymentKind.USAGE, paid)
        reading = seen(pmsi(LANGRES), SUN, JAN)
        assert reading.value is True and reading.facts[0].mode is facts.Mode.DERIVE
        assert seen(pmsi(LANGRES), SUN, paid - timedelta(days=1)).state is State.INCONNU
        tell(everyone, pmsi(LANGRES), SUN, False, JAN, "attestation ARS")
        assert seen(pmsi(LANGRES), SUN, MAR).state is State.CONTREDIT
        gone = facts.retract_payment(scope=everyone, number=number, reason="versement d'un autre")
        assert seen(pmsi(LANGRES), SUN, MAR).value is False
        facts.retract_payment(scope=everyone, number=gone, reason="si, c'était bien lui")
        assert seen(pmsi(LANGRES), SUN, MAR).state is State.CONTREDIT
        assert seen(pmsi(LANGRES), SUN, MAR, known_at=timezone.now()).value is False


def test_a_payment_that_cannot_be_is_refused(everyone: Scope) -> None:
    with in_scope(everyone):
        pay(everyone, LANGRES, PaymentKind.USAGE, date(2023, 6, 30))
        with pytest.raises(Conflict):
            pay(everyone, LANGRES, PaymentKind.USAGE, date(2023, 6, 30))
        for amount, day in (("0", JAN), ("-5", JAN), ("1.005", JAN), ("1", date(2099, 1, 1)), ("1", date(2001, 1, 1))):
            with pytest.raises(Invalid):
                pay(everyone, LANGRES, PaymentKind.USAGE, day, amount)
        assert len(facts.payments([pmsi(LANGRES)])) == 1


# --- the live platform


def test_a_provider_tells_what_it_sees_and_never_of_the_past(everyone: Scope) -> None:
    def observe(subjects: object, wanted: object, at: date) -> list[facts.Observation]:
        return [facts.Observation(ej(CHU), CANDIDATE, True, MAR, "plateforme", link="/structure/")]

    facts.register_provider("essai", [CANDIDATE], observe)
    try:
        with in_scope(everyone):
            assert seen(ej(CHU), CANDIDATE, MAR).facts[0].link == "/structure/"
            assert seen(ej(CHU), CANDIDATE, JAN).state is State.INCONNU
            assert seen(ej(CHU), CANDIDATE, JUN, known_at=timezone.now()).state is State.INCONNU
    finally:
        del _providers["essai"]


# --- who sees, who writes


def test_each_sees_and_writes_its_own(everyone: Scope) -> None:
    with in_scope(everyone):
        for code in (CHU, LANGRES, MACON):
            tell(everyone, pmsi(code), AC, Decimal(10), JAN)
        tell(everyone, Subject(Maille.EJ, CHU), CANDIDATE, True, JAN)
    cases = [
        (Role.CHARGE_PROGRAMMES, LANGRES, {LANGRES}),
        (Role.DIRECTION, "ght:BFC-03", {CHU, LANGRES}),
        (Role.REFERENT_ARS, "region:27", {CHU, LANGRES, MACON}),
        (Role.REFERENT_ARS, "region:84", set()),
        (Role.DIM, CHU, set()),
    ]
    for role, where, expected in cases:
        scope = scope_for(role, where)
        with in_scope(scope):
            read = facts.facts_at(None, MAR, derived=False).readings
            assert {subject.code for subject in read} == expected, (role, where)
            for code in (CHU, LANGRES, MACON):
                count = Row.objects.count()
                if code in expected:
                    tell(scope, pmsi(code), AC, Decimal(11), MAR, where)
                else:
                    with pytest.raises(Denied), transaction.atomic():
                        tell(scope, pmsi(code), AC, Decimal(11), MAR, where)
                    assert Row.objects.count() == count


def test_a_fact_of_the_group_is_kept_by_its_support_and_read_by_its_members(everyone: Scope) -> None:
    from archipel.programmes.facts.services.subjects import may_write, place

    placed = place(Subject(Maille.GHT, "BFC-03"), MAR)
    assert len(placed.establishments) == 9 and placed.keepers == {CHU}
    assert may_write(scope_for(Role.CHARGE_PROGRAMMES, CHU), placed)
    assert not may_write(scope_for(Role.CHARGE_PROGRAMMES, LANGRES), placed)
    assert may_write(scope_for(Role.REFERENT_ARS, "region:27"), placed)


def test_numbers_are_resolved_to_the_level_of_the_fact(everyone: Scope) -> None:
    assert facts.resolve("210 780 581", Maille.FINESS_PMSI, MAR) == pmsi(CHU)
    assert facts.resolve("210987558", Maille.EJ, MAR) == ej(CHU)
    assert facts.resolve(LANGRES, Maille.GHT, MAR) == Subject(Maille.GHT, "BFC-03")
    with pytest.raises(Invalid, match="répondent"):
        facts.resolve(CHU, Maille.EG, MAR)
    with pytest.raises(NotFound):
        facts.resolve("000000000", Maille.EJ, MAR)
    with pytest.raises(Invalid):
        facts.resolve(CHU, Maille.PROJET, MAR)


# --- files

HEAD = "FINESS;Fait;Valeur;Date d'effet;Valide jusqu'au;Source;Preuve\n"


def file(*lines: str) -> bytes:
    return (HEAD + "\n".join(lines) + "\n").encode()


def test_a_file_is_tried_applied_and_taken_back(everyone: Scope) -> None:
    raw = file(
        f"{CHU};{AC};240 000,5;01/01/2026;;DIM;e-PMSI 2025",
        f"{LANGRES};Activité combinée;8000;2026-01-01;31/12/2026;DIM;",
        f"{CHAUMONT};{CANDIDATE};oui;01/02/2026;;ARS;Convergence",
        f"999999999;{AC};1;01/01/2026;;DIM;",
        f"{CHU};inconnu;1;01/01/2026;;DIM;",
        f"{CHU};{AC};beaucoup;01/01/2026;;DIM;",
        f"{CHU};{AC};3;31/02/2026;;DIM;",
        f"{CHU};{SUN};non;01/01/2026;;DIM;",
        f"{CHU};{AC};3;01/01/2026;;DIM;",
        f"{CHU};{AC};3;01/03/2026;01/01/2026;DIM;",
    )
    with in_scope(everyone):
        info = imports.receive(scope=everyone, kind="faits", name="faits.csv", raw=raw)
        assert imports.raw_file(info.id) == ("faits.csv", raw)
        _, trial = imports.trial(scope=everyone, number=info.id)
        assert trial.count(imports.Effect.NOUVEAU) == 3 and Row.objects.count() == 0
        assert [(w.line, w.column) for w in trial.wrong] == [
            (5, "finess"), (6, "fait"), (7, "valeur"), (8, "date_effet"), (9, "preuve"), (10, "fait"),
            (11, "valide_jusqu_au"),
        ]  # fmt: skip
        assert all(f"Ligne {w.line}" in w.message for w in trial.wrong)
        done = imports.apply(scope=everyone, number=info.id, expected=trial.digest)
        assert (done.status, done.kept) == (Import.APPLIED, 3)
        assert seen(pmsi(CHU), AC, MAR).value == Decimal("240000.5")
        assert seen(ej(CHAUMONT), CANDIDATE, MAR).facts[0].mode is facts.Mode.IMPORTE
        with pytest.raises(Conflict):
            imports.apply(scope=everyone, number=info.id, expected=trial.digest)
        imports.undo_import(scope=everyone, number=info.id, reason="mauvais fichier")
        assert seen(pmsi(CHU), AC, MAR).state is State.INCONNU


def test_the_same_file_twice_changes_nothing_and_another_value_corrects(everyone: Scope) -> None:
    one, two = (file(f"{CHU};{AC};{value};01/01/2026;;DIM;x") for value in (10, 12))
    with in_scope(everyone):
        for raw, effect in ((one, "nouveau"), (one, "inchangé"), (two, "corrigé")):
            info = imports.receive(scope=everyone, kind="faits", name="f.csv", raw=raw)
            _, trial = imports.trial(scope=everyone, number=info.id)
            assert [p.effect.value for p in trial.planned] == [effect]
            if trial.writes:
                imports.apply(scope=everyone, number=info.id, expected=trial.digest)
            else:
                with pytest.raises(Invalid):
                    imports.apply(scope=everyone, number=info.id, expected=trial.digest)
        assert seen(pmsi(CHU), AC, MAR).value == 12
        third = imports.receive(scope=everyone, kind="faits", name="f.csv", raw=file(f"{CHU};{AC};9;01/02/2026;;ARS;x"))
        _, trial = imports.trial(scope=everyone, number=third.id)
        assert [f.value for f in trial.planned[0].against] == [12]


def test_a_dry_run_that_has_aged_is_not_applied(everyone: Scope) -> None:
    with in_scope(everyone):
        raw = file(f"{CHU};{AC};10;01/01/2026;;DIM;x")
        info = imports.receive(scope=everyone, kind="faits", name="f.csv", raw=raw)
        _, trial = imports.trial(scope=everyone, number=info.id)
        tell(everyone, pmsi(CHU), AC, Decimal(11), JAN)
        with pytest.raises(Conflict):
            imports.apply(scope=everyone, number=info.id, expected=trial.digest)
        with pytest.raises(Invalid):
            imports.reject(scope=everyone, number=info.id, reason="")
        assert imports.reject(scope=everyone, number=info.id, reason="périmé").status == Import.REJECTED


def test_a_file_that_speaks_of_others_writes_only_ones_own_and_stays_ones_own(everyone: Scope) -> None:
    langres, chaumont = (scope_for(Role.CHARGE_PROGRAMMES, code) for code in (LANGRES, CHAUMONT))
    raw = file(f"{LANGRES};{AC};10;01/01/2026;;DIM;x", f"{CHU};{AC};10;01/01/2026;;DIM;x")
    with in_scope(langres):
        info = imports.receive(scope=langres, kind="faits", name="f.csv", raw=raw)
        _, trial = imports.trial(scope=langres, number=info.id)
        assert [p.line.subject.code for p in trial.planned] == [LANGRES]
        assert [w.line for w in trial.wrong] == [3]
        imports.apply(scope=langres, number=info.id, expected=trial.digest)
        bad = imports.receive(scope=langres, kind="faits", name="f.csv", raw=b"n'importe quoi")
    with in_scope(chaumont):
        for number in (info.id, bad.id):
            with pytest.raises(NotFound):
                imports.raw_file(number)
    with in_scope(scope_for(Role.DIM, CHU)), pytest.raises(Denied):
        imports.receive(scope=scope_for(Role.DIM, CHU), kind="faits", name="f.csv", raw=raw)


def test_payments_come_from_a_file_too(everyone: Scope) -> None:
    raw = (
        "finess;programme;nature;montant;date;source\n"
        f"{LANGRES};SUN-ES;usage;12 500,00 €;30/06/2023;notification\n"
        f"{CHAUMONT};hopen2-phase1;autre;8000;2024-12-15;notification\n"
        f"{CHAUMONT};autre programme;autre;8000;2024-12-15;notification\n"
        f"{CHAUMONT};sun-es;usage;rien;2024-12-15;notification\n"
        f"{CHAUMONT};sun-es;prime;1;2024-12-15;notification\n"
    ).encode("cp1252")
    with in_scope(everyone):
        info = imports.receive(scope=everyone, kind="versements", name="v.csv", raw=raw)
        _, trial = imports.trial(scope=everyone, number=info.id)
        assert [(w.line, w.column) for w in trial.wrong] == [(4, "programme"), (5, "montant"), (6, "nature")]
        imports.apply(scope=everyone, number=info.id, expected=trial.digest)
        assert [p.amount for p in facts.payments()] == [Decimal(8000), Decimal(12500)]
        assert seen(pmsi(LANGRES), SUN, MAR).value is True
        _, again = imports.trial(scope=everyone, number=info.id)
        assert again.writes == 0
        imports.undo_import(scope=everyone, number=info.id, reason="essai")
        assert facts.payments() == []

"""Publishing, dry runs, undo, provisional entities decided, history and impact."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from archipel.foundation.audit.models import Entry
from archipel.foundation.scope import Scope, in_scope, system_scope
from archipel.kernel.errors import Conflict, Denied, Invalid
from archipel.territory import models
from archipel.territory.ficom import reader, writer
from archipel.territory.impact import ImpactLine
from archipel.territory.public import (
    bed_index,
    code_mapping,
    ensure_provisional,
    load_reference,
    publish,
    rejected_codes,
    sites,
    uf_index,
)
from archipel.territory.queries.timelines import structure
from archipel.territory.queries.tree import history, publications, structure_at, waiting
from archipel.territory.services import imports
from archipel.territory.services.undo import undo
from archipel.territory.services.validation import merge_into, reject, validate
from archipel.territory.values import Action, Change, Content, Key, Kind, Piece

CHU, SITE = "210780581", "210987558"
SCOPE = system_scope("tests", [CHU])
TODAY = date(2026, 11, 23)
HEAD = "type;code;libelle;etablissement;eg;uf;chambre;filiere;types_uf;chambre_seule;date_ouverture;date_fermeture\r\n"
FILE = HEAD + (
    f"UF;2101;Cardiologie;{CHU};{SITE};;;MED;MH;;01/01/2026;\r\n"
    f"CHAMBRE;12;Chambre 12;{CHU};;2101;;;;oui;01/01/2026;\r\n"
    f"LIT;P;Porte;{CHU};;2101;12;;;;01/01/2026;\r\n"
    f"UF;2102;Chirurgie;{CHU};{SITE};;;CHI;H;;01/01/2026;\r\n"
)


@pytest.fixture
def group(db):
    with in_scope(SCOPE):
        load_reference(scope=SCOPE, ght_code="BFC-03")
        yield


def run_of(text, **options):
    read = reader.read(text.encode(), "essai.csv")
    return imports.dry_run(
        statements=read.statements, problems=read.problems, effective_on=options.pop("on", TODAY), **options
    )


def import_file(text, on=TODAY, **options):
    read = reader.read(text.encode(), "essai.csv")
    info = imports.propose(
        scope=SCOPE, kind="ficom", name="essai.csv", raw=text.encode(), statements=read.statements,
        problems=read.problems, effective_on=on, **options,
    )  # fmt: skip
    _, run = imports.examine(scope=SCOPE, proposal=info.id)
    return imports.publish_proposal(scope=SCOPE, proposal=info.id, expected=run.digest, reason="essai")


def test_import_publishes_and_projects(group):
    done = import_file(FILE)
    assert done.changed == 4
    uf = uf_index(CHU)["2101"]
    assert (uf.name, uf.site, uf.filiere, uf.types) == ("Cardiologie", SITE, "MED", ("H", "M"))
    bed = bed_index(CHU)["2101", "12", "P"]
    assert (bed.single, bed.closed, bed.provisional) == (True, False, False)
    assert Entry.objects.filter(action="structure.publier", establishment=CHU).exists()
    site = next(s for s in sites(CHU) if s.finess == SITE)
    assert {c.filiere for c in site.installed} >= {"MED", "CHI", "SCA"}


def test_export_then_dry_run_is_empty(group):
    import_file(FILE)
    known = structure()
    for made in (writer.to_csv, writer.to_xlsx):
        read = reader.read(made(known.timelines, known.provisional, TODAY), "export")
        run = imports.dry_run(statements=read.statements, problems=read.problems, effective_on=TODAY, complete=True)
        assert run.plan.diff == ()
        assert run.blocking == 0


def test_history_is_kept(group):
    import_file(FILE)
    import_file(HEAD + f"UF;2101;Cardiologie A;{CHU};{SITE};;;MED;MH;;01/06/2026;\r\n")
    row = models.Entity.objects.get(kind="UF", code="2101")
    view = history(row.pk, TODAY)
    assert view.name == "Cardiologie A"
    current = [line for line in view.history if line.superseded_at is None]
    assert {(line.name, line.valid_from, line.valid_to) for line in current} == {
        ("Cardiologie", date(2026, 1, 1), date(2026, 6, 1)),
        ("Cardiologie A", date(2026, 6, 1), None),
    }
    assert [line.name for line in view.history if line.superseded_at] == ["Cardiologie"]
    names = {node.name for node in _flat(structure_at(date(2026, 3, 1)))}
    assert "Cardiologie" in names
    assert "Cardiologie A" not in names


def _flat(nodes):
    for node in nodes:
        yield node
        yield from _flat(node.children)


def test_the_diff_says_each_field_and_the_impact(group):
    import_file(FILE)
    text = HEAD + (
        f"UF;2101;Cardio;{CHU};{SITE};;;SCA;MH;;;\r\n"
        f"UF;2102;;{CHU};{SITE};;;;;;;01/12/2026\r\n"
        f"UF;2103;Neuve;{CHU};{SITE};;;;;;;\r\n"
    )
    asked = []

    def probe(closing):
        asked.extend(closing)
        return [ImpactLine(key, "séjour en cours", 3) for key, _ in closing]

    run = run_of(text.replace("2102;;", "2102;Chirurgie;").replace(f"{SITE};;;;;;;01/12", f"{SITE};;;CHI;H;;;01/12"),
                 impact_probe=probe)  # fmt: skip
    lines = {line.key.code: line for line in run.plan.diff}
    assert {code: line.action for code, line in lines.items()} == {
        "2101": Action.MODIFIE, "2102": Action.FERME, "2103": Action.CREE,
    }  # fmt: skip
    assert {(f.field, f.before, f.after) for f in lines["2101"].fields} == {
        ("libelle", "Cardiologie", "Cardio"), ("filiere", "MED", "SCA"),
    }  # fmt: skip
    assert asked == [(Key(Kind.UF, CHU, "2102"), date(2026, 12, 1))]
    assert run.impact[0].count == 3


def test_closing_a_uf_closes_nothing_silently(group):
    import_file(FILE)
    run = run_of(HEAD + f"UF;2101;Cardiologie;{CHU};{SITE};;;MED;MH;;01/01/2026;01/12/2026\r\n")
    assert [p.code for p in run.problems if p.blocking] == ["enfant-survit"]
    assert not run.publishable


def test_complete_file_closes_what_it_does_not_name_and_reopens(group):
    import_file(FILE)
    only = HEAD + f"UF;2101;Cardiologie;{CHU};{SITE};;;MED;MH;;01/01/2026;\r\n"
    run = run_of(only, complete=True)
    assert [(line.action, line.key.code) for line in run.plan.diff] == [(Action.FERME, "2102")]
    import_file(only, complete=True)
    known = structure([CHU]).timelines[Key(Kind.UF, CHU, "2102")]
    assert known[-1].valid_to == TODAY
    again = run_of(HEAD + f"UF;2102;Chirurgie;{CHU};{SITE};;;CHI;H;;01/01/2027;\r\n")
    assert [line.action for line in again.plan.diff] == [Action.ROUVERT]


def test_a_dry_run_that_is_out_of_date_is_refused(group):
    read = reader.read(FILE.encode(), "essai.csv")
    info = imports.propose(
        scope=SCOPE, kind="ficom", name="essai.csv", raw=b"", statements=read.statements, problems=[],
        effective_on=TODAY,
    )  # fmt: skip
    _, run = imports.examine(scope=SCOPE, proposal=info.id)
    import_file(HEAD + f"UF;2101;Autre;{CHU};{SITE};;;MED;M;;01/01/2026;\r\n")
    with pytest.raises(Conflict, match="a changé"):
        imports.publish_proposal(scope=SCOPE, proposal=info.id, expected=run.digest, reason="essai")
    with pytest.raises(Conflict, match="a changé"):
        publish(scope=SCOPE, changes=run.plan.changes, source="x", effective_on=TODAY, expected=run.digest)


def test_undo_restores_and_is_refused_when_later_changes_exist(group):
    before = structure().timelines
    first = import_file(FILE)
    second = import_file(HEAD + f"UF;2101;Cardiologie A;{CHU};{SITE};;;MED;MH;;01/06/2026;\r\n")
    with pytest.raises(Conflict, match="ont changé depuis"):
        undo(scope=SCOPE, publication=first.id, reason="erreur")
    undo(scope=SCOPE, publication=second.id, reason="erreur")
    assert uf_index(CHU)["2101"].name == "Cardiologie"
    with pytest.raises(Conflict, match="déjà annulée"):
        undo(scope=SCOPE, publication=second.id, reason="erreur")
    assert any(line.undone for line in publications())
    assert {k: v for k, v in structure().timelines.items() if v and k in before} == before


def test_rights_are_asked_for(group):
    nobody = Scope(actor="lecteur", establishments=frozenset([CHU]))
    change = Change(Key(Kind.UF, CHU, "1"), TODAY, ())
    with pytest.raises(Denied):
        publish(scope=nobody, changes=[change], source="x", effective_on=TODAY)
    for act in (
        lambda: imports.proposals(scope=nobody),
        lambda: undo(scope=nobody, publication=1, reason="x"),
        lambda: validate(scope=nobody, entity=change.key),
        lambda: load_reference(scope=nobody, ght_code="BFC-01"),
    ):
        with pytest.raises(Denied):
            act()


def test_a_broken_rule_publishes_nothing(group):
    orphan = Key(Kind.UF, CHU, "X")
    content = Content("Sans toit", {}, Key(Kind.EJ, CHU, CHU))
    count = models.Publication.objects.count()
    with pytest.raises(Invalid, match="orpheline"):
        publish(scope=SCOPE, changes=[Change(orphan, TODAY, (Piece(TODAY, None, content),))], source="x",
                effective_on=TODAY)  # fmt: skip
    assert models.Publication.objects.count() == count


def test_the_database_refuses_two_versions_of_one_day(group):
    version = models.Version.objects.filter(entity__code=SITE).get()
    version.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        version.save(force_insert=True)


def test_a_site_of_another_establishment_is_refused(group):
    other = models.Etablissement.objects.exclude(code=CHU).first().code
    run = run_of(f"type;code;libelle;etablissement\r\nEG;{SITE};Pris;{other}")
    assert "finess-autre-ej" in {p.code for p in run.problems if p.blocking}


def provisional_uf():
    ensure_provisional(establishment=CHU, name="", ufs={"9001"}, beds={("9001", "1", "A")}, source="m1")
    return Key(Kind.UF, CHU, "9001")


def test_a_provisional_uf_is_validated_with_its_beds(group):
    key = provisional_uf()
    assert [(row.key, row.beds) for row in waiting()] == [(key, 1)]
    with pytest.raises(Invalid, match="orpheline"):
        validate(scope=SCOPE, entity=key, name="Pneumologie")
    validate(scope=SCOPE, entity=key, name="Pneumologie", filiere="MED", parent=Key(Kind.EG, CHU, SITE))
    uf = uf_index(CHU)["9001"]
    assert (uf.name, uf.site, uf.filiere, uf.provisional) == ("Pneumologie", SITE, "MED", False)
    assert not bed_index(CHU)["9001", "1", "A"].provisional
    assert waiting() == []
    with pytest.raises(Conflict):
        validate(scope=SCOPE, entity=key)


def test_undoing_a_validation_makes_it_provisional_again(group):
    key = provisional_uf()
    done = validate(scope=SCOPE, entity=key, name="Pneumologie", parent=Key(Kind.EG, CHU, SITE))
    undo(scope=SCOPE, publication=done.id, reason="erreur")
    assert uf_index(CHU)["9001"].provisional
    assert [row.key for row in waiting()] == [key]


def test_a_merge_leaves_a_succession_and_a_mapping_and_is_undone(group):
    import_file(FILE)
    key, real = provisional_uf(), Key(Kind.UF, CHU, "2101")
    done = merge_into(scope=SCOPE, provisional=key, real=real, reason="même unité")
    assert code_mapping(CHU) == {"9001": "2101"}
    row = models.Entity.objects.get(kind="UF", code="2101")
    assert [line.other for line in history(row.pk, TODAY).relations if line.kind == "succession"] == [key]
    assert waiting() == []
    undo(scope=SCOPE, publication=done.id, reason="erreur")
    assert code_mapping(CHU) == {}
    assert [row.key for row in waiting()] == [key]


def test_a_rejected_code_is_remembered(group):
    key = provisional_uf()
    with pytest.raises(Invalid):
        reject(scope=SCOPE, entity=key, reason=" ")
    reject(scope=SCOPE, entity=key, reason="faute de frappe")
    assert rejected_codes(CHU) == {"9001"}
    assert "9001" not in uf_index(CHU) or uf_index(CHU)["9001"].closed
    ensure_provisional(establishment=CHU, name="", ufs={"9001"}, beds=set(), source="m2")
    assert [row.key for row in waiting()] == [key]  # ingestion asks rejected_codes() before it comes here


def test_future_versions_wait_for_their_day(group):
    later = timezone.localdate().replace(year=timezone.localdate().year + 1)
    import_file(HEAD + f"UF;3001;Future;{CHU};{SITE};;;MED;M;;{later:%d/%m/%Y};\r\n")
    assert uf_index(CHU)["3001"].closed

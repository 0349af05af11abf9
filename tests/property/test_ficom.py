"""The fichier commun de structure: what is exported reads back the same, and nothing that is read crashes."""

from __future__ import annotations

import time
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archipel.kernel.finess import Finess
from archipel.territory.ficom import reader, sheets, writer
from archipel.territory.ficom.layout import NAMES
from archipel.territory.rules import timeline as tl
from archipel.territory.rules.attributes import ATTRIBUTES, Shape, canonical
from archipel.territory.rules.plan import plan
from archipel.territory.values import Action, Change, Content, Key, Kind, Piece, join_code, split_code

TODAY = date(2026, 11, 23)
EJ = "210780581"
SLOW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])

texts = st.text(min_size=1, max_size=12).map(sheets.clean).filter(bool)
codes = texts
days = st.dates(date(2000, 1, 1), date(2040, 1, 1))


def attribute_values(attribute):
    if attribute.shape is Shape.TEXTE:
        return texts
    if attribute.shape is Shape.OUI_NON:
        return st.booleans()
    if attribute.shape is Shape.ENTIER:
        return st.integers(0, 500)
    if attribute.shape is Shape.DECIMAL:
        return st.floats(-180, 180)
    if attribute.shape is Shape.CHOIX:
        return st.sampled_from(attribute.choices)
    return st.lists(st.sampled_from(attribute.choices), unique=True).map(sorted)


@st.composite
def contents(draw, kind, parent, site=""):
    values = {item.name: draw(attribute_values(item)) for item in ATTRIBUTES[kind] if draw(st.booleans())}
    if kind is Kind.EG and draw(st.booleans()):
        values["capacites"] = {"MED": {"lits": draw(st.integers(0, 900))}}
    return Content(draw(texts), canonical(kind, values), parent, site)


@st.composite
def lives(draw, kind, parent, site=""):
    """One or two periods, the last one open: parents never close, so that children cannot outlive them."""
    first = draw(st.dates(date(2000, 1, 1), date(2030, 1, 1)))
    pieces = [Piece(first, None, draw(contents(kind, parent, site)))]
    if draw(st.booleans()):
        turn = first + timedelta(days=draw(st.integers(1, 4000)))
        pieces = [Piece(first, turn, pieces[0].content), Piece(turn, None, draw(contents(kind, parent, site)))]
    return tl.normalise(pieces)


@st.composite
def structures(draw):
    found = {}
    top = Key(Kind.GHT, "", draw(codes))
    found[top] = draw(lives(Kind.GHT, None))
    legal = Key(Kind.EJ, EJ, EJ)
    found[legal] = draw(lives(Kind.EJ, draw(st.sampled_from([top, None]))))
    site = Key(Kind.EG, EJ, str(Finess.with_key("21098755")))
    found[site] = draw(lives(Kind.EG, legal))
    pole = Key(Kind.POLE, EJ, draw(codes))
    found[pole] = draw(lives(Kind.POLE, legal, draw(st.sampled_from(["", site.code]))))
    service = Key(Kind.SERVICE, EJ, draw(codes))
    found[service] = draw(lives(Kind.SERVICE, draw(st.sampled_from([pole, site])), ""))
    for code in draw(st.lists(codes, max_size=3, unique=True)):
        uf = Key(Kind.UF, EJ, code)
        parent = draw(st.sampled_from([service, pole, site]))
        own = "" if parent is site else draw(st.sampled_from(["", site.code]))
        found[uf] = draw(lives(Kind.UF, parent, own))
        for chambre in draw(st.lists(codes, max_size=2, unique=True)):
            room = Key(Kind.CHAMBRE, EJ, join_code(code, chambre))
            found[room] = draw(lives(Kind.CHAMBRE, uf))
            bed = Key(Kind.LIT, EJ, join_code(code, chambre, draw(codes)))
            found[bed] = draw(lives(Kind.LIT, room))
        lone = Key(Kind.LIT, EJ, join_code(code, "", draw(codes)))
        found[lone] = draw(lives(Kind.LIT, uf))
    unsure = frozenset(key for key in found if draw(st.integers(0, 4)) == 0)
    return found, unsure


def read_back(data, known, unsure, **options):
    read = reader.read(data, "structure")
    return read, plan(read.statements, known, unsure, TODAY, **options)


@SLOW
@given(structures(), days, st.booleans(), st.booleans())
def test_export_then_import_changes_nothing(made, on, as_workbook, complete):
    known, unsure = made
    data = (writer.to_xlsx if as_workbook else writer.to_csv)(known, unsure, on)
    read, planned = read_back(data, known, unsure, complete=complete)
    assert planned.diff == ()
    assert [problem.message for problem in (*read.problems, *planned.problems) if problem.blocking] == []


@SLOW
@given(structures())
def test_export_then_import_elsewhere_says_the_same(made):
    known, unsure = made
    known = {key: pieces for key, pieces in known.items() if key.kind is not Kind.EG}
    known = {key: p for key, p in known.items() if all(x.content.site == "" for x in p)}
    read, planned = read_back(writer.to_csv(known, unsure, date(1999, 1, 1)), {}, frozenset())
    assert read.lines == sum(len(pieces) for pieces in known.values())
    again = {change.key: tl.apply((), change) for change in planned.changes}
    assert again == known
    assert {line.action for line in planned.diff} <= {Action.CREE}
    assert {change.key for change in planned.changes if change.provisional} == {k for k in known if k in unsure}


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_explained(data):
    for candidate in (data, b"PK\x03\x04" + data, b"type;code\r\n" + data, b"\xff\xfe" + data):
        read = reader.read(candidate, "f")
        planned = plan(read.statements, {}, frozenset(), TODAY)
        assert read.statements or read.problems or planned.problems


cells = st.one_of(
    st.sampled_from([kind.value for kind in Kind]),
    st.sampled_from([EJ, "210987558", "999999999", "U1", "12", "oui", "non", "31/02/2026", "01/01/2026", "2026-13-01",
                     "~X", "MED", "HMS", "-1", "1e400", "nan", "=1+1", "", ""]),
    st.text(max_size=8),
)  # fmt: skip


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(cells, min_size=len(NAMES), max_size=len(NAMES)), max_size=6), st.booleans())
def test_any_cells_are_read_or_explained(rows, complete):
    import csv
    import io

    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=";").writerows([NAMES, *rows])
    read, planned = read_back(stream.getvalue().encode("utf-8", "replace"), {}, frozenset(), complete=complete)
    for problem in (*read.problems, *planned.problems):
        assert problem.message
    for change in planned.changes:
        tl.apply((), change)


@settings(max_examples=100, deadline=None)
@given(structures(), st.integers(0, 100_000), st.integers(0, 255), st.booleans())
def test_a_damaged_file_never_crashes(made, position, byte, as_workbook):
    known, unsure = made
    data = bytearray((writer.to_xlsx if as_workbook else writer.to_csv)(known, unsure, TODAY))
    data[position % len(data)] = byte
    read_back(bytes(data), known, unsure)


@given(st.lists(days, min_size=2, max_size=6, unique=True), days, days)
def test_a_change_says_the_future_and_keeps_the_past(bounds, since, probe):
    bounds = sorted(bounds)
    old = tl.normalise(
        Piece(a, b, Content(f"v{rank % 2}")) for rank, (a, b) in enumerate(pairwise(bounds)) if rank != 1
    )
    new = (Piece(since, None, Content("neuf")),)
    after = tl.apply(old, Change(Key(Kind.UF, EJ, "1"), since, new))
    expected = Content("neuf") if probe >= since else tl.at(old, probe)
    assert tl.at(after, probe) == expected
    assert tl.normalise(after) == after
    assert tl.normalise((*tl.before(old, since), *tl.since(old, since))) == old


@given(st.lists(st.text(max_size=6), min_size=1, max_size=3))
def test_codes_join_and_split(parts):
    assert split_code(join_code(*parts)) == parts


HEAD = "type;code;libelle;etablissement;service;eg;uf;chambre;date_ouverture;date_fermeture;filiere\r\n"


@pytest.mark.parametrize(
    ("lines", "code", "line", "column"),
    [
        ("EJ;210780580;;;;;;;;;", "finess-invalide", 2, "code"),
        (f"UF;U1;;{EJ};;;;;;;", "uf-orpheline", 2, "parent"),
        (f"UF;U1;;{EJ};CARDIO;;;;;;", "parent-inconnu", 2, "service"),
        (f"UF;U1;;{EJ};;210987558;;;;;\r\nUF;U1;;{EJ};;210987558;;;;;", "code-en-double", 3, "code"),
        (f"EJ;{EJ};;;;;;;01/02/2026;01/01/2026;", "fin-avant-debut", 2, "date_fermeture"),
        (f"EJ;{EJ};;;;;;;31/02/2026;;", "date-impossible", 2, "date_ouverture"),
        (f"EJ;{EJ};a;;;;;;01/01/2026;;\r\nEJ;{EJ};b;;;;;;01/02/2026;;", "dates-chevauchantes", 3, "date_ouverture"),
        (f"SERVICE;S;;{EJ};S;;;;;;", "colonne-sans-objet", 2, "service"),
        (f"UF;U1;;{EJ};;210987558;;;;;CARDIO", "valeur-impossible", 2, "filiere"),
        (f"CHAMBRE;12;;{EJ};;;;;;;", "uf-absente", 2, "uf"),
        ("SALLE;12;;;;;;;;;", "type-inconnu", 2, "type"),
        (f"EG;{EJ};;{EJ};;;;;;;", "finess-ej-pour-eg", 2, "code"),
    ],
)
def test_each_problem_says_where(lines, code, line, column):
    read, planned = read_back((HEAD + lines).encode(), {}, frozenset())
    found = [p for p in (*read.problems, *planned.problems) if p.code == code]
    assert found, [p.code for p in (*read.problems, *planned.problems)]
    assert (found[0].place.line, found[0].column) == (line, column)


def test_a_child_does_not_outlive_its_parent():
    lines = f"EJ;{EJ};;;;;;;01/01/2020;01/01/2027;\r\nEG;210987558;;{EJ};;;;;01/01/2020;;"
    _, planned = read_back((HEAD + lines).encode(), {}, frozenset())
    assert [p.code for p in planned.problems] == ["enfant-survit"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16"])
@pytest.mark.parametrize("mark", [";", ",", "\t"])
def test_encodings_and_separators(encoding, mark):
    text = f"Type;Code;Libellé\r\nEJ;{EJ};Hôpital d'été".replace(";", mark)
    read = reader.read(text.encode(encoding), "f.csv")
    assert read.problems == []
    assert read.statements[0].name == "Hôpital d'été"


def test_a_lost_leading_zero_is_put_back_and_said():
    number = str(Finess.with_key("01000002"))
    read = reader.read(f"type;code\nEJ;{number[1:]}".encode(), "f.csv")
    assert read.statements[0].key.code == number
    assert [p.code for p in read.problems] == ["finess-zero"]


def big_file(count):
    site = "210987558"
    lines = [HEAD, f"EJ;{EJ};CHU;;;;;;01/01/2020;;\r\n", f"EG;{site};Site;{EJ};;;;;01/01/2020;;\r\n"]
    for uf in range(count // 25):
        lines.append(f"UF;U{uf};Unité {uf};{EJ};;{site};;;01/01/2020;;MED\r\n")
        for room in range(8):
            lines.append(f"CHAMBRE;{room};Chambre {room};{EJ};;;U{uf};;01/01/2020;;\r\n")
            lines += [f"LIT;{bed};Lit {bed};{EJ};;;U{uf};{room};01/01/2020;;\r\n" for bed in "PF"]
    return "".join(lines).encode()


def test_ten_thousand_lines_are_planned_in_seconds():
    data = big_file(10_000)
    begin = time.process_time()
    read, planned = read_back(data, {}, frozenset())
    seconds = time.process_time() - begin
    assert read.lines >= 10_000
    assert len(planned.changes) == read.lines
    assert not [p for p in planned.problems if p.blocking]
    assert seconds < 15, f"{seconds:.1f} s"

"""The RPU file: build then read gives the same, real variants are read, what is wrong is explained, attacks refused."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from archipel.connectors.rpu.codec import RpuFile, RpuPassage, Unreadable, body_digest, file_name, read, write
from archipel.domains.flow.values.passages import CODES, Item

ENCODINGS = ["ISO-8859-1", "ISO-8859-15", "UTF-8"]
words = st.text("ABCDÉéœ€ -'&<>\"", min_size=1, max_size=20).map(lambda t: " ".join(t.split())).filter(bool)
diagnoses = st.from_regex(r"[A-Z][0-9]{2}[0-9]{0,2}", fullmatch=True)
acts = st.from_regex(r"[A-Z]{4}[0-9]{3}", fullmatch=True)
minutes = st.datetimes(datetime(2010, 1, 1), datetime(2040, 1, 1)).map(lambda d: d.replace(second=0, microsecond=0))


def coded(item: Item) -> st.SearchStrategy[tuple[str, ...]]:
    return st.sampled_from(sorted(CODES[item])).map(lambda code: (code,))


def unique(values: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(values, min_size=1, max_size=4, unique=True).map(tuple)


@st.composite
def passages(draw: st.DrawFn) -> RpuPassage:
    arrived = draw(minutes)
    values = draw(
        st.fixed_dictionaries(
            {},
            optional={
                Item.CP: st.from_regex(r"[0-9]{5}", fullmatch=True).map(lambda t: (t,)),
                Item.COMMUNE: words.map(lambda t: (t,)),
                Item.MOTIF: words.map(lambda t: (t,)),
                Item.DP: diagnoses.map(lambda t: (t,)),
                Item.DA: unique(diagnoses),
                Item.ACTES: unique(acts),
                **{item: coded(item) for item in CODES},
            },
        )
    )
    left = draw(st.none() | minutes.filter(lambda d: d >= arrived))
    born = draw(st.none() | st.dates(date(1900, 1, 1), arrived.date()))
    return RpuPassage(arrived, left, born, values)


files = st.builds(
    RpuFile,
    finess=st.just("210987558"),
    order=st.just("1"),
    extracted_at=st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)).map(lambda d: d.replace(microsecond=0)),
    begin=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    end=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    passages=st.lists(passages(), max_size=4).map(tuple),
)


@given(files, st.sampled_from(ENCODINGS))
@settings(max_examples=60)
def test_build_then_read_gives_the_same(file: RpuFile, encoding: str) -> None:
    raw = write(file, encoding)
    assert write(file, encoding) == raw
    found = read(raw)
    assert (found.finess, found.order, found.extracted_at) == (file.finess, file.order, file.extracted_at)
    assert (found.begin, found.end, found.remarks) == (file.begin, file.end, ())
    assert tuple(one.passage for one in found.passages) == file.passages
    assert all(not one.problems for one in found.passages)


@given(files)
@settings(max_examples=20)
def test_the_digest_follows_the_content_and_not_the_hour(file: RpuFile) -> None:
    later = RpuFile(file.finess, file.order, datetime(2041, 1, 1), file.begin, file.end, file.passages)
    more = RpuFile(file.finess, file.order, file.extracted_at, file.begin, file.end,
                   (*file.passages, RpuPassage(datetime(2026, 1, 1, 8))))  # fmt: skip
    assert body_digest(file) == body_digest(later) != body_digest(more)


ONE = RpuPassage(
    datetime(2026, 11, 26, 8, 5), datetime(2026, 11, 26, 12, 40), date(1948, 2, 3),
    {Item.CP: ("21000",), Item.COMMUNE: ("Fontaine-lès-Dijon",), Item.SEXE: ("F",), Item.MODE_ENTREE: ("8",),
     Item.DP: ("S720",), Item.DA: ("I10", "E119"), Item.ACTES: ("ZBQK002",), Item.MODE_SORTIE: ("6",)},
)  # fmt: skip
FILE = RpuFile("210987558", "1", datetime(2026, 11, 27, 2, 30, 5), date(2026, 11, 21), date(2026, 11, 26), (ONE, ONE))


def test_the_layout_is_the_one_that_regional_servers_exchange() -> None:
    root = etree.fromstring(write(FILE))
    assert root.tag == "OSCOUR"
    assert [child.tag for child in root] == ["ETABLISSEMENT", "PASSAGES"]
    assert {child.tag: child.text for child in root[0]} == {
        "FINESS": "210987558", "ORDRE": "1", "EXTRACT": "27/11/2026 02:30:05", "DATEDEBUT": "21/11/2026",
        "DATEFIN": "26/11/2026",
    }  # fmt: skip
    patient = root[1][0]
    assert [child.tag for child in patient] == [
        "CP", "COMMUNE", "NAISSANCE", "SEXE", "ENTREE", "MODE_ENTREE", "PROVENANCE", "TRANSPORT", "TRANSPORT_PEC",
        "MOTIF", "GRAVITE", "DP", "LISTE_DA", "LISTE_ACTES", "SORTIE", "MODE_SORTIE", "DESTINATION", "ORIENT",
    ]  # fmt: skip
    assert patient.findtext("ENTREE") == "26/11/2026 08:05"
    assert [one.text for one in patient.find("LISTE_DA")] == ["I10", "E119"]
    assert b"ISO-8859-15" in write(FILE)[:60]


def test_names_follow_their_pattern() -> None:
    assert file_name("RPU_{finess}_{aammjj}.xml", FILE) == "RPU_210987558_261127.xml"
    assert file_name("O{finess}_{ordre}_{aaaammjj}{hhmmss}.xml", FILE) == "O210987558_1_20261127023005.xml"


def variants() -> dict[str, bytes]:
    """Files as they are met, all with the same two passages."""
    text = write(FILE, "UTF-8").decode()
    root = etree.fromstring(text.encode())
    first, second = root.iter("PATIENT")
    split = etree.Element("PASSAGES")
    root.append(split)
    split.append(second)
    for patient in (first, second):
        cp, commune = patient[0], patient[1]
        patient.insert(0, commune)
        patient.insert(1, cp)
        patient.insert(0, patient.find("SORTIE"))
    head = root[0]
    head.insert(0, head.find("EXTRACT"))
    swapped = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    latin = text.encode("iso-8859-1", "xmlcharrefreplace")
    return {
        "one PASSAGES for each PATIENT, order swapped": swapped,
        "UTF-8 with a mark": b"\xef\xbb\xbf" + text.encode(),
        "a mark and another encoding declared": b"\xef\xbb\xbf" + text.replace("UTF-8", "ISO-8859-1").encode(),
        "no declaration, UTF-8": text.partition("?>")[2].encode(),
        "no declaration, latin": text.partition("?>")[2].encode("iso-8859-15"),
        "declares UTF-8, is latin": latin,
        "an unknown encoding": text.replace("UTF-8", "X-INCONNU").encode(),
        "windows": text.replace("UTF-8", "windows-1252").encode("cp1252"),
        "UTF-16": text.replace("UTF-8", "UTF-16").encode("utf-16"),
        "small letters": text.replace("PATIENT", "patient").replace("COMMUNE", "Commune").encode(),
        "seconds and points": text.replace("08:05", "08:05:30").replace("S720", "S72.0").encode(),
        "comments": text.replace("<PASSAGES>", "<!-- essai --><PASSAGES>").encode(),
        "a list on one line": text.replace("<DA>I10</DA>", "I10;E119").replace("<DA>E119</DA>", "").encode(),
    }


@pytest.mark.parametrize("name", variants())
def test_real_variants_are_read(name: str) -> None:
    found = read(variants()[name])
    assert [one.passage for one in found.passages] == [ONE, ONE]
    assert all(not one.problems for one in found.passages)
    odd = ("PASSAGES", "latin", "unknown", "another")
    assert bool(found.remarks) == any(word in name for word in odd)


MUTANTS = [
    ("<ENTREE>26/11/2026 08:05</ENTREE>", "<ENTREE>hier</ENTREE>", "jj/mm/aaaa hh:mm", True),
    ("<ENTREE>26/11/2026 08:05</ENTREE>", "", "refusé", True),
    ("<SORTIE>26/11/2026 12:40</SORTIE>", "<SORTIE>25/11/2026 12:40</SORTIE>", "avant l'entrée", False),
    ("<SORTIE>26/11/2026 12:40</SORTIE>", "<SORTIE>31/02/2026 12:40</SORTIE>", "Sortie : trouvé", False),
    ("<NAISSANCE>03/02/1948</NAISSANCE>", "<NAISSANCE>03/02/2048</NAISSANCE>", "avant l'entrée", False),
    ("<SEXE>F</SEXE>", "<SEXE>2</SEXE>", "M, F, I", False),
    ("<SEXE>F</SEXE>", "<SEXE>F</SEXE><SEXE>M</SEXE>", "deux fois", False),
    ("<DP>S720</DP>", "<DP>fracture</DP>", "CIM-10", False),
    ("<ACTE>ZBQK002</ACTE>", "<ACTE>radio</ACTE>", "CCAM", False),
    ("<MODE_SORTIE>6</MODE_SORTIE>", "<MODE_SORTIE>0</MODE_SORTIE>", "6, 7, 8, 9", False),
    ("<CP>21000</CP>", "<CP>2100</CP>", "cinq chiffres", False),
    ("<CP>21000</CP>", "<CP>21000</CP><GEMSA>2</GEMSA>", "GEMSA", False),
]


@pytest.mark.parametrize(("old", "new", "words", "refused"), MUTANTS)
def test_each_mutant_is_explained_and_the_rest_goes_on(old: str, new: str, words: str, refused: bool) -> None:
    text = write(FILE, "UTF-8").decode()
    assert old in text
    found = read(text.replace(old, new, 1).encode())
    assert words in " ".join(found.passages[0].problems)
    assert (found.passages[0].passage is None) == refused
    assert found.passages[0].line > 1
    assert found.passages[1].passage == ONE


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{("&" + chr(97 + n) + ";") * 10}">' for n in range(9)
) + "]>"  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ((BOMB + "<OSCOUR>&j;</OSCOUR>").encode(), "DOCTYPE"),
        (('<?xml version="1.0"?>' + BOMB + "<OSCOUR/>").encode("utf-16"), "DOCTYPE"),
        (b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><OSCOUR/>', "DOCTYPE"),
        (b"<OSCOUR><ETABLISSEMENT>", "Ligne 1"),
        (b"", "XML"),
        (b"MSH|^~\\&|", "XML"),
        (b"<OSCOUR><PASSAGES/></OSCOUR>", "ETABLISSEMENT"),
        (b"<OSCOUR><ETABLISSEMENT><FINESS>12</FINESS></ETABLISSEMENT></OSCOUR>", "neuf"),
        (b"<a>" * 5000 + b"</a>" * 5000, "XML"),
        (b"\x00" * 40, "XML"),
    ],
)
def test_what_cannot_be_an_rpu_is_refused_with_a_sentence(raw: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        read(raw)


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda t: ("<OSCOUR>" + t + "</OSCOUR>").encode()))
@settings(max_examples=80)
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        read(raw)
    except Unreadable as refusal:
        assert str(refusal)


@given(files, st.integers(0, 10_000), st.binary(min_size=1, max_size=3))
@settings(max_examples=60)
def test_a_damaged_file_never_makes_the_reader_fall(file: RpuFile, place: int, junk: bytes) -> None:
    raw = write(file)
    place %= len(raw)
    try:
        found = read(raw[:place] + junk + raw[place + 1 :])
    except Unreadable:
        return
    assert all(one.passage is not None or one.problems for one in found.passages)

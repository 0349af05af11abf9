"""Our own checks: a sound document passes, each mutant is caught and its element named."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from tests.factories.documents import MATRICULE, make_content

from archipel.connectors.cda.codec import build, check
from archipel.connectors.cda.pdf import write_pdf
from archipel.kernel.errors import Invalid
from archipel.passages.documents.values import SECTIONS, Kind

PDF = b"%PDF-1.4 fake"
TEXT = {kind: build(make_content(kind), PDF).decode() for kind in Kind}


def faults(text: str, kind: Kind = Kind.CR_PASSAGE, environment: str = "test") -> list[str]:
    return [problem.element for problem in check(text.encode(), kind, environment)]


@pytest.mark.parametrize("kind", list(Kind))
def test_what_we_build_is_sound(kind: Kind) -> None:
    assert faults(TEXT[kind], kind) == []


MUTANTS = {
    "no matricule": (r'<id extension="\d{15}"[^>]*/>', "", "patientRole/id"),
    "unknown list": (r"1\.2\.250\.1\.213\.1\.4\.10", "1.2.250.1.213.1.4.99", "patientRole/id"),
    "a real list in tests": (r"1\.2\.250\.1\.213\.1\.4\.10", "1.2.250.1.213.1.4.8", "patientRole/id"),
    "wrong key": (rf'"{MATRICULE}\d\d"', f'"{MATRICULE}00"', "patientRole/id"),
    "no key": (rf'"{MATRICULE}\d\d"', f'"{MATRICULE}"', "patientRole/id"),
    "unknown sex": (
        'administrativeGenderCode code="F"',
        'administrativeGenderCode code="U"',
        "administrativeGenderCode",
    ),
    "gone before it came": (r'<low value="2026(\d{10}\+0100"/><high)', r'<low value="2027\1', "effectiveTime/high"),
    "only a year": (r'<effectiveTime value="\d+\+0100"/>', '<effectiveTime value="2026"/>', "effectiveTime"),
    "no zone": (r'(<author><time value="\d{14})\+0100"', r'\1"', "author/time"),
    "made-up LOINC": ("15507-7", "99999-9", "code"),
    "another label": ("CR de passage aux urgences", "CR opératoire", "code"),
    "no birth name": ('qualifier="BR"', "", "name/family"),
    "birth year": (r'<birthTime value="\d{8}"/>', '<birthTime value="1979"/>', "birthTime"),
    "not an OID": ('<id root="2.25.123456789"/>', '<id root="abc"/>', "id"),
    "no physician": (r'<id root="1\.2\.250\.1\.71\.4\.2\.1" extension="8\d{11}"/>', "", "assignedAuthor/id"),
    "short RPPS": ('extension="810101010101"', 'extension="8101"', "assignedAuthor/id"),
    "no hospital": (r'<id root="1\.2\.250\.1\.71\.4\.2\.2" extension="1\d{9}"/>', "", "CustodianOrganization/id"),
    "restricted": ('code="N" displayName="Normal"', 'code="R" displayName="Restreint"', "confidentialityCode"),
    "version without the one before": ('<versionNumber value="1"/>', '<versionNumber value="2"/>', "relatedDocument"),
    "no PDF": (r">JVBERi[^<]*<", ">aGVsbG8=<", "nonXMLBody/text"),
    "not base 64": (r">JVBERi[^<]*<", ">###<", "nonXMLBody/text"),
    "not XML": ("</ClinicalDocument>", "", "ClinicalDocument"),
}


@pytest.mark.parametrize("name", list(MUTANTS))
def test_each_mutant_is_caught_and_its_element_named(name: str) -> None:
    pattern, change, element = MUTANTS[name]
    mutant = re.sub(pattern, change, TEXT[Kind.CR_PASSAGE])
    assert mutant != TEXT[Kind.CR_PASSAGE]
    found = faults(mutant)
    assert any(one.endswith(element) for one in found), found


def test_no_sentence_tells_the_matricule_or_the_name() -> None:
    for pattern, change, _ in MUTANTS.values():
        mutant = re.sub(pattern, change, TEXT[Kind.CR_PASSAGE])
        for problem in check(mutant.encode(), Kind.CR_PASSAGE, "test"):
            assert MATRICULE not in str(problem)
            assert "PAT-TROIS" not in str(problem)


def test_a_test_identity_is_refused_in_production() -> None:
    assert "recordTarget/patientRole/id" in faults(TEXT[Kind.CR_PASSAGE], environment="production")


words = st.text(st.characters(codec="utf-8"), max_size=200)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(SECTIONS)), words, max_size=7), words)
def test_whatever_was_written_the_document_is_sound(sections: dict[str, str], name: str) -> None:
    for kind in Kind:
        content = make_content(kind, sections=sections)
        text = build(content, PDF).decode()
        assert faults(text, kind) == []
        etree.fromstring(text.encode())


def test_the_page_says_it_all_and_what_was_typed_is_never_markup() -> None:
    import io

    from pypdf import PdfReader

    typed = '#panic[x] $a^2$ = _b_ `c` <d> @e \\ "f"'
    pdf = write_pdf(make_content(sections={"diagnostic": typed}, automatic=True))
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    assert "#panic[x]" in text
    assert "PAT-TROIS" in text
    assert "sans relecture médicale" in text
    assert "10101010101" in text


def test_a_character_that_no_page_can_show_is_named() -> None:
    with pytest.raises(Invalid, match="😀"):
        write_pdf(make_content(sections={"motif": "Va bien 😀"}))
    assert write_pdf(make_content(sections={"motif": "Œdème, « l'été » – 38 °C, ≥ 3 µg\u202f/ L’Haÿ"}))

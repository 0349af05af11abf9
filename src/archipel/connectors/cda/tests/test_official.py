"""Every document that we make passes the official XSD and schematrons, which do bite: needs ARCHIPEL_REFERENCE_DATA."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from tests.factories.documents import make_content

from archipel.connectors.cda.codec import build, check
from archipel.connectors.cda.official import COMMON, VOLETS, OfficialRules
from archipel.connectors.cda.pdf import write_pdf
from archipel.kernel.errors import Upstream
from archipel.passages.documents.values import Kind

FOLDER = Path(os.environ.get("ARCHIPEL_REFERENCE_DATA", "/absent")) / "cda"
needs_kit = pytest.mark.skipif(not FOLDER.is_dir(), reason="ARCHIPEL_REFERENCE_DATA/cda absent (kit ANS, non livré)")


@pytest.fixture(scope="module")
def rules() -> OfficialRules:
    return OfficialRules(FOLDER)


def failed(rules: OfficialRules, cda: bytes, kind: Kind) -> list[str]:
    return [f"{one.name} : {problem}" for one in rules.inspect(cda, kind) for problem in one.problems]


VARIANTS = {
    "plain": {},
    "second version": {"version": 2, "uid": "2.25.987", "replaces": "2.25.123456789"},
    "nobody to copy, nothing written": {"recipients": (), "sections": {}},
    "a man, unread": {"automatic": True},
}


@needs_kit
@pytest.mark.slow
def test_every_document_passes_and_the_rules_bite(rules: OfficialRules) -> None:
    for kind in Kind:
        for name, changes in VARIANTS.items():
            content = make_content(kind, **changes)
            cda = build(content, write_pdf(content))
            verdicts = rules.inspect(cda, kind)
            assert len(verdicts) == 1 + len(COMMON) + len(VOLETS[kind])
            assert failed(rules, cda, kind) == [], (kind, name)
            assert check(cda, kind, "test") == []
    text = build(make_content(), b"%PDF-").decode()
    for pattern in ('<realmCode code="FR"/>', "<setId[^>]*/>", r"<legalAuthenticator>.*</legalAuthenticator>"):
        assert failed(rules, re.sub(pattern, "", text).encode(), Kind.CR_PASSAGE), pattern
    sheet = build(make_content(Kind.FLUDR), b"%PDF-").decode()
    assert any("FLUDR" in one for one in failed(rules, sheet.replace("28651-8", "28651-9").encode(), Kind.FLUDR))
    missed = {
        "no matricule": re.sub(r'<id extension="\d{15}"[^>]*/>', "", text),
        "only a year": re.sub(r'<effectiveTime value="\d+\+0100"/>', '<effectiveTime value="2026"/>', text),
        "unknown list": text.replace("1.2.250.1.213.1.4.10", "1.2.250.1.213.1.4.99"),
    }
    for name, mutant in missed.items():
        assert failed(rules, mutant.encode(), Kind.CR_PASSAGE) == [], f"{name}: they catch it now"
        assert check(mutant.encode(), Kind.CR_PASSAGE, "test"), f"{name}: ours must"


def test_a_folder_that_is_not_the_kit_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(Upstream, match="testContenuCDA"):
        OfficialRules(tmp_path)

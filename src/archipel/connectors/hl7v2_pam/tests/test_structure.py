"""MFN^M05: what it says, what is wrong with it, and that nothing makes it crash."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archipel.connectors.hl7v2_pam.structure.codec import MfnProfile, mfn_changes
from archipel.connectors.hl7v2_pam.structure.receive import mfn_profile, receive
from archipel.foundation.scope import in_scope, system_scope
from archipel.kernel.errors import Invalid
from archipel.territory import models
from archipel.territory.public import bed_index, load_reference, uf_index
from archipel.territory.values import Key, Kind

CHU, SITE = "210780581", "210987558"
PROFILE = MfnProfile(CHU)
MSH = "MSH|^~\\&|GAP|CHU|ARCHIPEL|GHT|20260101||MFN^M05^MFN_M05|M1|P|2.5"
MESSAGE = "\r".join(
    [
        MSH,
        "MFI|LOC||UPD|20260101||NE",
        "MFE|MAD|1|20260201|2101^^^210987558|PL",
        "LOC|2101^^^210987558|Cardiologie|N",
        "LDP|2101|CARDIO|MED||I|A|20260115",
        "LCH|2101||1|types_uf|HM",
        "MFE|MAD|2|20260201|2101^12^|PL",
        "LOC|2101^12|Chambre 12|R",
        "LCH|2101^12|||PRL|P",
        "MFE|MAD|3|20260201|2101^12^P|PL",
        "LOC|2101^12^P|Lit porte|B",
        "LCH|2101^12^P|||isolation|Y",
    ]
)


def test_units_rooms_and_beds():
    statements, problems = mfn_changes(MESSAGE, PROFILE)
    assert problems == []
    uf, room, bed = statements
    assert (uf.key, uf.name) == (Key(Kind.UF, CHU, "2101"), "Cardiologie")
    assert uf.parent == Key(Kind.EG, CHU, SITE)
    assert uf.valid_from == date(2026, 1, 15)
    assert uf.attributes == {"filiere": "MED", "types": ["H", "M"]}
    assert (room.parent, room.attributes) == (uf.key, {"single": True})
    assert (bed.key.code, bed.parent, bed.attributes) == ("2101/12/P", room.key, {"isolation": True})


def test_the_parent_comes_from_lrl():
    text = f"{MSH}\rMFE|MUP|1||2101\rLOC|2101|Cardiologie|N\rLRL|2101|||PAR||CARDIO^^^^^D"
    statements, problems = mfn_changes(text, PROFILE)
    assert problems == []
    assert statements[0].parent == Key(Kind.SERVICE, CHU, "CARDIO")


def test_a_deactivation_closes():
    statements, _ = mfn_changes(f"{MSH}\rMFE|MDC|1|20260301|2101\rLOC|2101||N", PROFILE)
    assert (statements[0].closes, statements[0].valid_to, statements[0].valid_from) == (True, date(2026, 3, 1), None)


@pytest.mark.parametrize(
    ("lines", "code", "segment", "column", "blocking"),
    [
        ("MFE|XXX|1||2101", "mfe-action", "MFE", "MFE-1", True),
        ("MFI|PRA", "mfn-fichier", "MFI", "MFI-1", True),
        ("MFE|MAD|1|20261345|2101", "date-impossible", "MFE", "MFE-3", True),
        ("MFE|MAD|1||\rLOC||x|N", "loc-cle", "LOC", "LOC-1", True),
        ("MFE|MAD|1||2101\rLOC|2101|x|ZZ", "loc-type", "LOC", "LOC-3", False),
        ("MFE|MAD|1||2101\rLOC|2101|x|N\rLCH|2101|||NOPE|1", "lch-inconnu", "LCH", "LCH-4", False),
        ("MFE|MAD|1||2101\rLOC|2101|x|N\rLCH|2101|||lits_proteges|-3", "lch-valeur", "LCH", "LCH-5", True),
        ("MFE|MAD|1||2101\rLOC|2101|x|N\rLDP|2101||ZZZ", "ldp-service", "LDP", "LDP-3", False),
        ("MFE|MAD|1||2101\rLOC|2101|x|N\rLRL|2101|||RX", "lrl-relation", "LRL", "LRL-4", False),
        ("LOC|2101|x|N", "loc-sans-mfe", "LOC", "LOC", False),
        ("ZZZ|1", "segment-inconnu", "ZZZ", "ZZZ", False),
    ],
)
def test_problems_say_segment_and_field(lines, code, segment, column, blocking):
    _, problems = mfn_changes(f"{MSH}\r{lines}", PROFILE)
    found = next(problem for problem in problems if problem.code == code)
    assert (found.place.sheet, found.column, found.blocking) == (segment, column, blocking)
    assert found.place.line >= 2


def test_another_message_is_refused():
    statements, problems = mfn_changes("MSH|^~\\&|A|B|||||ADT^A01|1|P|2.5", PROFILE)
    assert statements == []
    assert problems[0].code == "mfn-type"


segments = st.sampled_from(["MFI", "MFE", "LOC", "LCH", "LRL", "LDP", "ZZ1", "PID", ""])
fields = st.lists(
    st.one_of(st.sampled_from(["MAD", "MDL", "LOC", "2101^12^P", '""', "PAR", "20260230", "N", "PRL", "~", "&^&"]),
              st.text(max_size=6)), max_size=9,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(segments, fields), max_size=12), st.booleans())
def test_nothing_crashes(rows, headed):
    lines = ["|".join([name, *cells]) for name, cells in rows]
    statements, problems = mfn_changes("\r".join([MSH, *lines] if headed else lines), PROFILE)
    assert statements or problems
    assert all(problem.message for problem in problems)


def test_a_profile_with_a_misspelling_is_refused():
    with pytest.raises(Invalid):
        mfn_profile(CHU, {"type": {}})
    with pytest.raises(Invalid):
        mfn_profile(CHU, {"types": {"X": "SALLE"}})
    profile = mfn_profile(CHU, {"types": {"X": "UF"}, "services": {"CAR": "MED"}})
    assert (profile.types["X"], profile.services["CAR"], profile.automatic) == (Kind.UF, "MED", False)


@pytest.mark.django_db
def test_it_waits_unless_the_profile_is_automatic():
    scope = system_scope("tests", [CHU])
    with in_scope(scope):
        load_reference(scope=scope, ght_code="BFC-03")
        waits = receive(scope=scope, raw=MESSAGE.encode(), profile=PROFILE)
        assert waits.publication is None
        assert models.Proposal.objects.get(pk=waits.proposal).status == "attente"
        assert "2101" not in uf_index(CHU)
        done = receive(scope=scope, raw=MESSAGE.encode(), profile=mfn_profile(CHU, {"automatic": True}))
        assert done.publication is not None
        assert uf_index(CHU)["2101"].site == SITE
        assert bed_index(CHU)["2101", "12", "P"].single
        again = receive(scope=scope, raw=MESSAGE.encode(), profile=mfn_profile(CHU, {"automatic": True}))
        assert again.publication is None
        assert "ne change rien" in again.reason

"""PID, INS, merges and moves of venues."""

from __future__ import annotations

import pytest

from archipel.connectors.hl7v2_pam.codec import Profile, Rejected, Translation
from archipel.connectors.hl7v2_pam.tests.messages import INS, PID3, STRICT, TOLERANT, evn, pid, pv1, read, segment
from archipel.identity.values import TRAITS, IdentityAssertion, InsAssertion, MergeAssertion
from archipel.kernel.ins import OID_NIR, OID_TEST

TEST_INS = InsAssertion("2790351215189", "89", OID_TEST, True, True)


def identity(**fields: str) -> IdentityAssertion:
    (found,) = read("A31", evn(), pid(**fields)).identities
    return found


def warned(found: Translation, *words: str) -> bool:
    return any(all(word in warning for word in words) for warning in found.warnings)


@pytest.mark.parametrize("event", ["A28", "A31"])
def test_identity(event: str) -> None:
    found = read(event, evn(), pid(), profile=STRICT)
    assert (found.movements, found.warnings) == ((), ())
    (who,) = found.identities
    assert who.patient == "000897406|000003"
    assert who.ins == TEST_INS
    assert who.traits == {
        "nom_naissance": "PAT-TROIS",
        "prenom": "DOMINIQUE",
        "prenoms": "DOMINIQUE ALIX",
        "date_naissance": "1979-03-28",
        "sexe": "F",
        "lieu_naissance": "63220",
        "statut_identite": "QUAL",
    }
    assert set(who.traits) <= set(TRAITS)


def test_names_by_type() -> None:
    traits = identity(f5="PSEUDO^X^^^^^S~USUEL^Domi^^^^^D~NAISSANCE&x^UN^UN DEUX^^^^L~AUTRE^^^^^^L").traits
    assert traits["nom_naissance"] == "NAISSANCE"
    assert (traits["nom_utilise"], traits["prenom"], traits["prenoms"]) == ("USUEL", "UN", "UN DEUX")
    assert identity(f5="SEUL^UN").traits["nom_naissance"] == "SEUL"
    assert "nom_naissance" not in identity(f5="USUEL^UN^^^^^D").traits


def test_absent_and_emptied() -> None:
    absent = identity(f5="", f7="", f8="", f11="", f32="").traits
    assert absent == {}
    emptied = identity(f5='""', f7='""', f8='""', f29='""', f11='^^^^^^BDL^^""').traits
    assert emptied == {
        "nom_naissance": None, "nom_utilise": None, "prenom": None, "prenoms": None, "date_naissance": None,
        "sexe": None, "deces_le": None, "lieu_naissance": None, "statut_identite": "QUAL",
    }  # fmt: skip
    assert identity(f5='X^""^^^^^L').traits["prenom"] is None


def test_accents_and_escapes() -> None:
    assert identity(f5="D\\T\\É^ŒLIA^^^^^L").traits["nom_naissance"] == "D&É"


@pytest.mark.parametrize(
    ("flag", "when", "trait", "dead"),
    [("Y", "20240101", "2024-01-01", True), ("N", "", None, False), ("", "20240101", "2024-01-01", True)],
)
def test_death(flag: str, when: str, trait: str | None, dead: bool) -> None:
    found = read("A31", evn(), pid(f29=when, f30=flag))
    assert found.identities[0].traits["deces_le"] == trait
    assert found.attributes["deces"] is dead


def test_death_without_date() -> None:
    found = read("A31", evn(), pid(f30="Y"))
    assert "deces_le" not in found.identities[0].traits
    assert found.attributes["deces"] is True
    assert warned(found, "PID-29")


@pytest.mark.parametrize("field", ["7", "29"])
@pytest.mark.parametrize("text", ["00000000", "20241345", "17000101", "29990101", "1979"])
def test_impossible_days_do_not_hide_the_patient(field: str, text: str) -> None:
    found = read("A31", evn(), pid(**{f"f{field}": text}))
    assert warned(found, f"PID-{field}")
    assert not any(text in warning for warning in found.warnings)
    with pytest.raises(Rejected) as caught:
        read("A31", evn(), pid(**{f"f{field}": text}), profile=STRICT)
    assert caught.value.field == field


@pytest.mark.parametrize("field", ["10", "17", "22"])
def test_forbidden_fields(field: str) -> None:
    found = read("A31", evn(), pid(**{f"f{field}": "SECRET"}))
    assert warned(found, f"PID-{field}", "interdit")
    assert "SECRET" not in " ".join(found.warnings)
    with pytest.raises(Rejected) as caught:
        read("A31", evn(), pid(**{f"f{field}": "SECRET"}), profile=STRICT)
    assert "SECRET" not in caught.value.reason_fr


@pytest.mark.parametrize(
    ("status", "retrieved", "document", "derived", "warning"),
    [
        ("VALI", True, True, "QUAL", ""),
        ("QUAL", True, True, "QUAL", ""),
        ("RECUP", True, False, "RECUP", ""),
        ("PROV", False, False, "PROV", "PROV"),
        ("VALI~FICT~DOUB", True, True, "QUAL", ""),
        ("", False, False, None, "absent"),
    ],
)
def test_status_with_ins(status: str, retrieved: bool, document: bool, derived: str | None, warning: str) -> None:
    found = read("A31", evn(), pid(f32=status))
    (who,) = found.identities
    assert who.ins is not None
    assert (who.ins.recupere, who.ins.piece_verifiee) == (retrieved, document)
    assert who.traits.get("statut_identite") == derived
    assert warned(found, "PID-32", warning) if warning else not found.warnings
    assert found.attributes.get("identite_commentaires") == ("DOUB FICT" if "~" in status else None)


@pytest.mark.parametrize(
    ("status", "derived", "warning"),
    [("VALI", "VALI", False), ("PROV", "PROV", False), ("QUAL", "VALI", True), ("RECUP", "PROV", True)],
)
def test_status_without_ins(status: str, derived: str, warning: bool) -> None:
    found = read("A31", evn(), pid(f3=PID3, f32=status))
    (who,) = found.identities
    assert (who.ins, who.traits["statut_identite"]) == (None, derived)
    assert warned(found, "PID-32") is warning


@pytest.mark.parametrize(
    ("cx", "words"),
    [
        (INS.replace("518989", "518988"), "clé"),
        (INS.replace("279035121518989", "27903512151898"), "14 caractères"),
        (INS.replace("279035121518989", "27903512151ABCD"), "13 chiffres"),
        (INS.replace("4.10", "4.8"), "environnement"),
        (INS.replace("4.10", "4.77"), "OID"),
        (INS.replace("^INS", "^INS").replace("&1.2.250.1.213.1.4.10&ISO", ""), "OID"),
    ],
)
def test_ins_not_taken(cx: str, words: str) -> None:
    found = read("A31", evn(), pid(f3=f"{PID3}~{cx}"))
    assert found.identities[0].ins is None
    assert found.identities[0].patient == "000897406|000003"
    assert warned(found, "PID-3", words)
    assert not any("2790351" in warning for warning in found.warnings)


def test_ins_of_thirteen_characters_and_environments() -> None:
    short = INS.replace("279035121518989", "2790351215189")
    assert identity(f3=f"{short}~{PID3}").ins == TEST_INS
    production = Profile(ins_environment="production")
    assert read("A31", evn(), pid(), profile=production).identities[0].ins is None
    real = INS.replace("4.10", "4.8")
    found = read("A31", evn(), pid(f3=f"{PID3}~{real}"), profile=production).identities[0].ins
    assert found is not None
    assert found.oid == OID_NIR


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("9^^^A^PT~7^^^B^PI", "B|7"),
        ("9^^^LOCAL^PI~7^^^B^PI", "LOCAL|9"),
        ("7^^^B^PI~9^^^LOCAL^PI", "LOCAL|9"),
        ("7", "LOCAL|7"),
        ("A\\F\\B^^^X^PI", "X|A¦B"),
    ],
)
def test_local_identifier(value: str, key: str) -> None:
    found = read("A31", evn(), pid(f3=value, f32=""), profile=Profile(authority="LOCAL"))
    assert found.identities[0].patient == key


@pytest.mark.parametrize("value", ["", INS, "^^^X^PI", '""', "1" * 500])
def test_no_local_identifier(value: str) -> None:
    with pytest.raises(Rejected) as caught:
        read("A31", evn(), pid(f3=value))
    assert (caught.value.segment, caught.value.field) == ("PID", "3")
    assert "1111" not in caught.value.reason_fr


def merges(
    *segments: str, event: str = "A40", profile: Profile = TOLERANT
) -> tuple[list[tuple[str, str]], Translation]:
    found = read(event, evn(), *segments, profile=profile)
    return [(m.loser, m.survivor) for m in found.merges], found


@pytest.mark.parametrize("event", ["A40", "A47"])
def test_merge(event: str) -> None:
    pairs, found = merges(pid(), segment("MRG", f1="000009^^^CHU-X&000897406&N^PI"), event=event, profile=STRICT)
    assert pairs == [("000897406|000009", "000897406|000003")]
    assert found.merges[0] == MergeAssertion(*pairs[0], found.identities[0].stamp, event)
    assert found.warnings == ()
    assert [one.patient for one in found.identities] == ["000897406|000003"]


def test_merge_pairs_by_authority() -> None:
    pairs, _ = merges(pid(f3=f"1^^^A^PI~2^^^B^PI~{INS}"), segment("MRG", f1=f"8^^^B^PI~9^^^A^PI~{INS}"))
    assert pairs == [("B|8", "B|2"), ("A|9", "A|1")]


def test_merge_of_several_groups() -> None:
    pairs, found = merges(
        pid(f3="1^^^A^PI"), segment("MRG", f1="2^^^A^PI"), segment("MRG", f1="3^^^A^PI"),
        pid(f3="5^^^A^PI"), segment("MRG", f1="6^^^A^PI"),
    )  # fmt: skip
    assert pairs == [("A|2", "A|1"), ("A|3", "A|1"), ("A|6", "A|5")]
    assert [one.patient for one in found.identities] == ["A|1", "A|5"]


def test_merge_across_authorities() -> None:
    pairs, found = merges(pid(f3="1^^^A^PI"), segment("MRG", f1="2^^^B^PI"))
    assert pairs == [("B|2", "A|1")]
    assert warned(found, "MRG-1.4")
    pairs, found = merges(pid(f3="1^^^A^PI"), segment("MRG", f1="2^^^B^PI~3^^^A^PI"))
    assert pairs == [("A|3", "A|1")]
    assert warned(found, "MRG-1.4")


def test_merge_with_oneself() -> None:
    pairs, found = merges(pid(f3="1^^^A^PI"), segment("MRG", f1="1^^^A^PI"))
    assert pairs == []
    assert warned(found, "MRG-1")


@pytest.mark.parametrize("segments", [(pid(),), (segment("MRG", f1="1"), pid()), (pid(), segment("MRG", f1=""))])
@pytest.mark.parametrize("event", ["A40", "A47"])
def test_merge_without_identifiers(segments: tuple[str, ...], event: str) -> None:
    with pytest.raises(Rejected):
        merges(*segments, event=event)


def test_a_venue_moves() -> None:
    found = read("A44", evn(), pid(f18=""), segment("MRG", f1="9^^^A", f3="77^^^CHU-X&000897406&M"))
    assert [(o.venue, o.patient) for o in found.owners] == [("000897406|77", "000897406|000003")]
    assert found.merges == ()
    found = read("A44", evn(), pid(), segment("MRG", f1="9^^^A"))
    assert [o.venue for o in found.owners] == ["000897406|24000006"]
    found = read("A44", evn(), pid(), segment("MRG", f1="9^^^A"), pv1())
    assert [o.venue for o in found.owners] == ["000897406|0897"]
    with pytest.raises(Rejected) as caught:
        read("A44", evn(), pid(f18=""), segment("MRG", f1="9^^^A"))
    assert (caught.value.segment, caught.value.field) == ("MRG", "3")

"""The loader of packs: what it reads, and what it says of what it refuses."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from archipel.programmes.packs.public import PackInvalid, load_file, load_overlay, load_text
from archipel.programmes.packs.rules.schema import schema
from archipel.programmes.packs.values import expressions as e

EXAMPLE = Path(__file__).parents[1] / "factories" / "packs" / "aap-exemple.yaml"


def text() -> str:
    return EXAMPLE.read_text("utf-8")


def refused(changed: str, name: str = "essai.yaml") -> list[str]:
    with pytest.raises(PackInvalid) as caught:
        load_text(changed, name)
    return [str(problem) for problem in caught.value.problems]


def test_the_example_is_read_whole() -> None:
    pack = load_file(EXAMPLE)
    assert (pack.pack, pack.version, pack.valide.au.isoformat()) == ("aap-exemple", "2026.1", "2027-06-30")
    assert [tranche.montant for tranche in pack.financement.plafonds.tranches] == [35000, 51000, 85000, 205000]
    assert [part.part for part in pack.financement.echeances] == [Decimal("0.5"), Decimal("0.5")]
    assert [one.path for one in pack.requirements()] == [
        "rattrapage/fondamentaux/identitovigilance",
        "urgences/capacite/ror/frequence",
        "urgences/capacite/ror/filieres",
    ]
    assert (pack.eligibility("rattrapage"), pack.eligibility("urgences")) == ("rattrapage", "autres-themes")
    rule = pack.rule("jalon-2026").si
    assert isinstance(rule, e.Tout)
    assert rule.items[0] == e.LeFait(fait="note-cadrage-deposee-le", test=e.Test(au_plus_tard=e.Jalon(jalon="cloture")))
    assert text().splitlines()[pack.rule("rattrapage").ligne - 1].strip() == "- id: rattrapage"


def test_the_line_of_a_thing_does_not_make_it_different() -> None:
    assert load_text("\n\n" + text()) == load_text(text())


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("titre: Appel à projets d'exemple", "titre: 12", "ligne 5, titre : « 12 » trouvé, un texte attendu."),
        ("pack: aap-exemple", "pack: AAP", "ligne 2, pack : « AAP » n'est pas un identifiant"),
        ("version: \"2026.1\"", "version: 2026.1", "ligne 3, version : « 2026.1 » trouvé, un texte attendu. Mettez-le"),
        ("publie_le: 2026-01-30", "publie_le: 30/01/2026", "« 30/01/2026 » n'est pas une date AAAA-MM-JJ."),
        ("publie_le: 2026-01-30", "publie_le: 2026-02-30", "« 2026-02-30 » n'est pas une date AAAA-MM-JJ."),
        ("porteur: DNS\n", "", "la clé « porteur » manque (qui porte le programme)."),
        ("porteur: DNS", "porteurs: DNS", "clé inconnue : « porteurs ». Vouliez-vous dire « porteur » ?"),
        ("nature: programme", "nature: projet", "« projet » trouvé, attendu l'un de : programme, catalogue, grille"),
        ("{fait: versement-usage-sun-es, vaut: false}", "{faits: versement-usage-sun-es}",
         "regles[rattrapage].si.tout[1] : aucune des formes connues"),
        ("{jalon: cloture}", "{jalons: cloture}", "regles[jalon-2026].si.tout[1].au_plus_tard : aucune des formes"),
        ("au_plus_tard: {jalon: cloture}", "au_plus_tard: bientôt", "« bientôt » n'est pas une date AAAA-MM-JJ."),
        ("part: 0.5, annee: 2026", "part: moitié, annee: 2026", "« moitié » trouvé, un nombre attendu."),
        ("    n: 2\n", "", "incompatibilites[deux-projets] : la clé « n » manque"),
        ("regle: au_plus", "regle: au_moins", "attendu l'un de : au_plus, exclusif."),
        ("region: \"27\"", "region: BFC", "« BFC » n'est pas un code INSEE de région (deux chiffres)."),
        ("    source: {ref: S4, paragraphe: En synthèse}\n", "", "cette ligne n'a pas de source : ajoutez « source:"),
    ],
)  # fmt: skip
def test_each_defect_is_told_at_its_place(before: str, after: str, expected: str) -> None:
    assert before in text()
    found = refused(text().replace(before, after, 1))
    assert any(expected in one for one in found), found
    assert all(one.startswith("essai.yaml, ligne ") for one in found), found


def test_all_defects_are_told_at_once() -> None:
    broken = text().replace("titre: Appel", "titre: 12 #").replace("nature: decl", "nature: dire")
    found = refused(broken.replace("    n: 2", "    n: x"))
    assert found[0].startswith("essai.yaml, ligne 5, titre")
    assert len(found) == 3


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("pack: [", "syntaxe YAML"),
        ("- un\n- deux", "un pack est une suite de « clé: valeur »"),
        ("", "un pack est une suite de « clé: valeur »"),
        ("pack: &a x\nversion: *a\n", "clé « nature » manque"),
        ("a: &x [1]\nb: *x\n", "les ancres et renvois YAML"),
        ("pack: a\npack: b\n", "la clé « pack » est déjà écrite ligne 1."),
        ("27: a\n", "une clé est un mot"),
        ("pack: !!python/object:os.system x\n", "n'est ni un texte"),
        ("a: " + "[" * 100_000, "plus de 60 niveaux imbriqués"),
        ("a: \x00", "YAML"),
    ],
)
def test_what_is_not_a_pack_is_refused(content: str, expected: str) -> None:
    assert any(expected in one for one in refused(content)), refused(content)


def test_a_file_that_is_not_utf8_or_absent_says_so(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes("titre: é".encode("latin-1"))
    for one, expected in ((path, "n'est pas en UTF-8 (octet 8)"), (tmp_path / "rien.yaml", "fichier illisible")):
        with pytest.raises(PackInvalid, match=expected.replace("(", r"\(").replace(")", r"\)")):
            load_file(one)


def test_an_overlay_and_a_pack_are_not_taken_for_each_other() -> None:
    overlay = (
        'surcharge: aap-exemple\nregion: "27"\nversion: "1"\ntitre: Région\npublie_le: 2026-02-01\n'
        "sources: [{id: R, titre: Note, auteur: ARS}]\n"
        "ajoute: {contacts: [{role: Référent, source: {ref: R, paragraphe: p. 1}}]}\n"
    )
    assert load_overlay(overlay).region == "27"
    with pytest.raises(PackInvalid, match="surcharge régionale, pas un pack"):
        load_text(overlay)
    with pytest.raises(PackInvalid, match="est un pack, pas une surcharge"):
        load_overlay(text())


def test_every_key_of_the_schema_is_described_in_french() -> None:
    bare: list[str] = []

    def walk(node: object, path: str) -> None:
        if isinstance(node, dict):
            for key, child in node.get("properties", {}).items() if isinstance(node.get("properties"), dict) else ():
                if "$ref" not in child and "const" not in child and "description" not in child:
                    bare.append(f"{path}.{key}")
            for key, child in node.items():
                walk(child, f"{path}.{key}")
        elif isinstance(node, list):
            for child in node:
                walk(child, path)

    walk({key: value for key, value in schema().items() if key == "$defs"}, "")
    conditions = [one for one in bare if ".if." in one or ".then." in one]
    assert set(bare) == set(conditions), bare
    assert json.dumps(schema(), ensure_ascii=False).count("TODO") == 0

"""Each static check of packs, held against a pack that is wrong in that way alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from archipel.programmes.packs.rules.checks import check, errors, together_problems
from archipel.programmes.packs.rules.loading import load_overlay, load_text, read_document
from archipel.programmes.packs.rules.overlays import overlaid, overlay_problems
from archipel.programmes.packs.rules.problems import PackInvalid

FOLDER = Path(__file__).parents[1] / "factories" / "packs"
NAMES = ("aap", "catalogue", "grille")


def text(name: str) -> str:
    return (FOLDER / f"{name}-exemple.yaml").read_text("utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_are_right(name: str) -> None:
    assert check(load_text(text(name))) == []


AAP = [
    # references
    ("{regle: jalon-2026}", "{regle: jalon-2027}", "regle-inconnue", "la règle « jalon-2027 » n'existe pas"),
    ("eligibilite: rattrapage\n", "eligibilite: rattrapages\n", "regle-inconnue", "« rattrapages » n'existe pas"),
    ("recevabilite: [validation-ght]", "recevabilite: [validation]", "regle-inconnue", "« validation » n'existe pas"),
    ("{fait: hospiconnect-candidature-validee}", "{fait: hospiconnect}", "fait-inconnu", "« hospiconnect » n'est pas"),
    ("    fait: activite-combinee\n    par", "    fait: activite\n    par", "fait-inconnu", "le fait « activite »"),
    ("{jalon: cloture}", "{jalon: fermeture}", "jalon-inconnu", "« fermeture » n'est pas dans `calendrier`"),
    ("jalon: delegation-1", "jalon: delegation", "jalon-inconnu", "« delegation » n'est pas dans `calendrier`"),
    ("defaut: c3-2023", "defaut: c3", "defaut-inconnu", "le défaut « c3 » n'est pas déclaré"),
    ("concerne: [delegation-1]", "concerne: [delegation]", "defaut-nulle-part", "« delegation », qu'aucune ligne"),
    ("source: {ref: S4, paragraphe: En synthèse}", "source: {ref: S9, paragraphe: x}", "source-inconnue", "« S9 »"),
    # circles
    ("          - {regle: jalon-2026}", "          - {chez: ej, si: {regle: boucle}}", "regle-inconnue", "« boucle »"),
    # levels
    ("      chez: ej\n      si:\n        tout:", "      tout:\n      - tout:", "maille",
     "le fait « hospiconnect-candidature-validee » est tenu par entité juridique et lu ici par FINESS PMSI : écrivez"),
    ("- chez: porteur\n", "- chez: ej\n", "maille", "un projet n'a pas de rattachement : passez par « chez: porteur »"),
    ("{non: {existe: ght}}", "{chez: eg, si: {toujours: oui}}", "maille", "« chez » remonte : depuis FINESS PMSI"),
    ("  - id: jalon-2026\n    libelle: Éléments du jalon 2026 déposés par l'entité juridique\n    maille: ej",
     "  - id: jalon-2026\n    libelle: x\n    maille: ght", "maille", "tenu par entité juridique et lu ici par GHT"),
    ("eligibilite: autres-themes", "eligibilite: jalon-2026", "maille", "on candidate par FINESS PMSI ; la règle"),
    # types
    ("parmi: [espic, prive]", "parmi: [espic, ong]", "type", "« ong » n'est pas un choix du fait « statut »"),
    ("{fait: versement-usage-sun-es, vaut: false}", "{fait: versement-usage-sun-es, ge: 3}", "type",
     "« ge » ne compare pas vrai ou faux"),
    ("{fait: versement-usage-sun-es, vaut: false}", "{fait: versement-usage-sun-es, vaut: 0}", "type",
     "ne peut pas valoir « 0 »"),
    ("{fait: versement-usage-sun-es, vaut: false}", "{fait: activite-combinee}", "type", "ne peut pas valoir « True »"),
    ("{fait: versement-usage-sun-es, vaut: false}", "{fait: activite-combinee, ge: 5, lt: 3}", "seuils",
     "seuils à l'envers : aucun nombre n'est au moins 5 et au plus 3"),
    ("{fait: versement-usage-sun-es, vaut: false}", "{sur: perimetre, somme: activite-combinee}", "sans-comparaison",
     "à quoi comparer ce nombre"),
    ("{fait: versement-usage-sun-es, vaut: false}", "{sur: membres, maille: ej, compte: {toujours: oui}, ge: 1}",
     "maille", "entité juridique n'est pas en dessous de FINESS PMSI"),
    ("au_plus_tard: {jalon: cloture}", "apres: 2026-06-01, avant: 2026-05-01", "dates", "aucun jour n'est à la fois"),
    ("    type: choix\n", "    type: booleen\n", "fait-choix", "a des `choix` sans être un choix"),
    ("    min_exclu: true\n", "    min_exclu: true\n    max: -1\n", "fait-bornes", "min 0 dépasse max -1"),
    # tables
    ("a_partir_de: 60000, moins_de: 230000", "a_partir_de: 50000, moins_de: 230000", "tranches",
     "tranche « C » : recouvre « B » de 50000 à 60000"),
    ("a_partir_de: 60000, moins_de: 230000", "a_partir_de: 61000, moins_de: 230000", "tranches",
     "rien entre 60000 et 61000"),
    ("a_partir_de: 60000, moins_de: 230000", "moins_de: 6000", "tranches", "seuils dans le désordre, 6000 après 60000"),
    ("categorie: D, a_partir_de: 230000", "categorie: D, a_partir_de: 230000, moins_de: 900000", "tranches",
     "rien au-delà de 900000"),
    ("categorie: A, moins_de: 7000", "categorie: A, a_partir_de: 100, moins_de: 7000", "tranches", "en dessous de 100"),
    ("categorie: B", "categorie: A", "tranches", "cette catégorie est déjà prise"),
    ("part: 0.5, annee: 2026", "part: 0.4, annee: 2026", "echeances", "font 0.9 au total, 1 attendu"),
    # dates
    ("valide: {du: 2026-01-12, au: 2027-06-30}", "valide: {du: 2027-01-12, au: 2026-06-30}", "dates", "à l'envers"),
    ("du: 2026-04-01, au: 2026-06-30", "du: 2026-06-30, au: 2026-04-01", "dates", "période à l'envers"),
    ("date: 2026-05-29, nature", "nature", "dates", "une date ferme a un jour"),
    ("certitude: defectueuse, defaut: c3-2023", "certitude: defectueuse", "dates", "date défectueuse nomme son"),
    ("annee: 2027", "annee: 2036", "dates", "tombe en 2036, hors de la validité"),
    # names, proofs, limits
    ("  - id: jalon-2026\n", "  - id: rattrapage\n", "double", "« rattrapage » est déjà pris dans `regles`, ligne"),
    ("id: filieres", "id: frequence", "double", "« frequence » est déjà pris dans `exigences`"),
    ("nature: metrique\n              metrique", "nature: piece\n              metrique", "preuve", "nature « piece »"),
    ("seuil: {ge: 0.9}", "seuil: {unite: \"%\"}", "seuils", "un seuil sans valeur"),
    ("    n: 2\n", "    n: 0\n", "limite-nulle", "« n: 0 » n'admet aucun projet"),
    # cases that make no sense
    ("chez: b, vaut: 115000", "chez: c, vaut: 115000", "cas", "l'entité « c » n'est pas dans le graphe"),
    ("faits: [{fait: activite-combinee, vaut: 6999}]", "faits: [{fait: activite-combinee, vaut: 0}]", "cas",
     "« 0 » n'est pas une valeur du fait « activite-combinee »"),
    ("eligibilite: rattrapage, verdict", "eligibilite: rattrapages, verdict", "cas", "le thème « rattrapages »"),
]  # fmt: skip

CATALOGUE = [
    ("total: 11", "total: 12", "quota", "les droits des régions font 11, 12 annoncé"),
    ("regions: [\"27\"]", "regions: [\"84\"]", "quota", "la région 84 est dans"),
    ("themes: [strategie]\n", "themes: [si]\n", "catalogue", "« si » n'est pas dans `themes`"),
    ("      acces: ars", "      acces: dgos", "catalogue", "« dgos » n'est pas dans `acces`"),
    ("numero: 2", "numero: 1", "numero", "le numéro 1 est déjà celui de « appui »"),
    ("du: 2016-11-09, au: 2016-11-10", "du: 2016-11-10, au: 2016-11-09", "dates", "session « s1 » à l'envers"),
    ("{du: 2016-10-01, au: 2019-10-31}", "{du: 2019-10-31, au: 2016-10-01}", "dates", "disponibilité à l'envers"),
]  # fmt: skip

GRID = [
    ("{de: 10, a: 89, niveau: 1}", "{de: 9, a: 89, niveau: 1}", "paliers", "les paliers se recouvrent de 9 à 9"),
    ("{de: 10, a: 89, niveau: 1}", "{de: 12, a: 89, niveau: 1}", "paliers", "rien entre 9 et 12"),
    ("{de: 10, a: 89, niveau: 1}", "{de: 10, a: 89, niveau: 0}", "paliers", "le niveau doit monter avec la mesure"),
    ("{de: 10, a: 89, niveau: 1}", "{de: 10, a: 89, niveau: 7}", "paliers", "le niveau 7 n'est pas dans `niveaux`"),
    ("{de: 90, a: 100, niveau: 2}", "{de: 90, a: 99, niveau: 2}", "paliers", "rien au-dessus de 99 (mesures jusqu'à"),
    ("{de: 0, a: 9, niveau: 0}", "{de: 1, a: 9, niveau: 0}", "paliers", "rien en dessous de 1 (mesures dès 0)"),
    ("{a: 7, niveau: 2}, {de: 8, a: 30, niveau: 1}", "{a: 7, niveau: 1}, {de: 8, a: 30, niveau: 2}", "paliers",
     "le niveau doit descendre avec la mesure"),
    ("saisie: delai, bareme: delai", "saisie: delai", "bareme-inconnu", "une saisie « delai » demande un barème"),
    ("saisie: delai, bareme: delai", "saisie: delai, bareme: retard", "bareme-inconnu", "« retard » n'existe pas"),
    ("id: retrait, rubrique: repertoire", "id: retrait, rubrique: acces", "rubrique-inconnue", "« acces » n'existe"),
    ("poids: activite-combinee, seuil", "poids: activite, seuil", "fait-inconnu", "« activite » n'est pas un fait"),
    (", seuil: 0.66", "", "consolidation", "une part minimale demande un `seuil`"),
    ("{valeur: 1, libelle: Initial}", "{valeur: 0, libelle: Initial}", "niveaux", "niveaux dans le désordre"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "before", "after", "code", "sentence"),
    [(name, *case) for name, cases in (("aap", AAP), ("catalogue", CATALOGUE), ("grille", GRID)) for case in cases],
)
def test_a_wrong_pack_is_told_where_and_why(name: str, before: str, after: str, code: str, sentence: str) -> None:
    assert before in text(name), "l'exemple a changé"
    found = errors(check(load_text(text(name).replace(before, after, 1)), "essai.yaml"))
    assert any(one.code == code and sentence in one.sentence for one in found), [str(one) for one in found]
    assert all(one.file == "essai.yaml" and one.line > 0 and one.sentence.endswith((".", ")")) for one in found)


def test_a_circle_of_rules_is_named() -> None:
    wrong = text("aap").replace("        - {fait: indicateurs-maturite-complets}", "        - {regle: boucle}", 1)
    wrong = wrong.replace("  - id: autres-themes\n", "  - id: boucle\n    libelle: Boucle\n    maille: ej\n"
                          "    source: {ref: S4, paragraphe: x}\n    si: {non: {regle: jalon-2026}}\n"
                          "  - id: autres-themes\n", 1)  # fmt: skip
    found = [one for one in errors(check(load_text(wrong))) if one.code == "cycle"]
    assert [one.sentence for one in found] == [
        "les règles se renvoient l'une à l'autre : jalon-2026 → boucle → jalon-2026."
    ]


def test_what_is_only_worth_a_look_is_a_warning() -> None:
    wrong = text("aap").replace("attendu: [{regle: validation-ght, verdict: oui}]", "attendu: [{plafond: inconnu}]")
    wrong = wrong.replace("attendu: [{regle: validation-ght, verdict: inconnu, manque: [[projet-valide-ght]]}]",
                          "attendu: [{plafond: inconnu}]")  # fmt: skip
    found = check(load_text(wrong))
    assert errors(found) == []
    assert [one.sentence for one in found] == ["aucun cas d'essai ne passe par la règle « validation-ght »."]


def test_packs_must_agree_on_their_facts_and_versions() -> None:
    one, other = load_text(text("aap")), load_text(text("grille").replace("min: 0,", "min: 1,"))
    told = [str(problem) for problem in together_problems({"a.yaml": one, "b.yaml": other, "c.yaml": one})]
    assert told == [
        "b.yaml, ligne 10 : le fait « activite-combinee » a ici `min` : 1, et 0 dans a.yaml.",
        "c.yaml, ligne 2 : la version 2026.1 est déjà dans a.yaml.",
    ]
    excluded = text("aap").replace("    regle: au_plus\n    n: 2\n", "    regle: exclusif\n    avec: [sun-es]\n", 1)
    wrong = together_problems({"packs/aap/2026.1.yaml": load_text(excluded)})
    assert [problem.code for problem in wrong] == ["nom-de-fichier", "pack-inconnu"]


# --- overlays

OVERLAY = """surcharge: aap-exemple
region: "27"
version: "1"
titre: Bourgogne-Franche-Comté
publie_le: 2026-02-01
sources: [{id: R, titre: Note, auteur: ARS, date: 2026-02-01}]
ajoute:
  contacts: [{region: "27", role: Référente, source: {ref: R, paragraphe: p. 1}}]
  modulation: [{id: regional, libelle: Priorité régionale, source: {ref: R, paragraphe: p. 2}}]
modifie:
  - {cible: calendrier, id: cloture, champs: {date: 2026-05-15}, source: {ref: R, paragraphe: p. 3}}
retire:
  - {cible: selection, id: eligibilite, source: {ref: R, paragraphe: p. 3}}
"""


def test_an_overlay_changes_the_pack_of_its_region_only() -> None:
    document = read_document(text("aap"))
    pack = overlaid(document, load_overlay(OVERLAY))
    assert overlay_problems(document, load_overlay(OVERLAY)) == []
    assert [one.role for one in pack.contacts] == ["Référent HOP'EN 2", "Référente"]
    assert pack.milestone("cloture").date.isoformat() == "2026-05-15"
    assert pack.milestone("cloture").source.ref == "R"
    assert pack.selection == ()
    assert [one.id for one in pack.financement.modulation] == ["ambition", "regional"]
    assert check(pack) == []
    assert load_text(text("aap")).milestone("cloture").date.isoformat() == "2026-05-29"


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("surcharge: aap-exemple", "surcharge: sun-es", "la surcharge vise « sun-es », pas aap-exemple 2026.1."),
        ('version: "1"', 'version: "1"\npour: ["2025.1"]', "vise « aap-exemple 2025.1 », pas aap-exemple 2026.1."),
        ("id: cloture", "id: fermeture", "vise « fermeture » dans `calendrier`, qui n'y est pas"),
        ("id: eligibilite", "id: robustesse", "vise « robustesse » dans `selection`, qui n'y est pas"),
        ("id: regional", "id: ambition", "« ambition » est déjà dans `modulation` du pack : utilisez `modifie`"),
        ("{date: 2026-05-15}", "{jour: 2026-05-15}", "clé inconnue : « jour »"),
        ("{date: 2026-05-15}", "{date: demain}", "n'est pas une date"),
    ],
)
def test_an_overlay_that_points_nowhere_is_refused(before: str, after: str, sentence: str) -> None:
    overlay = load_overlay(OVERLAY.replace(before, after, 1))
    document = read_document(text("aap"))
    found = overlay_problems(document, overlay, "27.yaml")
    assert any(sentence in one.sentence and one.file == "27.yaml" and one.line for one in found), found
    with pytest.raises(PackInvalid):
        overlaid(document, overlay)

"""Test cases, differences, sentences and the commands of packs."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from archipel.programmes.packs.commands import app
from archipel.programmes.packs.rules.cases import run_cases
from archipel.programmes.packs.rules.differences import differences
from archipel.programmes.packs.rules.loading import load_text, shipped_files
from archipel.programmes.packs.rules.sentences import Writer
from archipel.programmes.packs.rules.tables import instalments, level
from archipel.programmes.packs.values.grid import Bareme, Palier
from archipel.programmes.packs.values.programme import Echeance
from tests.factories.packs_rules import SOURCE
from tests.unit.test_packs_checks import FOLDER, text

AAP = FOLDER / "aap-exemple.yaml"


def changed(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    content = text("aap")
    for before, after in changes:
        assert before in content
        content = content.replace(before, after, 1)
    path = tmp_path / "neuf.yaml"
    path.write_text(content, "utf-8")
    return path


def test_every_case_of_the_example_and_of_the_shipped_packs_passes() -> None:
    files = [*shipped_files(), AAP, FOLDER / "grille-exemple.yaml"]
    failed = [one for path in files for one in run_cases(load_text(path.read_text("utf-8"))) if not one.ok]
    assert failed == []


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("vaut: 2026-05-30", "vaut: 2026-05-28", "oui"),
        ("manque: [[versement-usage-hopen2-phase1]]", "manque: [[versement-usage-sun-es]]",
         "inconnu, il manque {versement-usage-hopen2-phase1@pmsi}"),
        ("vaut: 6999}", "vaut: 7000}", "51000 (catégorie B)"),
        ("echeances: [25500, 25500]", "echeances: [25000, 26000]", "25500.00 + 25500.00"),
    ],
)  # fmt: skip
def test_a_case_that_fails_says_what_was_found_and_why(before: str, after: str, found: str) -> None:
    failed = [one for one in run_cases(load_text(text("aap").replace(before, after, 1))) if not one.ok]
    assert [one.found for one in failed] == [found]
    assert failed[0].line > 0


def test_instalments_lose_no_cent() -> None:
    thirds = [
        Echeance(id=str(rank), libelle="x", part=part, condition="x", source=SOURCE)
        for rank, part in enumerate((Decimal("0.33"), Decimal("0.33"), Decimal("0.34")))
    ]
    assert instalments(Decimal("100.01"), thirds) == (Decimal("33.00"), Decimal("33.00"), Decimal("34.01"))


def test_a_measure_is_rounded_as_the_scale_says() -> None:
    steps = (Palier(a=9, niveau=0), Palier(de=10, niveau=1))
    scale = Bareme(id="x", libelle="x", sens="direct", arrondi="proche", paliers=steps, source=SOURCE)
    assert [level(scale, Decimal(one)) for one in ("9.4", "9.5", "10")] == [0, 1, 1]
    assert level(scale, None) is None


# --- differences


def test_nothing_changed_says_nothing() -> None:
    assert differences(load_text(text("aap")), load_text("# autre\n\n" + text("aap"))) == []


def test_each_kind_of_change_is_told(tmp_path: Path) -> None:
    path = changed(
        tmp_path,
        ("montant: 85000", "montant: 86000"),
        ("au_plus_tard: {jalon: cloture}", "avant: {jalon: cloture}"),
        ("date: 2026-05-29", "date: 2026-06-05"),
        ("annee: 2027", "annee: 2028"),
        ("  - {region: \"27\", role: Référent HOP'EN 2,", "  - {region: \"84\", role: Référent HOP'EN 2,"),
        ("seuil: {ge: 0.9}", "seuil: {ge: 0.95}"),
    )  # fmt: skip
    told = [str(one) for one in differences(load_text(text("aap")), load_text(path.read_text("utf-8")))]
    assert told == [
        "~ Règles › jalon-2026, si : Date de dépôt de la note de cadrage : au plus tard le 29 mai 2026 (« Fermeture du "
        "guichet ») → Date de dépôt de la note de cadrage : avant le 5 juin 2026 (« Fermeture du guichet »)",
        "~ Thèmes › rattrapage › fondamentaux › identitovigilance › preuve › seuil, ge : 0,9 → 0,95",
        "~ Financement › plafonds › C, montant : 85\u202f000 → 86\u202f000",
        "~ Financement › echeances › t2, annee : 2027 → 2028",
        "~ Calendrier › cloture, date : 29 mai 2026 → 5 juin 2026",
        "− Contacts › Référent HOP'EN 2 (27) : Référent HOP'EN 2",
        "+ Contacts › Référent HOP'EN 2 (84) : Référent HOP'EN 2",
    ]


def test_a_difference_read_backwards_is_its_contrary(tmp_path: Path) -> None:
    before, after = load_text(text("aap")), load_text(changed(tmp_path, ("n: 2\n", "n: 3\n")).read_text("utf-8"))
    forth, back = differences(before, after), differences(after, before)
    assert [(one.before, one.after) for one in forth] == [(one.after, one.before) for one in back] == [("2", "3")]


# --- French


def test_rules_are_written_in_french() -> None:
    pack = load_text(text("aap"))
    writer = Writer(pack)
    assert writer.phrase(pack.rule("rattrapage").si).lines() == [
        "Toutes ces conditions :",
        "  A bénéficié d'un versement « d'usage » du programme SUN-ES : non",
        "  A bénéficié d'un versement « d'usage » de HOP'EN 2 phase 1 : non",
    ]
    assert writer.phrase(pack.rule("validation-ght").si).lines() == [
        "Au moins une de ces conditions :",
        "  Projet validé à l'échelle du GHT : oui",
        "  Pour le porteur :",
        "    Au moins une de ces conditions :",
        "      Le contraire de :",
        "        Appartient à un GHT",
        "      Pour son entité juridique :",
        "        Statut juridique : Privé d'intérêt collectif ou Privé",
    ]


@pytest.mark.parametrize("path", shipped_files(), ids=lambda path: path.parent.name)
def test_every_shipped_rule_can_be_read(path: Path) -> None:
    pack = load_text(path.read_text("utf-8"))
    for rule in pack.regles:
        lines = Writer(pack).phrase(rule.si).lines()
        assert lines and all(line.strip() and "None" not in line for line in lines)


# --- commands


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(words))
    return done.exit_code, done.output


def test_check_tells_each_defect_and_fails(tmp_path: Path) -> None:
    assert run("check", str(AAP)) == (0, "1 fichier : 0 erreur, 0 avertissement.\n")
    path = changed(tmp_path, ("part: 0.5, annee: 2026", "part: 0.4, annee: 2026"), ("defaut: c3-2023", "defaut: c3"))
    code, output = run("check", str(path))
    assert code == 1
    assert f"erreur · {path}, ligne 163 : les parts des échéances font 0.9 au total, 1 attendu." in output
    assert "le défaut « c3 » n'est pas déclaré." in output
    assert output.endswith("1 fichier : 2 erreurs, 0 avertissement.\n")


def test_check_of_what_cannot_be_read_tells_it_too(tmp_path: Path) -> None:
    (tmp_path / "faux.yaml").write_text("pack: [", "utf-8")
    code, output = run("check", str(tmp_path))
    assert code == 1 and "faux.yaml, ligne 2" in output and "syntaxe YAML" in output


def test_the_shipped_packs_pass_their_checks_and_their_cases() -> None:
    code, output = run("check")
    assert code == 0, output
    code, output = run("test")
    assert code == 0 and " : 0 échec." in output


def test_test_explains_what_fails(tmp_path: Path) -> None:
    code, output = run("test", str(changed(tmp_path, ("vaut: 2026-05-30", "vaut: 2026-05-28"))))
    assert code == 1
    assert "cas « depot-un-jour-trop-tard » : éligibilité au pack, pmsi" in output
    assert "attendu : non\n    trouvé  : oui\n" in output
    assert "OUI · Éléments du jalon 2026 déposés par l'entité juridique (ej) [S4, Conditions d'éligibilité]" in output
    assert run("test", str(AAP), "-v")[1].count("réussi · ") == 11


def test_diff_prints_french_or_json(tmp_path: Path) -> None:
    path = changed(tmp_path, ("montant: 85000", "montant: 86000"))
    assert run("diff", str(AAP), str(path)) == (
        0, "~ Financement › plafonds › C, montant : 85\u202f000 → 86\u202f000\n1 différence.\n",
    )  # fmt: skip
    (change,) = json.loads(run("diff", str(AAP), str(path), "--json")[1])
    assert (change["kind"], change["path"], change["before"]) == ("modifie", ["plafonds", "C"], "85\u202f000")

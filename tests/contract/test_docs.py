"""``docs/`` is kept true; files and functions stay short; what is public is explained."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.contract.documentation import COMMAND, DOCS, PAGES, ROOT, SOURCE, commands

FILE_LINES, FUNCTION_LINES = 400, 50
NOT_READ = {"ARCHIPEL_OIDC_"}


def sources() -> Iterator[tuple[str, str]]:
    """(path below the package, text) of every module that we wrote; migrations are generated."""
    for path in sorted(SOURCE.rglob("*.py")):
        if "migrations" not in path.parts:
            yield path.relative_to(SOURCE).as_posix(), path.read_text("utf-8")


def everything_documented() -> str:
    return "\n".join(path.read_text("utf-8") for path in sorted(DOCS.rglob("*.md")))


# --- docs/


def test_every_command_is_documented() -> None:
    text = everything_documented()
    missing = [words for words, _ in commands() if f"`{words}`" not in text]
    assert not missing, missing


@pytest.mark.parametrize("name", PAGES)
def test_the_generated_pages_are_fresh(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == PAGES[name](), f"À refaire : {COMMAND}"


def variables() -> set[str]:
    """Every environment variable that the code reads."""
    found = {"DATABASE_URL"}
    for _, text in sources():
        found |= set(re.findall(r"\bARCHIPEL_[A-Z0-9_]+\b", text))
        found |= {f"ARCHIPEL_OIDC_{name}" for name in re.findall(r'_OIDC \+ "([A-Z_]+)"', text)}
    return found - NOT_READ


def test_every_setting_is_documented_and_every_documented_setting_exists() -> None:
    page = (DOCS / "reglages.md").read_text("utf-8")
    told = set(re.findall(r"`(ARCHIPEL_[A-Z0-9_]+|DATABASE_URL)`", page))
    assert variables() - told == set(), "réglages lus et non dits"
    outside = {"ARCHIPEL_SITE", "ARCHIPEL_TEST_DATABASE_URL", "ARCHIPEL_TEST_OWNER", "ARCHIPEL_REFERENCE_DATA"}
    assert told - variables() - outside == set(), "réglages dits et que rien ne lit"


def test_every_connector_is_documented() -> None:
    text = everything_documented()
    folders = [path.name for path in (SOURCE / "connectors").iterdir() if (path / "__init__.py").exists()]
    assert folders
    for name in folders:
        assert f"`{name}`" in text, f"le connecteur {name} n'est dit nulle part dans docs/"


def test_the_links_between_pages_lead_somewhere() -> None:
    broken = []
    for page in sorted(DOCS.rglob("*.md")):
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8")):
            if "://" not in target and not target.startswith(("mailto:", "/")) and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)} → {target}")
    assert not broken, broken


# --- the code


def test_files_are_short() -> None:
    counts = {name: text.count("\n") for name, text in sources()}
    wrong = {name: count for name, count in counts.items() if count > FILE_LINES}
    assert not wrong, f"plus de {FILE_LINES} lignes : {wrong}"


def functions() -> Iterator[tuple[str, str, int]]:
    for name, text in sources():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield name, node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def test_functions_are_short() -> None:
    wrong = {(name, function): size for name, function, size in functions() if size > FUNCTION_LINES}
    assert not wrong, f"plus de {FUNCTION_LINES} lignes : {wrong}"


def undocumented(name: str, body: list[ast.stmt], prefix: str = "") -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if not node.name.startswith("_") and not ast.get_docstring(node):
                yield f"{name}:{prefix}{node.name}"
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_") and node.name != "Meta":
            if not ast.get_docstring(node):
                yield f"{name}:{prefix}{node.name}"
            yield from undocumented(name, node.body, f"{prefix}{node.name}.")


def test_what_is_public_is_explained() -> None:
    missing: list[str] = []
    for name, text in sources():
        if "/tests/" not in name:
            tree = ast.parse(text)
            if text.strip() and not ast.get_docstring(tree):
                missing.append(name)
            missing += undocumented(name, tree.body)
    assert not missing, missing

"""``archipel packs``: check, test, compare, load."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from archipel.foundation import runtime
from archipel.programmes.packs.rules.cases import run_cases
from archipel.programmes.packs.rules.checks import check, errors, together_problems
from archipel.programmes.packs.rules.differences import differences
from archipel.programmes.packs.rules.loading import (
    load_file,
    overlay_of,
    pack_of,
    read_document,
    read_text,
    shipped_files,
    shipped_overlays,
)
from archipel.programmes.packs.rules.overlays import overlay_problems
from archipel.programmes.packs.rules.problems import PackInvalid, Problem, count
from archipel.programmes.packs.rules.reading import Table
from archipel.programmes.packs.values.pack import Pack, Surcharge

app = typer.Typer(help="Programmes, catalogues et grilles tenus comme des données.", no_args_is_help=True)

Paths = Annotated[list[Path] | None, typer.Argument(help="Fichiers ou dossiers ; sans eux, les packs livrés.")]


def _files(paths: list[Path] | None) -> list[Path]:
    if not paths:
        return [*shipped_files(), *shipped_overlays()]
    found: list[Path] = []
    for path in paths:
        found += sorted(path.rglob("*.yaml")) if path.is_dir() else [path]
    return found


@app.command("check")
def check_command(
    paths: Paths = None,
    strict: Annotated[bool, typer.Option("--strict", help="Les avertissements comptent aussi.")] = False,
) -> None:
    """Vérifie des packs : format, références, niveaux, dates, seuils, totaux, surcharges."""
    problems: list[Problem] = []
    packs: dict[str, Pack] = {}
    documents: dict[str, Table] = {}
    overlays: list[tuple[str, Table]] = []
    files = _files(paths)
    for path in files:
        name = str(path)
        try:
            document = read_document(read_text(path), name)
        except PackInvalid as invalid:
            problems += invalid.problems
            continue
        if "surcharge" in document:
            overlays.append((name, document))
            continue
        packs[name] = pack_of(document, name)
        documents[packs[name].pack] = document
        problems += check(packs[name], name)
    problems += together_problems(packs)
    for name, document in overlays:
        problems += _overlay(name, overlay_of(document, name), documents)
    for problem in problems:
        color = typer.colors.YELLOW if problem.warning else typer.colors.RED
        typer.secho(f"{'avertissement' if problem.warning else 'erreur'} · {problem}", fg=color)
    wrong = problems if strict else errors(problems)
    warnings = len(problems) - len(errors(problems))
    summary = f"{count(len(errors(problems)), 'erreur')}, {count(warnings, 'avertissement')}"
    typer.echo(f"{count(len(files), 'fichier')} : {summary}.")
    if wrong:
        raise typer.Exit(1)


def _overlay(name: str, overlay: Surcharge, documents: dict[str, Table]) -> list[Problem]:
    document = documents.get(overlay.surcharge)
    if document is None:
        base = sorted(Path(name).parent.parent.glob("*.yaml"))
        if not base:
            sentence = f"le pack « {overlay.surcharge} » que vise la surcharge n'existe pas."
            return [Problem("surcharge-nulle-part", sentence, name, overlay.ligne)]
        document = read_document(read_text(base[-1]), str(base[-1]))
    return overlay_problems(document, overlay, name)


@app.command("test")
def test_command(
    paths: Paths = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Montre aussi les cas réussis.")] = False,
) -> None:
    """Passe les cas d'essai écrits à côté des règles, et explique ceux qui échouent."""
    passed = failed = 0
    for path in _files(paths):
        document = read_document(read_text(path), str(path))
        if "surcharge" in document:
            continue
        try:
            results = run_cases(pack_of(document, str(path)))
        except PackInvalid as invalid:
            raise PackInvalid([problem._replace(file=str(path)) for problem in invalid.problems]) from None
        for result in results:
            passed, failed = passed + result.ok, failed + (not result.ok)
            if result.ok and not verbose:
                continue
            color = typer.colors.GREEN if result.ok else typer.colors.RED
            told = "réussi" if result.ok else "échoué"
            typer.secho(f"{told} · {path}, ligne {result.line}, cas « {result.case} » : {result.what}", fg=color)
            if not result.ok:
                typer.echo(f"    attendu : {result.expected}\n    trouvé  : {result.found}")
                for line in result.why:
                    typer.echo(f"      {line}")
    typer.echo(f"{passed} sur {count(passed + failed, 'attente')} : {count(failed, 'échec')}.")
    if failed:
        raise typer.Exit(1)


@app.command("diff")
def diff_command(
    before: Annotated[Path, typer.Argument(help="Ancienne version.")],
    after: Annotated[Path, typer.Argument(help="Nouvelle version.")],
    as_json: Annotated[bool, typer.Option("--json", help="Un tableau JSON.")] = False,
) -> None:
    """Dit ce qui a changé entre deux versions : règles, seuils, dates, montants, lignes ajoutées ou retirées."""
    found = differences(load_file(before), load_file(after))
    if as_json:
        typer.echo(json.dumps([one._asdict() for one in found], ensure_ascii=False, indent=1))
        return
    for one in found:
        typer.echo(str(one))
    typer.echo(f"{count(len(found), 'différence')}.")


@app.command("load")
def load_command(
    paths: Annotated[list[Path] | None, typer.Argument(help="Fichiers ; sans eux, les packs livrés.")] = None,
    publish: Annotated[bool, typer.Option("--publish", help="Publie aussitôt ce qui peut l'être.")] = False,
    reason: Annotated[str, typer.Option("--reason", help="Motif de la publication.")] = "",
) -> None:
    """Charge des versions pour relecture : ce qu'elles changent, qui tient à l'ancienne ; publie sur demande."""
    runtime.ready()
    from archipel.programmes.packs.services.loading import load, loaded_lines  # noqa: PLC0415 - Django starts here

    done = load(paths, publish=publish, reason=reason)
    for review in done:
        for line in loaded_lines(review):
            typer.echo(line)
    typer.echo(f"{count(len(done), 'version')} : {sum(one.publishable for one in done)} à publier.")
    if any(not one.sound for one in done):
        raise typer.Exit(1)

"""Answering a grid for one entity, rubric by rubric; its levels, its history, taking an answer back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from archipel.foundation.scope import Scope
from archipel.foundation.web.asking import scope_of
from archipel.foundation.web.charts import Chart, Series
from archipel.foundation.web.export import table_response
from archipel.foundation.web.formats import number
from archipel.kernel.errors import Invalid, NotFound
from archipel.programmes.maturity import public as maturity
from archipel.programmes.maturity.pages import pieces
from archipel.programmes.maturity.pages.common import (
    Context,
    acted,
    day_asked,
    figure,
    grid_address,
    level_text,
    readers,
    trail,
)
from archipel.programmes.maturity.pages.group import progress_chart
from archipel.programmes.maturity.queries.answers import facts
from archipel.programmes.maturity.rules.ledger import alive
from archipel.programmes.maturity.rules.sheet import categories, expected
from archipel.programmes.maturity.services.answers import check
from archipel.programmes.maturity.values import Etat, Grille, Indicateur, Mesure, Rubrique, Saisie


def _asked(
    request: HttpRequest, pack: str, grille: str, repondant: str
) -> tuple[Scope, Grille, maturity.EntityInfo, bool]:
    scope = scope_of(request)
    grid = maturity.grid(pack, grille)
    who = maturity.entity(scope, grid, repondant)
    support = maturity.group(scope, grid, who.ght).support if who.group else ""
    return scope, grid, who, maturity.may_answer(scope, who, support)


def _own(grid: Grille, who: maturity.EntityInfo, rubric: Rubrique) -> list[Indicateur]:
    """The questions of a rubric that this one answers."""
    return [i for i in rubric.indicateurs if not who.ght or i.groupe == who.group]


def shown(indicator: Indicateur, measure: Mesure) -> str:
    """An answer as people write it; what :func:`maturity.measure_of` reads back."""
    if measure.etat is Etat.SANS_OBJET:
        return "sans objet"
    if measure.etat is Etat.NON_MESUREE:
        return "non mesuré"
    if measure.categories:
        return " ; ".join(f"{name} : {have} / {out_of}" for name, have, out_of in measure.categories)
    if measure.valeur is None:
        return ""
    if indicator.saisie is Saisie.OUI_NON:
        return "oui" if measure.valeur else "non"
    return number(float(measure.valeur), None)


@readers
@require_safe
def entity(request: HttpRequest, pack: str, grille: str, repondant: str) -> HttpResponse:
    """Where does this one stand, rubric by rubric, and what is left to answer?"""
    _, grid, who, may = _asked(request, pack, grille, repondant)
    day = day_asked(request)
    (found,) = maturity.assessments(grid, [who], day)
    rubrics = []
    for rubric in grid.rubriques:
        own = _own(grid, who, rubric)
        level = found.bilan.rubriques[rubric.id]
        done = sum(i.id in found.answers for i in own)
        rubrics.append({
            "r": rubric, "niveau": level_text(level), "tri": "" if level.bas is None else float(level.bas),
            "repondus": done, "attendus": len(own), "complet": done == len(own),
            "url": grid_address("rubrique", grid, who.code, rubric.id),
        })  # fmt: skip
    todo = next((r for r in rubrics if not r["complet"]), None)
    context: Context = {
        "titre": who.name,
        "grille": grid,
        "qui": who,
        "jour": day,
        "aujourdhui": timezone.localdate(),
        "niveau": level_text(found.bilan.ensemble),
        "atteint": found.bilan.ensemble.atteint if found.bilan.ensemble.decide else None,
        "repondus": sum(int(str(r["repondus"])) for r in rubrics),
        "attendus": sum(int(str(r["attendus"])) for r in rubrics),
        "declarees": found.declared_only,
        "rubriques": rubrics,
        "a_faire": todo,
        "peut": may,
        "radar": _radar(grid, found) if len(grid.rubriques) > 2 and not who.group else None,
        "progression": None if who.group else progress_chart(grid, maturity.history(grid, who)),
        "fil": trail(grid, (who.name, "")),
    }
    return render(request, "maturite/entite.html", context)


def _radar(grid: Grille, found: maturity.Assessment) -> Chart:
    lows = [figure(found.bilan.rubriques[r.id].bas) for r in grid.rubriques]
    return Chart(
        "maturite-rubriques", "Niveau par rubrique", "Rubrique", [r.libelle for r in grid.rubriques],
        (Series("Niveau certain", lows),), kind="radar", unit=f"niveaux sur {grid.niveau_max}",
        source="réponses à la grille ; sans réponse : 0", maximum=grid.niveau_max, folded=True,
    )  # fmt: skip


def _rubric(grid: Grille, id: str) -> Rubrique:
    found = next((r for r in grid.rubriques if r.id == id), None)
    if found is None:
        raise NotFound("Cette rubrique n'existe pas.", code="rubrique")
    return found


@readers
@require_http_methods(["GET", "HEAD", "POST"])
def rubric(request: HttpRequest, pack: str, grille: str, repondant: str, rubrique: str) -> HttpResponse:
    """The questions of a rubric; what is sent back is checked whole, then kept whole."""
    scope, grid, who, may = _asked(request, pack, grille, repondant)
    held = _rubric(grid, rubrique)
    own = _own(grid, who, held)
    (found,) = maturity.assessments(grid, [who])
    known = pieces.known(who.establishments)
    errors: dict[str, str] = {}
    if request.method == "POST":
        given, errors = _given(request, grid, who, own, found, known)
        if not errors:
            act = maturity.answer(scope=scope, grid=grid, entity=who.code, given=given, campaign=_campaign(scope, who))
            messages.success(request, act.message if given else "Rien n'a changé.")
            after = request.POST.get("suite", "")
            target = _next(grid, who, held) if after == "suivante" else held.id
            return HttpResponseRedirect(
                grid_address("rubrique", grid, who.code, target) if target else grid_address("entite", grid, who.code)
            )
    context: Context = {
        "titre": held.libelle,
        "grille": grid,
        "qui": who,
        "rubrique": held,
        "questions": [_question(request, grid, one, found, errors.get(one.id, ""), known) for one in own],
        "offertes": pieces.offered(known, timezone.localdate()),
        "autres": len(held.indicateurs) - len(own),
        "erreurs": [(f"reponse-{i}", message) for i, message in errors.items()],
        "peut": may,
        "suivante": _next(grid, who, held),
        "aujourdhui": timezone.localdate(),
        "fil": trail(grid, (who.name, grid_address("entite", grid, who.code)), (held.libelle, "")),
    }
    return render(request, "maturite/rubrique.html", context, status=422 if errors else 200)


def _campaign(scope: Scope, who: maturity.EntityInfo) -> int | None:
    """The open campaign that these answers are for: the one with the nearest deadline."""
    today = timezone.localdate()
    open_ones = [
        c for c in maturity.campaigns(scope, today)
        if c.state in ("en_cours", "en_retard") and set(who.establishments) <= set(c.establishments)
    ]  # fmt: skip
    return open_ones[0].id if open_ones else None


def _next(grid: Grille, who: maturity.EntityInfo, held: Rubrique) -> str:
    after = grid.rubriques[grid.rubriques.index(held) + 1 :]
    return next((r.id for r in after if _own(grid, who, r)), "")


def _question(
    request: HttpRequest, grid: Grille, one: Indicateur, found: maturity.Assessment, error: str, known: pieces.Known
) -> Context:
    said = found.answers.get(one.id)
    typed = request.POST
    words, level = dict(grid.niveaux), found.bilan.indicateurs.get(one.id)
    current = shown(one, said.mesure) if said else ""
    return {
        "i": one,
        "choix": _choices(grid, one),
        "reponse": typed.get(f"reponse-{one.id}", current),
        "commentaire": typed.get(f"commentaire-{one.id}", said.comment if said else ""),
        "preuve": typed.get(f"preuve-{one.id}", ""),
        "reference": typed.get(f"reference-{one.id}", ""),
        "date_preuve": typed.get(f"date_preuve-{one.id}", ""),
        "pieces": pieces.shown(said.evidence if said else (), known, timezone.localdate()),
        "piece": typed.get(f"piece-{one.id}", ""),
        "dit": said,
        "niveau": level,
        "mot_niveau": f"Niveau {level}" + (f" : {words[level]}" if level in words else ""),
        "attendu": expected(one, grid),
        "erreur": error,
    }


def _choices(grid: Grille, one: Indicateur) -> list[tuple[str, str]]:
    words = dict(one.niveaux) or dict(grid.niveaux)
    if one.saisie is Saisie.OUI_NON:
        return [("oui", "Oui"), ("non", "Non"), ("sans objet", "Sans objet")]
    if one.saisie is Saisie.PALIER:
        levels = [(str(n), f"{n} : {words[n]}" if n in words else str(n)) for n in range(grid.niveau_max + 1)]
        return [*levels, ("sans objet", "Sans objet")]
    return []


PIECE = ("preuve", "reference", "date_preuve")
"""The fields of a piece of evidence."""


def _typed(request: HttpRequest, name: str) -> str:
    return " ".join(request.POST.get(name, "").split())


def _given(
    request: HttpRequest,
    grid: Grille,
    who: maturity.EntityInfo,
    own: list[Indicateur],
    found: maturity.Assessment,
    known: pieces.Known,
) -> tuple[list[maturity.Given], dict[str, str]]:
    """What changed, question by question, and what is wrong."""
    given: list[maturity.Given] = []
    errors: dict[str, str] = {}
    for one in own:
        text, comment = _typed(request, f"reponse-{one.id}"), _typed(request, f"commentaire-{one.id}")
        piece = maturity.Evidence(*(_typed(request, f"{name}-{one.id}") for name in PIECE))
        said = found.answers.get(one.id)
        if not text:
            if comment or piece.titre or request.POST.get(f"piece-{one.id}"):
                errors[one.id] = f"{one.libelle} : donnez la réponse avec le commentaire ou la preuve."
            continue
        try:
            measure = maturity.measure_of(grid, one.id, text, categories(text))
            kept = said.evidence if said and request.POST.get(f"garder-{one.id}", "1") == "1" else ()
            linked = pieces.chosen(known, request.POST.get(f"piece-{one.id}", ""))
            proofs = (*kept, piece) if piece.titre else kept
            proofs = (*proofs, linked) if linked is not None and linked not in proofs else proofs
            if said and (said.mesure, said.comment, said.evidence) == (measure, comment, proofs):
                continue
            made = maturity.Given(one.id, measure, comment, proofs, _day(request))
            check(grid, who, made, timezone.localdate())
            given.append(made)
        except Invalid as error:
            errors[one.id] = error.message
    return given, errors


def _day(request: HttpRequest) -> date | None:
    text = request.POST.get("date", "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid("La date de la réponse n'est pas une date.", code="date", field="date") from None


@readers
@require_safe
def log(request: HttpRequest, pack: str, grille: str, repondant: str) -> HttpResponse:
    """What was answered, by whom, and what was taken back."""
    _, grid, who, may = _asked(request, pack, grille, repondant)
    held = facts(grid, [who.code])
    standing = {fact.id for fact in alive(held)}
    undone = {fact.undoes for fact in held}
    lines = []
    for fact in sorted(held, key=lambda f: -f.id):
        asked = grid.indicateur(fact.key[1])
        lines.append({
            "fait": fact, "question": asked.libelle if asked else fact.key[1],
            "reponse": shown(asked, fact.said.mesure) if asked else "", "tient": fact.id in standing,
            "annulable": may and fact.id not in undone,
        })  # fmt: skip
    context = {
        "titre": f"Historique de {who.name}",
        "lignes": lines,
        "peut": may,
        "fil": trail(grid, (who.name, grid_address("entite", grid, who.code)), ("Historique", "")),
    }
    return render(request, "maturite/historique.html", context)


@readers
@require_POST
def undo(request: HttpRequest, reponse: int) -> HttpResponse:
    """Take an answer back."""
    back = request.POST.get("suite", "")
    safe = back if back.startswith("/programmes/maturite/") else "/programmes/maturite/"
    return acted(
        request,
        lambda: maturity.undo_answer(scope=scope_of(request), fact=reponse, reason=request.POST.get("motif", "")),
        safe,
    )


@readers
@require_safe
def export(request: HttpRequest, pack: str, grille: str, repondant: str) -> HttpResponse:
    """The answers of one entity, as a file."""
    _, grid, who, _ = _asked(request, pack, grille, repondant)
    (found,) = maturity.assessments(grid, [who], day_asked(request))
    titles = ["FINESS", "Rubrique", "Question (identifiant)", "Libellé", "Réponse", "Niveau", "Commentaire", "Preuves",
              "Par", "Date de la réponse", "Enregistrée", "Source"]  # fmt: skip

    def rows() -> Iterator[list[object]]:
        for held in grid.rubriques:
            for one in held.indicateurs:
                said = found.answers.get(one.id)
                yield [
                    who.code, held.libelle, one.id, one.libelle, shown(one, said.mesure) if said else "",
                    found.bilan.indicateurs[one.id], said.comment if said else "",
                    " ; ".join(" ".join(filter(None, (e.titre, e.reference, e.date))) for e in said.evidence)
                    if said else "",
                    said.actor if said else "", said.effective_on if said else None,
                    said.recorded_at if said else None, f"{one.source.ref}, {one.source.paragraphe}",
                ]  # fmt: skip

    return table_response(request, f"maturite-{grid.id}-{who.code.replace(':', '-')}", titles, rows())

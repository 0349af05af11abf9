"""The quality of passages: completeness by item, what is wrong, and the link to mend each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from archipel.domains.flow import public as flow
from archipel.domains.flow.pages import shell
from archipel.domains.flow.public import Passage
from archipel.domains.flow.rules.passage_checks import Completeness, check, completeness, overall
from archipel.domains.flow.values.passages import ITEM_LABELS, Problem, Severity
from archipel.foundation.audit.services import record_many
from archipel.foundation.scope import Capability, Scope
from archipel.foundation.web.charts import Chart, Series
from archipel.foundation.web.formats import PARIS, person_age
from archipel.kernel import clock
from archipel.territory import public as territory

DAYS = 6
"""J-6 to J-1, as the daily file."""
LONGEST = 31
SHOWN = 200
"""Passages listed on the page; the file has them all."""
SEVERITIES = {
    Severity.ERREUR: ("À corriger", "a_corriger"),
    Severity.MANQUE: ("À compléter", "a_completer"),
    Severity.ALERTE: ("À vérifier", "a_verifier"),
}
"""Severity → (words, state that looks like it)."""
_READERS = (Capability.SAISIR_RPU, Capability.TRANSMETTRE_RPU)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for."""

    site: str
    first: date
    last: date
    problem: str
    problems: tuple[str, ...]
    """What could not be read in the address (French)."""


def asked(request: HttpRequest) -> Asked:
    """Read the filters; what cannot be read is told and the usual days are taken."""
    today = clock.now().astimezone(PARIS).date()
    found, wrong = [], []
    for name, usual in (("du", today - timedelta(days=DAYS)), ("au", today - timedelta(days=1))):
        text = request.GET.get(name, "")
        try:
            found.append(date.fromisoformat(text) if text else usual)
        except ValueError:
            wrong.append(f"« {text[:20]} » n'est pas une date AAAA-MM-JJ.")
            found.append(usual)
    first, last = found
    if not 0 <= (last - first).days < LONGEST or last > today:
        wrong.append(f"De 1 à {LONGEST} jours, jusqu'à aujourd'hui : les six derniers jours sont montrés.")
        first, last = today - timedelta(days=DAYS), today - timedelta(days=1)
    return Asked(request.GET.get("site", ""), first, last, request.GET.get("probleme", ""), tuple(wrong))


def sites_of(scope: Scope) -> list[tuple[str, str]]:
    """(FINESS EG, name) of the emergency sites whose passages the account may read."""
    names = {info.finess: info.name for info in territory.sites()}
    found = {
        uf.site
        for uf in territory.ufs()
        if uf.filiere == "URG" and not uf.closed and any(scope.may(c, uf.establishment) for c in _READERS)
    }
    return sorted(((site, names.get(site, site)) for site in found), key=lambda pair: pair[1])


@dataclass(frozen=True, slots=True)
class Checked:
    """A passage with what is wrong with it."""

    passage: Passage
    problems: tuple[Problem, ...]

    @property
    def severity(self) -> Severity | None:
        """The worst of its problems."""
        return next((one for one in Severity if any(p.severity is one for p in self.problems)), None)


def _checked(scope: Scope, given: Asked) -> list[Checked]:
    begin = datetime.combine(given.first, time(), PARIS)
    end = datetime.combine(given.last + timedelta(days=1), time(), PARIS)
    now = clock.now()
    found = flow.ed_passages(scope=scope, since=begin, until=end, sites=[given.site] if given.site else ())
    return [Checked(passage, check(passage, now)) for passage in found]


def trace(request: HttpRequest, passages: Iterable[Passage], page: str) -> None:
    """Leave one trace for each venue whose items are read."""
    scope = shell.scope_of(request)
    keys: dict[str, list[str]] = {}
    for passage in passages:
        keys.setdefault(passage.establishment, []).append(passage.venue)
    for establishment, venues in keys.items():
        record_many(
            scope=scope,
            action="rpu.lecture",
            establishment=establishment,
            object_type="venue",
            object_keys=sorted(set(venues)),
            details={"page": page},
        )


# --- quality ------------------------------------------------------------------------------------------


@login_required
@require_safe
def quality(request: HttpRequest) -> HttpResponse:
    """Are the passages complete and coherent, and which are to be mended?"""
    scope, given = shell.scope_of(request), asked(request)
    rows = _checked(scope, given)
    wrong = [row for row in rows if row.problems]
    kept = [row for row in wrong if not given.problem or any(_key(p) == given.problem for p in row.problems)]
    shown = sorted(
        kept, key=lambda row: (list(Severity).index(row.severity or Severity.ALERTE), row.passage.arrived_at)
    )
    shown = shown[:SHOWN]
    trace(request, [row.passage for row in shown], "qualite")
    counted = completeness([row.passage for row in rows])
    context = {
        "titre": "Qualité des RPU",
        "onglet": "qualite",
        "demande": given,
        "sites": sites_of(scope),
        "passages": len(rows),
        "total": overall(counted),
        "a_corriger": sum(1 for row in rows if row.severity is Severity.ERREUR),
        "items": [(ITEM_LABELS[one.item], one) for one in counted],
        "graphique": _chart(counted, given),
        "regles": _kinds(wrong),
        "lignes": [_line(row) for row in shown],
        "en_plus": len(kept) - len(shown),
        "requete": _query(given),
        "peut_saisir": scope.may(Capability.SAISIR_RPU),
        "fil": [("Urgences", reverse("flow:urgences")), ("RPU", "")],
    }
    return render(request, "flow/rpu_qualite.html", context, status=422 if given.problems else 200)


def _key(problem: Problem) -> str:
    return f"{problem.code}.{problem.item.value}"


def _query(given: Asked) -> str:
    return urlencode({"site": given.site, "du": given.first.isoformat(), "au": given.last.isoformat()})


def _kinds(rows: Iterable[Checked]) -> list[tuple[str, str, int, Severity]]:
    """(key, words, passages, severity) of each kind of problem, the most serious then the most frequent first."""
    counts: Counter[str] = Counter()
    words: dict[str, tuple[str, Severity]] = {}
    for row in rows:
        for problem in {_key(p): p for p in row.problems}.values():
            counts[_key(problem)] += 1
            label = ITEM_LABELS[problem.item]
            plain = f"{label} : manque" if problem.severity is Severity.MANQUE else f"{label} : {_RULES[problem.code]}"
            words[_key(problem)] = (plain, problem.severity)
    order = list(Severity)
    found = [(key, words[key][0], count, words[key][1]) for key, count in counts.items()]
    return sorted(found, key=lambda one: (order.index(one[3]), -one[2], one[1]))


_RULES = {
    "format": "hors de la nomenclature",
    "manque": "manque",
    "entree-future": "dans le futur",
    "present-longtemps": "absente depuis plus de 48 h",
    "sortie-avant-entree": "avant l'entrée",
    "duree-longue": "passage de plus de 72 h",
    "duree-nulle": "à la minute de l'entrée",
    "naissance-apres-entree": "après l'entrée",
    "age": "âge impossible",
    "entree-provenance": "contredit le mode d'entrée",
    "transport-pec": "contredit le transport",
    "mode-sans-sortie": "dit sans heure de sortie",
    "mode-orientation": "contredit le mode de sortie",
    "mode-destination": "contredit le mode de sortie",
    "destination-orientation": "à comparer avec la destination",
    "ccmu-sortie": "à comparer avec la sortie",
    "ccmu-dp": "à comparer avec la gravité",
    "dp-sexe": "contredit le sexe",
    "orientation-sexe": "contredit le sexe",
    "da-double": "répètent le principal",
    "psa-actes": "codés pour un patient parti sans attendre",
}
"""Code of a problem → what it says of its item."""


def _chart(rows: Sequence[Completeness], given: Asked) -> Chart:
    return Chart(
        name="completude-rpu",
        title="Complétude par item",
        heading="Item",
        categories=[ITEM_LABELS[row.item] for row in rows],
        series=[Series("Complétude", [None if row.percent is None else round(row.percent, 1) for row in rows])],
        kind="lying",
        unit="%",
        source="passages construits des mouvements et des saisies",
        at=clock.now(),
        maximum=100,
        folded=True,
    )


def _line(row: Checked) -> dict[str, Any]:
    p = row.passage
    word, state = SEVERITIES[row.severity or Severity.ALERTE]
    return {
        "p": p,
        "age": person_age(p.birth, p.arrived_at.astimezone(PARIS).date()) if p.birth else "",
        "mot": word,
        "puce": state,
        "problemes": row.problems,
        "url": f"{reverse('flow:passage-rpu', args=[p.venue_id])}?passage={p.rank}",
    }


@login_required
@require_safe
def quality_export(request: HttpRequest) -> HttpResponse:
    """Every problem of every passage, one a line; without names."""
    given = asked(request)
    rows = [row for row in _checked(shell.scope_of(request), given) if row.problems]
    trace(request, [row.passage for row in rows], "qualite-export")
    titles = ["Site", "Dossier", "Passage", "Entrée", "Sortie", "Gravité du problème", "Item", "Règle", "Constat"]
    lines = (
        [p.site, p.venue.rpartition("|")[2], p.rank, p.arrived_at, p.left_at, SEVERITIES[one.severity][0],
         ITEM_LABELS[one.item], one.code, one.sentence]
        for row in rows
        for p in [row.passage]
        for one in row.problems
    )  # fmt: skip
    return shell.table_response(request, "rpu-qualite", titles, lines)


@login_required
@require_safe
def completeness_export(request: HttpRequest) -> HttpResponse:
    """Completeness by item as a file."""
    rows = completeness([row.passage for row in _checked(shell.scope_of(request), asked(request))])
    titles = ["Item", "Renseignés", "Attendus", "Complétude (%)"]
    lines = (
        [ITEM_LABELS[r.item], r.filled, r.wanted, None if r.percent is None else round(r.percent, 1)] for r in rows
    )
    return shell.table_response(request, "rpu-completude", titles, lines)


urlpatterns = [
    path("rpu/", quality, name="rpu-qualite"),
    path("rpu/export", quality_export, name="rpu-qualite-export"),
    path("rpu/completude/export", completeness_export, name="rpu-completude-export"),
]

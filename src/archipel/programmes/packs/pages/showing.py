"""Packs made ready for their templates and exports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from archipel.foundation.web.formats import number
from archipel.programmes.packs.rules.cases import Result
from archipel.programmes.packs.rules.references import facts_read
from archipel.programmes.packs.rules.sentences import Phrase, Writer, day_text
from archipel.programmes.packs.values.base import MAILLE_LABELS, Number
from archipel.programmes.packs.values.catalogue import Borne, Dispositif, Duree
from archipel.programmes.packs.values.expressions import Fait, Regle
from archipel.programmes.packs.values.grid import Palier
from archipel.programmes.packs.values.pack import Pack
from archipel.programmes.packs.values.programme import Jalonnement, Preuve, Seuil

CERTAINTIES = {"ferme": "Ferme", "annoncee": "Annoncée", "defectueuse": "Défectueuse"}
_STATES = {"passe": "Passé", "en_cours": "En cours", "a_venir": "À venir", "inconnu": "Date inconnue"}


class DateRow(NamedTuple):
    """A line of the calendar on a day: when, in words, and where it stands."""

    line: Jalonnement
    when: str
    certainty: str
    state: str
    state_label: str
    distance: str


def calendar_rows(pack: Pack, today: date) -> list[DateRow]:
    """The calendar in the order of time; what has no day comes last, in the order of the file."""
    rows = [_date_row(line, today) for line in pack.calendrier]
    return sorted(rows, key=lambda row: row.line.debut or row.line.fin or date.max)


def _date_row(line: Jalonnement, today: date) -> DateRow:
    start, end = line.debut, line.fin
    if start is None and end is None:
        state, distance = "inconnu", ""
    elif end is not None and end < today:
        state, distance = "passe", f"il y a {_days(today - end)}"
    elif start is not None and start > today:
        state, distance = "a_venir", f"dans {_days(start - today)}"
    else:
        state, distance = "en_cours", f"encore {_days(end - today)}" if end and end > today else ""
    if line.date:
        when = day_text(line.date)
    elif line.du or line.au:
        when = " ".join(
            [*([f"du {day_text(line.du)}"] if line.du else []), *([f"au {day_text(line.au)}"] if line.au else [])]
        )
    else:
        when = "inconnue"
    if line.texte:
        when += f" (« {line.texte} »)"
    return DateRow(line, when, CERTAINTIES[line.certitude], state, _STATES[state], distance)


def _days(span: Any) -> str:
    return f"{number(span.days)} jour{'s' if span.days > 1 else ''}"


class RuleRow(NamedTuple):
    """A rule, its sentence, the facts that it reads and what its cases give."""

    rule: Regle
    level: str
    phrase: Phrase
    facts: tuple[Fait, ...]
    roles: tuple[str, ...]
    passed: int
    failed: int


def rule_rows(pack: Pack, results: Sequence[Result]) -> list[RuleRow]:
    """Every rule of a pack, as it is shown."""
    writer = Writer(pack)
    ok, wrong = Counter(one.rule for one in results if one.ok), Counter(one.rule for one in results if not one.ok)
    rows = []
    for rule in pack.regles:
        names = dict.fromkeys(name for name, _ in facts_read(rule.si))
        facts = tuple(fact for name in names if (fact := pack.fact(name)))
        roles = tuple(roles_of(pack, rule.id))
        rows.append(
            RuleRow(rule, MAILLE_LABELS[rule.maille], writer.phrase(rule.si), facts, roles, ok[rule.id], wrong[rule.id])
        )
    return rows


def roles_of(pack: Pack, rule: str) -> Iterable[str]:
    """What a rule is for in its pack."""
    if pack.eligibilite == rule:
        yield "éligibilité au programme"
    if rule in pack.recevabilite:
        yield "recevabilité du projet"
    for theme in pack.themes:
        if theme.eligibilite == rule:
            yield f"éligibilité au thème « {theme.libelle} »"
        if rule in theme.recevabilite:
            yield f"recevabilité dans le thème « {theme.libelle} »"
    yield from (f"critère « {one.libelle} »" for one in pack.selection if one.regle == rule)
    for help_ in pack.catalogue.dispositifs if pack.catalogue else ():
        yield from (f"condition de « {help_.nom} »" for one in help_.conditions if one.regle == rule)
    for one in pack.requirements():
        if one.exigence.si == rule:
            yield f"exigence « {one.exigence.libelle} »"


class BandRow(NamedTuple):
    """A band of the funding table, in words."""

    category: str
    range: str
    amount: Number


def funding_rows(pack: Pack) -> list[BandRow]:
    """The funding table."""
    table = pack.financement.plafonds if pack.financement else None
    rows, low = [], None
    for one in table.tranches if table else ():
        low = one.a_partir_de if one.a_partir_de is not None else low
        if one.moins_de is None:
            said = f"{number(low)} et plus" if low is not None else "quel que soit le nombre"
        else:
            said = f"{number(low)} à moins de {number(one.moins_de)}" if low else f"moins de {number(one.moins_de)}"
        rows.append(BandRow(one.categorie, said, one.montant))
        low = one.moins_de
    return rows


def proof_text(proof: Preuve | None) -> str:
    """How a requirement is proved, in words."""
    if proof is None:
        return ""
    kinds = {"metrique": "mesure en direct", "piece": "pièce", "decision": "décision", "declaratif": "déclaration"}
    told = [kinds[proof.nature]]
    if proof.metrique:
        told.append(f"« {proof.metrique} »")
    if proof.seuil:
        told.append(threshold_text(proof.seuil))
    if proof.instance:
        told.append(f"par {proof.instance}")
    if proof.pieces:
        told.append(" : " + ", ".join(proof.pieces))
    if proof.fraicheur_jours:
        told.append(f"de moins de {proof.fraicheur_jours} jours")
    return " ".join(told).replace("  : ", " : ")


def threshold_text(limit: Seuil) -> str:
    """``au moins 0,9``."""
    words = (("ge", "au moins"), ("gt", "plus de"), ("le", "au plus"), ("lt", "moins de"), ("vaut", "égale à"))
    said = [f"{word} {number(value)}" for name, word in words if (value := getattr(limit, name)) is not None]
    return " et ".join(said) + (f" {limit.unite}" if limit.unite else "")


def duration_text(span: Duree | Borne | None) -> str:
    """A duration as its source states it: ``environ 3 mois``, ``30 à 50 jours``."""
    if span is None:
        return ""
    said = [f"{number(value)} {unit if unit == 'mois' or value < 2 else unit + 's'}"
            for unit, value in (("jour", span.jours), ("semaine", span.semaines), ("mois", span.mois))
            if value is not None]  # fmt: skip
    text = " ".join(said)
    if isinstance(span, Borne):
        return text
    if span.au_plus is not None:
        text = f"{text} à {duration_text(span.au_plus)}"
    if span.environ:
        text = f"environ {text}"
    return text or span.texte or ""


class HelpRow(NamedTuple):
    """A form of help, its references resolved into labels."""

    help: Dispositif
    type: str
    themes: str
    operators: str
    route: str
    modes: str
    delay: str
    available: str


def catalogue_context(pack: Pack, words: str = "", kind: str = "") -> dict[str, Any]:
    """The catalogue of a pack, filtered on words of the name, description or keywords, and on a type."""
    catalogue = pack.catalogue
    if catalogue is None:
        return {"aides": [], "types": ()}
    labels = {one.id: one.libelle for rows in (catalogue.types, catalogue.themes, catalogue.acces,
              catalogue.financements) for one in rows}  # fmt: skip
    operators = {one.id: one.sigle or one.libelle for one in catalogue.operateurs}
    wanted = words.casefold().split()
    rows = []
    for one in catalogue.dispositifs:
        text = " ".join([one.nom, one.description or "", *one.alias, *one.mots_cles]).casefold()
        if (kind and one.type != kind) or any(word not in text for word in wanted):
            continue
        when = one.disponible
        said = when.texte if when and when.texte else day_text(when.du) if when and when.du else ""
        rows.append(
            HelpRow(one, labels[one.type], ", ".join(labels[name] for name in one.themes),
                    ", ".join(operators[name] for name in one.operateurs), labels.get(one.acces or "", ""),
                    ", ".join(labels[name] for name in one.financements), duration_text(one.delai), said)
        )  # fmt: skip
    return {"aides": rows, "types": catalogue.types, "choix": {"q": words, "type": kind}, "catalogue": catalogue}


def grid_context(pack: Pack) -> list[dict[str, Any]]:
    """The grids of a pack: their scales in words, their indicators by rubric."""
    found = []
    for grid in pack.grilles:
        scales = {scale.id: scale for scale in grid.baremes}
        rubrics = [
            (rubric, [(one, scales.get(one.bareme or "")) for one in grid.indicateurs if one.rubrique == rubric.id])
            for rubric in grid.rubriques
        ]
        found.append({
            "grille": grid,
            "rubriques": rubrics,
            "baremes": [(scale, [(step.niveau, band_text(step), scale.unite or "") for step in scale.paliers],
                         ROUNDINGS[scale.arrondi]) for scale in grid.baremes],
        })  # fmt: skip
    return found


ROUNDINGS = {
    "inferieur": "à l'entier inférieur",
    "superieur": "à l'entier supérieur",
    "proche": "à l'entier le plus proche",
}


def band_text(step: Palier) -> str:
    """``10 à 39``, ``31 et plus``, ``7 et moins``."""
    if step.de is None:
        return f"{number(step.a)} et moins"
    if step.a is None:
        return f"{number(step.de)} et plus"
    return number(step.de) if step.de == step.a else f"{number(step.de)} à {number(step.a)}"

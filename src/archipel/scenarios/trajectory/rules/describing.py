"""The schéma directeur of a chosen scenario: existing state, target, roadmap, budget, risks, sources."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from archipel.foundation.web.formats import number
from archipel.scenarios.trajectory.rules.checker import check_nothing
from archipel.scenarios.trajectory.rules.figures import costs_figure, gantt_figure, load_figure, map_figure
from archipel.scenarios.trajectory.rules.results import PART_LABELS
from archipel.scenarios.trajectory.rules.risks import LEVELS
from archipel.scenarios.trajectory.rules.subject import Subject, euros
from archipel.scenarios.trajectory.values.document import Document, Figure, Section, Table
from archipel.scenarios.trajectory.values.facts import Facts
from archipel.scenarios.trajectory.values.settings import PRESETS

COUNTED = "Figures et montants : plan recompté par le vérificateur, inventaire du {day}."


def master_plan(subject: Subject) -> Document:
    """The document."""
    warning = [("Avertissement", "Données simulées : aucun de ces chiffres n'est réel.")] if subject.synthetic else []
    facts = (
        *warning,
        ("Groupement", subject.group or "à compléter"),
        ("Période", subject.period),
        ("Scénario", f"n° {subject.number}, « {subject.title} » ({PRESETS[subject.settings.preset][0]})"),
        ("Décision", subject.decision or "aucune : document de travail"),
        ("Inventaire", f"du {subject.day}, registre n° {number(subject.facts.ledger)}"),
    )
    sections = (
        _summary(subject),
        _existing(subject),
        _target(subject),
        _roadmap(subject),
        _budget(subject),
        _teams(subject),
        _constraints(subject),
        _risks(subject),
        _followed(subject),
        _assumed(subject),
        _sources(subject),
    )
    stamp = f"Schéma directeur du système d'information, scénario n° {subject.number}, inventaire du {subject.day}"
    if subject.synthetic:
        stamp += " · DONNÉES SIMULÉES"
    return Document(
        f"Schéma directeur du système d'information {subject.period}", subject.title, facts, sections, stamp
    )


def _summary(subject: Subject) -> Section:
    plan = subject.results
    total, saved = sum(plan.totals), plan.saved
    word = f"{euros(saved)} de moins" if saved >= 0 else f"{euros(-saved)} de plus"
    idle = check_nothing(subject.built.problem, subject.choices)
    nothing = f" Ne rien changer ne tiendrait pas {len(idle)} contraintes." if idle else ""
    return Section(
        "Synthèse",
        (
            f"La trajectoire retient {len(plan.switches)} bascules dans {len(plan.members)} établissements, de "
            f"{plan.years[0]} à {plan.years[-1]}, pour {euros(total)} sur la période : {word} que de ne rien changer."
            f"{nothing}",
            f"Le nombre de produits distincts passe de {_distinct(subject)} à {plan.products[-1]}. La charge des "
            f"équipes est de {number(sum(plan.load))} jours-homme.",
            f"Aucun plan qui tient les mêmes contraintes ne coûte moins de {euros(subject.amount('borne'))} : "
            f"l'écart prouvé à l'optimum est de {number(subject.gap, 2)} % au plus.",
        ),
    )


def _distinct(subject: Subject) -> int:
    return len({choice.before for choice in subject.choices} - {""})


def _by_member(subject: Subject) -> Table:
    facts, problem = subject.facts, subject.built.problem
    rows = []
    for member in facts.members:
        here = [use for use in facts.uses if use.establishment == member.code]
        users = next(one.users for one in problem.establishments if one.id == member.code)
        unknown = sum(use.licence is None or use.run is None for use in here)
        rows.append(
            (
                member.name,
                number(len(here)),
                number(len({use.product for use in here})),
                number(users),
                number(sum(use.cost for use in here)),
                number(unknown),
            )
        )
    total = (
        "Total",
        number(len(facts.uses)),
        number(len({use.product for use in facts.uses})),
        "",
        number(sum(use.cost for use in facts.uses)),
        "",
    )
    return Table(
        "Applications en service, par établissement",
        ("Établissement", "Applications", "Produits", "Utilisateurs", "Coût connu (€/an)", "Coûts inconnus"),
        tuple(rows),
        (1, 2, 3, 4, 5),
        total,
    )


def _existing(subject: Subject) -> Section:
    facts = subject.facts
    endings = Table(
        "Technologies et fins de support",
        ("Technologie", "Fin de support", "Applications"),
        tuple(
            (name, f"{date.fromisoformat(end):%d/%m/%Y}", number(count)) for name, end, count in facts.endings if count
        ),
        (2,),
    )
    words = "Un carré par fonction et par établissement ; une couleur par produit, la première étant le plus répandu."
    figure = Figure(
        f"Carte fonctionnelle de l'existant au {subject.day}. {words}",
        map_figure(subject.built.problem, subject.choices, after=False),
        "Quel produit tient chaque fonction dans chaque établissement aujourd'hui",
    )
    return Section(
        "Existant",
        (
            f"L'inventaire du {subject.day} décrit {len(facts.uses)} applications en service dans "
            f"{len(facts.members)} établissements.",
        ),
        figures=(figure,),
        tables=(_by_member(subject), _vendors(facts), *([endings] if endings.rows else [])),
    )


def _vendors(facts: Facts) -> Table:
    costs: dict[str, int] = {}
    uses: dict[str, int] = {}
    for use in facts.uses:
        name = use.vendor or "inconnu"
        costs[name] = costs.get(name, 0) + use.cost
        uses[name] = uses.get(name, 0) + 1
    total = sum(costs.values()) or 1
    rows = tuple(
        (name, number(uses[name]), number(cost), f"{number(100 * cost / total, 1)} %")
        for name, cost in sorted(costs.items(), key=lambda pair: (-pair[1], pair[0]))
    )
    return Table("Éditeurs, par coût connu", ("Éditeur", "Applications", "Coût connu (€/an)", "Part"), rows, (1, 2, 3))


def _target(subject: Subject) -> Section:
    rows = tuple(
        (
            line.label,
            number(line.needs),
            _products(line.before),
            _products(line.after),
            f"{number(line.convergence[0], 0)} %",
            f"{number(line.convergence[1], 0)} %",
        )
        for line in subject.results.lines
    )
    table = Table(
        "Convergence par fonction, aujourd'hui et à la fin",
        ("Fonction", "Membres", "Aujourd'hui", f"En {subject.results.years[-1]}", "Avant", "À la fin"),
        rows,
        (1, 4, 5),
    )
    figure = Figure(
        f"Carte fonctionnelle visée en {subject.results.years[-1]}.",
        map_figure(subject.built.problem, subject.choices, after=True),
        "Quel produit tient chaque fonction dans chaque établissement à la fin de la période",
    )
    return Section("Cible", (PRESETS[subject.settings.preset][1],), figures=(figure,), tables=(table,))


def _products(found: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{name} ({count})" for name, count in found) or "rien"


def _roadmap(subject: Subject) -> Section:
    plan = subject.results
    figure = Figure(
        "Calendrier des bascules.",
        gantt_figure(plan),
        "En quelle année chaque établissement passe à chaque produit ; les mêmes bascules sont en tableau",
    )
    rows = tuple(
        (str(s.year), s.name, s.label, s.before or "rien", s.after, number(s.days), number(s.euros))
        for s in plan.switches
    )
    total = ("Total", "", "", "", "", number(sum(plan.load)), number(sum(s.euros for s in plan.switches)))
    bullets = tuple(
        f"{year} : {count} bascules, {number(plan.load[rank])} jours-homme"
        + (f", dont {large} vers une grande solution" if large else "")
        for rank, year in enumerate(plan.years)
        for count, large in [
            (
                sum(s.rank == rank for s in plan.switches),
                len({(s.name, s.after) for s in plan.switches if s.rank == rank and s.large}),
            )
        ]
    )
    return Section(
        "Feuille de route",
        (),
        bullets,
        (figure,),
        (
            Table(
                "Toutes les bascules",
                ("Année", "Établissement", "Fonction", "De", "Vers", "Charge (j-h)", "Coût (€)"),
                rows,
                (5, 6),
                total,
            ),
        ),
    )


def _budget(subject: Subject) -> Section:
    plan = subject.results
    years = tuple(map(str, plan.years))
    width = tuple(range(1, len(years) + 2))
    by_part = Table(
        "Budget par nature, en euros",
        ("Nature", *years, "Période"),
        tuple(
            (PART_LABELS[part], *(number(round(v)) for v in values), number(round(sum(values))))
            for part, values in plan.parts.items()
        ),
        width,
        ("Total", *(number(round(v)) for v in plan.totals), number(round(sum(plan.totals)))),
    )
    by_member = Table(
        "Budget par établissement, en euros",
        ("Établissement", *years, "Période"),
        tuple((name, *(number(round(v)) for v in values), number(round(sum(values)))) for name, values in plan.members),
        width,
        by_part.total,
    )
    nothing = Table(
        "À comparer : ne rien changer, en euros",
        ("", *years, "Période"),
        (
            ("Ne rien changer", *(number(round(v)) for v in plan.status_quo), number(round(sum(plan.status_quo)))),
            ("Trajectoire", *(number(round(v)) for v in plan.totals), number(round(sum(plan.totals)))),
        ),
        width,
    )
    figure = Figure(
        "Coût par année et par nature ; en tirets, ne rien changer.",
        costs_figure(plan),
        "Coût de chaque année, en millions d'euros, par nature ; les mêmes montants sont en tableau",
    )
    return Section(
        "Budget", (COUNTED.format(day=subject.day),), figures=(figure,), tables=(by_part, by_member, nothing)
    )


def _teams(subject: Subject) -> Section:
    plan = subject.results
    capacity = plan.capacity or (None,) * len(plan.years)
    rows = tuple(
        (
            str(year),
            number(days),
            "sans limite" if most is None else number(most),
            "" if not most else f"{number(100 * days / most, 0)} %",
        )
        for year, days, most in zip(plan.years, plan.load, capacity, strict=True)
    )
    figure = Figure(
        "Charge des équipes par année ; en tirets, leur capacité.",
        load_figure(plan),
        "Jours-homme de chaque année ; les mêmes sont en tableau",
    )
    return Section(
        "Charge des équipes",
        (),
        figures=(figure,),
        tables=(
            Table("Charge et capacité, en jours-homme", ("Année", "Charge", "Capacité", "Emploi"), rows, (1, 2, 3)),
        ),
    )


def _constraints(subject: Subject) -> Section:
    def price(value: object) -> str:
        return "inconnu" if value is None else number(round(float(str(value))))

    rows = tuple(
        (str(one["sentence"]), price(one["found"]), price(one["least"]), price(one["most"])) for one in subject.prices
    )
    told = (
        (
            "Le calcul est refait sans chaque contrainte : la différence est ce qu'elle coûte sur la période, entre "
            "deux bornes.",
        )
        if rows
        else ("Le prix des contraintes n'a pas été calculé.",)
    )
    table = Table(
        "Ce que coûte chaque contrainte, en euros", ("Contrainte", "Coûte", "Au moins", "Au plus"), rows, (1, 2, 3)
    )
    return Section("Contraintes et leur prix", told, tables=(table,) if rows else ())


def _risks(subject: Subject) -> Section:
    rows = tuple((LEVELS[one.level], one.title, one.text, one.answer) for one in subject.risks)
    table = Table("", ("Niveau", "Risque", "Constat", "Réponse proposée"), rows)
    return Section("Risques", () if rows else ("Aucun risque relevé par les règles.",), tables=(table,) if rows else ())


def _followed(subject: Subject) -> Section:
    plan = subject.results
    rows = tuple(
        (str(year), number(plan.products[rank]), f"{number(plan.sovereign[rank], 1)} %", number(plan.carbon[rank]))
        for rank, year in enumerate(plan.years)
    )
    table = Table(
        "Indicateurs visés",
        (
            "Année",
            "Produits distincts",
            "Besoins au niveau de souveraineté attendu",
            "Carbone de l'hébergement (kg CO2e)",
        ),
        rows,
        (1, 2, 3),
    )
    return Section(
        "Indicateurs de suivi",
        (
            "Archipel compare chaque jour l'inventaire à ce plan : bascules faites sur "
            "bascules prévues, besoins comme prévu.",
        ),
        tables=(table,),
    )


def _assumed(subject: Subject) -> Section:
    changed = subject.settings.assumptions
    rows = tuple(
        (
            one.label,
            number(subject.defaults.value(one.id, changed)),
            one.unit,
            "du groupement" if one.id in changed else "par défaut",
        )
        for one in subject.defaults.values
    )
    bullets = tuple(
        f"{note.text} : {len(note.items)} ({', '.join(note.items[:6])}{'…' if len(note.items) > 6 else ''})"
        for note in subject.built.notes
    )
    return Section(
        "Hypothèses et données manquantes",
        (f"{subject.defaults.source}.",),
        bullets,
        (),
        (Table("Hypothèses", ("Hypothèse", "Valeur", "Unité", "Origine"), rows, (1,)),),
    )


def _sources(subject: Subject) -> Section:
    return Section(
        "Sources et certificat",
        bullets=(
            f"Inventaire des systèmes d'information du groupement, lu le {subject.day}, énoncé n° "
            f"{number(subject.facts.ledger)} du registre ; empreinte SHA-256 des données figées : {subject.digest}.",
            f"Référentiel fonctionnel, version {subject.facts.model}.",
            f"Hypothèses, version {subject.defaults.version}.",
            f"Plan : {euros(subject.amount('cout'))}. Valeur minimisée : {euros(subject.amount('valeur'))}. Borne "
            f"prouvée : {euros(subject.amount('borne'))} ({subject.body['solveur']}, "
            f"{number(subject.amount('secondes'), 1)} s). Écart : {number(subject.gap, 2)} % au plus.",
            f"Vérificateur indépendant du calcul : {number(round(subject.amount('contraintes')))} contraintes relues, "
            "coûts recomptés au moment d'écrire ce document.",
            f"Empreinte SHA-256 de la réponse : {subject.answer}.",
        ),
    )

"""The cahier des charges of the support market, filled with what the chosen plan says; the buyer completes the rest."""

from __future__ import annotations

from archipel.foundation.web.formats import number
from archipel.scenarios.trajectory.rules.figures import gantt_figure
from archipel.scenarios.trajectory.rules.subject import Subject, euros
from archipel.scenarios.trajectory.values.document import Document, Figure, Section, Table

HOLE = "[À compléter par l'acheteur]"
_WORKS = (
    ("Pilotage", "Bureau de projet : calendrier, risques, budget, comités, tableau de bord partagé."),
    ("Cadrage", "Note de cadrage, organisation cible, étude d'écart fonctionnel, avant chaque bascule."),
    (
        "Reprise des données",
        "Inventaire, qualité, reprise à blanc, recette contradictoire, archivage de l'ancien système.",
    ),
    (
        "Interopérabilité",
        "Cartographie des flux, cadre d'interopérabilité, recette des interfaces avec la plateforme d'échanges.",
    ),
    ("Conduite du changement", "Formation, référents, soutien sur place au démarrage, mesure de l'adoption."),
    ("Sécurité et continuité", "Analyse de risques, plan de continuité pendant la bascule, test de retour arrière."),
    ("Réversibilité", "Clauses, formats d'export, essai de sortie avant la fin du marché."),
)


def specification(subject: Subject) -> Document:
    """The document: what the plan knows is written; what only the buyer knows is a marked hole."""
    warning = [("Avertissement", "Données simulées : aucun de ces chiffres n'est réel.")] if subject.synthetic else []
    facts = (
        *warning,
        ("Acheteur", HOLE),
        ("Groupement", subject.group or HOLE),
        ("Procédure et référence", HOLE),
        ("Date limite de remise des offres", HOLE),
    )
    sections = (
        _object(subject),
        _context(subject),
        _scope(subject),
        _works(),
        _calendar(subject),
        _deliverables(),
        _skills(),
        _prices(subject),
        _criteria(),
        _conditions(subject),
        _annex(subject),
    )
    stamp = f"Cahier des charges du marché d'accompagnement, scénario n° {subject.number}"
    if subject.synthetic:
        stamp += " · DONNÉES SIMULÉES"
    title = "Cahier des charges : accompagnement à la convergence des systèmes d'information"
    return Document(title, f"Modèle prérempli d'après la trajectoire « {subject.title} »", facts, sections, stamp)


def _object(subject: Subject) -> Section:
    plan = subject.results
    return Section(
        "Objet du marché",
        (
            "Accompagner les établissements du groupement dans la mise en œuvre de leur trajectoire de convergence, de "
            f"{plan.years[0]} à {plan.years[-1]} : {len(plan.switches)} bascules dans {len(plan.members)} "
            "établissements.",
            f"Forme du marché, allotissement, durée et reconductions : {HOLE}.",
        ),
    )


def _context(subject: Subject) -> Section:
    facts = subject.facts
    rows = tuple(
        (
            member.name,
            number(sum(use.establishment == member.code for use in facts.uses)),
            number(next(e.users for e in subject.built.problem.establishments if e.id == member.code)),
            number(sum(s.establishment == member.code for s in subject.results.switches)),
        )
        for member in facts.members
    )
    table = Table(
        "Établissements concernés",
        ("Établissement", "Applications", "Utilisateurs", "Bascules prévues"),
        rows,
        (1, 2, 3),
    )
    return Section(
        "Contexte",
        (
            f"L'inventaire du {subject.day} décrit {len(facts.uses)} applications et "
            f"{len({use.product for use in facts.uses})} produits. Projet médical partagé, gouvernance, décisions : "
            f"{HOLE}.",
        ),
        tables=(table,),
    )


def _scope(subject: Subject) -> Section:
    changed = [line for line in subject.results.lines if line.before != line.after]
    rows = tuple(
        (line.label, ", ".join(name for name, _ in line.before) or "rien", ", ".join(name for name, _ in line.after))
        for line in changed
    )
    return Section(
        "Périmètre fonctionnel",
        (
            "Les produits cités sont ceux de la trajectoire du groupement ; leur "
            "acquisition n'est pas l'objet de ce marché.",
        ),
        tables=(Table("Fonctions qui évoluent", ("Fonction", "Aujourd'hui", "Cible"), rows),),
    )


def _works() -> Section:
    return Section("Prestations attendues", tables=(Table("", ("Prestation", "Contenu"), _WORKS),))


def _calendar(subject: Subject) -> Section:
    plan = subject.results
    rows = tuple(
        (str(year), number(sum(s.rank == rank for s in plan.switches)), number(plan.load[rank]))
        for rank, year in enumerate(plan.years)
    )
    figure = Figure(
        "Calendrier prévisionnel des bascules.",
        gantt_figure(plan),
        "En quelle année chaque établissement passe à chaque produit",
    )
    return Section(
        "Calendrier prévisionnel",
        figures=(figure,),
        tables=(Table("Volumes par année", ("Année", "Bascules", "Charge estimée (jours-homme)"), rows, (1, 2)),),
    )


def _deliverables() -> Section:
    return Section(
        "Livrables",
        bullets=(
            "Note de cadrage et plan projet, dans les deux mois de chaque démarrage.",
            "Tableau de bord mensuel : avancement, risques, charge, budget, écarts à la trajectoire.",
            "Dossier de bascule : plan, essai à blanc, critères d'arrêt, retour arrière, procès-verbal.",
            "Bilan de chaque bascule, avec les enseignements pour les suivantes.",
            "Données du projet remises dans des formats ouverts, réutilisables par le groupement.",
        ),
    )


def _skills() -> Section:
    return Section(
        "Équipe et compétences",
        bullets=(
            "Directeur de mission, joignable, présent aux comités.",
            "Chefs de projet ayant conduit des changements de dossier patient en établissement public de santé.",
            "Architecte d'interopérabilité en santé, référent identitovigilance, spécialiste de la reprise de données.",
            f"Références demandées, habilitations et clauses sociales : {HOLE}.",
        ),
    )


def _prices(subject: Subject) -> Section:
    plan = subject.results
    rows = tuple(
        (name, unit, quantity, "", "")
        for name, unit, quantity in (
            ("Pilotage", "mois", number(12 * len(plan.years))),
            (
                "Cadrage d'une grande bascule",
                "bascule",
                number(len({(s.name, s.after) for s in plan.switches if s.large})),
            ),
            ("Accompagnement d'une bascule", "fonction et établissement", number(len(plan.switches))),
            ("Renfort des équipes", "jour-homme", HOLE),
            ("Formation", "session", HOLE),
        )
    )
    return Section(
        "Bordereau des prix",
        ("Quantités issues de la trajectoire, données à titre indicatif.",),
        tables=(
            Table("", ("Prestation", "Unité", "Quantité", "Prix unitaire HT (€)", "Total HT (€)"), rows, (2, 3, 4)),
        ),
    )


def _criteria() -> Section:
    rows = tuple(
        (name, HOLE)
        for name in (
            "Compréhension du besoin et méthode",
            "Équipe proposée",
            "Prix",
            "Calendrier et engagements",
            "Réversibilité",
        )
    )
    return Section("Critères de jugement", tables=(Table("", ("Critère", "Pondération"), rows),))


def _conditions(subject: Subject) -> Section:
    level = subject.defaults.value("souverainete", subject.settings.assumptions)
    return Section(
        "Conditions d'exécution",
        bullets=(
            "Confidentialité : aucune donnée de patient ne quitte les systèmes du groupement ; accès "
            "nominatifs et tracés.",
            "Protection des données : sous-traitance au sens de l'article 28 du RGPD, registre, notification des "
            "violations.",
            "Hébergement des données de santé : certifié HDS (article L. 1111-8 du code de la santé publique).",
            f"Souveraineté : niveau {number(level)} au moins sur l'échelle retenue par le groupement.",
            f"Budget de bascule estimé par le groupement : {euros(sum(s.euros for s in subject.results.switches))} "
            "(à retirer avant publication s'il ne doit pas être connu des candidats).",
            f"Pénalités, révision des prix, propriété des livrables : {HOLE}.",
        ),
    )


def _annex(subject: Subject) -> Section:
    rows = tuple((str(s.year), s.name, s.label, s.before or "rien", s.after) for s in subject.results.switches)
    return Section(
        "Annexe : bascules prévues", tables=(Table("", ("Année", "Établissement", "Fonction", "De", "Vers"), rows),)
    )

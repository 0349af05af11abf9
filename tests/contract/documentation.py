"""Writes the parts of ``docs/`` that come from the code: commands and personal data.

``python -m tests.contract.documentation`` writes ``docs/commandes.md`` and ``docs/donnees-personnelles.md``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "archipel"
DOCS = ROOT / "docs"
COMMAND = "python -m tests.contract.documentation"


@dataclass(frozen=True)
class Held:
    """What a table holds about people: whose, what, and why; ``who`` empty: nothing about anybody."""

    who: str
    what: str = ""


NOTHING = Held("")
PATIENTS, STAFF = "patients", "professionnels"
PERSONAL_DATA: dict[str, Held] = {
    "accounts.User": Held(STAFF, "nom, adresse électronique, RPPS, empreinte du mot de passe, secret TOTP chiffré"),
    "accounts.Grant": Held(STAFF, "rôles d'un compte, qui les a donnés"),
    "accounts.BreakGlass": Held(STAFF, "accès exceptionnels : motif, durée, relecture"),
    "accounts.RecoveryCode": Held(STAFF, "empreintes des codes de secours"),
    "accounts.OpenSession": Held(STAFF, "adresse réseau, navigateur, moments de connexion"),
    "accounts.ApiToken": Held(STAFF, "jetons de l'API : empreinte, droits, dernière adresse réseau"),
    "accounts.TokenFailure": Held(STAFF, "adresses réseau d'où viennent des jetons refusés"),
    "audit.Entry": Held(f"{STAFF}, {PATIENTS}", "qui a lu ou changé quoi ; clé de la venue ou du patient lu, sans nom"),
    "audit.Seal": NOTHING,
    "audit.Progress": NOTHING,
    "journal.Sender": NOTHING,
    "journal.Message": Held(PATIENTS, "message tel que reçu : identité, INS, adresse, mouvements"),
    "journal.Duplicate": NOTHING,
    "journal.Pending": NOTHING,
    "journal.Outcome": Held(PATIENTS, "motif d'un message mis de côté, qui peut citer un champ reçu"),
    "journal.Decision": Held(STAFF, "qui a rejoué, corrigé ou abandonné un message"),
    "outbox.Event": NOTHING,
    "webhooks.Subscription": Held(STAFF, "qui a abonné un autre système ; secret de signature chiffré"),
    "webhooks.Delivery": NOTHING,
    "territory.Publication": Held(STAFF, "qui a publié la structure"),
    "territory.Entity": NOTHING,
    "territory.Version": NOTHING,
    "territory.Relation": NOTHING,
    "territory.Etablissement": NOTHING,
    "territory.Site": NOTHING,
    "territory.Uf": NOTHING,
    "territory.Lit": NOTHING,
    "territory.CodeMapping": NOTHING,
    "territory.Proposal": Held(STAFF, "qui a proposé une structure"),
    "identity.Patient": Held(PATIENTS, "IPP, INS et son statut, noms, prénoms, sexe, naissance, décès"),
    "identity.MergeFact": Held(PATIENTS, "clés des identités fusionnées"),
    "identity.MergeDecision": Held(f"{PATIENTS}, {STAFF}", "fusions défaites ou refaites, par qui, pourquoi"),
    "flow.MovementFact": Held(PATIENTS, "clés du patient et de la venue, mouvement, lieu"),
    "flow.OwnerFact": Held(PATIENTS, "clés du patient et de la venue"),
    "flow.Movement": Held(PATIENTS, "clés du patient et de la venue, mouvement, lieu"),
    "flow.Venue": Held(PATIENTS, "numéro de dossier, clé du patient, commune, dates, mode de sortie, consentements"),
    "flow.Segment": Held(PATIENTS, "lieu, dates et sexe d'un séjour sous un numéro dérivé, sans identité"),
    "flow.BedFact": Held(f"{PATIENTS}, {STAFF}", "réservations et motifs en texte libre, auteur"),
    "flow.BedStatus": Held(PATIENTS, "état d'un lit ; numéro dérivé de la venue attendue, sans identité"),
    "flow.EdFact": Held(f"{PATIENTS}, {STAFF}", "tri, prise en charge, orientation d'une venue ; auteur"),
    "flow.Request": Held(PATIENTS, "âge, sexe, besoins ; nom et naissance pour l'équipe sollicitée"),
    "flow.RequestEvent": Held(STAFF, "qui a demandé, accepté, refusé ; motif"),
    "flow.Due": NOTHING,
    "flow.Offer": Held(STAFF, "qui a déclaré l'offre du ROR et ses unités"),
    "flow.ForecastCapacity": Held(STAFF, "qui a validé une prévision de lits disponibles"),
    "flow.RegionalCapacity": NOTHING,
    "ror.Dispatch": NOTHING,
    "ror.Exchange": NOTHING,
    "ror.Answer": NOTHING,
    "ror.Agreed": NOTHING,
    "ror.Link": NOTHING,
    "flow.PassageFact": Held(
        f"{PATIENTS}, {STAFF}", "données de santé du passage aux urgences (gravité, diagnostics, actes) ; auteur"
    ),
    "flow.PastPassage": Held(PATIENTS, "passages lus dans un fichier RPU : naissance, commune, diagnostics, sans nom"),
    "flow.EdDay": NOTHING,
    "flow.TensionReading": NOTHING,
    "flow.TensionFact": Held(STAFF, "qui a déclaré, confirmé ou levé une tension ; motif en texte libre"),
    "documents.Document": Held(f"{PATIENTS}, {STAFF}", "texte médical rédigé, destinataires ; qui l'a validé"),
    "documents.Event": Held(STAFF, "qui a rédigé, validé, renvoyé, abandonné un document ; motif"),
    "documents.Payload": Held(f"{PATIENTS}, {STAFF}", "document tel que validé : CDA et PDF, médecin signataire"),
    "documents.Delivery": Held(PATIENTS, "message envoyé (document, identité, INS), adresses"),
    "documents.Receipt": Held(PATIENTS, "accusé tel que reçu ; adresse concernée, qui peut contenir l'INS"),
    "documents.Correspondent": Held(STAFF, "nom, adresse MSSanté, RPPS de ceux à qui l'on écrit"),
    "pathway.Thread": Held(f"{PATIENTS}, {STAFF}", "passage qui a un fil d'Ariane, jusqu'à quand ; effacé ensuite"),
    "pathway.Told": Held(f"{PATIENTS}, {STAFF}", "étape dite au patient par l'équipe ; effacé avec le fil"),
    "pathway.Opening": Held(PATIENTS, "numéro dérivé d'un passage qui a eu un fil d'Ariane, sans identité"),
    "forecast.HistoryFile": Held(STAFF, "fichier de nombres passés tel que reçu, qui l'a envoyé"),
    "forecast.HistoryDay": NOTHING,
    "forecast.Refresh": Held(STAFF, "qui a demandé un calcul des prévisions"),
    "forecast.Curve": NOTHING,
    "funding.Project": Held(STAFF, "qui a ouvert le projet financé"),
    "funding.Line": Held(STAFF, "qui a écrit une ligne du journal des financements ; motif en texte libre"),
    "funding.Run": Held(STAFF, "qui a demandé un portefeuille"),
    "packs.Version": Held(STAFF, "qui a proposé la version ; contacts professionnels que le fichier nomme"),
    "packs.Decision": Held(STAFF, "qui a publié, refusé ou retiré une version ; motif en texte libre"),
    "rpu.File": Held(PATIENTS, "fichier RPU fait : naissance, commune, diagnostics, sans nom"),
    "rpu.Deposit": Held(STAFF, "qui a déposé un fichier RPU, où, avec quelle réponse"),
    "rpu.Import": Held(f"{PATIENTS}, {STAFF}", "fichier RPU reçu, gardé tel quel ; qui l'a importé"),
    "rpu.ImportLine": Held(PATIENTS, "heure d'entrée d'un passage lu, ce qui n'y va pas"),
    "systems.Statement": Held(STAFF, "responsable d'une application, auteur de la fiche, motif"),
    "systems.Alias": Held(STAFF, "qui a dit ce que désigne un nom d'éditeur ou de produit"),
    "systems.Mapping": Held(STAFF, "qui a dit le sens des colonnes d'un tableur"),
    "systems.Reminder": NOTHING,
    "systems.Received": Held(STAFF, "qui a déposé le tableur ; responsables qu'il nomme"),
    "trajectory.Snapshot": Held(STAFF, "qui a figé l'inventaire"),
    "trajectory.Scenario": Held(STAFF, "qui a commencé le scénario"),
    "trajectory.Version": Held(STAFF, "qui a changé les réglages"),
    "trajectory.Run": Held(STAFF, "qui a demandé le calcul"),
    "trajectory.Answer": NOTHING,
    "trajectory.Publication": Held(STAFF, "qui a choisi la trajectoire, et pourquoi"),
    "perimetre.Change": Held(STAFF, "qui a chargé, importé ou corrigé le périmètre"),
    "perimetre.Statement": NOTHING,
    "perimetre.Received": Held(STAFF, "qui a déposé le fichier"),
    "facts.Fact": Held(STAFF, "qui a saisi, corrigé, retiré un fait ; source en texte libre"),
    "facts.Payment": Held(STAFF, "qui a saisi un versement ; source en texte libre"),
    "facts.Attachment": Held(STAFF, "qui a déposé la pièce ; signataires qu'elle nomme"),
    "facts.Import": Held(STAFF, "qui a déposé le fichier"),
    "catalogue.Offer": Held(STAFF, "qui a écrit une offre régionale"),
    "catalogue.AnswerDelay": Held(STAFF, "qui a fixé un délai de réponse"),
    "catalogue.Request": Held(STAFF, "qui a demandé une aide, contact ; besoin en texte libre"),
    "catalogue.RequestEvent": Held(STAFF, "qui a donné un avis, démarré, terminé une mission ; texte libre"),
    "catalogue.QuotaMovement": NOTHING,
    "catalogue.FeedbackEvent": Held(STAFF, "qui a écrit ou relu un retour d'expérience ; texte libre"),
    "catalogue.Publication": NOTHING,
    "catalogue.Document": NOTHING,
    "catalogue.Word": NOTHING,
    "maturity.Campaign": Held(STAFF, "qui a ouvert une campagne d'auto-diagnostic"),
    "maturity.CampaignFact": Held(STAFF, "qui a relancé, prolongé, clos une campagne ; motif"),
    "maturity.Answer": Held(STAFF, "qui a répondu ; commentaire et titres de preuves en texte libre"),
    "maturity.Import": Held(STAFF, "fichier de réponses tel que reçu, qui l'a envoyé ; commentaires en texte libre"),
    "maturity.Effort": Held(STAFF, "qui a dit un effort ; motif"),
    "proof.File": Held(STAFF, "qui a déposé la pièce ; personnes qu'elle nomme (pas de patient)"),
    "proof.Entry": Held(STAFF, "qui a déposé, déclaré, décidé, commenté, retiré ; texte libre"),
    "proof.Query": NOTHING,
    "proof.Reading": NOTHING,
    "proof.Change": Held(STAFF, "compte cité dans le motif d'un statut"),
    "proof.Round": NOTHING,
    "proof.SigningKey": NOTHING,
    "proof.Archive": Held(STAFF, "qui a fait geler une archive"),
    "proof.Content": Held(STAFF, "archive signée : comptes, pièces et personnes qu'elles nomment"),
    "proof.Freezing": Held(STAFF, "qui a demandé une archive"),
    "dossiers.Dossier": Held(STAFF, "qui a ouvert le dossier"),
    "dossiers.Event": Held(STAFF, "qui a fait avancer le dossier, quand, pourquoi"),
    "dossiers.Participation": Held(STAFF, "qui a donné l'accord d'un établissement"),
    "dossiers.Revision": Held(STAFF, "texte des rubriques, noms et professions de l'équipe projet, auteur"),
    "dossiers.Fork": Held(STAFF, "texte écrit en même temps qu'un autre, auteur"),
    "dossiers.Draft": Held(STAFF, "texte non enregistré, auteur, dernier signe de présence"),
    "dossiers.Comment": Held(STAFF, "remarques, auteurs, personnes citées"),
    "dossiers.Attachment": Held(STAFF, "pièces jointes : nom du fichier, déposant"),
    "dossiers.Blob": Held(STAFF, "contenu des pièces jointes (lettres, avis signés)"),
    "dossiers.Deposit": Held(STAFF, "dossier tel que déposé, équipe projet comprise"),
    "dossiers.Note": Held(STAFF, "notes d'instruction, auteur"),
    "dossiers.Notification": Held(STAFF, "ce qui est signalé à un compte"),
    "dossiers.Feed": Held(STAFF, "empreinte de l'adresse du calendrier d'un compte"),
}


def models() -> list[Any]:
    """Every table of Archipel."""
    from django.apps import apps

    return [model for model in apps.get_models() if model.__module__.startswith("archipel.")]


def protections() -> tuple[set[str], dict[str, str], set[str]]:
    """(tables filtered by establishment, those also readable otherwise, append-only tables), from the migrations."""
    text = "\n".join(path.read_text("utf-8") for path in sorted(SOURCE.rglob("migrations/0*.py")))
    calls = re.findall(r'(?:scoped|guarded)\(\s*"(\w+)"([^)]*)\)', text)
    wider = {table: "capacité" for table, rest in calls if "read=CAPACITY" in rest}
    raw = set(re.findall(r"ALTER TABLE (\w+) FORCE ROW LEVEL SECURITY", text))
    return {table for table, _ in calls} | raw, wider, set(re.findall(r'append_only\("(\w+)"\)', text))


def personal_data() -> str:
    """``docs/donnees-personnelles.md``."""
    filtered, wider, ledgers = protections()
    lines = [
        "# Données personnelles",
        "",
        f"Page écrite par `{COMMAND}` ; un test échoue quand elle a vieilli, ou quand une table n'y est pas.",
        "",
        "Filtrée : la base de données elle-même ne montre une ligne qu'à une session ouverte pour son établissement.",
        "« capacité » : lisible aussi, sans nom, par qui voit celle du groupement. Journal : ni changé ni effacé ;",
        "une correction est un fait de plus. Les durées de conservation sont fixées par chaque site avec son délégué à",
        "la protection des données : Archipel n'efface rien de lui-même.",
        "",
        "| Table | De qui | Quoi | Filtrée | Journal |",
        "|---|---|---|---|---|",
    ]
    for model in models():
        held = PERSONAL_DATA[model._meta.label]
        table = model._meta.db_table
        guard = f"oui, et {wider[table]}" if table in wider else "oui" if table in filtered else "non"
        row = (model._meta.label, held.who or "aucune", held.what or "–", guard, "oui" if table in ledgers else "non")
        lines.append("| `" + row[0] + "` | " + " | ".join(row[1:]) + " |")
    return "\n".join(lines) + "\n"


def commands() -> Iterator[tuple[str, Any]]:
    """(words, command) of every command of ``archipel``."""
    import typer

    from archipel.cli import app

    def walk(command: Any, words: str) -> Iterator[tuple[str, Any]]:
        if not hasattr(command, "commands"):
            yield words, command
            return
        context = typer.Context(command)
        for name in sorted(command.list_commands(context)):
            yield from walk(command.get_command(context, name), f"{words} {name}")

    yield from walk(typer.main.get_command(app), "archipel")


def command_page() -> str:
    """``docs/commandes.md``."""
    lines = [
        "# Commandes",
        "",
        f"Page écrite par `{COMMAND}` à partir de la commande elle-même ; un test échoue quand elle a vieilli.",
        "`archipel <commande> --help` dit la même chose.",
    ]
    for words, command in commands():
        lines += ["", f"## `{words}`", "", " ".join((command.help or "").split())]
        rows = [_parameter(one) for one in command.params]
        if rows:
            lines += ["", "| Paramètre | Sens | Défaut | Variable |", "|---|---|---|---|", *rows]
    return "\n".join(lines) + "\n"


def _parameter(one: Any) -> str:
    name = ", ".join(f"`{o}`" for o in one.opts) if one.param_type_name == "option" else f"`{one.name.upper()}`"
    given = one.default
    shown = "obligatoire" if one.required else "" if given in (None, False, ()) or callable(given) else f"`{given}`"
    variable = f"`{one.envvar}`" if one.envvar else ""
    return f"| {name} | {getattr(one, 'help', '') or ''} | {shown} | {variable} |"


PAGES = {"donnees-personnelles.md": personal_data, "commandes.md": command_page}


def main() -> None:
    """Write the pages."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "archipel.config.settings")
    import django

    django.setup()
    for name, write in PAGES.items():
        (DOCS / name).write_text(write(), encoding="utf-8")
        print(f"docs/{name}")


if __name__ == "__main__":
    main()

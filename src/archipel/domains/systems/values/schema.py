"""What the inventory says of each kind of thing: one list of fields serves entry, files,
comparison and completeness."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    """The kinds of things that are described."""

    APPLICATION = "application"
    CONTRAT = "contrat"
    INTERFACE = "interface"
    EQUIPEMENT = "equipement"
    TECHNOLOGIE = "technologie"
    EDITEUR = "editeur"
    PRODUIT = "produit"
    CIBLE = "cible"
    CAMPAGNE = "campagne"


KIND_LABELS = {
    Kind.APPLICATION: "Applications",
    Kind.CONTRAT: "Contrats",
    Kind.INTERFACE: "Interfaces",
    Kind.EQUIPEMENT: "Équipements",
    Kind.TECHNOLOGIE: "Technologies",
    Kind.EDITEUR: "Éditeurs",
    Kind.PRODUIT: "Produits",
    Kind.CIBLE: "Cibles",
    Kind.CAMPAGNE: "Campagnes",
}
SHARED = frozenset({Kind.TECHNOLOGIE, Kind.EDITEUR, Kind.PRODUIT, Kind.CIBLE, Kind.CAMPAGNE})
"""Described once for the whole group; the others belong to one establishment."""
GOLDEN = (Kind.EDITEUR, Kind.PRODUIT)
"""Whose names are written in many ways and are brought to one list."""


class Type(StrEnum):
    """How a field is written."""

    TEXTE = "texte"
    NOMBRE = "nombre"
    EUROS = "euros"
    DATE = "date"
    OUI_NON = "oui_non"
    CHOIX = "choix"
    LISTE = "liste"


@dataclass(frozen=True, slots=True)
class Field:
    """One column: its name, its title, its type, how spreadsheets also call it."""

    name: str
    label: str
    type: Type = Type.TEXTE
    aliases: tuple[str, ...] = ()
    choices: tuple[tuple[str, str], ...] = ()
    required: bool = False
    weight: int = 0
    """How much it counts in the completeness; 0: it does not."""
    most: float | None = None
    """The largest number accepted."""


HOSTING = (
    ("interne", "Interne"),
    ("mutualise", "Mutualisé dans le GHT"),
    ("externe", "Externe, sans certification HDS"),
    ("hds", "Externe, certifié HDS"),
    ("secnumcloud", "Externe, HDS et SecNumCloud"),
)
STATUS = (
    ("service", "En service"),
    ("projet", "En projet"),
    ("extinction", "En extinction"),
    ("arrete", "Arrêtée"),
)
DEPENDENCY = (
    ("oracle", "Oracle"),
    ("microsoft", "Microsoft"),
    ("vmware", "VMware"),
    ("autre", "Autre éditeur dominant"),
    ("libre", "Logiciel libre"),
    ("aucune", "Aucune"),
)
EXIT = (("aucun", "Aucun"), ("etudie", "À l'étude"), ("planifie", "Planifié"), ("engage", "Engagé"))
EQUIPMENT = (
    ("serveur", "Serveur"), ("stockage", "Baie de stockage"), ("nas", "Baie NAS"), ("commutateur",
          "Commutateur réseau"),
    ("fixe", "Ordinateur fixe, sans écran"), ("portable", "Ordinateur portable"), ("ecran", "Écran"),
    ("autre", "Autre"),
)  # fmt: skip
AI_RISK = (
    ("minimal", "Minimal"), ("limite", "Limité : transparence due"), ("haut", "Haut risque"),
)  # fmt: skip
"""Classes of the European regulation on artificial intelligence, (EU) 2024/1689, articles 6 and 50."""
AI_REVIEW = (("aucune", "Aucune"), ("prevue", "Prévue"), ("en_cours", "En cours"), ("faite", "Faite"))
RENEWAL = (("tacite", "Tacite"), ("expresse", "Expresse"), ("aucune", "Aucune"))

_ETAB = Field(
    "etablissement", "Établissement", aliases=("finess", "finess ej", "ej", "etab", "site", "hôpital", "membre")
)


def _code(*also: str) -> Field:
    return Field("code", "Code", aliases=("id", "identifiant", "référence", *also))


FIELDS: MappingProxyType[Kind, tuple[Field, ...]] = MappingProxyType({
    Kind.APPLICATION: (
        _ETAB, _code("code application"),
        Field("nom", "Application", aliases=("nom", "nom application", "appli", "logiciel", "libellé", "solution"),
              required=True),
        Field("produit", "Produit", aliases=("progiciel", "nom du produit", "nom commercial"), weight=2),
        Field("editeur", "Éditeur", aliases=("fournisseur", "vendeur", "société", "éditeur logiciel"), weight=2),
        Field("modules", "Modules", Type.LISTE, ("module",)),
        Field("fonctions", "Fonctions", Type.LISTE, ("fonction", "domaine", "domaine fonctionnel",
              "périmètre", "couverture fonctionnelle", "périmètre fonctionnel"), weight=3),
        Field("version", "Version", aliases=("version installée", "release"), weight=1),
        Field("technologies", "Technologies", Type.LISTE, ("technologie", "sgbd", "os", "socle technique"), weight=1),
        Field("statut", "Statut", Type.CHOIX, ("état", "situation"), STATUS, weight=1),
        Field("mise_en_service", "Mise en service", Type.DATE, ("date de mise en service", "mes", "mep",
              "date mep", "mise en production", "go live", "depuis"), weight=1),
        Field("fin_prevue", "Fin prévue", Type.DATE, ("date de fin", "décommissionnement", "arrêt prévu", "fin de vie",
              "fin de maintenance")),
        Field("utilisateurs", "Utilisateurs", Type.NOMBRE, ("nb utilisateurs", "nombre d'utilisateurs", "users",
              "nb users"), weight=2, most=1_000_000),
        Field("instance", "Instance partagée", aliases=("mutualisation", "instance", "plateforme commune")),
        Field("cout_licence", "Licence (€/an)", Type.EUROS, ("licence", "coût licence", "maintenance", "redevance"),
              weight=2),
        Field("cout_exploitation", "Exploitation (€/an)", Type.EUROS, ("exploitation", "coût d'exploitation",
              "infogérance", "run", "hébergement (€)"), weight=1),
        Field("cout_personnel", "Personnel (€/an)", Type.EUROS, ("coût personnel", "masse salariale", "staff"),
              weight=1),
        Field("hebergement", "Hébergement", Type.CHOIX, ("type d'hébergement", "hébergeur"), HOSTING, weight=2),
        Field("souverainete", "Souveraineté (0 à 4)", Type.NOMBRE, ("niveau de souveraineté", "seal"),
              weight=1, most=4),
        Field("donnees", "Données tenues", Type.LISTE, ("données", "types de données"), weight=1),
        Field("donnees_sante", "Données de santé", Type.OUI_NON, ("données de santé", "dcp santé"), weight=2),
        Field("rto_h", "Reprise sous (h)", Type.NOMBRE, ("rto", "dmia", "délai de reprise"), weight=2, most=8760),
        Field("rpo_h", "Perte de données admise (h)", Type.NOMBRE, ("rpo", "pdma"), weight=2, most=8760),
        Field("tolerance_h", "Tient sans ses entrées (h)", Type.NOMBRE, ("tolérance", "mode dégradé (h)"), weight=1,
              most=8760),
        Field("depend_de", "Dépend de", Type.LISTE, ("dépendances", "dépend de", "prérequis techniques")),
        Field("unites", "Unités servies (UF)", Type.LISTE, ("uf", "unités", "services utilisateurs")),
        Field("responsable", "Responsable", aliases=("référent", "propriétaire", "chef de projet", "owner"), weight=2),
        Field("ia", "Utilise l'IA", Type.OUI_NON, ("intelligence artificielle", "ia")),
        Field("ia_usage", "Usage de l'IA", aliases=("finalité de l'ia",)),
        Field("ia_risque", "Risque de l'IA", Type.CHOIX, ("classe de risque",), AI_RISK),
        Field("ia_evaluation", "Évaluation d'impact de l'IA", Type.CHOIX, ("évaluation de l'ia",), AI_REVIEW),
        Field("ia_formes", "Utilisateurs formés à l'IA (%)", Type.NOMBRE, ("formés à l'ia",), most=100),
        Field("note", "Remarque", aliases=("commentaire", "commentaires", "observations")),
    ),
    Kind.CONTRAT: (
        _ETAB, _code("numéro", "n° de contrat", "n° marché", "numéro de contrat"),
        Field("objet", "Objet", aliases=("intitulé", "libellé", "objet du marché"), required=True),
        Field("editeur", "Titulaire", aliases=("éditeur", "fournisseur", "prestataire"), weight=2),
        Field("applications", "Applications", Type.LISTE, ("application", "logiciel")),
        Field("debut", "Début", Type.DATE, ("date de début", "date d'effet", "notification"), required=True),
        Field("fin", "Fin", Type.DATE, ("date de fin", "échéance", "terme"), weight=2),
        Field("preavis_mois", "Préavis (mois)", Type.NOMBRE, ("préavis", "délai de préavis"), weight=1, most=120),
        Field("reconduction", "Reconduction", Type.CHOIX, ("renouvellement",), RENEWAL, weight=1),
        Field("montant", "Montant (€/an)", Type.EUROS, ("montant annuel", "montant", "prix"), weight=2),
    ),
    Kind.INTERFACE: (
        _ETAB, _code("code interface"),
        Field("source", "Application source", aliases=("source", "émetteur", "de", "application émettrice"),
              required=True),
        Field("cible", "Application cible", aliases=("cible", "destinataire", "vers", "récepteur"), required=True),
        Field("etablissement_cible", "Établissement cible", aliases=("finess cible",)),
        Field("norme", "Norme", aliases=("standard", "format", "protocole", "norme d'échange"), weight=1),
        Field("objet", "Objet", aliases=("flux", "contenu", "nature du flux")),
        Field("volume_jour", "Volume (messages/jour)", Type.NOMBRE, ("volume", "messages par jour"), weight=1,
              most=1e9),
        Field("eai", "Par la plateforme d'échanges", Type.OUI_NON, ("eai", "via eai")),
    ),
    Kind.EQUIPEMENT: (
        _ETAB, _code("numéro de série", "hostname"),
        Field("nom", "Équipement", aliases=("désignation", "nom", "serveur"), required=True),
        Field("type", "Type", Type.CHOIX, ("catégorie", "famille"), EQUIPMENT, required=True),
        Field("quantite", "Quantité", Type.NOMBRE, ("nombre", "qté"), most=1_000_000),
        Field("mise_en_service", "Mise en service", Type.DATE, ("achat", "date d'achat", "mes"), weight=1),
        Field("lieu", "Lieu", aliases=("salle", "datacenter", "emplacement"), weight=1),
        Field("electricite", "Électricité (kWh/an par unité)", Type.NOMBRE, ("consommation", "kwh"), most=1e6),
        Field("applications", "Applications portées", Type.LISTE, ("applications", "application")),
        Field("technologies", "Technologies", Type.LISTE, ("os", "système d'exploitation", "hyperviseur"), weight=1),
    ),
    Kind.TECHNOLOGIE: (
        _code(),
        Field("nom", "Technologie", aliases=("nom", "composant"), required=True),
        Field("version", "Version"),
        Field("editeur", "Éditeur", aliases=("fournisseur",), weight=1),
        Field("dependance", "Dépendance", Type.CHOIX, ("famille",), DEPENDENCY, weight=1),
        Field("fin_support", "Fin de support", Type.DATE, ("fin de support", "eol", "end of life"), weight=2),
        Field("source", "Source", aliases=("référence éditeur",)),
    ),
    Kind.EDITEUR: (
        _code(),
        Field("nom", "Éditeur", aliases=("nom", "raison sociale", "société"), required=True),
        Field("pays", "Pays du siège", aliases=("pays",), weight=1),
        Field("dependance", "Dépendance", Type.CHOIX, ("famille",), DEPENDENCY, weight=1),
        Field("plan_sortie", "Plan de sortie", Type.CHOIX, ("stratégie de sortie",), EXIT, weight=1),
        Field("note", "Remarque", aliases=("commentaire",)),
    ),
    Kind.PRODUIT: (
        _code(),
        Field("nom", "Produit", aliases=("nom", "progiciel", "logiciel"), required=True),
        Field("editeur", "Éditeur", aliases=("fournisseur", "société"), weight=1),
        Field("fonctions", "Fonctions", Type.LISTE, ("fonction", "domaine"), weight=1),
        Field("fictif", "Nom fictif", Type.OUI_NON),
    ),
    Kind.CIBLE: (
        _code(),
        Field("fonction", "Fonction", required=True),
        Field("produit", "Produit cible", aliases=("produit", "cible"), required=True),
        Field("taux", "Taux visé (%)", Type.NOMBRE, ("objectif",), most=100),
        Field("echeance", "Échéance", Type.DATE),
    ),
    Kind.CAMPAGNE: (
        _code(),
        Field("nom", "Campagne", required=True),
        Field("ouverture", "Ouverture", Type.DATE, ("date d'ouverture",), required=True),
        Field("cloture", "Clôture", Type.DATE, ("date de clôture",), required=True),
        Field("seuil", "Complétude visée (%)", Type.NOMBRE, most=100),
    ),
})  # fmt: skip
"""Every field of every kind, in the order of files and forms."""


PRICES = frozenset(one.name for found in FIELDS.values() for one in found if one.type is Type.EUROS)
"""The fields that say what is paid: shown to who may see the prices of the establishment."""


def fields(kind: Kind) -> dict[str, Field]:
    """The fields of a kind by name."""
    return {one.name: one for one in FIELDS[kind]}

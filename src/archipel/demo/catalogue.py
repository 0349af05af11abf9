"""The fictitious products of the demonstration, by function, and the real technologies on which they rest.

Functions and technologies are real, with the ends of support that their vendors publish; the names of products and of
their vendors, like every price, are made up.
"""

from __future__ import annotations

from dataclasses import dataclass

FICTITIOUS = "Nom et prix fictifs, pour la démonstration"
VENDORS = {
    "Boréal Santé": "France",
    "Ponant Logiciels": "France",
    "Alizé Numérique": "France",
    "Mistral Soins": "France",
    "Zéphyr Hôpital": "Belgique",
    "Lagune Systèmes": "France",
    "Estran Gestion": "France",
    "Northgale Health": "États-Unis",
    "Tramontane Décision": "France",
    "Vigie Sécurité": "France",
}


@dataclass(frozen=True, slots=True)
class DemoProduct:
    """A fictitious product: vendor, functions, technologies, euros a year for one user."""

    name: str
    vendor: str
    functions: tuple[str, ...]
    technologies: tuple[str, ...]
    price: int
    smallest: int = 0
    """Beds under which no hospital of the demonstration buys it."""


AI_USES = {
    "imagerie-pacs": ("Repérage de fractures sur les radiographies", "haut", "en_cours"),
    "decisionnel": ("Prévision des passages aux urgences", "minimal", "faite"),
}
"""Function → fictitious use of artificial intelligence, its risk, its evaluation."""
_ORACLE, _MSSQL, _PG = "Oracle Database 19c", "SQL Server 2016", "PostgreSQL 13"
_W12, _W16, _W19, _LINUX = "Windows Server 2012 R2", "Windows Server 2016", "Windows Server 2019", "Debian 12"

PRODUCTS: dict[str, tuple[DemoProduct, ...]] = {
    "gap": (
        DemoProduct(
            "Sillage GAP", "Boréal Santé", ("identite-patient", "gap", "facturation", "structure"), (_ORACLE, _W16), 260
        ),
        DemoProduct(
            "Escale Admissions", "Zéphyr Hôpital", ("identite-patient", "gap", "facturation"), (_MSSQL, _W12), 190
        ),
        DemoProduct(
            "Balise Patient",
            "Lagune Systèmes",
            ("identite-patient", "gap", "facturation", "structure"),
            (_PG, _LINUX),
            150,
        ),
    ),
    "dpi": (
        DemoProduct(
            "Horizon DPI",
            "Boréal Santé",
            ("dpi", "prescription", "plan-de-soins", "courriers", "rendez-vous"),
            (_ORACLE, _W16),
            620,
        ),
        DemoProduct("Cap Dossier", "Mistral Soins", ("dpi", "prescription", "plan-de-soins"), (_MSSQL, _W19), 480),
        DemoProduct("Chenal Soins", "Ponant Logiciels", ("dpi", "plan-de-soins", "courriers"), (_PG, _LINUX), 350),
        DemoProduct(
            "Lantern EHR",
            "Northgale Health",
            ("dpi", "prescription", "plan-de-soins", "courriers"),
            (_ORACLE, _W19),
            940,
        ),
    ),
    "prescription": (DemoProduct("Amer Prescription", "Alizé Numérique", ("prescription",), (_MSSQL, _W16), 120),),
    "urgences": (
        DemoProduct("Vigie Urgences", "Mistral Soins", ("urgences",), (_PG, _LINUX), 210, 60),
        DemoProduct("Ressac SAU", "Boréal Santé", ("urgences",), (_ORACLE, _W16), 240, 60),
    ),
    "gestion-lits": (DemoProduct("Marée Lits", "Alizé Numérique", ("gestion-lits",), (_PG, _LINUX), 40, 100),),
    "bloc": (
        DemoProduct("Quart Bloc", "Zéphyr Hôpital", ("bloc", "anesthesie"), (_MSSQL, _W16), 380, 120),
        DemoProduct("Boussole Opératoire", "Mistral Soins", ("bloc",), (_ORACLE, _W12), 410, 120),
    ),
    "pui": (
        DemoProduct("Récif Pharmacie", "Ponant Logiciels", ("pui", "dispositifs-medicaux"), (_ORACLE, _W16), 520),
        DemoProduct("Criée PUI", "Lagune Systèmes", ("pui",), (_MSSQL, _W12), 410),
    ),
    "laboratoire": (
        DemoProduct("Sonde Labo", "Zéphyr Hôpital", ("laboratoire", "transfusion"), (_ORACLE, _W16), 760, 150),
        DemoProduct("Fanal Biologie", "Alizé Numérique", ("laboratoire",), (_PG, _LINUX), 590, 150),
    ),
    "imagerie-ris": (
        DemoProduct("Phare RIS", "Northgale Health", ("imagerie-ris",), (_MSSQL, _W19), 450, 80),
        DemoProduct("Lumen Imagerie", "Lagune Systèmes", ("imagerie-ris", "imagerie-pacs"), (_MSSQL, _W16), 690, 80),
    ),
    "imagerie-pacs": (DemoProduct("Phare PACS", "Northgale Health", ("imagerie-pacs",), (_MSSQL, _W19), 540, 80),),
    "psychiatrie": (DemoProduct("Havre Psy", "Ponant Logiciels", ("psychiatrie",), (_PG, _LINUX), 230, 200),),
    "medico-social": (
        DemoProduct("Rivage Résidents", "Estran Gestion", ("medico-social",), (_PG, _LINUX), 140),
        DemoProduct("Estuaire EHPAD", "Lagune Systèmes", ("medico-social",), (_MSSQL, _W12), 170),
    ),
    "eai": (DemoProduct("Écluse EAI", "Alizé Numérique", ("eai", "dmp-mssante"), (_PG, _LINUX), 30, 100),),
    "pmsi": (
        DemoProduct("Cadastre PMSI", "Tramontane Décision", ("pmsi",), (_MSSQL, _W16), 900),
        DemoProduct("Compas DIM", "Boréal Santé", ("pmsi",), (_ORACLE, _W16), 1_050),
    ),
    "decisionnel": (DemoProduct("Longue-Vue", "Tramontane Décision", ("decisionnel",), (_ORACLE, _W19), 320, 150),),
    "qualite": (DemoProduct("Feu Blanc Qualité", "Estran Gestion", ("qualite",), (_PG, _LINUX), 35),),
    "rh": (
        DemoProduct("Équipage RH", "Estran Gestion", ("rh", "paie", "temps"), (_ORACLE, _W16), 310),
        DemoProduct("Rôle Paie", "Ponant Logiciels", ("rh", "paie"), (_MSSQL, _W12), 240),
    ),
    "temps": (DemoProduct("Quart Temps", "Alizé Numérique", ("temps",), (_MSSQL, _W16), 60),),
    "finances": (
        DemoProduct("Trésor M21", "Estran Gestion", ("finances", "achats", "logistique"), (_ORACLE, _W16), 870),
        DemoProduct("Livre de bord", "Boréal Santé", ("finances", "achats"), (_MSSQL, _W16), 720),
    ),
    "gmao": (
        DemoProduct("Cale GMAO", "Lagune Systèmes", ("gmao",), (_PG, _LINUX), 480),
        DemoProduct("Radoub", "Estran Gestion", ("gmao",), (_MSSQL, _W12), 390),
    ),
    "annuaire-acces": (DemoProduct("Passerelle Accès", "Vigie Sécurité", ("annuaire-acces",), (_W19,), 25),),
    "sauvegarde": (DemoProduct("Ancre Sauvegarde", "Vigie Sécurité", ("sauvegarde",), (_W16, "VMware vSphere 7"), 20),),
    "messagerie": (DemoProduct("Microsoft Exchange", "Microsoft", ("messagerie",), (_W16,), 45),),
}

TECHNOLOGIES = (
    ("Oracle Database", "19c", "Oracle", "oracle", "2029-12-31"),
    ("SQL Server", "2016", "Microsoft", "microsoft", "2026-07-14"),
    ("Windows Server", "2012 R2", "Microsoft", "microsoft", "2023-10-10"),
    ("Windows Server", "2016", "Microsoft", "microsoft", "2027-01-12"),
    ("Windows Server", "2019", "Microsoft", "microsoft", "2029-01-09"),
    ("VMware vSphere", "7", "VMware", "vmware", "2025-10-02"),
    ("PostgreSQL", "13", "PostgreSQL", "libre", "2025-11-13"),
    ("Debian", "12", "Debian", "libre", "2028-06-30"),
)
"""Name, version, vendor, dependency, end of (extended) support."""

FLOWS = (
    ("gap", "dpi", "HL7 v2", "identités et mouvements"),
    ("gap", "laboratoire", "HL7 v2", "identités et mouvements"),
    ("gap", "imagerie-ris", "HL7 v2", "identités et mouvements"),
    ("gap", "urgences", "HL7 v2", "identités et mouvements"),
    ("gap", "bloc", "HL7 v2", "identités et mouvements"),
    ("dpi", "pui", "PN13", "prescriptions"),
    ("dpi", "laboratoire", "HL7 v2", "demandes d'examens"),
    ("laboratoire", "dpi", "HL7 v2", "résultats"),
    ("imagerie-ris", "imagerie-pacs", "DICOM", "listes de travail"),
    ("imagerie-ris", "dpi", "HL7 v2", "comptes rendus"),
    ("urgences", "dpi", "CDA", "passages"),
    ("gap", "pmsi", "fichier", "séjours"),
    ("dpi", "pmsi", "fichier", "actes"),
    ("rh", "annuaire-acces", "LDAP", "agents"),
    ("rh", "finances", "fichier", "paie"),
    ("gap", "finances", "fichier", "recettes"),
    ("gap", "decisionnel", "fichier", "activité"),
    ("gap", "gestion-lits", "HL7 v2", "mouvements"),
    ("dpi", "eai", "CDA", "documents à envoyer"),
)
"""Source, target, standard, what it carries: by the first function of each."""

UNITS: dict[str, tuple[str, ...]] = {
    "gap": (),
    "dpi": (),
    "prescription": (),
    "pui": (),
    "urgences": ("URG", "UHCD"),
    "bloc": ("CHI", "OBS"),
    "psychiatrie": ("PSY",),
    "medico-social": ("SLD", "GER"),
    "gestion-lits": (),
}
"""Filières that a function serves; empty: all of them."""
HEALTH = frozenset(
    {
        "gap",
        "dpi",
        "prescription",
        "urgences",
        "bloc",
        "pui",
        "laboratoire",
        "imagerie-ris",
        "imagerie-pacs",
        "psychiatrie",
        "medico-social",
        "pmsi",
        "decisionnel",
        "gestion-lits",
        "eai",
    }
)
TOLERANCE = {
    "dpi": 4,
    "urgences": 1,
    "laboratoire": 2,
    "pui": 6,
    "bloc": 3,
    "imagerie-ris": 4,
    "imagerie-pacs": 2,
    "pmsi": 168,
    "finances": 120,
    "decisionnel": 240,
    "annuaire-acces": 48,
    "gestion-lits": 1,
    "eai": 24,
}
"""Hours during which a function holds without what it receives."""

"""How French hospitals name their units: pôles and units by filière, with the usual size of a unit. Pure data."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

POLES: Mapping[str, str] = MappingProxyType(
    {
        "MED": "Pôle Médecine",
        "GER": "Pôle Gériatrie et autonomie",
        "SLD": "Pôle Gériatrie et autonomie",
        "CHI": "Pôle Chirurgie et anesthésie",
        "OBS": "Pôle Femme – mère – enfant",
        "PED": "Pôle Femme – mère – enfant",
        "SCP": "Pôle Femme – mère – enfant",
        "SCA": "Pôle Soins critiques et urgences",
        "BRU": "Pôle Soins critiques et urgences",
        "UHCD": "Pôle Soins critiques et urgences",
        "URG": "Pôle Soins critiques et urgences",
        "SMR": "Pôle Réadaptation",
        "PSY": "Pôle Psychiatrie et santé mentale",
    }
)
"""Filière → the pôle that its units belong to."""

WARDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "MED": (
            "Médecine polyvalente",
            "Cardiologie",
            "Pneumologie",
            "Hépato-gastro-entérologie",
            "Neurologie",
            "Médecine interne et immunologie",
            "Néphrologie",
            "Oncologie médicale",
            "Endocrinologie et diabétologie",
            "Maladies infectieuses et tropicales",
            "Hématologie clinique",
            "Rhumatologie",
            "Dermatologie",
            "Soins palliatifs",
            "Addictologie",
        ),
        "CHI": (
            "Chirurgie digestive et viscérale",
            "Chirurgie orthopédique et traumatologique",
            "Urologie",
            "Chirurgie vasculaire",
            "Neurochirurgie",
            "Chirurgie cardiaque",
            "ORL et chirurgie cervico-faciale",
            "Chirurgie thoracique",
            "Ophtalmologie",
            "Chirurgie maxillo-faciale et plastique",
        ),
        "OBS": ("Maternité – suites de couches", "Grossesses à haut risque", "Gynécologie"),
        "PED": (
            "Pédiatrie générale",
            "Chirurgie pédiatrique",
            "Pédiatrie – nourrissons",
            "Hémato-oncologie pédiatrique",
        ),
        "GER": ("Court séjour gériatrique", "Médecine aiguë gériatrique", "Unité péri-opératoire gériatrique"),
        "SCA": (
            "Réanimation médicale",
            "Soins intensifs de cardiologie",
            "Réanimation chirurgicale",
            "Unité neuro-vasculaire – soins intensifs",
            "Surveillance continue médicale",
            "Surveillance continue chirurgicale",
            "Soins intensifs respiratoires",
            "Réanimation cardio-vasculaire",
            "Réanimation neurochirurgicale",
            "Soins intensifs d'hématologie",
            "Soins intensifs digestifs",
        ),
        "SCP": ("Néonatologie et soins intensifs", "Réanimation néonatale", "Surveillance continue pédiatrique"),
        "SI": ("Soins intensifs polyvalents", "Surveillance continue polyvalente"),
        "SURVEILLANCE": ("Surveillance continue polyvalente",),
        "BRU": ("Centre de traitement des brûlés",),
        "UHCD": ("UHCD",),
        "SMR": (
            "SMR gériatrique",
            "SMR polyvalent",
            "SMR locomoteur",
            "SMR neurologique",
            "SMR cardio-vasculaire et pneumologique",
        ),
        "PSY": (
            "Psychiatrie générale – admission",
            "Psychiatrie générale – secteur A",
            "Psychiatrie générale – secteur B",
            "Psychiatrie du sujet âgé",
            "Réhabilitation psychosociale",
            "Psychiatrie – soins de suite",
            "Pédopsychiatrie",
            "Unité fermée d'intersecteur",
        ),
        "SLD": ("USLD", "USLD – unité protégée"),
    }
)
"""Names of units by filière, the commonest first."""

DAY_UNITS: Mapping[str, str] = MappingProxyType(
    {
        "MED": "Hôpital de jour de médecine",
        "CHI": "Unité de chirurgie ambulatoire",
        "OBS": "Hôpital de jour de gynécologie-obstétrique",
        "PED": "Hôpital de jour de pédiatrie",
        "GER": "Hôpital de jour gériatrique",
        "SMR": "Hôpital de jour de réadaptation",
        "PSY": "Hôpital de jour de psychiatrie",
    }
)
"""Units that hold places rather than beds."""

UNIT_SIZE: Mapping[str, int] = MappingProxyType(
    {
        "MED": 26,
        "CHI": 26,
        "OBS": 26,
        "PED": 20,
        "GER": 24,
        "SCA": 17,
        "SCP": 20,
        "BRU": 12,
        "UHCD": 40,
        "SMR": 30,
        "PSY": 24,
        "SLD": 36,
    }
)
"""Usual number of beds of a unit; a filière is cut into units near that size."""

ONLY_SINGLE = frozenset({"SCA", "SCP", "BRU"})
"""Filières whose beds are all in rooms of one."""

SERVICE_OF_ED = {"GEN": "Urgences adultes", "PED": "Urgences pédiatriques"}

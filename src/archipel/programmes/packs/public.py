"""What the other rooms may use of packs."""

from archipel.programmes.packs.rules.engine import Engine, Outcome, Run
from archipel.programmes.packs.rules.loading import load_file, load_overlay, load_text, shipped_files
from archipel.programmes.packs.rules.network import Projet, Reseau
from archipel.programmes.packs.rules.problems import PackInvalid, Problem
from archipel.programmes.packs.values.base import MAILLE_LABELS, Maille, Nature, Source, Value
from archipel.programmes.packs.values.expressions import Fait, Regle, TypeFait
from archipel.programmes.packs.values.outcomes import Cellule, Cle, Donnee, Faits, Manques, Parce, Verdict
from archipel.programmes.packs.values.pack import Pack, Requirement, Surcharge
from archipel.programmes.packs.values.programme import Exigence, NaturePreuve, Preuve

__all__ = [
    "MAILLE_LABELS",
    "Cellule",
    "Cle",
    "Donnee",
    "Engine",
    "Exigence",
    "Fait",
    "Faits",
    "Maille",
    "Manques",
    "Nature",
    "NaturePreuve",
    "Outcome",
    "Pack",
    "PackInvalid",
    "Parce",
    "Preuve",
    "Problem",
    "Projet",
    "Regle",
    "Requirement",
    "Reseau",
    "Run",
    "Source",
    "Surcharge",
    "TypeFait",
    "Value",
    "Verdict",
    "load_file",
    "load_overlay",
    "load_text",
    "shipped_files",
]

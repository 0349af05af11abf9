"""What the other rooms may use of packs."""

from archipel.programmes.packs.rules.loading import load_file, load_overlay, load_text, shipped_files
from archipel.programmes.packs.rules.problems import PackInvalid, Problem
from archipel.programmes.packs.values.base import MAILLE_LABELS, Maille, Nature, Source, Value
from archipel.programmes.packs.values.expressions import Fait, Regle, TypeFait
from archipel.programmes.packs.values.pack import Pack, Requirement, Surcharge
from archipel.programmes.packs.values.programme import Exigence, NaturePreuve, Preuve

__all__ = [
    "MAILLE_LABELS",
    "Exigence",
    "Fait",
    "Maille",
    "Nature",
    "NaturePreuve",
    "Pack",
    "PackInvalid",
    "Preuve",
    "Problem",
    "Regle",
    "Requirement",
    "Source",
    "Surcharge",
    "TypeFait",
    "Value",
    "load_file",
    "load_overlay",
    "load_text",
    "shipped_files",
]

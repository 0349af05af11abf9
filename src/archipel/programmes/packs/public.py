"""What the other rooms may use of packs."""

from archipel.programmes.packs.queries.store import (
    cases_of,
    content,
    current,
    engine_of,
    pack,
    packs,
    raw,
    titles,
    version_of,
    versions,
)
from archipel.programmes.packs.rules.cases import Result
from archipel.programmes.packs.rules.differences import Change, differences
from archipel.programmes.packs.rules.engine import Engine, Outcome, Run
from archipel.programmes.packs.rules.loading import load_file, load_overlay, load_text, shipped_files
from archipel.programmes.packs.rules.network import Projet, Reseau
from archipel.programmes.packs.rules.problems import PackInvalid, Problem
from archipel.programmes.packs.rules.sentences import Phrase, Reason, Writer, reason, value_text
from archipel.programmes.packs.services.rights import may_read
from archipel.programmes.packs.services.uses import register_use_probe
from archipel.programmes.packs.values.base import MAILLE_LABELS, REGIONS, Maille, Nature, Source, Value
from archipel.programmes.packs.values.expressions import Fait, Regle, TypeFait
from archipel.programmes.packs.values.outcomes import Cellule, Cle, Donnee, Faits, Manques, Parce, Verdict
from archipel.programmes.packs.values.pack import Pack, Requirement, Surcharge
from archipel.programmes.packs.values.programme import Exigence, NaturePreuve, Preuve
from archipel.programmes.packs.values.versions import Status, Use, VersionInfo

__all__ = [
    "MAILLE_LABELS",
    "REGIONS",
    "Cellule",
    "Change",
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
    "Phrase",
    "Preuve",
    "Problem",
    "Projet",
    "Reason",
    "Regle",
    "Requirement",
    "Reseau",
    "Result",
    "Run",
    "Source",
    "Status",
    "Surcharge",
    "TypeFait",
    "Use",
    "Value",
    "Verdict",
    "VersionInfo",
    "Writer",
    "cases_of",
    "content",
    "current",
    "differences",
    "engine_of",
    "load_file",
    "load_overlay",
    "load_text",
    "may_read",
    "pack",
    "packs",
    "raw",
    "reason",
    "register_use_probe",
    "shipped_files",
    "titles",
    "value_text",
    "version_of",
    "versions",
]

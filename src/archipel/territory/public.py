"""What the layers above may use of the territory."""

from archipel.territory.impact import ImpactLine, register_impact_probe
from archipel.territory.queries.shared import shared_structure
from archipel.territory.queries.timelines import structure
from archipel.territory.queries.today import (
    BedInfo,
    EstablishmentInfo,
    Installed,
    SiteInfo,
    UfInfo,
    bed_index,
    beds,
    code_mapping,
    establishment_names,
    establishments,
    provisional_counts,
    rejected_codes,
    sites,
    uf_index,
    ufs,
)
from archipel.territory.services.imports import DryRun, ProposalInfo, dry_run, examine, propose, publish_proposal
from archipel.territory.services.projections import refresh as refresh_today
from archipel.territory.services.provisional import ensure_provisional
from archipel.territory.services.publication import Publication, publish
from archipel.territory.services.reference import load_reference

__all__ = [
    "BedInfo",
    "DryRun",
    "EstablishmentInfo",
    "ImpactLine",
    "Installed",
    "ProposalInfo",
    "Publication",
    "SiteInfo",
    "UfInfo",
    "bed_index",
    "beds",
    "code_mapping",
    "dry_run",
    "ensure_provisional",
    "establishment_names",
    "establishments",
    "examine",
    "load_reference",
    "propose",
    "provisional_counts",
    "publish",
    "publish_proposal",
    "refresh_today",
    "register_impact_probe",
    "rejected_codes",
    "shared_structure",
    "sites",
    "structure",
    "uf_index",
    "ufs",
]

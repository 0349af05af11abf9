"""What the layers above may use of the territory."""

from archipel.territory.impact import ImpactLine, register_impact_probe
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
    sites,
    uf_index,
    ufs,
)
from archipel.territory.services.projections import refresh as refresh_today
from archipel.territory.services.provisional import ensure_provisional
from archipel.territory.services.publication import Publication, publish
from archipel.territory.services.reference import load_reference

__all__ = [
    "BedInfo",
    "EstablishmentInfo",
    "ImpactLine",
    "Installed",
    "Publication",
    "SiteInfo",
    "UfInfo",
    "bed_index",
    "beds",
    "code_mapping",
    "ensure_provisional",
    "establishment_names",
    "establishments",
    "load_reference",
    "provisional_counts",
    "publish",
    "refresh_today",
    "register_impact_probe",
    "sites",
    "uf_index",
    "ufs",
]

"""What the layers above may use of the territory."""

from archipel.territory.services.provisional import ensure_provisional
from archipel.territory.services.publication import Publication, publish
from archipel.territory.services.reference import load_reference

__all__ = ["Publication", "ensure_provisional", "load_reference", "publish"]

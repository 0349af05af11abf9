"""The document of a dossier: as it is written now, or as it was deposited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from archipel.foundation.scope import Capability, Scope
from archipel.kernel.errors import NotFound
from archipel.programmes.dossiers.models import Attachment, Deposit, Dossier
from archipel.programmes.dossiers.queries import store
from archipel.programmes.dossiers.queries.neighbours import region_name, site_names
from archipel.programmes.dossiers.queries.overview import situation_of
from archipel.programmes.dossiers.rules.documents import dump, load, section
from archipel.programmes.dossiers.values.document import Document
from archipel.programmes.dossiers.values.situation import PIECE_LABELS, PieceNature, Situation

__all__ = ["Frozen", "deposited_document", "document_of", "dump"]


@dataclass(frozen=True, slots=True)
class Frozen:
    """What was deposited: the document, when, its hash, the attachments sent."""

    document: Document
    deposited_at: datetime
    sha256: str
    attachments: tuple[int, ...]


def document_of(row: Dossier) -> Document:
    """The document as it is written now."""
    found = situation_of(row)
    theme = found.template.theme(row.theme)
    sites = frozenset(site for party in found.parties for site in party.sites)
    names = site_names(sites)
    return Document(
        number=row.pk,
        title=row.title,
        programme=f"{found.template.title} ({row.programme}, version {row.pack_version})",
        facts=_facts(row, found, theme.label if theme else ""),
        sections=tuple(section(rubric, found, theme, names) for rubric in found.template.rubrics),
        source=f"Rubriques dans l'ordre du référentiel {row.programme} {row.pack_version}"
        + (f" ({found.template.platform})" if found.template.platform else ""),
        pieces=_pieces(row),
    )


def _facts(row: Dossier, found: Situation, theme: str) -> tuple[tuple[str, str], ...]:
    lead = next((party for party in found.parties if party.bearer), None)
    facts = [
        ("Chef de file", f"{lead.name} (FINESS PMSI {lead.finess})" if lead else row.bearer_finess),
        ("Thème", theme),
        ("GHT", row.ght),
        ("Région", region_name(row.region)),
    ]
    step = store.life(row.pk).last("valider")
    if step is not None:
        said = f"{step.data.get('instance', '')}, {step.effective_at:%d/%m/%Y}"
        reference = str(step.data.get("reference") or "")
        facts.append(("Validation par le GHT", f"{said} ({reference})" if reference else said))
    return tuple((label, value) for label, value in facts if value)


def _pieces(row: Dossier) -> tuple[tuple[str, str, str], ...]:
    gone = store.withdrawn(store.facts(row.pk))
    rows = Attachment.objects.filter(dossier=row).order_by("nature", "name", "pk")
    return tuple((PIECE_LABELS[PieceNature(one.nature)], one.name, one.sha256) for one in rows if one.pk not in gone)


def deposited_document(number: int) -> Frozen | None:
    """What was deposited last; None when nothing was."""
    found = Deposit.objects.filter(dossier_id=number).order_by("-rank").first()
    if found is None:
        return None
    return Frozen(load(found.content), found.recorded_at, found.sha256, tuple(found.attachments))


def document_of_dossier(*, scope: Scope, dossier: int) -> Document:
    """The document that the account may read: as it is written for the establishments, as deposited for the agency.

    Raises:
        Denied, NotFound: no right on programmes; no such dossier in the scope; nothing was deposited.
    """
    scope.require(Capability.VOIR_PROGRAMMES)
    row = store.row(dossier)
    if scope.drafts & set(row.establishments):
        return document_of(row)
    frozen = deposited_document(dossier)
    if frozen is None:
        raise NotFound("Rien n'a été déposé.", code="depot-absent")
    return frozen.document

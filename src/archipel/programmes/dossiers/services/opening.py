"""Opening a dossier from a theme, for an establishment; giving it another title."""

from __future__ import annotations

from collections.abc import Sequence

from archipel.foundation.scope import Capability, Scope, in_scope
from archipel.kernel import clock
from archipel.kernel.errors import Invalid
from archipel.programmes.dossiers.models import Dossier
from archipel.programmes.dossiers.queries import templates
from archipel.programmes.dossiers.queries.neighbours import Place, place
from archipel.programmes.dossiers.services import ledger
from archipel.programmes.dossiers.services.perimeter import Entry, write_parties
from archipel.programmes.dossiers.values.states import OPENING, EventKind, Side

TITLE = 200


def open_dossier(
    *,
    scope: Scope,
    programme: str,
    version: str,
    theme: str,
    title: str,
    bearer: str,
    parties: Sequence[Entry] = (),
    sites: Sequence[str] = (),
    as_idea: bool = False,
) -> int:
    """Open a dossier, and return its number. It keeps the version of the pack for its whole life.

    Args:
        scope: who opens; ``GERER_PROGRAMMES`` for the lead.
        programme, version: the pack.
        theme: one of its themes; may be empty where it has none.
        title: what the project is called.
        bearer: FINESS PMSI of the lead.
        parties: the other establishments.
        sites: FINESS EG of the lead that take part; empty: all of them.
        as_idea: an idea takes no place among the projects of an establishment.

    Raises:
        Denied: no such right. NotFound: no such version, or one without dossier.
        Invalid: title, theme or establishment. Conflict: an establishment is already in as many projects as allowed.
    """
    made = templates.template(programme, version)
    called = _title(title)
    if made.themes and made.theme(theme) is None:
        raise Invalid(
            f"Choisissez un thème du programme ; « {theme[:60]} » n'en est pas un.", code="theme", field="theme"
        )
    lead = place(bearer)
    scope.require(Capability.GERER_PROGRAMMES, lead.ej)
    with in_scope(scope):
        row = _row(scope, programme, version, theme if made.themes else "", called, lead)
        perimeter = write_parties(scope, row, [Entry(lead.finess, tuple(sites)), *parties])
        said = {"titre": called, "theme": row.theme, "perimetre": perimeter}
        ledger.append(scope, row, EventKind.OUVERTURE, code="idee" if as_idea else "redaction", data=said)
    return row.pk


def _row(scope: Scope, programme: str, version: str, theme: str, title: str, lead: Place) -> Dossier:
    now = clock.now()
    return Dossier.objects.create(
        programme=programme,
        pack_version=version,
        theme=theme,
        title=title,
        status=OPENING["idee"].value,
        bearer_finess=lead.finess,
        bearer_ej=lead.ej,
        establishments=[lead.ej],
        ght=lead.ght,
        region=lead.region,
        created_at=now,
        created_by=scope.actor,
        updated_at=now,
    )


def rename(*, scope: Scope, dossier: int, title: str) -> None:
    """Give the dossier another title; the old one stays in its ledger.

    Raises:
        Denied, NotFound: no right, or no such dossier. Invalid: an empty title.
    """
    called = _title(title)
    with in_scope(scope):
        row = ledger.locked(dossier)
        ledger.require(scope, row, Side.ETABLISSEMENT)
        ledger.require_writing(scope, row)
        before = row.title
        row.title = called
        row.save(update_fields=["title"])
        ledger.append(scope, row, EventKind.TITRE, data={"avant": before, "apres": called})


def _title(text: str) -> str:
    called = " ".join(text.split())[:TITLE]
    if not called:
        raise Invalid("Donnez un titre au projet.", code="titre-vide", field="titre")
    return called

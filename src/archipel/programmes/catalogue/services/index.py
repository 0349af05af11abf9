"""The index of the search: one document for each aid, offer and published feedback, rebuilt when they change."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from archipel.programmes.catalogue.models import Offer, Publication
from archipel.programmes.catalogue.queries.aids import aids, shelves, themes
from archipel.programmes.catalogue.queries.feedback import FIELDS, published
from archipel.programmes.catalogue.rules.search import words
from archipel.programmes.catalogue.values import Aide

FEEDBACK = "retour:"


@dataclass(frozen=True, slots=True)
class Entry:
    """What is indexed of a document: texts by weight, the heaviest first."""

    ref: str
    kind: str
    region: str
    title: str
    other_names: str
    operators: str
    themes: tuple[str, ...]
    theme_words: str
    body: str


_INSERT = """
INSERT INTO catalogue_document
    (ref, kind, region, title, operators, themes, theme_words, other_names, body, stems, words, batch)
SELECT r, k, g, t, o, string_to_array(th, '|'), tw, n, b, ARRAY[w1, w2, w3, w4],
    setweight(to_tsvector('simple', w1), 'A') || setweight(to_tsvector('simple', w2), 'B')
    || setweight(to_tsvector('simple', w3), 'C') || setweight(to_tsvector('simple', w4), 'D'), %s
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
    %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
    AS one(r, k, g, t, o, th, tw, n, b, w1, w2, w3, w4)
"""


def state() -> str:
    """What the index should be built from: the packs in force, the last offer, the last publication."""
    offer = Offer.objects.order_by("-id").values_list("id", flat=True).first()
    told = Publication.objects.order_by("-id").values_list("id", flat=True).first()
    packs = [(shelf.pack, shelf.version, len(shelf.aides)) for shelf in shelves()]
    return hashlib.sha256(repr((packs, offer, told)).encode()).hexdigest()[:16]


def refresh(*, force: bool = False) -> bool:
    """Rebuild the index when it is older than what it tells of; whether it was rebuilt. One at a time."""
    wanted = state()
    with connection.cursor() as cursor:
        cursor.execute("SELECT batch FROM catalogue_document LIMIT 1")
        row = cursor.fetchone()
        if row is not None and row[0] == wanted and not force:
            return False
        cursor.execute("SELECT pg_advisory_xact_lock(7205334)")
        cursor.execute("DELETE FROM catalogue_document")
        cursor.execute("DELETE FROM catalogue_word")
    add(entries(), wanted)
    return True


def entries() -> list[Entry]:
    """Everything that the search finds."""
    names = {theme.id: " ".join((theme.libelle, *theme.alias)) for theme in themes()}
    found = [_of_aid(one, names) for one in aids()]
    for told in published():
        text = " ".join(str(told.content.get(name, "")) for name, _ in FIELDS)
        title = str(told.content.get("titre") or f"Retour d'expérience : {told.aid_name}")
        entry = Entry(f"{FEEDBACK}{told.request}", "retour", told.region, title, "retour d'expérience", "", (), "",
                      f"{told.aid_name} {text}")  # fmt: skip
        found.append(entry)
    return found


def _of_aid(aid: Aide, names: dict[str, str]) -> Entry:
    return Entry(
        ref=aid.ref,
        kind="offre" if aid.region else aid.type,
        region=aid.region,
        title=aid.nom,
        other_names=" ".join((*aid.alias, *aid.mots_cles, aid.rubrique)),
        operators=" ".join(text for o in aid.operateurs for text in (o.sigle, o.libelle) if text),
        themes=aid.themes,
        theme_words=" ".join((aid.type_libelle, *(names.get(t, "") for t in aid.themes))) if len(aid.themes) <= 3
        else aid.type_libelle,
        body=" ".join((aid.description, *aid.contenu, *aid.public, aid.acces, aid.modalites)),
    )  # fmt: skip


def add(found: Iterable[Entry], batch: str) -> None:
    """Write documents and the words that they hold, in one statement each."""
    rows = [
        (
            e.ref, e.kind, e.region, e.title, e.operators, "|".join(e.themes), e.theme_words, e.other_names, e.body,
            *(" ".join(words(text)) for text in (e.title, f"{e.other_names} {e.operators}", e.theme_words, e.body)),
        )
        for e in found
    ]  # fmt: skip
    if not rows:
        return
    vocabulary = sorted({word for row in rows for text in row[9:] for word in text.split()})
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [batch, *(list(column) for column in zip(*rows, strict=True))])
        cursor.execute(
            "INSERT INTO catalogue_word (word) SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING", [vocabulary]
        )

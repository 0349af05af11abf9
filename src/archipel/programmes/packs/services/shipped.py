"""The packs that come with the software: kept at each start, published at once where the pack was unknown."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

from django.db import transaction

from archipel.kernel.errors import ArchipelError
from archipel.programmes.packs.models import Version
from archipel.programmes.packs.queries import store
from archipel.programmes.packs.rules.loading import read_text, shipped_files, shipped_overlays
from archipel.programmes.packs.services.versions import decide, keep
from archipel.programmes.packs.values.versions import Status, VersionInfo

ACTOR = "système:livraison"
FIRST = "Livré avec le logiciel ; aucune version de ce référentiel n'était connue."
_log = logging.getLogger("archipel.packs")


def load_shipped() -> list[VersionInfo]:
    """Keep the shipped files that are not there yet; the versions added, published or waiting for a review.

    A pack (or overlay) of which nothing was known is published at once. A new version of a known one waits for
    somebody to review it. A file that says something else under a version already published is left aside, told in
    the log. One that is not valid too: the others are loaded.
    """
    added: list[VersionInfo] = []
    for path in [*shipped_files(), *shipped_overlays()]:
        try:
            found = _load(path)
        except ArchipelError as error:
            _log.error("Référentiel livré laissé de côté (%s) : %s", path, error.message)
            continue
        if found is not None:
            added.append(found)
    return added


def _load(path: Path) -> VersionInfo | None:
    text = read_text(path)
    if Version.objects.filter(sha256=hashlib.sha256(text.encode()).hexdigest()).exists():
        return None
    with transaction.atomic():
        kept = keep(text=text, file="/".join(path.parts[-3:]).removeprefix("packs/"), actor=ACTOR, shipped=True)
        known = store.infos(pack=kept.pack, region=kept.region)
        if all(one.id == kept.id for one in known):
            decide(kept, Status.PUBLIEE, ACTOR, FIRST)
        return store.info(kept.id)

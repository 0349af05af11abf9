"""Files of the inventory: kept as they came, tried, their columns and names settled, applied, taken back whole."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date

from django.db import transaction
from django.utils import timezone

from archipel.domains.systems.models import Mapping as MappingRow
from archipel.domains.systems.models import Received, Statement
from archipel.domains.systems.queries.files import Trial, received, trial
from archipel.domains.systems.rules.names import plain, slug
from archipel.domains.systems.services.ledger import New, append, restoring
from archipel.domains.systems.values.files import Effect
from archipel.domains.systems.values.records import Key
from archipel.domains.systems.values.schema import Kind, fields
from archipel.foundation.audit.services import record
from archipel.foundation.scope import Capability, Scope
from archipel.kernel.errors import Conflict, Denied, Invalid, NotFound
from archipel.territory.ficom.sheets import MAX_BYTES


def receive(
    *, scope: Scope, name: str, raw: bytes, source: str = "", establishment: str = "", effective_on: date | None = None
) -> int:
    """Keep a file; nothing is written of what it says. Returns its number.

    Args:
        scope: keeps the inventory of some establishment.
        name: of the file.
        raw: its bytes.
        source: who keeps the spreadsheet; its columns are remembered under this name. By default, the establishment.
        establishment: FINESS EJ of the lines that do not say theirs.
        effective_on: from when what the file says holds; today by default.

    Raises:
        Denied. Invalid: empty, or too large.
    """
    scope.require(Capability.GERER_SYSTEMES, establishment or None)
    if establishment and establishment not in scope.systems:
        raise Denied("Votre compte ne tient pas l'inventaire de cet établissement.", code="inventaire")
    if not 0 < len(raw) <= MAX_BYTES:
        raise Invalid(f"Fichier de {len(raw)} octets : entre 1 et {MAX_BYTES} attendus.", code="fichier-taille")
    kept = sorted(place for place in scope.systems if scope.may(Capability.GERER_SYSTEMES, place))
    row = Received.objects.create(
        establishments=[establishment] if establishment else kept,
        source=" ".join(source.split())[:80] or establishment or "groupement",
        name=name[-120:],
        sha256=hashlib.sha256(raw).hexdigest(),
        raw=raw,
        establishment=establishment,
        effective_on=effective_on or timezone.localdate(),
        recorded_at=timezone.now(),
        actor=scope.actor,
    )
    record(
        scope=scope, action="systemes.import.reception", establishment=establishment, object_type="import",
        object_key=str(row.pk), details={"fichier": row.name, "sha256": row.sha256},
    )  # fmt: skip
    return row.pk


def set_columns(*, scope: Scope, number: int, sheet: str, chosen: Mapping[str, str]) -> None:
    """Say what the headings of a sheet mean; remembered for the source.

    Args:
        scope: keeps an inventory.
        number: the file.
        sheet: name of the sheet ("" for a CSV).
        chosen: heading → field; "" leaves the column aside.

    Raises:
        Denied. NotFound. Conflict: decided already. Invalid: a field chosen twice, or unknown.
    """
    row = _tried(scope, number)
    found = next((one for one in trial(scope=scope, number=number).sheets if one.name == sheet), None)
    if found is None:
        raise NotFound(f"Le fichier n'a pas de feuille « {sheet[:40]} ».", code="feuille")
    known = fields(found.kind)
    fields_said = [field for field in chosen.values() if field]
    twice = {field for field in fields_said if fields_said.count(field) > 1}
    if twice or any(field not in known for field in fields_said):
        label = known[sorted(twice)[0]].label if twice and sorted(twice)[0] in known else "?"
        raise Invalid(f"Chaque champ se lit dans une seule colonne : « {label} » est choisi deux fois ou inconnu.",
                      code="colonnes")  # fmt: skip
    headings = {one.heading for one in found.columns}
    now = timezone.now()
    MappingRow.objects.bulk_create(
        MappingRow(source=row.source, kind=found.kind.value, heading=plain(heading), field=field, recorded_at=now,
                   actor=scope.actor)
        for heading, field in chosen.items() if heading in headings
    )  # fmt: skip


def apply(*, scope: Scope, number: int, expected: str, create_golden: bool = True) -> int:
    """Write the good lines of a file; the others stay in the report. Returns how many statements were written.

    Args:
        scope: keeps the inventory of every establishment of the lines.
        number: the file.
        expected: digest of the trial that was read.
        create_golden: make golden records of the vendors and products that resemble none.

    Raises:
        Denied. NotFound. Conflict: decided already, or the trial has aged. Invalid: nothing to write.
    """
    with transaction.atomic():
        row = _tried(scope, number)
        made = trial(scope=scope, number=number)
        if made.digest != expected:
            raise Conflict("Depuis cet essai, l'inventaire a changé : relisez l'essai.", code="essai-vieilli")
        news = [
            New(one.line.key, row.effective_on, one.content)
            for one in made.planned
            if one.effect is not Effect.INCHANGE
        ]
        if not news:
            raise Invalid("Rien à enregistrer : tout est déjà dit, ou fautif.", code="import-vide")
        if create_golden:
            news += _golden(made, row.effective_on)
        count = append(scope=scope, news=news, reason=f"Import « {row.name} »", batch=row.pk)
        _decide(scope, row, Received.APPLIED, "", count)
    return count


def _golden(made: Trial, day: date) -> list[New]:
    """New golden records for the names that resemble none."""
    found: dict[Key, New] = {}
    taken = made.golden_codes
    for one in made.doubtful:
        key = Key(one.kind, "", slug(one.text))
        if not one.code and key not in taken:
            found.setdefault(key, New(key, day, {"nom": one.text}))
    vendors = {
        str(p.content["produit"]): str(p.content["editeur"])
        for p in made.planned if p.content.get("produit") and p.content.get("editeur")
    }  # fmt: skip
    for key, new in found.items():
        name = str(new.content["nom"])
        if key.kind is Kind.PRODUIT and name in vendors:
            found[key] = New(key, day, {"nom": name, "editeur": vendors[name]})
    return list(found.values())


def reject(*, scope: Scope, number: int, reason: str) -> None:
    """Set a file aside; it can still be read. Raises Denied, NotFound, Conflict, Invalid (no reason)."""
    with transaction.atomic():
        row = _tried(scope, number)
        if not reason.strip():
            raise Invalid("Dites pourquoi ce fichier est écarté.", code="motif", field="motif")
        _decide(scope, row, Received.REJECTED, reason, 0)


def undo(*, scope: Scope, number: int, reason: str) -> int:
    """Take back everything that a file wrote; returns how many statements.

    Raises:
        Denied. NotFound. Conflict: not applied, or a thing changed since. Invalid: no reason.
    """
    with transaction.atomic():
        row = received(number, lock=True)
        scope.require(Capability.GERER_SYSTEMES, row.establishment or None)
        if row.status != Received.APPLIED:
            raise Conflict("Seul un fichier appliqué s'annule.", code="import-non-applique")
        if not reason.strip():
            raise Invalid("Dites pourquoi cet import est annulé.", code="motif", field="motif")
        said = list(Statement.objects.filter(batch=row).order_by("id"))
        last = max((one.pk for one in said), default=0)
        keys = {(one.kind, one.establishment, one.code) for one in said}
        later = Statement.objects.filter(pk__gt=last).values_list("kind", "establishment", "code")
        moved = sorted(keys & set(later))
        if moved:
            names = ", ".join(code for _, _, code in moved[:3])
            raise Conflict(
                f"{len(moved)} fiche(s) ont changé depuis l'import ({names}) : annulez d'abord ces changements.",
                code="import-depasse",
            )
        count = append(scope=scope, news=[restoring(one) for one in said], reason=f"Annulation de l'import {number}")
        _decide(scope, row, Received.UNDONE, reason, row.kept)
    return count


def _tried(scope: Scope, number: int) -> Received:
    row = received(number, lock=True)
    scope.require(Capability.GERER_SYSTEMES, row.establishment or None)
    if row.status != Received.TRIED:
        raise Conflict("Ce fichier est déjà traité.", code="import-traite")
    return row


def _decide(scope: Scope, row: Received, status: str, reason: str, kept: int) -> None:
    row.status, row.decided_at, row.decided_by = status, timezone.now(), scope.actor
    row.reason, row.kept = " ".join(reason.split()), kept
    row.save(update_fields=["status", "decided_at", "decided_by", "reason", "kept"])
    record(
        scope=scope, action=f"systemes.import.{status}", establishment=row.establishment, object_type="import",
        object_key=str(row.pk), reason=row.reason, details={"fichier": row.name, "enonces": kept},
    )  # fmt: skip

"""Finding people by exact identifiers, and telling what is known of one. Row-level security decides what is seen.

No linkage beyond exact identifiers: the same IPP after merges inside an establishment, the same qualified INS
between establishments.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.db.models import QuerySet

from archipel.identity.models import MergeDecision, MergeFact, Patient
from archipel.identity.values import StatutIns
from archipel.kernel import ins
from archipel.kernel.errors import Invalid

LIMIT = 50
MIN_PREFIX = 2


@dataclass(frozen=True, slots=True)
class PatientRow:
    """One local identifier and its traits."""

    establishment: str
    key: str
    number: str
    authority: str
    representative: str
    nom_naissance: str
    nom_utilise: str
    prenom: str
    prenoms: str
    sexe: str
    date_naissance: date | None
    lieu_naissance: str
    deces: bool
    deces_le: str
    ins_matricule: str
    ins_cle: str
    ins_oid: str
    ins_recupere: bool
    piece_verifiee: bool
    statut: StatutIns
    updated_at: datetime

    @property
    def merged(self) -> bool:
        """Whether another identifier represents this person."""
        return self.representative != self.key

    @property
    def ins_label(self) -> str:
        """What the INS's list is called; empty without INS."""
        return ins.LABELS.get(self.ins_oid, self.ins_oid) if self.ins_matricule else ""

    @property
    def full_name(self) -> str:
        """NOM (née NAISSANCE) Prénom, for whoever may see names."""
        used, born = self.nom_utilise, self.nom_naissance
        family = f"{used} (nom de naissance {born})" if used and born and used != born else used or born
        return f"{family} {self.prenom}".strip()


@dataclass(frozen=True, slots=True)
class MergeRow:
    """A merge told by messages, and what people decided about it."""

    establishment: str
    loser: str
    survivor: str
    event: str
    message_id: int
    recorded_at: datetime
    undone: bool
    actor: str
    reason: str
    decided_at: datetime | None

    @property
    def sentence(self) -> str:
        """Which IPP was merged into which, as people read them; the authority is said once when it is the same."""
        (there, lost), (here, kept) = (key.partition("|")[::2] for key in (self.loser, self.survivor))
        if there == here:
            return f"IPP {lost} dans IPP {kept} ({here})"
        return f"IPP {lost} ({there}) dans IPP {kept} ({here})"


def _row(patient: Patient) -> PatientRow:
    traits = patient.traits.get("f", {}) if isinstance(patient.traits, dict) else {}

    def told(name: str) -> str:
        return (traits.get(name) or ["", ""])[0] or ""

    return PatientRow(
        patient.establishment,
        patient.key,
        patient.number,
        patient.key.partition("|")[0],
        patient.representative,
        patient.nom_naissance,
        patient.nom_utilise,
        patient.prenom,
        told("prenoms"),
        patient.sexe,
        patient.date_naissance,
        told("lieu_naissance"),
        patient.deces,
        told("deces_le"),
        patient.ins_matricule,
        patient.ins_cle,
        patient.ins_oid,
        patient.ins_recupere,
        patient.piece_verifiee,
        StatutIns(patient.statut),
        patient.updated_at,
    )


def plain(name: str) -> str:
    """A name as compared: capitals, no accent, one space for anything that is not a letter."""
    text = "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c)).upper()
    return " ".join("".join(c if c.isalnum() else " " for c in text).split())


def _in(places: Iterable[str]) -> QuerySet[Patient]:
    return Patient.objects.filter(establishment__in=list(places))


def by_ipp(places: Iterable[str], number: str) -> list[PatientRow]:
    """The patients that have exactly this IPP, in the given establishments."""
    rows = _in(places).filter(number=number.strip()).order_by("establishment", "key")
    return [_row(row) for row in rows[:LIMIT]]


def by_ins(places: Iterable[str], text: str) -> list[PatientRow]:
    """The patients that bear exactly this INS (13 characters, or 15 with its key, which is checked).

    Raises:
        Invalid: the text is not a matricule.
    """
    compact = "".join(text.split()).upper()
    if len(compact) not in (13, 15) or not ins.is_matricule(compact[:13]):
        raise Invalid(
            f"Un matricule INS compte 13 caractères, ou 15 avec sa clé ; {len(compact)} saisis.", code="ins-longueur"
        )
    if len(compact) == 15 and ins.compute_key(compact[:13]) != compact[13:]:
        raise Invalid("La clé du matricule INS est fausse : relisez les deux derniers chiffres.", code="ins-cle")
    rows = _in(places).filter(ins_matricule=compact[:13]).order_by("establishment", "key")
    return [_row(row) for row in rows[:LIMIT]]


def by_name(places: Iterable[str], name: str, birth: date) -> list[PatientRow]:
    """The patients born that day whose birth name, used name or first name begins so; accents do not count.

    Raises:
        Invalid: the beginning is too short.
    """
    wanted = plain(name)
    if len(wanted) < MIN_PREFIX:
        raise Invalid(f"Donnez au moins {MIN_PREFIX} lettres du nom.", code="nom-court")
    family, _, given = wanted.rpartition(" ")
    found: list[PatientRow] = []
    for row in _in(places).filter(date_naissance=birth).order_by("establishment", "nom_naissance", "key").iterator():
        names = [plain(row.nom_naissance), plain(row.nom_utilise)]
        first = plain(row.prenom)
        whole = any(one.startswith(wanted) for one in names if one)
        split = bool(family) and any(one.startswith(family) for one in names if one) and first.startswith(given)
        if whole or split:
            found.append(_row(row))
        if len(found) > LIMIT:
            break
    return found[:LIMIT]


def by_keys(keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], PatientRow]:
    """Patients by (establishment, key)."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    rows = Patient.objects.filter(establishment__in={place for place, _ in wanted}, key__in={key for _, key in wanted})
    found = {(row.establishment, row.key): _row(row) for row in rows}
    return {key: found[key] for key in wanted if key in found}


def patient(establishment: str, key: str) -> PatientRow | None:
    """One patient, None when there is none in scope."""
    row = Patient.objects.filter(establishment=establishment, key=key).first()
    return None if row is None else _row(row)


def same_person(places: Iterable[str], one: PatientRow) -> list[PatientRow]:
    """The other identifiers of the same person: merged with it here, or with the same qualified INS elsewhere."""
    merged = Patient.objects.filter(establishment=one.establishment, representative=one.representative)
    found = {(row.establishment, row.key): _row(row) for row in [*merged, *_representative(one)]}
    if one.statut is StatutIns.QUAL and one.ins_matricule:
        rows = _in(places).filter(ins_matricule=one.ins_matricule, ins_oid=one.ins_oid, statut=StatutIns.QUAL.value)
        found.update({(row.establishment, row.key): _row(row) for row in rows})
    found.pop((one.establishment, one.key), None)
    return [found[key] for key in sorted(found)]


def _representative(one: PatientRow) -> list[Patient]:
    if not one.merged:
        return []
    return list(Patient.objects.filter(establishment=one.establishment, key=one.representative))


def group_of(establishment: str, key: str) -> list[tuple[str, str, str]]:
    """Every (loser, survivor, stamp) told in the group of a patient, whether undone or not."""
    edges: set[tuple[str, str, str]] = set()
    known: set[str] = set()
    frontier = {key}
    while frontier:
        known |= frontier
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT loser, survivor, stamp FROM identity_mergefact WHERE establishment = %s"
                " AND (loser = ANY(%s) OR survivor = ANY(%s))",
                [establishment, list(frontier), list(frontier)],
            )
            rows = cursor.fetchall()
        edges.update((row[0], row[1], row[2]) for row in rows)
        frontier = {name for row in rows for name in row[:2]} - known
    return sorted(edges)


def merges(establishment: str, key: str) -> list[MergeRow]:
    """The merges told in the group of a patient, the latest message of each pair, with the decision that holds."""
    edges = group_of(establishment, key)
    names = {edge[0] for edge in edges}
    facts: dict[tuple[str, str], MergeFact] = {}
    for fact in MergeFact.objects.filter(establishment=establishment, loser__in=names).order_by("stamp"):
        facts[(fact.loser, fact.survivor)] = fact
    latest = {
        (d.loser, d.survivor): d
        for d in MergeDecision.objects.filter(establishment=establishment, loser__in=names).order_by("id")
    }
    return [_merge(fact, latest.get(pair)) for pair, fact in sorted(facts.items())]


def _merge(fact: MergeFact, decision: MergeDecision | None) -> MergeRow:
    return MergeRow(
        fact.establishment,
        fact.loser,
        fact.survivor,
        fact.event,
        fact.message_id,
        fact.recorded_at,
        bool(decision and decision.undone),
        decision.actor if decision else "",
        decision.reason if decision else "",
        decision.recorded_at if decision else None,
    )

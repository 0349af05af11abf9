"""What an archive holds, as JSON values: requirements, metrics, ledger. Nothing here names a patient."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from archipel.kernel.indicators import Indicator, Measure, hide_small_groups
from archipel.programmes.proof import registry
from archipel.programmes.proof.queries.statuses import RequirementStatus
from archipel.programmes.proof.values import Binding, Entry, Requirement, Subject


def moment(value: datetime | None) -> str | None:
    """A moment as the archive writes it: UTC, to the microsecond."""
    return None if value is None else value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


def subject_json(subject: Subject) -> dict[str, Any]:
    """Whom something is about."""
    return {
        "niveau": subject.level.value,
        "code": subject.code,
        "nom": subject.name,
        "etablissements": list(subject.establishments),
        "sites": list(subject.sites),
    }


def _requirement(asked: Requirement) -> dict[str, Any]:
    source = asked.source
    return {
        "chemin": asked.path,
        "libelle": asked.label,
        "theme": asked.theme,
        "objectif": asked.objective,
        "resultat": asked.result,
        "detail": asked.detail,
        "obligatoire": asked.mandatory,
        "maille": asked.level.value if asked.level else None,
        "echeance": {"date": _day(asked.due), "libelle": asked.due_label},
        "source": {
            "document": source.document, "titre": source.title, "paragraphe": source.paragraph,
            "citation": source.quotation,
        },
        "defauts_de_la_source": list(asked.defects),
    }  # fmt: skip


def _binding(binding: Binding) -> dict[str, Any]:
    return {
        "nature": binding.nature.value,
        "mesure": binding.metric or None,
        "code": binding.measure or None,
        "cible": [{"comparaison": one.test.value, "valeur": str(one.value)} for one in binding.conditions],
        "fraicheur_jours": binding.freshness_days,
        "pieces": list(binding.pieces),
        "instance": binding.instance or None,
        "origine": binding.origin.value,
        "raison": binding.reason,
        "par": binding.actor or None,
        "depuis": _day(binding.since),
        "note": binding.note,
    }


def measures_json(measures: Iterable[Measure]) -> list[dict[str, Any]]:
    """Measures as the archive tells them; numbers are texts."""
    return [
        {
            "code": one.code,
            "libelle": one.label,
            "valeur": None if one.value is None else str(one.value),
            "unite": one.unit,
            "raison": one.reason,
        }
        for one in measures
    ]


def requirements_json(found: Sequence[RequirementStatus]) -> list[dict[str, Any]]:
    """Each requirement, whom it was looked at for, where it stands and on what grounds."""
    return [
        {
            "exigence": _requirement(one.requirement),
            "sujet": subject_json(one.subject),
            "preuve_attendue": _binding(one.binding),
            "statut": one.status.value,
            "motifs": list(one.finding.reasons),
            "jusqu_au": moment(one.finding.until),
            "lignes_retenues": list(one.finding.used),
            "lignes": [entry.entry_id for entry in one.entries],
            "mesure": _measured(one),
        }
        for one in found
    ]


def _measured(one: RequirementStatus) -> dict[str, Any] | None:
    if one.reading is None:
        return None
    return {
        "id": one.binding.metric,
        "fichier": f"mesures/{one.binding.metric}.json",
        "mesures": measures_json(m for m in (one.measure,) if m is not None),
    }


def entries_json(found: Iterable[RequirementStatus], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The ledger: every line that stands, once; ``names``: SHA-256 → name of the file in the archive."""
    lines: dict[int, dict[str, Any]] = {}
    for one in found:
        for entry in one.entries:
            lines[entry.entry_id] = _entry(entry, one, names)
    return [lines[number] for number in sorted(lines)]


def _entry(entry: Entry, one: RequirementStatus, names: Mapping[str, str]) -> dict[str, Any]:
    file = None
    if entry.file_sha256:
        file = {"chemin": names.get(entry.file_sha256), "nom": entry.file_name, "sha256": entry.file_sha256}
    return {
        "ligne": entry.entry_id,
        "exigence": one.requirement.path,
        "sujet": one.subject.key,
        "nature": entry.kind.value,
        "date_effet": _day(entry.effective_on),
        "fin_validite": _day(entry.expires_on),
        "deposee_le": moment(entry.recorded_at),
        "par": entry.actor,
        "titre": entry.title,
        "details": {key: value for key, value in sorted(entry.details.items()) if value},
        "fichier": file,
    }


def metric_json(metric_id: str, found: Mapping[Subject, Indicator]) -> dict[str, Any]:
    """A metric: what it is, its statement, and what it said for each subject."""
    metric = registry.metric(metric_id)
    return {
        "id": metric.id,
        "libelle": metric.label,
        "pourquoi": metric.why,
        "formule": metric.formula,
        "unite": metric.unit,
        "source": metric.source,
        "fraicheur_jours": str(metric.stale_days),
        "passe": metric.past.value,
        "requete": {"fichier": f"mesures/{metric.id}.sql", "sha256": _query(found)},
        "lectures": [
            {
                "sujet": subject_json(subject),
                "au": moment(one.at),
                "connu_au": moment(one.known_at),
                "fait_le_plus_recent": moment(one.newest),
                "lignes": one.rows,
                "lignes_sha256": one.rows_sha256,
                "mesures": measures_json(hide_small_groups(one).measures),
            }
            for subject, one in sorted(found.items())
        ],
    }


def _query(found: Mapping[Subject, Indicator]) -> str | None:
    text = next((one.query for one in found.values()), None)
    return None if text is None else hashlib.sha256(text.encode()).hexdigest()

"""Where a requirement stands at a moment, from its binding, its ledger and its measure. A function of these alone.

What establishes a requirement may lapse by itself: a document expires, a measure goes stale. A declaration alone never
proves; a measure that says otherwise contradicts it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from archipel.kernel.indicators import Indicator, Measure
from archipel.programmes.proof.rules.ledger import lapses_on
from archipel.programmes.proof.values import (
    ANSWERS,
    COMPARISON_SIGNS,
    Binding,
    Condition,
    Entry,
    EntryKind,
    Finding,
    Nature,
    Status,
)

PARIS = ZoneInfo("Europe/Paris")
FRENCH_DATE = "%d/%m/%Y"


def assess(
    binding: Binding,
    entries: Sequence[Entry],
    reading: Indicator | None,
    at: datetime,
    *,
    stale_days: float | None = None,
    told: Indicator | None = None,
) -> Finding:
    """Say where a requirement stands.

    Args:
        binding: what establishes it, in force at ``at``.
        entries: what stands of its ledger, as known.
        reading: the live metric, when the binding names one that exists.
        at: the moment.
        stale_days: the age beyond which the metric itself says that its facts are too old; the binding's own prevails.
        told: the reading as it may be told to the reader; the reading itself when absent. Only the words differ.
    """
    day = at.astimezone(PARIS).date()
    past = [entry for entry in entries if entry.effective_on <= day]
    if binding.nature is Nature.METRIQUE:
        limit = binding.freshness_days if binding.freshness_days is not None else stale_days
        return _measured(binding, past, reading, told or reading, at, limit)
    if binding.nature is Nature.PIECE:
        return _documented(binding, past, entries, day)
    if binding.nature is Nature.DECISION:
        return _decided(binding, past, entries, day)
    return _declared(past)


def _last(entries: Iterable[Entry], kind: EntryKind) -> Entry | None:
    found = [entry for entry in entries if entry.kind is kind]
    return max(found, key=lambda e: (e.effective_on, e.recorded_at, e.entry_id), default=None)


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(0), PARIS)


def _declared(past: Sequence[Entry], why: str = "rien n'est déposé") -> Finding:
    """What a declaration alone is worth."""
    said = _last(past, EntryKind.DECLARATION)
    if said is None:
        return Finding(Status.MANQUANT, (f"{why[0].upper()}{why[1:]}.",))
    told = f"Déclaré « {ANSWERS.get(said.details.get('reponse', ''), '?').lower()} » par {said.actor} le "
    told += f"{said.effective_on:{FRENCH_DATE}}, sans preuve : {why}."
    status = {"oui": Status.DECLARE, "en_cours": Status.EN_COURS}.get(said.details.get("reponse", ""), Status.MANQUANT)
    return Finding(status, (told,), (said.entry_id,))


# --- a live metric ------------------------------------------------------------------------------------


def _measured(
    binding: Binding,
    past: Sequence[Entry],
    reading: Indicator | None,
    told: Indicator | None,
    at: datetime,
    limit: float | None,
) -> Finding:
    measure = reading.measure(binding.measure) if reading else None
    if reading is None or measure is None or measure.value is None:
        why = f"mesure indisponible ({measure.reason})" if measure and measure.reason else "mesure indisponible"
        return _declared(past, why)
    newest = reading.newest
    until = None if newest is None or limit is None else newest + timedelta(days=limit)
    if newest is None:
        return _declared(past, "la mesure ne repose sur aucun fait connu")
    if until is not None and until < at:
        age = f"{newest.astimezone(PARIS):{FRENCH_DATE}}"
        return Finding(Status.PERIME, (f"Mesure trop ancienne : le fait le plus récent est du {age}.",))
    words = _told(measure, told, binding)
    if not binding.conditions:
        return Finding(Status.EN_COURS, (f"{words}. Aucune cible n'est fixée : fixez celle du projet.",), until=until)
    asked = " et ".join(wanted(one, measure.unit) for one in binding.conditions)
    if all(one.holds(measure.value) for one in binding.conditions):
        return Finding(Status.PROUVE, (f"{words}, {asked} demandé.",), until=until)
    said = _last(past, EntryKind.DECLARATION)
    if said is not None and said.details.get("reponse") == "oui":
        when = f"{said.effective_on:{FRENCH_DATE}}"
        why = f"Déclaré atteint par {said.actor} le {when}, et pourtant : {words[0].lower()}{words[1:]}"
        return Finding(Status.CONTREDIT, (f"{why}, {asked} demandé.",), (said.entry_id,), until)
    return Finding(Status.EN_COURS, (f"{words}, {asked} demandé.",), until=until)


def _told(measure: Measure, told: Indicator | None, binding: Binding) -> str:
    open_to_all = told.measure(binding.measure) if told else None
    value = open_to_all.value if open_to_all else None
    if value is None:
        return f"{measure.label} : valeur non montrée ici (effectif inférieur à 11)"
    return f"{measure.label} : {shown(value, measure.unit)}"


def wanted(condition: Condition, unit: str) -> str:
    """``≥ 90 %``."""
    return f"{COMPARISON_SIGNS[condition.test]} {shown(condition.value, unit)}"


def shown(value: Decimal, unit: str) -> str:
    """A value with its unit, in French, without useless zeros: ``87,5 %``."""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    text = text.replace(".", ",").replace("-", "\u2212")
    return f"{text}\u00a0{unit}" if unit else text


# --- documents ----------------------------------------------------------------------------------------


def _documented(binding: Binding, past: Sequence[Entry], every: Sequence[Entry], day: date) -> Finding:
    papers = [entry for entry in past if entry.kind is EntryKind.PIECE]
    valid = [entry for entry in papers if _holds(entry, binding, day)]
    expected = binding.pieces or ("",)
    missing = [name for name in expected if not any(_is(entry, name) for entry in valid)]
    if not missing:
        used = _kept(valid, expected)
        lapse = _all_lapse(valid, expected, binding)
        finding = Finding(Status.PROUVE, (_papers(used),), tuple(e.entry_id for e in used), _midnight(lapse))
        return _denied(finding, past, used)
    lapsed = [entry for entry in papers if any(_is(entry, name) for name in missing)]
    if lapsed:
        last = max(lapsed, key=lambda e: (lapses_on(e, binding.freshness_days) or date.max, e.entry_id))
        end = lapses_on(last, binding.freshness_days) or day
        why = f"La pièce « {last.title} » n'est plus valable depuis le {end:{FRENCH_DATE}}."
        return Finding(Status.PERIME, (why,), (last.entry_id,))
    if valid:
        names = ", ".join(f"« {name} »" for name in missing)
        why = f"{len(expected) - len(missing)} pièce(s) sur {len(expected)} ; il manque {names}."
        return Finding(Status.EN_COURS, (why,), tuple(entry.entry_id for entry in valid))
    coming = [entry for entry in every if entry.kind is EntryKind.PIECE and entry.effective_on > day]
    if coming:
        first = min(coming, key=lambda e: (e.effective_on, e.entry_id))
        why = f"La pièce « {first.title} » prend effet le {first.effective_on:{FRENCH_DATE}}."
        return Finding(Status.EN_COURS, (why,), (first.entry_id,), _midnight(first.effective_on))
    return _declared(past, "aucune pièce n'est déposée")


def _holds(entry: Entry, binding: Binding, day: date) -> bool:
    end = lapses_on(entry, binding.freshness_days)
    return end is None or day < end


def _is(entry: Entry, name: str) -> bool:
    return not name or entry.details.get("attendue", "") == name


def _kept(valid: Sequence[Entry], expected: Sequence[str]) -> list[Entry]:
    """For each document expected, the one with the latest date."""
    found = {
        max((e for e in valid if _is(e, name)), key=lambda e: (e.effective_on, e.entry_id)).entry_id
        for name in expected
    }
    return [entry for entry in valid if entry.entry_id in found]


def _all_lapse(valid: Sequence[Entry], expected: Sequence[str], binding: Binding) -> date | None:
    """The first day on which one of the documents expected has no valid copy left."""
    ends = []
    for name in expected:
        days = [lapses_on(entry, binding.freshness_days) for entry in valid if _is(entry, name)]
        ends.append(None if None in days else max(day for day in days if day))
    return min((end for end in ends if end is not None), default=None)


def _papers(used: Sequence[Entry]) -> str:
    return " ; ".join(f"« {entry.title} » du {entry.effective_on:{FRENCH_DATE}}" for entry in used) + "."


def _denied(finding: Finding, past: Sequence[Entry], used: Sequence[Entry]) -> Finding:
    """A later declaration that says the contrary is a contradiction, shown as such."""
    said = _last(past, EntryKind.DECLARATION)
    latest = max(entry.effective_on for entry in used)
    if said is None or said.details.get("reponse") != "non" or said.effective_on < latest:
        return finding
    why = f"Déclaré « non atteint » par {said.actor} le {said.effective_on:{FRENCH_DATE}}, après "
    return Finding(Status.CONTREDIT, (why + finding.reasons[0],), (said.entry_id, *finding.used), finding.until)


# --- decisions ----------------------------------------------------------------------------------------


def _decided(binding: Binding, past: Sequence[Entry], every: Sequence[Entry], day: date) -> Finding:
    asked = binding.instance.casefold()
    votes = [
        entry
        for entry in past
        if entry.kind is EntryKind.DECISION and asked in ("", entry.details.get("instance", "").casefold())
    ]
    last = _last(votes, EntryKind.DECISION)
    if last is None:
        coming = [e for e in every if e.kind is EntryKind.DECISION and e.effective_on > day]
        if coming:
            first = min(coming, key=lambda e: (e.effective_on, e.entry_id))
            why = f"Séance de {_body(first)} prévue le {first.effective_on:{FRENCH_DATE}}."
            return Finding(Status.EN_COURS, (why,), (first.entry_id,), _midnight(first.effective_on))
        whom = f" de {binding.instance}" if binding.instance else ""
        return _declared(past, f"aucune décision{whom} n'est enregistrée")
    told = f"{_body(last)}, séance du {last.effective_on:{FRENCH_DATE}} : {_opinion(last)}."
    end = lapses_on(last, binding.freshness_days)
    if end is not None and end <= day:
        return Finding(Status.PERIME, (f"{told} N'est plus valable depuis le {end:{FRENCH_DATE}}.",), (last.entry_id,))
    opposed = _opposed(last, votes, past)
    if last.details.get("avis") == "defavorable":
        against = Status.CONTREDIT if opposed else Status.MANQUANT
        return Finding(against, (told, *opposed), (last.entry_id,))
    if opposed:
        return Finding(Status.CONTREDIT, (told, *opposed), (last.entry_id,))
    if last.details.get("avis") == "reserve":
        return Finding(Status.EN_COURS, (f"{told} Levez les réserves.",), (last.entry_id,), _midnight(end))
    return Finding(Status.PROUVE, (told,), (last.entry_id,), _midnight(end))


def _opposed(last: Entry, votes: Sequence[Entry], past: Sequence[Entry]) -> tuple[str, ...]:
    """What says the contrary of the last opinion: the last one of another instance, or a declaration that it holds."""
    against = last.details.get("avis") == "defavorable"
    found = []
    bodies = {_body(entry) for entry in votes} - {_body(last)}
    for body in sorted(bodies):
        latest = _last([entry for entry in votes if _body(entry) == body], EntryKind.DECISION)
        if latest is not None and (latest.details.get("avis") == "defavorable") is not against:
            found.append(f"{body}, séance du {latest.effective_on:{FRENCH_DATE}} : {_opinion(latest)}.")
    said = _last(past, EntryKind.DECLARATION)
    if against and said is not None and said.details.get("reponse") == "oui":
        found.append(f"Déclaré atteint par {said.actor} le {said.effective_on:{FRENCH_DATE}}.")
    return tuple(found)


def _body(entry: Entry) -> str:
    return entry.details.get("instance", "") or "l'instance"


def _opinion(entry: Entry) -> str:
    words = {"favorable": "avis favorable", "reserve": "avis favorable avec réserves", "acte": "prend acte"}
    told = words.get(entry.details.get("avis", ""), "avis défavorable")
    votes = [entry.details.get(name, "") for name in ("pour", "contre", "abstention")]
    if any(votes):
        told += f" ({votes[0] or 0} pour, {votes[1] or 0} contre, {votes[2] or 0} abstention(s))"
    return told

"""ZBE → movements (IHE PAM France 2.11, segment ZBE), and their stand-in for senders that have none."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from archipel.connectors.hl7v2_pam.codec.events import CANCELS, UPDATE_EVENT, VENUE_UPDATE, cancelled_by
from archipel.connectors.hl7v2_pam.codec.reading import Reading
from archipel.connectors.hl7v2_pam.codec.times import has_hour, time_stamp
from archipel.connectors.hl7v2_pam.codec.visit import Visit
from archipel.domains.flow.values import Action, MovementFact
from archipel.kernel.hl7v2.er7 import NULL
from archipel.kernel.hl7v2.problems import Rejected

ZBE_WIDTH = 12
_ACTIONS = {"INSERT": Action.INSERT, "UPDATE": Action.UPDATE, "CANCEL": Action.CANCEL}
_NATURES = frozenset("SHMLDC")
_MAX_MOVEMENTS = 200


def read_movements(reading: Reading, visit: Visit, patient: str) -> tuple[MovementFact, ...]:
    """Every movement of the message: one per ZBE segment and repetition of ZBE-1; an identical key counts once.

    Raises:
        Rejected: a movement cannot be identified or dated; or, when strict, any departure from the profile.
    """
    occurrences = reading.message.count("ZBE")
    if occurrences == 0:
        if reading.event == VENUE_UPDATE:
            return ()
        return (_without_zbe(reading, visit, patient),)
    facts: dict[str, MovementFact] = {}
    for occurrence in range(occurrences):
        row = reading.message.padded("ZBE", ZBE_WIDTH, occurrence)
        if row is not None:
            _read_segment(reading, _unshifted(reading, row), visit, patient, facts)
    return tuple(facts.values())


def _unshifted(reading: Reading, row: list[str]) -> list[str]:
    """Put right a ZBE written with one field too many after ZBE-2, and complain about ZBE-3."""
    found = row[3]
    if row[4] not in _ACTIONS and row[5] in _ACTIONS:
        reading.tolerate(
            "ZBE",
            "4",
            row[4],
            "INSERT, UPDATE ou CANCEL",
            f"l'action est en ZBE-5 ({row[5]}), le segment est lu décalé d'un champ",
        )
        return [*row[:3], *row[4:], ""]
    if found and found != NULL:
        reading.tolerate("ZBE", "3", found, "un champ vide (interdit par PAM France)", "il n'est pas lu")
    return row


def _read_segment(reading: Reading, row: list[str], visit: Visit, patient: str, facts: dict[str, MovementFact]) -> None:
    keys = _keys(reading, row[1])
    if not keys:
        then = "rien n'est mis à jour" if reading.event == VENUE_UPDATE else "le mouvement est désigné par sa date"
        reading.tolerate("ZBE", "1", row[1], "un identifiant de mouvement", then)
        if reading.event == VENUE_UPDATE:
            return
        fact = _without_zbe(reading, visit, patient, row)
        facts.setdefault(fact.movement, fact)
        return
    action, trigger = _action(reading, row, visit)
    effective = _effective(reading, row, visit)
    medical = _unit(reading, row[7], "7") if row[7] else ""
    nursing = _unit(reading, row[8], "8") if row[8] else ""
    nature = _nature(reading, row[9]) if row[9] else ""
    expected_exit = visit.expected_exit
    if expected_exit is None and trigger == "A16":
        expected_exit = effective
    for key in keys:
        if key in facts:
            if facts[key].effective_at != effective or facts[key].action != action:
                reading.note("ZBE", "1", "même identifiant dans deux segments différents ; le premier est gardé.")
            continue
        if len(facts) >= _MAX_MOVEMENTS:
            raise Rejected("ZBE", "1", "", f"{_MAX_MOVEMENTS} mouvements au plus dans un message")
        facts[key] = MovementFact(
            key,
            action,
            reading.event,
            trigger,
            effective,
            reading.stamp,
            visit.venue,
            patient,
            visit.patient_class,
            visit.place,
            medical,
            nursing,
            nature,
            expected_exit,
            visit.exit_mode,
            visit.wish,
        )


def _keys(reading: Reading, value: str) -> list[str]:
    """ZBE-1 (EI, repeating): number, namespace, universal id."""
    if not value or value == NULL:
        return []
    keys: list[str] = []
    for repetition in value.split(reading.repetition) if reading.repetition in value else (value,):
        parts = repetition.split(reading.component, 3)
        number = reading.text(parts[0])
        if not number:
            continue
        authority = ""
        if len(parts) > 1:
            universal = reading.text(parts[2]) if len(parts) > 2 else ""
            authority = reading.alias(universal, reading.text(parts[1]))
        keys.append(reading.key(authority or reading.default_authority(), number, "ZBE", "1"))
    return keys


def _action(reading: Reading, row: list[str], visit: Visit) -> tuple[Action, str]:
    """ZBE-4 and ZBE-6, checked against the event: what is done, and the trigger of the movement meant."""
    event = reading.event
    usual = _usual(event)
    action = _ACTIONS.get(row[4])
    if action is None:
        found = reading.code(row[4], "ZBE", "4").upper()
        action = _ACTIONS.get(found)
        reading.tolerate("ZBE", "4", row[4], "INSERT, UPDATE ou CANCEL", f"{action or usual} est compris")
        action = action or usual
    if action is Action.INSERT and usual is Action.INSERT:
        return action, event
    if event in CANCELS and action is not Action.CANCEL:
        reading.tolerate("ZBE", "4", action, f"CANCEL avec {event}", "lu comme une annulation")
        action = Action.CANCEL
    elif action is Action.CANCEL and event not in CANCELS and event not in ("A06", "A07"):
        reading.tolerate("ZBE", "4", action, f"{usual} avec {event}", "lu comme une annulation")
    elif action is Action.UPDATE and event != UPDATE_EVENT:
        reading.tolerate("ZBE", "4", action, f"{usual} avec {event} (une mise à jour vient par Z99)")
    elif action is Action.INSERT and event == VENUE_UPDATE:
        reading.tolerate("ZBE", "4", action, "UPDATE avec Z99", "A08 est lu comme une mise à jour du mouvement")
        action = Action.UPDATE
    elif action is Action.INSERT and event == UPDATE_EVENT:
        reading.tolerate("ZBE", "4", action, "UPDATE avec Z99", "lu comme une création")
    return action, _trigger(reading, row, action, visit)


def _usual(event: str) -> Action:
    """The action that comes with an event."""
    if event in CANCELS:
        return Action.CANCEL
    return Action.UPDATE if event in (UPDATE_EVENT, VENUE_UPDATE) else Action.INSERT


def _trigger(reading: Reading, row: list[str], action: Action, visit: Visit) -> str:
    """The trigger of the movement meant; "" for an update that does not tell."""
    event = reading.event
    original = reading.code(row[6], "ZBE", "6").upper() if row[6] else ""
    possible = cancelled_by(event) if action is Action.CANCEL else ()
    if possible:
        if original in possible:
            return original
        derived = possible[0]
        if len(possible) > 1 and visit.patient_class in ("E", "O"):
            derived = possible[1]
        wanted = " ou ".join(possible)
        reading.warn("ZBE", "6", row[6], f"{wanted} avec {event} ; {derived} est compris")
        return derived
    if original:
        return original
    if event in (UPDATE_EVENT, VENUE_UPDATE):
        if action is Action.INSERT:
            raise Rejected("ZBE", "6", "", "l'événement d'origine du mouvement (A01, A02 …)")
        reading.tolerate("ZBE", "6", "", "l'événement d'origine du mouvement (A01, A02 …)")
        return ""
    return event


def _effective(reading: Reading, row: list[str], visit: Visit) -> datetime:
    """ZBE-2; a day alone is its midnight."""
    moment = reading.moment(row[2], "ZBE", "2")
    if moment is None:
        moment, source = _fallback_time(reading, visit)
        reading.tolerate("ZBE", "2", row[2], "la date d'effet du mouvement", f"{source} est prise à la place")
    elif not has_hour(row[2]):
        reading.warn("ZBE", "2", row[2], "une date avec l'heure ; minuit est compris")
    return moment


def _fallback_time(reading: Reading, visit: Visit) -> tuple[datetime, str]:
    """EVN-6, else EVN-2, PV1-44 or PV1-45, MSH-7.

    Raises:
        Rejected: the first that is filled is impossible, or none is.
    """
    evn = reading.message.padded("EVN", 7) or [""] * 8
    exit_event = reading.event in ("A03", "A13")
    visits = (("45", visit.pv1[45]), ("44", visit.pv1[44])) if exit_event else (("44", visit.pv1[44]), ("45", ""))
    candidates = [("EVN", "6", evn[6]), ("EVN", "2", evn[2])]
    candidates += [("PV1", field, value) for field, value in visits]
    candidates.append(("MSH", "7", reading.msh[7]))
    for segment, field, value in candidates:
        moment = reading.moment(value, segment, field)
        if moment is not None:
            return moment, f"{segment}-{field}"
    raise Rejected("EVN", "6", "", "la date du mouvement (ZBE-2, EVN-6, EVN-2 ou MSH-7)")


def _unit(reading: Reading, value: str, field: str) -> str:
    """ZBE-7 and ZBE-8 (XON): the UF code is component 10, else component 1."""
    if value == NULL:
        return ""
    if reading.repetition in value:
        value = value.split(reading.repetition, 1)[0]
    parts = value.split(reading.component)
    code = reading.code(parts[9], "ZBE", f"{field}.10") if len(parts) > 9 else ""
    if not code:
        code = reading.code(parts[0], "ZBE", f"{field}.1")
        if code:
            reading.warn("ZBE", f"{field}.10", "", f"le code de l'UF ; la composante 1 ({code}) est prise")
    return reading.profile.uf_map.get(code, code)


@lru_cache(maxsize=1024)
def _letters(value: str) -> tuple[str, bool]:
    """The sorted set of letters, and whether there was anything else in the text."""
    letters = {c for c in value.upper() if "A" <= c <= "Z"}
    return "".join(sorted(letters)), bool(letters - _NATURES) or any(not c.isalpha() for c in value)


def _nature(reading: Reading, value: str) -> str:
    """ZBE-9: a set of letters."""
    letters, odd = _letters(reading.code(value, "ZBE", "9"))
    if odd:
        reading.warn("ZBE", "9", value, "des lettres parmi S, H, M, L, D et C")
    return letters


def _without_zbe(reading: Reading, visit: Visit, patient: str, row: list[str] | None = None) -> MovementFact:
    """The movement of a sender without ZBE: its key is made of venue, trigger and time."""
    event = reading.event
    if row is None:
        reading.tolerate("ZBE", "", "", "le segment du mouvement", "il est déduit de l'événement")
    if event in (UPDATE_EVENT, VENUE_UPDATE):
        raise Rejected("ZBE", "1", "", f"l'identifiant du mouvement que {event} modifie")
    effective = reading.moment(row[2], "ZBE", "2") if row is not None else None
    if effective is None:
        effective, _ = _fallback_time(reading, visit)
    action = Action.CANCEL if event in CANCELS else Action.INSERT
    expected_exit = visit.expected_exit
    if expected_exit is None and event == "A16":
        expected_exit = effective
    return MovementFact(
        movement=f"~{visit.venue}~{event}~{time_stamp(effective)[:14]}",
        action=action,
        event=event,
        trigger=event,
        effective_at=effective,
        stamp=reading.stamp,
        venue=visit.venue,
        patient=patient,
        patient_class=visit.patient_class,
        place=visit.place,
        uf_medicale=_unit(reading, row[7], "7") if row is not None and row[7] else "",
        uf_soins=_unit(reading, row[8], "8") if row is not None and row[8] else "",
        nature=_nature(reading, row[9]) if row is not None and row[9] else "",
        expected_exit=expected_exit,
        exit_mode=visit.exit_mode,
        wish=visit.wish,
        cancels=CANCELS.get(event, ()),
    )

"""Synthetic IHE PAM messages: one builder for every event, and whole days of invented patients with their faults.

Everything comes from a seed: the same arguments give the same bytes. Nobody here is real; the INS are of the test list.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from archipel.kernel.ins import OID_TEST, compute_key

T0 = datetime(2026, 1, 5, 6, 0)
"""Local time of the first movement of every feed."""
NOMS = ("ESSAI", "DEMO-MARTIN", "FICTIF", "EXEMPLE", "MODELE", "TEST-DURAND", "SYNTHESE", "PATRON")
PRENOMS = ("ALIX", "CAMILLE", "DOMINIQUE", "CLAUDE", "LOU", "SASHA", "NOA", "EDEN")
_STRUCTURES = {"A03": "A03", "A02": "A02", "A40": "A39", "A44": "A43", "A28": "A05", "A31": "A05", "Z99": "Z99"}
_SINGLE = ("A28", "A31", "A40", "A44")


@dataclass(frozen=True, slots=True)
class Source:
    """A sender: MSH-3 and MSH-4, and how it writes."""

    application: str = "GAM"
    facility: str = "210780581"
    charset: str = "UNICODE UTF-8"
    codec: str = "utf-8"
    with_zbe: bool = True


@dataclass(frozen=True, slots=True)
class Patient:
    """An invented person."""

    ipp: str
    nom: str = "ESSAI"
    prenom: str = "ALIX"
    naissance: str = "19700101"
    sexe: str = "F"
    matricule: str = ""

    @classmethod
    def numbered(cls, number: int) -> Patient:
        """The patient of that number: always the same."""
        sexe = "FM"[number % 2]
        matricule = f"{2 - number % 2}{50 + number % 50:02d}{1 + number % 12:02d}99{100000 + number % 900000:06d}"
        return cls(
            f"{800000000 + number}",
            NOMS[number % len(NOMS)],
            PRENOMS[(number // 8) % len(PRENOMS)],
            f"19{50 + number % 50:02d}{1 + number % 12:02d}{1 + number % 28:02d}",
            sexe,
            matricule if number % 3 else "",
        )


@dataclass(frozen=True, slots=True)
class Move:
    """One message about one movement (or one identity); what is not said takes a usual value."""

    event: str
    control: str
    at: datetime = T0
    """MSH-7."""
    effective: datetime = T0
    """ZBE-2."""
    patient: Patient = Patient("800000001")
    venue: str = "V1"
    movement: str = "M1"
    action: str = "INSERT"
    original: str = ""
    """ZBE-6."""
    uf: str = "3001"
    chambre: str = "101"
    lit: str = "P"
    uf_medicale: str = "3001"
    nature: str = "HMS"
    patient_class: str = "I"
    exit_mode: str = ""
    former: Patient | None = None
    """MRG-1 of a merge or of an account move."""
    source: Source = Source()


def stamp(moment: datetime) -> str:
    """A time as HL7 writes it."""
    return f"{moment:%Y%m%d%H%M%S}"


def pid(patient: Patient, source: Source, venue: str = "") -> str:
    """The PID segment of a patient."""
    place = source.facility
    ids = f"{patient.ipp}^^^{place}&1.2.250.1.71.4.2.{place}&ISO^PI"
    if patient.matricule:
        key = compute_key(patient.matricule)
        ids += f"~{patient.matricule}{key}^^^ASIP-SANTE-INS-NIR&{OID_TEST}&ISO^INS"
    account = f"{venue}^^^{place}&1.2.250.1.71.4.2.{place}&ISO^AN" if venue else ""
    status = "VALI" if patient.matricule else "PROV"
    return (
        f"PID|1||{ids}||{patient.nom}^{patient.prenom}^{patient.prenom}^^^^L||{patient.naissance}|{patient.sexe}|||"
        f"1 RUE DES ESSAIS^^DIJON^^21000^FRA^H~^^^^^^BDL^^21231||^PRN^PH^^^^^^^^^0300000000|||||{account}"
        f"||||||||||||||{status}"
    )


def message(move: Move) -> bytes:
    """The message, as bytes in the charset of its sender, segments ended by CR."""
    source, event = move.source, move.event
    structure = _STRUCTURES.get(event, "A01")
    segments = [
        f"MSH|^~\\&|{source.application}|{source.facility}|ARCHIPEL|GHT|{stamp(move.at)}||ADT^{event}^ADT_{structure}"
        f"|{move.control}|P|2.5^FRA^2.11|||||FRA|{source.charset}",
        f"EVN||{stamp(move.at)}||||{stamp(move.effective)}",
        pid(move.patient, source, "" if event in _SINGLE else move.venue),
    ]
    if move.former is not None:
        account = f"{move.venue}^^^{source.facility}" if event == "A44" else ""
        segments.append(
            f"MRG|{move.former.ipp}^^^{source.facility}&1.2.250.1.71.4.2.{source.facility}&ISO^PI||{account}"
        )
    if event not in _SINGLE:
        segments.append(_pv1(move))
        if source.with_zbe:
            segments.append(_zbe(move))
        if move.exit_mode:
            segments.append(f"ZFM||{move.exit_mode}")
    return ("\r".join(segments) + "\r").encode(source.codec, "replace")


def _pv1(move: Move) -> str:
    location = f"{move.uf}^{move.chambre}^{move.lit}^{move.source.facility}" if move.uf else ""
    visit = f"{move.venue}^^^{move.source.facility}^VN"
    return f"PV1|1|{move.patient_class}|{location}" + "|" * 16 + visit + "|" * 32 + "V"


def _zbe(move: Move) -> str:
    unit = f"UF {move.uf_medicale}^^^^^{move.source.facility}^UF^^^{move.uf_medicale}" if move.uf_medicale else ""
    return (
        f"ZBE|{move.movement}^{move.source.facility}|{stamp(move.effective)}||{move.action}|N|{move.original}"
        f"|{unit}|{unit}|{move.nature}"
    )


class Stay:
    """The messages of one venue, in the order in which its sender wrote them."""

    def __init__(self, number: int, rng: random.Random, source: Source, ufs: Sequence[str], start: datetime) -> None:
        self.number = number
        self.rng = rng
        self.ufs = ufs
        self.at = start
        self.serial = 0
        self.moves: list[Move] = []
        self.base = Move(
            "A01",
            "",
            patient=Patient.numbered(number),
            venue=f"{26_000_000 + number}",
            source=source,
            **self.bed(),
        )

    def bed(self) -> dict[str, str]:
        """A bed somewhere."""
        uf = self.rng.choice(self.ufs)
        return {
            "uf": uf,
            "uf_medicale": uf,
            "chambre": f"{self.rng.randrange(1, 13):03d}",
            "lit": self.rng.choice("PF"),
        }

    def say(self, event: str, *, minutes: int = 0, **changes: object) -> Move:
        """Add a message; without ``movement`` it makes a new one."""
        self.serial += 1
        self.at += timedelta(minutes=minutes)
        control = f"{self.number:08d}{self.serial:04d}"
        movement = {"movement": f"{self.number * 100 + self.serial}", "effective": self.at}
        move = replace(self.base, event=event, control=control, at=self.at + timedelta(seconds=30), **movement)
        move = replace(move, **changes)  # type: ignore[arg-type]
        self.moves.append(move)
        return move

    def live(self) -> list[Move]:
        """Admission, moves, discharge; with what people correct on the way."""
        rng = self.rng
        admission = self.say("A04" if rng.random() < 0.3 else "A01", patient_class="I")
        if rng.random() < 0.15:
            self._correct(admission)
        for _ in range(rng.choice((0, 1, 1, 2, 3))):
            self.base = replace(self.base, **self.bed())  # type: ignore[arg-type]
            moved = self.say("A02", minutes=rng.randrange(30, 1500))
            if rng.random() < 0.12:
                self._cancel("A12", moved)
        if rng.random() < 0.25:
            self._identity()
        if rng.random() < 0.1:
            self._leave()
        if rng.random() < 0.85:
            gone = self.say("A03", minutes=rng.randrange(60, 3000), exit_mode="8")
            if rng.random() < 0.06:
                self._cancel("A13", gone)
        if rng.random() < 0.03:
            self._cancel("A11", admission)
        return self.moves

    def _correct(self, move: Move) -> None:
        self.say(
            "Z99", minutes=3, movement=move.movement, effective=move.effective, action="UPDATE", original=move.event,
            lit="F" if move.lit == "P" else "P",
        )  # fmt: skip

    def _cancel(self, event: str, move: Move) -> None:
        self.say(
            event, minutes=4, movement=move.movement, effective=move.effective, action="CANCEL", original=move.event
        )

    def _identity(self) -> None:
        who = replace(self.base.patient, prenom=self.rng.choice(PRENOMS))
        self.base = replace(self.base, patient=who)
        self.say("A31", minutes=5)

    def _leave(self) -> None:
        self.say("A21", minutes=120)
        self.say("A22", minutes=600)


def stays(count: int, seed: int = 1, *, sources: Sequence[Source] = (Source(),), ufs: int = 20) -> Iterator[list[Move]]:
    """The messages of ``count`` venues, stay by stay; some patients are merged, some venues change hands."""
    rng = random.Random(seed)
    for number in range(1, count + 1):
        source = sources[number % len(sources)]
        names = [f"{3000 + index}" for index in range(ufs)]
        start = T0 + timedelta(seconds=12 * number + rng.randrange(0, 600))
        stay = Stay(number, rng, source, names, start)
        stay.live()
        other = replace(stay.base.patient, ipp=f"{900000000 + number}", matricule="")
        if rng.random() < 0.03:
            stay.say("A40", minutes=10, patient=other, former=stay.base.patient)
        if rng.random() < 0.02:
            stay.say("A44", minutes=12, patient=other, former=stay.base.patient)
        yield stay.moves


def _moves(count: int, seed: int, sources: Sequence[Source], ufs: int) -> list[Move]:
    moves: list[Move] = []
    for stay in stays(count, seed, sources=sources, ufs=ufs):
        moves.extend(stay)
        if len(moves) >= count:
            break
    moves = moves[:count]
    moves.sort(key=lambda move: (move.at, move.control))
    return moves


def corpus(count: int, seed: int = 1, *, sources: Sequence[Source] = (Source(),), ufs: int = 20) -> list[bytes]:
    """``count`` messages in the order of emission, those of many venues interleaved."""
    return [message(move) for move in _moves(count, seed, sources, ufs)]


def feeds(count: int, sources: Sequence[Source], seed: int = 1, *, ufs: int = 20) -> list[list[bytes]]:
    """The same, sender by sender: what each one's connection carries."""
    by_source: dict[Source, list[bytes]] = {source: [] for source in sources}
    for move in _moves(count, seed, sources, ufs):
        by_source[move.source].append(message(move))
    return list(by_source.values())


def disturbed(messages: Sequence[bytes], seed: int = 1, *, duplicates: float = 0.03, late: float = 0.1) -> list[bytes]:
    """The same messages as a real network brings them: some twice, some late, hence out of order."""
    rng = random.Random(seed)
    arrivals: list[tuple[float, bytes]] = []
    for index, raw in enumerate(messages):
        delay = rng.expovariate(1 / 200) if rng.random() < late else rng.random() * 3
        arrivals.append((index + delay, raw))
        if rng.random() < duplicates:
            arrivals.append((index + delay + rng.random() * 500, raw))
    arrivals.sort(key=lambda pair: pair[0])
    return [raw for _, raw in arrivals]

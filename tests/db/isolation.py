"""Two establishments, A and B, fed through the real journal, and what must never leave B: unmistakable markers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from archipel.domains.flow import public as flow
from archipel.domains.flow.models import BedFact, EdFact, Venue
from archipel.foundation.accounts import tokens
from archipel.foundation.accounts.models import BreakGlass, Grant, User
from archipel.foundation.accounts.roles import Role
from archipel.foundation.accounts.services import open_break_glass, scope_of
from archipel.foundation.journal.models import Message, Outcome, Sender
from archipel.foundation.scope import in_scope, system_scope
from archipel.territory.ficom import reader
from archipel.territory.models import Entity
from archipel.territory.services.imports import propose
from tests.db import (
    isolation_documents,
    isolation_forecast,
    isolation_help,
    isolation_pathway,
    isolation_programmes,
    isolation_proof,
    isolation_ror,
    isolation_rpu,
    isolation_systems,
    isolation_trajectory,
)
from tests.db.ingestion import Journal, drain
from tests.factories.accounts import make_establishment, make_user
from tests.factories.beds import make_unit
from tests.factories.dossiers import marked_dossier
from tests.factories.pam import Move, Patient, Source, message

A, B, C = "210780581", "520780073", "520780032"


@dataclass
class Place:
    """One establishment: the keys that fill addresses and forms, and its markers."""

    code: str
    mark: str
    site: str
    uf: str = "7001"
    ed_uf: str = "7900"
    venues: list[int] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    applied: int = 0
    parked: int = 0
    sender: int = 0
    request: int = 0
    user: int = 0
    grant: int = 0
    access: int = 0
    token: int = 0
    bed_facts: list[int] = field(default_factory=list)
    ed_fact: int = 0
    entity: int = 0
    proposal: int = 0
    publication: int = 1
    dossier: int = 0
    patients: list[Patient] = field(default_factory=list)

    @property
    def markers(self) -> list[str]:
        """Texts that only this establishment holds."""
        found = [self.mark]  # names, reasons, needs, senders, accounts, dossiers, control ids all hold it
        for patient in self.patients:
            found += [patient.ipp, patient.matricule]
            day = datetime.strptime(patient.naissance, "%Y%m%d")
            found += [f"{day:%Y-%m-%d}", f"{day:%d/%m/%Y}", patient.naissance]
        return found


def build(url: str) -> tuple[Place, Place]:
    """The two establishments, each with patients, beds, emergencies, messages, requests, traces, accounts."""
    make_establishment(C)
    a, b = Place(A, "AAMARK", "210987731"), Place(B, "ZZFUITE", "520000010")
    journal = Journal(url)
    try:
        for rank, place in enumerate((a, b)):
            _structure(place)
            _messages(journal, place, rank)
    finally:
        journal.close()
    for place in (a, b):
        _acts(place)
        isolation_programmes.furnish(place.code, place.mark)
        isolation_proof.furnish(place.code, place.mark)
        isolation_help.furnish(place.code, place.mark)
        isolation_systems.furnish(place.code, place.mark)
        isolation_ror.furnish(place.code, place.site, place.uf)
        isolation_rpu.furnish(place.code, place.mark, place.site, place.venues[2])
        isolation_documents.furnish(place.code, place.mark, place.venues[2], place.keys[2])
        isolation_pathway.furnish(place.code, place.mark, place.venues[2])
        isolation_forecast.furnish(place.code, place.mark, place.site)
        isolation_trajectory.furnish(place.code, place.mark)
        place.dossier = marked_dossier(place.code, place.mark)
    isolation_help.furnish_group()
    return a, b


def _structure(place: Place) -> None:
    with in_scope(system_scope("tests", [place.code])):
        make_unit(
            place.uf, establishment=place.code, site=place.site, beds="101-P 101-F 102-P 103-P 104-P 105-P",
            name=f"Médecine {place.code}",
        )  # fmt: skip
        make_unit(
            place.ed_uf, establishment=place.code, site=place.site, filiere="URG", usage="box", beds="B1-1 B2-1",
            name=f"Urgences {place.code}",
        )  # fmt: skip


def _messages(journal: Journal, place: Place, rank: int) -> None:
    source = Source(application=f"{place.mark}GAM", facility=place.code)
    names = (f"{place.mark}UN", f"{place.mark}DEUX", f"{place.mark}URGENCE")
    place.patients = [
        Patient(f"99{rank}77700{n}", name, f"{place.mark}PRENOM", f"193{rank}031{n}", "F",
                f"2{31 + rank}0399277{n:02d}{rank}")
        for n, name in enumerate(names)
    ]  # fmt: skip
    beds = (
        ("A01", place.uf, "101", "P", "I"),
        ("A01", place.uf, "101", "F", "I"),
        ("A04", place.ed_uf, "B1", "1", "E"),
    )
    begin = datetime.now() - timedelta(hours=5)
    raws = []
    for n, (event, uf, chambre, lit, kind) in enumerate(beds):
        raws.append(
            Move(
                event, f"{place.mark}CTRL{n}", patient=place.patients[n], venue=f"{place.mark}DOSSIER{n}",
                movement=f"{place.mark}MVT{n}", at=begin, effective=begin, uf=uf, uf_medicale=uf, chambre=chambre,
                lit=lit, patient_class=kind, source=source,
            )
        )  # fmt: skip
    texts = [message(move) for move in raws]
    unknown = message(Move(
        "A01", f"{place.mark}CTRL7", patient=place.patients[0], venue=f"{place.mark}DOSSIER7", at=begin,
        movement=f"{place.mark}MVT7", effective=begin, uf="7777", uf_medicale="7777", source=source,
    ))  # fmt: skip
    spoilt = message(Move(
        "A01", f"{place.mark}CTRL8", patient=place.patients[1], venue=f"{place.mark}DOSSIER8", at=begin,
        movement=f"{place.mark}MVT8", effective=datetime(2026, 1, 5, 6), uf=place.uf, source=source,
    )).replace(b"|20260105060000||INSERT", b"|20269905060000||INSERT")  # fmt: skip
    journal.put([*texts, unknown, spoilt])
    drain()


def _acts(place: Place) -> None:
    """What people did there: beds, emergencies, requests, accounts, a break-glass, a proposal of structure."""
    with in_scope(system_scope("tests", [place.code])):
        wanted = [f"{place.mark}DOSSIER{n}" for n in range(3)]
        rows = {row.number: row for row in Venue.objects.filter(establishment=place.code)}
        place.venues = [int(rows[number].pk) for number in wanted]
        place.keys = [rows[number].key for number in wanted]
        place.applied = min(Message.objects.filter(establishment=place.code).values_list("id", flat=True))
        place.parked = Outcome.objects.get(establishment=place.code, outcome="parked").message_id
    place.sender = Sender.objects.get(establishment=place.code).pk
    manager = make_user(Role.GESTIONNAIRE_LITS, place.code, username=f"{place.mark}-lits".lower())
    nurse = make_user(Role.IDE_URGENCES, place.code, username=f"{place.mark}-urgences".lower())
    make_user(Role.ADMINISTRATEUR, place.code, username=f"{place.mark}-admin".lower())
    place.user, place.grant = manager.pk, Grant.objects.get(user=manager).pk
    scope = scope_of(manager)
    beds = [flow.BedKey(place.code, place.uf, chambre, "P") for chambre in ("102", "103", "104")]
    kept = flow.reserve_bed(scope=scope, bed=beds[0], text=f"{place.mark}RESERVATION")
    flow.close_bed(scope=scope, bed=beds[1], reason=f"{place.mark}FERMETURE")
    place.bed_facts = list(kept.facts)
    place.ed_fact = flow.record_triage(scope=scope_of(nurse), venue=place.venues[2], level=2).fact
    asked = flow.create_request(
        scope=scope_of(nurse), venue=place.venues[2], bed=beds[2], filiere="MED", needs=f"{place.mark}BESOIN"
    )
    place.request = asked.number
    with in_scope(scope):
        open_break_glass(scope=scope, establishment=C, reason=f"{place.mark}MOTIF de l'accès", hours=1)
        place.access = BreakGlass.objects.get(user=manager).pk
        made, _ = tokens.create_token(
            scope=scope, name=f"{place.mark}JETON", establishment=place.code, capabilities=["capacite.voir"], days=3
        )
        place.token = made.id
    with in_scope(system_scope("tests", [place.code])):
        place.entity = Entity.objects.filter(establishment=place.code).first().pk
        place.proposal = _proposal(place)
        assert BedFact.objects.filter(establishment=place.code).count() >= 2
        assert EdFact.objects.filter(establishment=place.code).count() == 1


def _proposal(place: Place) -> int:
    raw = f"type;code;etablissement;eg;libelle\nUF;7555;{place.code};{place.site};Essai\n".encode()
    name = f"{place.code}.csv"
    read = reader.read(raw, name, place.code)
    return propose(
        scope=system_scope("tests", [place.code]), kind="ficom", name=name, raw=raw, statements=read.statements,
        problems=read.problems, effective_on=date.today(), complete=False,
    ).id  # fmt: skip


def person(role: Role | None) -> User:
    """Somebody of A."""
    return make_user(role, A, username=f"a-{role or 'sans-role'}")

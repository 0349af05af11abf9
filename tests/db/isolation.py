"""Two establishments, A and B, fed through the real journal, and what must never leave B: unmistakable markers."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import unquote_plus

import psycopg
from django.apps import apps
from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver

from archipel.domains.flow import public as flow
from archipel.domains.flow.models import BedFact, EdFact, Venue
from archipel.domains.flow.pages.path import encode_key
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
from tests.factories.dossiers import dossier_api_bodies, dossier_bodies, dossier_values, marked_dossier
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
        isolation_systems.furnish(place.code, place.mark)
        isolation_ror.furnish(place.code, place.site, place.uf)
        isolation_rpu.furnish(place.code, place.mark, place.site, place.venues[2])
        isolation_documents.furnish(place.code, place.mark, place.venues[2], place.keys[2])
        isolation_pathway.furnish(place.code, place.mark, place.venues[2])
        isolation_forecast.furnish(place.code, place.mark, place.site)
        isolation_trajectory.furnish(place.code, place.mark)
        place.dossier = marked_dossier(place.code, place.mark)
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


# --- routes -------------------------------------------------------------------------------------------


def routes() -> Iterator[tuple[str, URLPattern]]:
    """(whole pattern, route) of every address that answers."""

    def walk(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, URLPattern]]:
        for one in resolver.url_patterns:
            if isinstance(one, URLResolver):
                yield from walk(one, prefix + str(one.pattern))
            else:
                yield prefix + str(one.pattern), one

    yield from walk(get_resolver(), "")


_HOLE = re.compile(r"<(?:(\w+):)?(\w+)>|\(\?P<(\w+)>[^)]*\)")


def fill(pattern: str, place: Place) -> list[str]:
    """The addresses of a pattern for one establishment. Raises KeyError naming a parameter that nobody described."""
    addresses = [pattern.removeprefix("^").removesuffix("$")]
    for hole in _HOLE.finditer(pattern):
        values = _values(pattern, hole[2] or hole[3], place)
        addresses = [one.replace(hole[0], str(value), 1) for one in addresses for value in values]
    return ["/" + one for one in addresses]


def _values(pattern: str, name: str, place: Place) -> list[object]:
    steering = isolation_programmes.values(pattern, name, place.code) or isolation_proof.values(
        pattern, name, place.code
    )
    if steering is not None:
        return steering
    if (tokens := isolation_pathway.values(pattern, name)) is not None:
        return tokens
    if (documents := isolation_documents.values(pattern, name, place.code)) is not None:
        return documents
    if (scenarios := isolation_trajectory.values(pattern, name, place.code)) is not None:
        return scenarios
    if (systems := isolation_systems.values(pattern, name, place.code)) is not None:
        return systems
    if (ror := isolation_ror.values(pattern, name, place.site)) is not None:
        return ror
    if (passages := isolation_rpu.values(pattern, name, place.code)) is not None:
        return passages
    if (forecasts := isolation_forecast.values(pattern, name, place.code)) is not None:
        return forecasts
    for prefix, numbers in (
        ("messages/emetteurs/", [place.sender]),
        ("messages/", [place.applied, place.parked]),
        ("venues/", [place.venues[0]]),
        ("demandes/", [place.request]),
    ):
        if name == "number" and pattern.startswith(prefix):
            return list(numbers)
    table: dict[str, list[object]] = {
        "ej": [place.code],
        "establishment": [place.code],
        "uf": [place.uf, place.ed_uf],
        "eg": [place.site],
        "venue": [place.venues[2]],
        "token": [encode_key(place.keys[0])],
        "cle": [place.keys[0].replace("|", "%7C")],
        "access_id": [place.access],
        "user_id": [place.user],
        "grant_id": [place.grant],
        "act": ["fermer", "rouvrir", "second-facteur", "mot-de-passe"],
        "entity": [place.entity],
        "proposal": [place.proposal],
        "publication": [place.publication],
        "form": ["csv", "xlsx"],
        "token_id": [place.token],
        "numero": [place.request],
        "acte": ["fermer", "reserver", "deplacer", "nettoyer"],
        "rest": ["v1/inconnue"],
        **dossier_values(place.dossier),
        "pack": ["care-d2"],
        "grille": ["auto-diagnostic-d2"],
        "repondant": [place.code],
        "rubrique": ["o4"],
        "campagne": [1],
        "reponse": [1],
        "fichier": [1],
        "aide": ["plan-accompagnement-2016/uniha-appui"],
        "demande": [1],
        "region": ["27"],
        "offre": ["essai"],
    }
    if name not in table:
        raise KeyError(f"« {name} » dans {pattern} : décrivez ce paramètre dans tests/db/isolation.py")
    return table[name]


def queries(pattern: str, place: Place) -> list[str]:
    """Query strings worth asking, besides the plain page; an address not listed here gets the common ones."""
    one = place.patients[0]
    known = {
        "recherche/palette": [f"q={place.mark}", f"q={place.code}"],
        "api/v1/venues": [f"numero={place.mark}DOSSIER0"],
        "api/v1/messages": [f"etablissement={place.code}", f"emetteur={place.sender}", "sort=parked"],
        "api/v1/messages/attente": [f"etablissement={place.code}", f"emetteur={place.sender}"],
        "api/v1/audit": [f"etablissement={place.code}", f"cle={place.parked}"],
        "api/v1/venues/<ej>/<path:cle>": ["a=2026-01-06T00:00:00", "connu_a=2100-01-01T00:00:00Z"],
        "messages/": [f"ej={place.code}", f"controle={place.mark}CTRL8", f"emetteur={place.sender}"],
        "messages/export": [f"ej={place.code}", f"emetteur={place.sender}&format=xlsx"],
        "messages/attente/": [f"ej={place.code}", f"emetteur={place.sender}"],
        "messages/attente/export": [f"ej={place.code}", "format=xlsx"],
        "traces/": [f"etablissement={place.code}", f"cle={place.parked}"],
        "comptes/": [f"q={place.mark.lower()}"],
        "comptes/export.csv": [f"q={place.mark.lower()}"],
        "lits/": [f"etablissement={place.code}"],
        "lits/export": [f"etablissement={place.code}", "format=xlsx"],
        "lits/<str:ej>/<str:uf>/lit": ["lit=101/P", "lit=102/P", "lit=103/P"],
        "structure/": [f"etablissement={place.code}"],
        "structure/export.<str:form>": [f"etablissement={place.code}"],
        "urgences/patients/<int:venue>/recherche/": ["filiere=MED"],
        "venues/<str:establishment>/<str:token>/": ["au=2026-11-20T10:00", "connu=2100-01-01T00:00"],
        "patients/": [f"ipp={one.ipp}"],
    }
    api = pattern.startswith("api/v1/")
    files = ["format=csv", "format=xlsx"] if api or "export" in pattern or "<" not in pattern else []
    asked = [*known.get(pattern, []), *isolation_proof.queries(pattern, place.code)]
    asked += isolation_rpu.queries(pattern, place.site)
    return ["", *asked, *([] if api else ["mur=1"]), *files]


BED_ACTS = ("fermer", "reserver", "deplacer", "nettoyer", "salir", "isoler", "sexe_chambre", "liberer", "desarmer")


def bodies(pattern: str, place: Place, other: Place) -> list[dict[str, Any]] | None:
    """What to post there with the keys of ``place``; None when nobody described it."""
    one, venue = place.patients[0], place.venues[0]
    common = {"motif": "essai d'un autre établissement", "reason": "essai d'un autre établissement"}
    bed = {"lit": "101/P", "venue": str(venue)}
    table: dict[str, list[dict[str, Any]]] = {
        "preferences/theme": [{"theme": "dark"}],
        "confidentialite/reveler": [{"action": "montrer", "suite": f"/lits/{place.code}/{place.uf}/"}],
        "confidentialite/mode-discret": [{"suite": "/"}],
        "connexion/": [{"username": f"{place.mark}-lits".lower(), "password": "x"}],
        "connexion/code/": [{"code": "000000"}],
        "deconnexion/": [{}],
        "compte/mot-de-passe/": [{"old": "x", "new": "une autre phrase", "again": "une autre phrase"}],
        "compte/sessions/fin/": [{}],
        "compte/situation/": [{"situation": "0"}],
        "compte/second-facteur/": [{"code": "000000"}],
        "compte/second-facteur/codes/": [{"code": "000000"}],
        "compte/jetons/": [{"nom": "x", "etablissement": place.code, "droits": ["patients.voir"], "jours": "9"}],
        "compte/jetons/<int:token_id>/revoquer/": [{}],
        "bris-de-glace/<int:access_id>/fermer/": [{}],
        "bris-de-glace/<int:access_id>/relecture/": [{"review": "relu"}],
        "comptes/nouveau/": [
            {"username": "intrus", "last_name": "X", "first_name": "Y", "establishment": place.code}
        ],
        "comptes/<int:user_id>/": [{"last_name": "X", "first_name": "Y", "email": "x@example.org"}],
        "comptes/<int:user_id>/role/": [{"role": "administrateur", "establishment": place.code}],
        "comptes/<int:user_id>/role/<int:grant_id>/retrait/": [{}],
        "comptes/<int:user_id>/acte/<str:act>/": [{}],
        "structure/provisoires/<int:entity>/": [
            {"acte": acte, "libelle": "X", "filiere": "MED"} for acte in ("valider", "fusionner", "rejeter")
        ],
        "structure/import/": [{"effet": "01/01/2026", "etablissement": place.code}],
        "structure/propositions/<int:proposal>/": [{"acte": "ecarter"}, {"acte": "publier", "empreinte": "x"}],
        "structure/publications/<int:publication>/annulation/": [{}],
        "lits/annuler": [{"faits": ",".join(map(str, place.bed_facts))}, {"faits": str(place.bed_facts[0])}],
        "lits/<str:ej>/<str:uf>/agir": [
            {"action": action, **bed, "text": "X", "sexe": "M", "isolement": "contact", "force": "1"}
            for action in BED_ACTS
        ],
        "urgences/annuler": [{"?": f"fait={place.ed_fact}"}],
        "urgences/patients/<int:venue>/agir": [
            {"action": action, "niveau": "1", "filiere": "MED"}
            for action in ("tri", "prise_en_charge", "orienter", "desorienter")
        ],
        "urgences/patients/<int:venue>/demander": [
            {"lit": f"{to.code}/{to.uf}/105/P", "filiere": "MED"} for to in (place, other)
        ],
        "demandes/<int:number>/agir": [
            {"action": action, "lit": f"{place.code}/{place.uf}/105/P"}
            for action in ("accepter", "refuser", "annuler", "reprendre")
        ],
        "patients/": [
            {"ipp": one.ipp}, {"ins": one.matricule}, {"dossier": f"{place.mark}DOSSIER0"},
            {"nom": f"{place.mark}UN", "naissance": f"{one.naissance[6:]}/{one.naissance[4:6]}/{one.naissance[:4]}"},
        ],
        "venues/<str:establishment>/<str:token>/fusion/": [
            {"acte": acte, "perdant": f"{place.code}|{one.ipp}", "survivant": f"{place.code}|{place.patients[1].ipp}"}
            for acte in ("defaire", "refaire")
        ],
        "messages/attente/rejouer/": [{"ej": place.code}],
        "programmes/aide/demander/<path:aide>/": [{"ght": "BFC-03", "objet": "X", "date": "2017-01-10"}],
        "programmes/aide/demandes/<int:demande>/agir": [{"action": "retrait", "texte": "x"}],
        "programmes/aide/demandes/<int:demande>/retour/": [{"titre": "X", "suite": "garder"}],
        "programmes/aide/demandes/<int:demande>/relecture": [{"choix": "publier"}],
        "programmes/aide/offres/delais": [{"region": "27", "partie": "ars", "jours": "3"}],
        "programmes/aide/offres/<str:region>/nouvelle/": [{"nom": "X", "operateur": "Y", "themes": ["achats"]}],
        "programmes/aide/offres/<str:region>/<str:offre>/": [{"nom": "X", "operateur": "Y", "themes": ["achats"]}],
        "programmes/aide/offres/<str:region>/<str:offre>/retrait": [{"motif": "x"}],
        "programmes/maturite/grilles/<str:pack>/<str:grille>/efforts": [
            {"entite": place.code, "question": "d2-o4-test", "niveau": "0", "jours": "3"}
        ],
        "programmes/maturite/grilles/<str:pack>/<str:grille>/import/": [{}],
        "programmes/maturite/imports/<int:fichier>/": [{}],
        "programmes/maturite/grilles/<str:pack>/<str:grille>/entites/<str:repondant>/rubriques/<str:rubrique>/": [
            {"reponse-d2-o4-test": "oui"}
        ],
        "programmes/maturite/reponses/<int:reponse>/annuler": [{"suite": "/"}],
        "programmes/maturite/campagnes/nouvelle/": [
            {"titre_campagne": "X", "grille": "care-d2/auto-diagnostic-d2", "etablissements": [place.code],
             "echeance": "2099-01-01", "relances": "1"}
        ],
        "programmes/maturite/campagnes/<int:campagne>/agir": [{"action": "clore"}],
        "messages/<int:number>/": [{"acte": acte, "texte": "MSH|"} for acte in ("rejouer", "abandonner", "corriger")],
        "messages/emetteurs/<int:number>/": [{"nom": "X", "silence": "5", "charset": "8859/1"}],
        "messages/emetteurs/<int:number>/rattacher/": [{"ej": other.code, "raison": "essai"}],
        "messages/emetteurs/<int:number>/uf/import/": [{}],
    }  # fmt: skip
    table |= isolation_programmes.bodies(place.code) | isolation_proof.bodies(place.code)
    table |= isolation_systems.bodies(place.code) | isolation_ror.bodies(place.code, place.site)
    table |= isolation_rpu.bodies(place.code, place.site) | isolation_documents.bodies(place.code)
    table |= isolation_pathway.BODIES | isolation_forecast.bodies(place.code)
    table |= isolation_trajectory.bodies(place.code)
    found = table.get(pattern) or dossier_bodies(pattern)
    return None if found is None else [common | body for body in found]


def api_bodies(pattern: str, place: Place, other: Place) -> list[dict[str, Any]] | None:
    """The same for the programming interface (JSON)."""
    one = place.patients[0]
    bed = {"etablissement": place.code, "uf": place.uf, "chambre": "105", "lit": "P"}
    table: dict[str, list[dict[str, Any]]] = {
        "api/v1/patients/recherche": [
            {"ipp": one.ipp}, {"ins": one.matricule},
            {"nom": f"{place.mark}UN", "naissance": f"{one.naissance[:4]}-{one.naissance[4:6]}-{one.naissance[6:]}"},
        ],
        "api/v1/lits/unites/<ej>/<uf>/<acte>": [
            {"chambre": "101", "lit": "P", "motif": "x", "venue": place.venues[0], "forcer": True},
            {"chambre": "105", "lit": "P", "motif": "x", "venue": other.venues[0], "forcer": True},
        ],
        "api/v1/lits/annuler": [{"faits": place.bed_facts}],
        "api/v1/messages/rejouer": [{"numeros": [place.parked]}, {"numeros": [place.applied]}],
        "api/v1/demandes": [{"venue": place.venues[0], "filiere": "MED", **bed}],
        "api/v1/demandes/<int:numero>/accepter": [{"chambre": "105", "lit": "P", "uf": place.uf}, {}],
        "api/v1/demandes/<int:numero>/refuser": [{"motif": "x"}],
        "api/v1/demandes/<int:numero>/annuler": [{"motif": "x"}],
        **isolation_proof.api_bodies(place.code),
        **isolation_programmes.api_bodies(place.code),
        "api/v1/programmes/aide/demandes": [
            {"aide": "plan-accompagnement-2016/uniha-appui", "ght": "BFC-03", "objet": "X", "demandee_le": "2017-01-10"}
        ],
        "api/v1/programmes/aide/demandes/<int:demande>/avis": [{"partie": "ars", "avis": "favorable"}],
        "api/v1/programmes/aide/demandes/<int:demande>/actes": [{"acte": "retrait", "texte": "x"}],
        "api/v1/programmes/maturite/grilles/<pack>/<grille>/reponses": [
            {"repondant": place.code, "question": "d2-o4-test", "reponse": "oui"}
        ],
        "api/v1/programmes/maturite/grilles/<pack>/<grille>/plan": [{"but": "chacun"}],
        "api/v1/programmes/maturite/reponses/<int:reponse>/annuler": [{}],
    }  # fmt: skip
    table |= isolation_trajectory.api_bodies(place.code)
    return (table | isolation_systems.api_bodies(place.code)).get(pattern) or dossier_api_bodies(pattern)


# --- answers ------------------------------------------------------------------------------------------


def everything_said(response: HttpResponse) -> str:
    """Body (a workbook unpacked), headers and cookies, as one text in capitals."""
    body = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as book:
            body = b"".join(book.read(name) for name in book.namelist())
    heads = " ".join(f"{name}: {value}" for name, value in response.items())
    cookies = " ".join(f"{name}={morsel.value}" for name, morsel in response.cookies.items())
    text = body.decode("utf-8", "replace")
    if response.get("Content-Type", "").startswith("application/json"):
        text += json.dumps(json.loads(text), ensure_ascii=False)
    return unquote_plus(f"{heads} {cookies}").upper() + text.upper()


def leaks(response: HttpResponse, place: Place, given: str) -> list[str]:
    """The markers of a place that are in the answer and were not given in the question."""
    said = everything_said(response)
    asked = unquote_plus(given).upper()
    for word in sorted(set(re.findall(rf"{place.mark}[A-Z0-9-]*", asked)), key=len, reverse=True):
        said = said.replace(word, "")  # what the caller wrote is not learnt from the answer
    return [marker for marker in place.markers if marker and marker not in asked and marker in said] + (
        [place.mark] if place.mark in asked and place.mark in said else []
    )


FREE = {"audit_entry", "outbox_event", "journal_pending", "forecast_refresh"}
"""Tables where the attempts themselves are written, keyed by the establishment they aimed at; and the orders to compute
the forecasts of the whole territory again, which hold no data of anybody."""


OF_THE_GROUP = {"catalogue_request", "catalogue_requestevent", "catalogue_quotamovement", "catalogue_feedbackevent"}
"""Written in the name of the whole group by its support establishment, which A is: those shared with A are A's too."""


def rows_of(url: str, establishment: str) -> dict[str, list[str]]:
    """Every row of an establishment, read by the owner of the database: nothing filters it."""
    found: dict[str, list[str]] = {}
    with psycopg.connect(url, autocommit=True) as owner:
        for model in apps.get_models(include_auto_created=True):
            table = model._meta.db_table
            names = {f.column for f in model._meta.concrete_fields}
            if not names & {"establishment", "establishments"} or table in FREE:
                continue
            own = "establishment = %s" if "establishment" in names else "%s = ANY (establishments)"
            if table in OF_THE_GROUP:
                own += f" AND NOT '{A}' = ANY (establishments)"
            rows = owner.execute(
                f"SELECT to_jsonb(t)::text FROM {table} t WHERE {own} ORDER BY 1", [establishment]
            ).fetchall()
            found[table] = [row[0] for row in rows]
    return found


def person(role: Role | None) -> User:
    """Somebody of A."""
    return make_user(role, A, username=f"a-{role or 'sans-role'}")

"""Dossiers for tests: the real region, accounts of each side, a dossier of the HOP'EN 2 call brought to any state."""

from __future__ import annotations

import itertools
from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from archipel.foundation.accounts.models import Grant, User
from archipel.foundation.accounts.roles import Role
from archipel.foundation.accounts.services import scope_of
from archipel.foundation.scope import Scope, in_scope, system_scope
from archipel.programmes.dossiers.services import acts, attaching, commenting, instructing, opening, writing
from archipel.programmes.dossiers.services.perimeter import Entry
from archipel.programmes.perimetre.public import Key, Kind, Link
from archipel.programmes.perimetre.services.ledger import say
from archipel.programmes.perimetre.values import Said
from archipel.territory.models import Etablissement

CHU, LANGRES, CHAUMONT, MACON = "210780581", "520780057", "520780032", "710780263"
"""Three members of the GHT 21-52, and one of another."""
PACK, VERSION, THEME = "hopen2-aap", "2026.1", "urgences"
IN_TIME = datetime(2026, 5, 20, 12, tzinfo=ZoneInfo("Europe/Paris"))
LATE = datetime(2026, 5, 30, 9, tzinfo=ZoneInfo("Europe/Paris"))
SYSTEM = system_scope("tests", [])
TEXT = "Les urgences attendent des lits d'aval. " * 4


SITES = {CHU: "210987731", LANGRES: "520000027", CHAUMONT: "520000019", MACON: "710978289"}
GROUPS = {"BFC-03": (CHU, LANGRES, CHAUMONT), "BFC-02": (MACON,)}


def region() -> None:
    """Two groups of Bourgogne-Franche-Comté, with a few of their members and one site for each."""
    since, said = date(2024, 1, 1), []
    for ght, members in GROUPS.items():
        group = Key(Kind.GHT, ght)
        said += [Said(group, since, name=ght), Said(group, since, link=Link.REGION, parent=Key(Kind.REGION, "27"))]
        for code in members:
            legal, site = Key(Kind.EJ, code), Key(Kind.EG, SITES[code])
            said += [Said(legal, since, name=f"CH {code}"), Said(legal, since, link=Link.MEMBRE, parent=group)]
            said += [Said(site, since, name=f"Site {code}"), Said(site, since, link=Link.RATTACHEMENT, parent=legal)]
            Etablissement.objects.get_or_create(code=code, defaults={"name": f"CH {code}", "ght": ght})
    say(scope=SYSTEM, source="essai", statements=said)


_numbers = itertools.count(1)


def account(role: Role, place: str, username: str = "") -> User:
    """An account without a password: it is opened, never typed."""
    user = User.objects.create(username=username or f"{role.value}-d{next(_numbers)}", password="!")
    Grant.objects.create(user=user, role=role.value, establishment=place)
    return user


def scope(role: Role, place: str) -> Scope:
    """The scope of a new account."""
    return scope_of(account(role, place))


def direction() -> Scope:
    """Somebody who writes and validates for the whole group."""
    return scope(Role.DIRECTION, "ght:BFC-03")


def agency(code: str = "27") -> Scope:
    """Somebody of the regional agency."""
    return scope(Role.REFERENT_ARS, f"region:{code}")


def open_one(who: Scope, *, bearer: str = CHU, parties: tuple[str, ...] = (), title: str = "Aval", **more: Any) -> int:
    """A dossier."""
    given = {"programme": PACK, "version": VERSION, "theme": THEME, "title": title, "bearer": bearer} | more
    return opening.open_dossier(scope=who, parties=[Entry(one) for one in parties], **given)


def fill(who: Scope, dossier: int, leave: Collection[str] = ()) -> None:
    """Every required rubric, well written, but some."""
    rows: dict[str, list[dict[str, str]]] = {
        "equipe": [
            {"id": "a", "nom": "Camille Essai", "profession": "medecin", "role": "porteur"},
            {"id": "b", "nom": "Dominique Modèle", "profession": "soignant", "role": "referent"},
            {"id": "c", "nom": "Alex Fictif", "profession": "dsi", "role": "chef-projet"},
        ],
        "cibles": [
            {"id": "a", "libelle": "Délai médian", "nature": "quantitative", "cible": "2 h", "preuve": "RPU"}
        ],
        "depenses": [{"id": "a", "poste": "Lits", "nature": "logiciel", "a2026": "40 000", "a2027": "12000,50"}],
    }  # fmt: skip
    for rubric in sorted({"enjeux", "objectifs", "chantiers"} - set(leave)):
        content = {"texte": TEXT, "choix": [objective()] if rubric == "objectifs" else []}
        writing.save(scope=who, dossier=dossier, rubric=rubric, base=0, content=content)
    for rubric, lines in rows.items():
        writing.save(scope=who, dossier=dossier, rubric=rubric, base=0, content={"lignes": lines})


def objective() -> str:
    """The first objective of the theme."""
    from archipel.programmes.dossiers.queries.templates import template

    theme = template(PACK, VERSION).theme(THEME)
    assert theme is not None
    return theme.objectives[0].id


STEPS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("valide", "valider", {"instance": "Comité stratégique"}),
    ("depose", "deposer", {"at": IN_TIME, "receipt": "AC-1"}),
    ("en_instruction", "instruire", {}),
    ("retenu", "retenir", {"amount": "50 000", "reason": "Ambition"}),
    ("conventionne", "conventionner", {"reference": "C-12"}),
    ("preuves", "prouver", {}),
    ("solde", "solder", {"reason": "Objectifs atteints"}),
)


def bring(dossier: int, to: str, *, writer: Scope | None = None, judge: Scope | None = None) -> None:
    """Bring a dossier in writing to a later state, by who may."""
    ours, theirs = writer or direction(), judge or agency()
    for status, code, given in STEPS:
        side = acts.ACTS[code].side
        acts.act(scope=theirs if side == "ars" else ours, dossier=dossier, code=code, given=acts.Given(**given))
        if status == to:
            return


# --- for the walks of every route


def known(ej: str) -> None:
    """The legal entity in the graph, with its supposed FINESS PMSI."""
    since = date(2024, 1, 1)
    key = Key(Kind.EJ, ej)
    say(scope=SYSTEM, source="essai", statements=[Said(key, since, name=f"CH {ej}", attributes={"statut": "public"})])


def marked_dossier(ej: str, mark: str) -> int:
    """A dossier of an establishment whose every part holds a mark that nobody else may read."""
    known(ej)
    who = system_scope(f"{mark}auteur", [ej])
    with in_scope(who):
        number = open_one(who, bearer=ej, title=f"{mark}PROJET")
        for version in range(2):
            content = {"texte": f"{mark}TEXTE{version}"}
            writing.save(scope=who, dossier=number, rubric="enjeux", base=version, content=content)
        writing.save(scope=who, dossier=number, rubric="enjeux", base=1, content={"texte": f"{mark}AUTRE"})
        writing.keep_draft(scope=who, dossier=number, rubric="chantiers", base=0, content={"texte": f"{mark}BROUILLON"})
        commenting.comment(scope=who, dossier=number, rubric="enjeux", text=f"{mark}REMARQUE")
        _pieces[number] = attaching.attach(
            scope=who, dossier=number, nature="devis", name=f"{mark}PIECE.txt", raw=f"{mark}OCTETS".encode()
        )
    return number


_pieces: dict[int, int] = {}


def dossier_values(number: int) -> dict[str, list[object]]:
    """What fills the addresses of dossiers."""
    return {
        "dossier": [number], "rubrique": ["enjeux", "equipe"], "sorte": ["pdf", "docx"],
        "piece": [_pieces.get(number, 1)], "jeton": ["x" * 43],
    }  # fmt: skip


def dossier_bodies(pattern: str) -> list[dict[str, Any]] | None:
    """What is posted to the pages of dossiers; None for another page."""
    here, rubric = "programmes/dossiers/<int:dossier>/", "rubriques/<str:rubrique>/"
    table: dict[str, list[dict[str, Any]]] = {
        "programmes/dossiers/notifications": [{}],
        "programmes/dossiers/nouveau/": [{"cible": f"{PACK}|{VERSION}|{THEME}", "titre": "Intrus", "porteur": CHU}],
        here + "agir": [{"acte": code, "montant": "1", "instance": "x", "date": "2026-05-20"} for code in acts.ACTS],
        here + "annuler": [{}],
        here + "titre": [{"titre": "Intrus"}],
        here + "perimetre/": [{"finess": CHU}],
        here + "accord": [{"finess": CHU, "acte": acte} for acte in ("accepter", "refuser")],
        here + rubric: [{"base": "2", "texte": "intrus"}, {"base": "0", "texte": "intrus"}],
        here + rubric + "brouillon": [{"base": "2", "texte": "intrus"}, {"acte": "present"}, {"acte": "jeter"}],
        here + rubric + "choisir": [{"choix": "1", "garder": "autre"}],
        here + rubric + "restaurer": [{"version": "1"}],
        here + rubric + "remarques": [{"remarque": "intrus"}, {"fil": "1", "acte": "regler"}],
        here + "pieces/": [{"nature": "devis"}],
        here + "pieces/<int:piece>/retirer": [{"acte": "retirer"}, {"acte": "remettre"}],
        here + "instruction/": [{"critere": "impact", "note": "3", "appreciation": "intrus"}],
        here + "versement": [{"echeance": "versement-2026", "montant": "1"}],
        here + "revue": [{"objectif": "ensemble", "avis": "atteint"}],
        "programmes/dossiers/echeances/": [{"acte": "fermer"}],
    }
    return table.get(pattern)


def furnish_dossiers() -> None:
    """Dossiers for whoever looks at every page: one with a choice pending, one at the end of its way, one idea."""
    region()
    who, judge = system_scope("auteur", list(SITES)), system_scope("juge", list(SITES))
    with in_scope(who):
        number = marked_dossier(CHU, "ESSAI ")
        writing.keep_draft(scope=who, dossier=number, rubric="enjeux", base=2, content={"texte": "Un brouillon"})
        remark = commenting.comment(scope=who, dossier=number, rubric="enjeux", text="À préciser ?")
        commenting.comment(scope=who, dossier=number, rubric="enjeux", text="Fait.", thread=remark)
        commenting.settle(scope=who, dossier=number, remark=remark, resolved=True)
        open_one(who, title="Une idée", as_idea=True)
        done = open_one(who, bearer=LANGRES, title="Vision capacitaire", parties=(CHAUMONT,))
        fill(who, done)
        attaching.attach(
            scope=who, dossier=done, nature="lettre-engagement", name="lettre.txt", raw=b"Nous nous engageons"
        )
        bring(done, "preuves", writer=who, judge=judge)
        instructing.note(scope=judge, dossier=done, criterion="ambition", score=3, text="Large")
        instructing.review(scope=judge, dossier=done, objective="ensemble", opinion="atteint", text="Vu")
        instructing.pay(scope=judge, dossier=done, instalment="versement-2026", amount_said="25000", at=None)


def dossier_api_bodies(pattern: str) -> list[dict[str, Any]] | None:
    """The same for the programming interface."""
    here = "api/v1/dossiers"
    table: dict[str, list[dict[str, Any]]] = {
        here: [{"programme": PACK, "version": VERSION, "theme": THEME, "titre": "Intrus", "porteur": CHU}],
        here + "/<int:dossier>/actes/<acte>": [{"motif": "intrus", "instance": "x"}],
        here + "/<int:dossier>/annuler": [{"motif": "intrus"}],
        here + "/<int:dossier>/rubriques/<rubrique>": [{"base": 0, "texte": "intrus"}],
    }
    return table.get(pattern)

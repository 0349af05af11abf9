"""Every address that answers, filled with the keys of one establishment: the page, its questions, what to post."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from archipel.domains.flow.pages.path import encode_key
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
from tests.db.isolation import Place
from tests.factories.dossiers import dossier_api_bodies, dossier_bodies, dossier_values


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


def _of_a_room(pattern: str, name: str, place: Place) -> list[object] | None:
    """The values that the room of that address knows; None: it leaves them to the common table."""
    if "dossiers/" in pattern and (written := dossier_values(place.dossier).get(name)) is not None:
        return written
    code = place.code
    rooms = (
        isolation_help.values(pattern, name, code), isolation_programmes.values(pattern, name, code),
        isolation_proof.values(pattern, name, code), isolation_pathway.values(pattern, name),
        isolation_documents.values(pattern, name, code), isolation_trajectory.values(pattern, name, code),
        isolation_systems.values(pattern, name, code), isolation_ror.values(pattern, name, place.site),
        isolation_rpu.values(pattern, name, code), isolation_forecast.values(pattern, name, code),
    )  # fmt: skip
    return next((found for found in rooms if found is not None), None)


def _values(pattern: str, name: str, place: Place) -> list[object]:
    if (found := _of_a_room(pattern, name, place)) is not None:
        return found
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
        "pack": ["care-d2"],
        "grille": ["auto-diagnostic-d2"],
        "repondant": [place.code],
        "rubrique": ["o4"],
        "reponse": [1],
        "fichier": [1],
        "aide": ["plan-accompagnement-2016/uniha-appui"],
        "region": ["27"],
        "offre": ["essai"],
    }
    if name not in table:
        raise KeyError(f"« {name} » dans {pattern} : décrivez ce paramètre dans tests/db/isolation_routes.py")
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
        "api/v1/previsions/points": [f"lieu=site:{place.site}"],
        "api/v1/previsions/attendus": [f"lieu=site:{place.site}"],
        "api/v1/programmes/packs/<pack>/differences": ["de=2026.1&a=2026.1"],
        "api/v1/programmes/financement/plafond": [f"finess={place.code}"],
        "api/v1/programmes/aide/recherche": ["q=uniha"],
        "rpu/codes": ["item=DP&DP=S72"],
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
    table |= isolation_trajectory.api_bodies(place.code) | isolation_rpu.api_bodies(place.code, place.site)
    return (table | isolation_systems.api_bodies(place.code)).get(pattern) or dossier_api_bodies(pattern)

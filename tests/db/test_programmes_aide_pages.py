"""Pages of the catalogue of help: what each shows, what forms do, and who is let in."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from archipel.foundation.accounts.models import User
from archipel.foundation.accounts.roles import Role
from archipel.foundation.accounts.services import scope_of
from archipel.foundation.scope import in_scope
from archipel.programmes.catalogue import public as aide
from archipel.programmes.catalogue.models import (
    AnswerDelay,
    FeedbackEvent,
    Offer,
    Publication,
    QuotaMovement,
    Request,
    RequestEvent,
)
from archipel.programmes.catalogue.public import Acteur, Avis, Draft
from tests.factories.accounts import make_user
from tests.factories.programmes import CHU, LANGRES, holder, load_region, region_scope

pytestmark = pytest.mark.django_db
GHT, OTHER, REGION = "BFC-03", "BFC-02", "27"
UNIHA, EHESP = "plan-accompagnement-2016/uniha-appui", "plan-accompagnement-2016/ehesp-projet-medical"
BIOLOGY = "plan-accompagnement-2016/anap-biologie"
THEN = date(2017, 1, 10)
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture(autouse=True)
def region() -> None:
    load_region()


def client(user: User | None) -> Client:
    made = Client(raise_request_exception=False)
    if user is not None:
        made.force_login(user, backend=BACKEND)
    return made


@pytest.fixture
def director() -> Client:
    return client(holder(Role.DIRECTION, f"ght:{GHT}", "directeur"))


@pytest.fixture
def ars() -> Client:
    return client(holder(Role.REFERENT_ARS, f"region:{REGION}", "referent"))


def url(name: str, *args: Any) -> str:
    return reverse(f"catalogue:{name}", args=args)


def said(answer: Any) -> str:
    text: str = answer.content.decode().replace("&#x27;", "'")
    return text


def test_the_first_page_answers_for_a_theme_and_a_day(director: Client) -> None:
    text = said(director.get(url("accueil") + "?theme=systemes-information&le=2017-01-10"))
    assert "dont <strong>" in text and "ouverte" in text and "4 / 4" in text and "vers le 10/04/2017" in text
    assert "600 € et plus, moins la part de l'ARS" in text  # RESAH: what the market's holders ask is not priced
    late = said(director.get(url("accueil") + "?theme=systemes-information&le=2026-11-01"))
    assert "Clos" in late
    found = said(director.get(url("accueil") + "?q=biolgie"))
    assert "cherché aussi biologi" in found and "orthographe" in found
    assert "Aucune aide trouvée" in said(director.get(url("accueil") + "?q=zzzzqqq"))
    book = load_workbook(io.BytesIO(director.get(url("export") + "?format=xlsx&le=2017-01-10").content))
    assert book.active is not None and book.active.max_row >= 41
    for bad in ("?le=demain", "?theme=x", "?type=x", "?q=%00%27(", "?ght="):
        assert director.get(url("accueil") + bad).status_code == 200
    assert director.get(url("accueil") + "?ght=BFC-99").status_code == 404


def test_a_card_says_all_that_is_known(director: Client) -> None:
    text = said(director.get(url("fiche", BIOLOGY) + "?le=2016-12-01"))
    assert "0 prérequis sur 6" in text and "12" in text and "Close" in text and "Ouverte" in text
    assert "Une seule candidature par GHT" in text
    uniha = said(director.get(url("fiche", UNIHA) + "?le=2017-01-10"))
    assert "Demander cette aide" in uniha and "Nouvelle-Aquitaine" in uniha and "30 à 50 jours" in uniha
    private = said(director.get(url("fiche", "plan-accompagnement-2016/cng-individuel")))
    assert "confidentiel" in private and "Demander cette aide" not in private
    assert "sans lui donner de fiche" in said(
        director.get(url("fiche", "plan-accompagnement-2016/outil-13-analyse-imagerie"))
    )
    assert director.get(url("fiche", "x/y")).status_code == 404


def ask(director: Client, aid: str = UNIHA, **more: str) -> Any:
    data = {"ght": GHT, "objet": "Filière AVC", "date": "2017-01-10"} | more
    return director.post(url("demander", aid), data, follow=True)


def number() -> int:
    with in_scope(region_scope()):
        return Request.objects.latest("id").pk


def test_a_request_goes_from_the_ght_to_its_feedback(director: Client, ars: Client) -> None:
    wrong = ask(director, objet="  ")
    assert wrong.status_code == 422 and "objet" in said(wrong)
    text = said(ask(director, besoin="Réduire les délais"))
    assert "déposée" in text and "Réduire les délais" in text and "l'ARS doit répondre" in text
    again = ask(director)
    assert again.status_code == 409 and "déjà une demande" in said(again)
    act = url("demande-agir", number())
    assert "Rien à faire" not in said(ars.get(url("demande", number())))
    assert "la première" in said(ars.post(act, {"action": "avis", "partie": "dgos", "avis": "favorable",
                                               "piece": "x", "date": "2017-01-12"}, follow=True))  # fmt: skip
    for party in ("ars", "dgos", "operateur"):
        done = ars.post(act, {"action": "avis", "partie": party, "avis": "favorable", "piece": "lettre 12",
                              "date": "2017-01-20"}, follow=True)  # fmt: skip
        assert "Avis enregistré" in said(done)
    assert "accordée" in said(done) and "Un droit est pris" in said(done)
    assert (
        "3" in said(director.get(url("quotas")))
        and "un droit pris par la demande" in said(director.get(url("quotas"))).lower()
    )
    assert "démarrée" in said(director.post(act, {"action": "demarrage", "date": "2017-03-01"}, follow=True))
    assert "annulé" in said(director.post(act, {"action": "reprendre"}, follow=True))
    director.post(act, {"action": "demarrage", "date": "2017-03-01"})
    ended = said(director.post(act, {"action": "fin", "date": "2017-09-01"}, follow=True))
    assert "Écrire le retour d'expérience" in ended
    assert "1 retour d'expérience à écrire" in said(director.get(url("demandes")))
    assert director.post(act, {"action": "x"}).status_code == 422
    assert "Choisissez la partie" in said(director.post(act, {"action": "avis", "partie": "x"}, follow=True))
    _feedback(director, ars)


def _feedback(director: Client, ars: Client) -> None:
    page = url("retour-ecrire", number())
    full = {"titre": "AVC : 20 minutes gagnées", "fait": "Trois ateliers", "resultats": "Imagerie en 25 min",
            "besoins": "SECRET", "qualite": "5", "pertinence": "4"}  # fmt: skip
    short = director.post(page, full | {"fait": "", "suite": "envoyer"})
    assert short.status_code == 422 and "20 minutes" in said(short)
    assert "Brouillon" in said(director.post(page, full | {"suite": "garder"}, follow=True))
    assert "relecture" in said(director.post(page, full | {"suite": "envoyer"}, follow=True))
    review = url("retour-relire", number())
    assert "à reprendre" in said(ars.post(review, {"choix": "renvoyer"}, follow=True)).lower()
    director.post(page, full | {"suite": "envoyer"})
    assert "publié" in said(ars.post(review, {"choix": "publier"}, follow=True))
    other = client(holder(Role.DIRECTION, f"ght:{OTHER}"))
    listing = said(other.get(url("retours") + "?q=avc"))
    assert "20 minutes gagnées" in listing and "SECRET" not in listing
    read = said(other.get(url("retour", number())))
    assert "Imagerie en 25 min" in read and "SECRET" not in read
    assert "20 minutes" in said(other.get(url("fiche", UNIHA)))
    assert "20 minutes" in said(other.get(url("accueil") + "?q=avc"))
    assert other.get(url("retour-ecrire", number())).status_code == 404
    assert "SECRET" in said(ars.get(url("retours")))
    assert "AVC" in other.get(url("retours-export")).content.decode("utf-8-sig")
    assert ars.post(review, {"choix": "x"}).status_code == 422
    assert "retiré" in said(director.post(review, {"choix": "retirer", "motif": "erreur"}, follow=True))
    assert other.get(url("retour", number())).status_code == 404


OFFER = {"nom": "Appui GMAO", "operateur": "GRADeS", "themes": ["systemes-information"], "modes": ["prepaye"],
         "du": "2026-01-01", "par_ars": "1", "quota": "2"}  # fmt: skip


def test_an_ars_keeps_its_offers_and_its_delays(director: Client, ars: Client) -> None:
    bad = ars.post(url("offre-nouvelle", REGION), OFFER | {"prix": "cher"})
    assert bad.status_code == 422 and "cher" in said(bad) and "Appui GMAO" in said(bad)
    assert "version 1" in said(ars.post(url("offre-nouvelle", REGION), OFFER, follow=True))
    page = url("offre", REGION, "appui-gmao")
    assert "GRADeS" in said(ars.get(page))
    assert "version 2" in said(ars.post(page, OFFER | {"prix": "900"}, follow=True))
    assert "Appui GMAO" in said(director.get(url("accueil") + "?q=maintenance&le=2026-11-01"))
    assert "Appui GMAO" in said(director.get(url("offres")))
    fixed = ars.post(url("offres-delais"), {"region": REGION, "partie": "ars", "jours": "30"}, follow=True)
    assert "Délai de réponse enregistré" in said(fixed) and 'value="30"' in said(fixed)
    assert ars.post(url("offres-delais"), {"region": REGION, "partie": "x", "jours": "a"}).status_code == 422
    assert "Dites pourquoi" in said(ars.post(url("offre-retrait", REGION, "appui-gmao"), {}, follow=True))
    assert "retirée" in said(ars.post(url("offre-retrait", REGION, "appui-gmao"), {"motif": "fin"}, follow=True))
    assert director.get(url("fiche", f"offre:{REGION}/appui-gmao")).status_code == 404


def test_the_lists_are_exported(director: Client) -> None:
    ask(director)
    assert "Filière AVC" in director.get(url("demandes-export")).content.decode("utf-8-sig")
    text = director.get(url("quotas-export")).content.decode("utf-8-sig")
    assert "Bourgogne-Franche-Comté" in text and text.count("\n") == 15


# --- who is let in


@pytest.fixture
def things() -> list[tuple[str, list[Any]]]:
    """A request of the GHT, over, with a feedback to review; an offer of the region."""
    lead = scope_of(holder(Role.DIRECTION, f"ght:{GHT}", "chef"))
    referent = scope_of(holder(Role.REFERENT_ARS, f"region:{REGION}", "ars"))
    made = aide.ask(scope=lead, draft=Draft(EHESP, GHT, "SECRETGHT", asked_on=THEN)).number
    for party in (Acteur.ARS, Acteur.OPERATEUR):
        aide.give_opinion(scope=referent, number=made, party=party, opinion=Avis.FAVORABLE, piece="x", on=THEN)
    aide.start(scope=lead, number=made, on=THEN)
    aide.end(scope=lead, number=made, on=THEN)
    told = {"titre": "SECRETGHT", "fait": "x", "resultats": "y", "qualite": "3", "pertinence": "3"}
    aide.feedback.write(scope=lead, number=made, content=told, submit=True)
    offer = aide.OfferDraft("Offre X", "GRADeS", themes=("achats",), du="2017-01-01")
    aide.write_offer(scope=referent, region=REGION, draft=offer)
    return [
        ("accueil", []), ("export", []), ("fiche", [UNIHA]), ("demander", [UNIHA]), ("demandes", []),
        ("demandes-export", []), ("demande", [made]), ("demande-agir", [made]), ("retour-ecrire", [made]),
        ("retour-relire", [made]), ("retours", []), ("retours-export", []), ("retour", [made]), ("quotas", []),
        ("quotas-export", []), ("offres", []), ("offres-delais", []), ("offre-nouvelle", [REGION]),
        ("offre", [REGION, "offre-x"]), ("offre-retrait", [REGION, "offre-x"]),
    ]  # fmt: skip


POSTED: dict[str, dict[str, Any]] = {
    "demander": {"ght": GHT, "objet": "intrus", "date": "2017-01-10"},
    "demande-agir": {"action": "reprendre", "texte": "intrus"},
    "retour-ecrire": {"titre": "intrus", "suite": "garder"},
    "retour-relire": {"choix": "publier"},
    "offres-delais": {"region": REGION, "partie": "ars", "jours": "3"},
    "offre-nouvelle": OFFER,
    "offre": OFFER,
    "offre-retrait": {"motif": "intrus"},
}
OF_GHT = {"demande", "demande-agir", "retour-ecrire", "retour-relire"}
OF_ARS = {"offres-delais", "offre-nouvelle", "offre", "offre-retrait"}


def state() -> list[int]:
    tables = (Request, RequestEvent, QuotaMovement, FeedbackEvent, Publication, Offer, AnswerDelay)
    with in_scope(region_scope()):
        return [model.objects.count() for model in tables]


STRANGERS = [
    ("anonyme", None, ""),
    ("sans rôle", None, CHU),
    ("un autre GHT", Role.DIRECTION, f"ght:{OTHER}"),
    ("une autre région", Role.REFERENT_ARS, "region:84"),
    ("des lits", Role.GESTIONNAIRE_LITS, CHU),
]


@pytest.mark.parametrize(("who", "role", "place"), STRANGERS)
def test_nobody_else_reads_or_changes_what_the_ght_asked(
    things: list[tuple[str, list[Any]]], who: str, role: Role | None, place: str
) -> None:
    user = None if who == "anonyme" else holder(role, place) if role else make_user(None, CHU)
    before = state()
    for name, args in things:
        for method in ("get", "post"):
            one = client(user)
            data = POSTED.get(name, {}) if method == "post" else {}
            answer = getattr(one, method)(url(name, *args), data)
            assert "SECRETGHT" not in answer.content.decode("utf-8", "replace"), (who, name)
            assert answer.status_code < 500, (who, name)
            if name in OF_GHT | OF_ARS:
                assert answer.status_code in (302, 403, 404, 405), (who, name, answer.status_code)
                if answer.status_code == 302:
                    assert answer["Location"].startswith("/connexion/"), (who, name)
    assert state() == before, who


def test_a_member_reads_but_does_not_act_for_the_group(things: list[tuple[str, list[Any]]]) -> None:
    member = client(holder(Role.DIRECTION, LANGRES))
    before = state()
    for name, args in things:
        if name in ("demande", "retour-ecrire", "demandes"):
            assert "SECRETGHT" in member.get(url(name, *args)).content.decode()
        answer = member.post(url(name, *args), POSTED.get(name, {}))
        assert answer.status_code in (403, 404, 405), (name, answer.status_code)
    assert state() == before


def test_the_ars_of_the_region_reads_and_reviews_but_does_not_write_for_the_ght(
    things: list[tuple[str, list[Any]]],
) -> None:
    ars = client(holder(Role.REFERENT_ARS, f"region:{REGION}"))
    for name, args in things:
        if name not in ("demande-agir", "retour-relire", "offres-delais", "offre-retrait", "retour"):
            assert ars.get(url(name, *args)).status_code == 200, name
    made = next(args[0] for name, args in things if name == "demande")
    before = state()
    assert ars.post(url("retour-ecrire", made), POSTED["retour-ecrire"]).status_code == 403
    assert ars.post(url("demande-agir", made), {"action": "retrait", "texte": "x"}).status_code == 403
    assert state() == before
    assert ars.post(url("retour-relire", made), {"choix": "publier"}).status_code == 302
    with in_scope(region_scope()):
        assert Publication.objects.count() == 1

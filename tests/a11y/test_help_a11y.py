"""axe finds nothing on the pages of help and of maturity: light and wide, dark and narrow; and nothing overflows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser

from archipel.demo.programmes import aide as help_demo
from archipel.demo.programmes import maturite as maturity_demo
from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import EVERYWHERE, in_scope, system_scope
from archipel.programmes.catalogue import public as catalogue
from archipel.programmes.maturity import public as maturity
from archipel.programmes.perimetre import public as perimetre
from archipel.territory import reference
from tests.a11y.looking import accessible
from tests.factories.programmes import CHU, holder, load_region, pmsi, region_scope, tell

GHT, CARE, BACKEND = "BFC-03", "care-d2/auto-diagnostic-d2", "django.contrib.auth.backends.ModelBackend"
AIDE, MATURITE, PLAN = "/programmes/aide/", "/programmes/maturite/", "plan-accompagnement-2016"


def furnish() -> None:
    """What the demonstration holds, with the AC of the members."""
    load_region()
    ght = next(one for one in reference.ghts() if one.code == GHT)
    scope = system_scope("démonstration", [*perimetre.in_region("27"), EVERYWHERE])
    with in_scope(scope):
        for code in sorted(perimetre.members(GHT))[:-1]:
            tell(region_scope(), pmsi(code), "activite-combinee", 4000, timezone.localdate() - timedelta(days=9))
        maturity_demo.seed(scope, ght)
        help_demo.seed(scope, ght)


def rendered() -> dict[str, str]:
    """Every page, as the direction of the group and the agency see them; and forms that are refused."""
    furnish()
    director, agency = Client(), Client()
    director.force_login(holder(Role.DIRECTION, f"ght:{GHT}", "a11y-direction"), backend=BACKEND)
    agency.force_login(holder(Role.REFERENT_ARS, "region:27", "a11y-ars"), backend=BACKEND)
    with in_scope(region_scope()):
        today = timezone.localdate()
        mine = {line.course.etat: line.number for line in catalogue.requests(region_scope(), today, ght=GHT)}
        campaign = maturity.campaigns(region_scope(), today)[0].id
        offer = catalogue.offers("27")[0].ref
    grid, entity = f"{MATURITE}grilles/{CARE}/", f"{MATURITE}grilles/{CARE}/entites/{CHU}/"
    identity = f"{MATURITE}grilles/maturite-identite/identification-electronique/"
    seen = [
        AIDE, f"{AIDE}?theme=systemes-information&le=2017-01-10", f"{AIDE}?q=biolgie", f"{AIDE}?q=zzzzqqq",
        f"{AIDE}fiche/{PLAN}/anap-biologie/?le=2016-12-01", f"{AIDE}fiche/{PLAN}/uniha-appui/?le=2017-01-10",
        f"{AIDE}fiche/{PLAN}/cng-individuel/", f"{AIDE}fiche/{PLAN}/outil-13-analyse-imagerie/",
        f"{AIDE}demander/{PLAN}/anap-biologie/", f"{AIDE}demandes/", *(f"{AIDE}demandes/{n}/" for n in mine.values()),
        f"{AIDE}demandes/{mine['terminee']}/retour/", f"{AIDE}retours/", f"{AIDE}retours/{mine['terminee']}/",
        f"{AIDE}quotas/", f"{AIDE}offres/", MATURITE, f"{grid}?ght={GHT}", f"{grid}plan/?ght={GHT}", f"{grid}import/",
        f"{grid}plan/?ght={GHT}&but=chacun&niveau=1", entity, f"{entity}historique/", f"{entity}rubriques/o1/",
        f"{grid}entites/ght:{GHT}/", f"{identity}?ght={GHT}", f"{identity}entites/{CHU}/rubriques/point-04/",
        f"{MATURITE}campagnes/{campaign}/", f"{MATURITE}campagnes/nouvelle/",
    ]  # fmt: skip
    pages = {}
    for address in seen:
        answer = director.get(address)
        assert answer.status_code == 200, (address, answer.status_code)
        pages[address] = answer.content.decode()
    region, code = offer.removeprefix("offre:").split("/")
    for address in (f"{AIDE}demandes/", f"{AIDE}demandes/{mine['en_cours']}/", f"{AIDE}offres/", f"{AIDE}retours/",
                    f"{AIDE}offres/{region}/nouvelle/", f"{AIDE}offres/{region}/{code}/"):  # fmt: skip
        answer = agency.get(address)
        assert answer.status_code == 200, (address, answer.status_code)
        pages[f"{address}?ars=1"] = answer.content.decode()
    wrong = director.post(f"{entity}rubriques/o4/", {"reponse-d2-o4-test": "peut-être"})
    refused = director.post(f"{AIDE}demander/{PLAN}/uniha-appui/", {"ght": GHT, "objet": ""})
    assert (wrong.status_code, refused.status_code) == (422, 422)
    return pages | {"/refus-1": wrong.content.decode(), "/refus-2": refused.content.decode()}


@pytest.mark.e2e
@pytest.mark.django_db
def test_the_pages_of_help_and_maturity_are_accessible(live_browser: Browser) -> None:
    accessible(live_browser, rendered())

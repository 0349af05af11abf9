"""axe finds nothing on the pages of the graph, of facts and of eligibility: light and wide, dark and narrow."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from playwright.sync_api import Browser

from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import in_scope
from archipel.programmes.facts.public import PaymentKind, record_payment
from archipel.programmes.facts.services.recording import retract_fact
from tests.a11y.looking import accessible
from tests.factories.programmes import CHAUMONT, CHU, LANGRES, ej, holder, load_region, pmsi, region_scope, tell

DAY = "au=2026-04-15"
SINCE = date(2026, 2, 1)
AC, SUN, HOP = "activite-combinee", "versement-usage-sun-es", "versement-usage-hopen2-phase1"
THREE = ("hospiconnect-candidature-validee", "hospiconnect-note-cadrage-deposee",
         "hospiconnect-indicateurs-maturite-complets")  # fmt: skip


def furnish() -> int:
    """Facts known, contradicted, expired, without proof, withdrawn; payments. Returns a fact's number."""
    load_region()
    scope = region_scope()
    with in_scope(scope):
        number = tell(scope, pmsi(CHU), AC, Decimal(240000), SINCE, "DIM")
        tell(scope, pmsi(CHU), AC, Decimal(231000), SINCE, "ARS", proof="")
        tell(scope, pmsi(LANGRES), AC, Decimal(8000), SINCE, "DIM", valid_until=date(2026, 3, 1))
        for fact in (SUN, HOP):
            tell(scope, pmsi(CHAUMONT), fact, False, SINCE, "attestation")
        for fact in THREE:
            tell(scope, ej(CHU), fact, True, SINCE, "Convergence")
        gone = tell(scope, ej(LANGRES), THREE[0], True, SINCE, "courriel")
        retract_fact(scope=scope, number=gone, reason="dit par erreur")
        record_payment(
            scope=scope, subject=pmsi(LANGRES), programme="sun-es", kind=PaymentKind.USAGE, amount=Decimal(12500),
            paid_on=date(2023, 6, 30), source="notification",
        )  # fmt: skip
    return number


def rendered() -> dict[str, str]:
    """Every page, as who decides for the whole territory sees it; and the forms that are refused."""
    number = furnish()
    client = Client()
    user = holder(Role.DIRECTION, "ght:BFC-03", "a11y-eligibilite")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    facts, base, graph = "/programmes/faits/", "/programmes/eligibilite/", "/programmes/perimetre/"
    raw = f"finess;fait;valeur;date_effet;source\n{LANGRES};{AC};9;01/02/2026;ARS\n{LANGRES};{AC};x;01/02/2026;ARS\n"
    trial = client.post(
        f"{facts}import/", {"nature": "faits", "fichier": SimpleUploadedFile("f.csv", raw.encode())}
    )["Location"]  # fmt: skip
    told = f"nature;code;libelle;parent;du\nfiness_pmsi;{LANGRES};CH;{LANGRES};01/01/2026\nx;x;x;x;x\n"
    drawn = client.post(f"{graph}import/", {"fichier": SimpleUploadedFile("p.csv", told.encode())})
    asked = f"{DAY}&pack=hopen2-aap&theme=rattrapage&porteur={CHAUMONT}&partie={CHU}"
    catching_up = f"{base}hopen2-aap/rattrapage/finess_pmsi"
    addresses = [
        f"{facts}?{DAY}", f"{facts}?{DAY}&etat=inconnu", f"{facts}?{DAY}&fait=rien", f"{facts}vocabulaire/",
        f"{facts}saisir/", f"{facts}saisir/?sujet=ej:{LANGRES}&fait={THREE[0]}",
        f"{facts}saisir/?sujet=finess_pmsi:{CHU}&fait={AC}", f"{facts}saisir/?sujet=ej:{LANGRES}&fait=statut-juridique",
        f"{facts}finess_pmsi/{CHU}/{AC}/?{DAY}", f"{facts}ej/{LANGRES}/{THREE[0]}/", f"{facts}{number}/corriger/",
        f"{facts}import/", f"{facts}import/?nature=versements", trial, "/programmes/versements/",
        graph, f"{graph}ej/{LANGRES}/", f"{graph}ght/BFC-03/", f"{graph}import/", drawn["Location"],
        f"{base}?{DAY}", f"{base}?{DAY}&clos=1&verdict=inconnu", f"{base}?au=2019-01-01", f"{base}a-dire/?{DAY}",
        f"{catching_up}/{CHU}/?{DAY}", f"{catching_up}/{LANGRES}/?{DAY}", f"{base}projet/?{DAY}",
        f"{base}hopen2-aap/urgences/finess_pmsi/{CHU}/?{DAY}", f"{base}projet/?{asked}&f-projet-valide-ght=oui",
    ]  # fmt: skip
    pages = {address: client.get(address).content.decode() for address in addresses}
    wrong = client.post(f"{facts}saisir/", {"sujet": f"ej:{LANGRES}", "fait": THREE[0], "valeur": "?", "source": "x"})
    assert wrong.status_code == 422
    return pages | {"/refus": wrong.content.decode()}


@pytest.mark.e2e
@pytest.mark.django_db
def test_the_pages_of_facts_and_eligibility_are_accessible(live_browser: Browser) -> None:
    accessible(live_browser, rendered())

"""axe finds nothing on any page that any role reaches by following links; light, dark, desktop and phone.

A small group is furnished, each role follows every link from its home, and a real browser looks at each page once as a
desktop in light and once as a phone in dark. A role whose page shows nothing that another role's did not is left out.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import Resolver404, resolve, reverse
from playwright.sync_api import Browser

from archipel.domains.flow import public as flow
from archipel.domains.flow.values.ranking import BedRequest
from archipel.foundation.accounts.roles import TERRITORIAL, Role
from archipel.foundation.scope import EVERYWHERE, in_scope, system_scope
from archipel.territory.public import ensure_provisional, load_reference
from tests.a11y.looking import Seen, accessible
from tests.db.test_ed import of
from tests.db.test_parked import bad, receive
from tests.e2e.test_ed import busy
from tests.factories.accounts import make_user
from tests.factories.beds import CHU, LANGRES, make_stay, make_unit, system
from tests.factories.dossiers import furnish_dossiers
from tests.factories.pam import Move, message

ORIGIN = "http://testserver"
HREF = re.compile(r"""<a\b[^>]*?\bhref=["']([^"'#]+)""")
MARKS = re.compile(r"<([a-z][\w-]*)(?:[^>]*?\bclass=[\"']([^\"']*)[\"'])?")
LEAVE_OUT = re.compile(r"export|format=|\.csv|\.xlsx|\.json|/brut$|/static/|modele|rapport\.|qr\.svg|/uf$")
TELLING = {"mur", "vue", "au", "su", "motif"}
"""Words of the address that make another page of the same route."""
WALLS = {"flow:territoire", "flow:unite", "flow:urgences", "flow:urgences-site"}
"""The account menu offers any page as a wall screen; these are those that people hang on a wall."""
FILE = f"type;code;libelle;etablissement;eg;filiere\r\nUF;2101;Cardiologie;{CHU};;MED\r\nUF;2102;;{CHU};;CHI\r\n"


def furnish() -> None:
    """Beds in every state, a busy emergency department, requests, parked messages, a structure to validate."""
    with in_scope(system_scope("tests", [CHU, LANGRES])):
        load_reference(scope=system_scope("tests", [CHU, LANGRES, EVERYWHERE]), ght_code="BFC-03")
    busy()
    beds = make_unit("3100", name="Médecine A", beds="101-P 101-F 102-P 102-F 103- 104- 105- 106-")
    make_stay(beds[0], name="ESSAI", sexe="F", since=30)
    make_stay(beds[0], name="FICTIF", sexe="F", since=2)
    make_stay(beds[2], name="MODELE", sexe="M", since=3, until=-9)
    hands = system()
    with in_scope(hands):
        flow.close_bed(scope=hands, bed=beds[5], reason="fuite d'eau")
        flow.reserve_bed(scope=hands, bed=beds[6], text="entrée programmée")
        flow.set_staffed(scope=hands, bed=beds[7], staffed=False, reason="absence")
        flow.set_isolation(scope=hands, bed=beds[0], isolation="contact")
        flow.mark_to_clean(scope=hands, bed=beds[4])
        ensure_provisional(establishment=CHU, name="", ufs={"9001"}, beds={("9001", "1", "A")}, source="m1")
    request_a_bed()
    furnish_dossiers()
    receive(bad("1"), bad("2", venue="V2"), message(Move("A01", "3", venue="V3", movement="M3", uf="3100")))


def request_a_bed() -> None:
    """The nurse of one hospital asks another for a bed."""
    nurse = of(Role.IDE_URGENCES, CHU)
    with in_scope(nurse):
        (board,) = [load for load in flow.ed_loads(scope=nurse) if load.present]
        passage = flow.ed_board(scope=nurse, site=board.site.finess).patients[-1]
        found = flow.search_beds(scope=nurse, request=BedRequest("MED", "", "", None), establishment=LANGRES).found
        flow.create_request(
            scope=nurse,
            venue=passage.venue_id,
            bed=flow.BedKey(LANGRES, found[0].uf, found[0].chambre, found[0].lit),
            filiere="MED",
        )


def kind(address: str) -> str:
    """The route of an address and what tells two of its pages apart; empty: not one of ours."""
    parts = urlsplit(address)
    try:
        match = resolve(parts.path)
    except Resolver404:
        return ""
    name = match.view_name or match.route
    words = TELLING & {pair.partition("=")[0] for pair in parts.query.split("&")}
    return "" if "mur" in words and name not in WALLS else " ".join([name, *sorted(words)])


def crawl(client: Client, role: str, start: list[str]) -> Iterator[Seen]:
    """Follow every link, one page of each kind."""
    waiting, known = deque(start), set()
    while waiting:
        address = waiting.popleft()
        what = kind(address)
        if not what or what in known:
            continue
        answer = client.get(address, follow=True)
        words = answer.request.get("QUERY_STRING", "")
        path = answer.request["PATH_INFO"] + (f"?{words}" if words else "")
        assert answer.status_code in (200, 403, 404), f"{role} {address}: {answer.status_code}"
        known |= {what, kind(path)}
        if not answer.headers["Content-Type"].startswith("text/html"):
            continue
        html = answer.content.decode()
        yield Seen(role, path, html)
        for link in HREF.findall(html):
            target = urljoin(ORIGIN + path, unescape(link))
            if target.startswith(ORIGIN) and not LEAVE_OUT.search(target):
                waiting.append(target.removeprefix(ORIGIN))


def account(role: Role) -> Client:
    """A signed-in browser without a screen."""
    client = Client()
    place = EVERYWHERE if role in TERRITORIAL else CHU
    user = make_user(role, place, username=f"a11y-{role.value}", first_name="Camille", last_name="Essai")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def every_page() -> list[Seen]:
    """What each role sees, without the repetitions."""
    found = list(crawl(Client(), "personne", [reverse("connexion"), reverse("ui:glossaire")]))
    refused = Client().post(reverse("connexion"), {"username": "inconnu", "password": "faux"})
    found.append(Seen("personne", reverse("connexion") + "?refus", refused.content.decode()))
    for role in Role:
        client = account(role)
        start = ["/", "/nulle-part/"]
        if role is Role.ADMINISTRATEUR:
            file = SimpleUploadedFile("essai.csv", FILE.encode())
            start.append(client.post(reverse("structure-import"), {"fichier": file, "effet": "2026-01-01"}).url)
        found += crawl(client, role.value, start)
        missing = client.get("/nulle-part/")
        found.append(Seen(role.value, "/nulle-part/", missing.content.decode()))
    return without_repetition(found)


def without_repetition(found: list[Seen]) -> list[Seen]:
    """For each kind of page the richest, then those that show a mark (element and class) not yet seen there."""
    shown: dict[str, set[tuple[str, str]]] = {}
    kept = []
    for seen in sorted(found, key=lambda one: (-len(set(MARKS.findall(one.html))), one.role, one.address)):
        known, marks = shown.setdefault(kind(seen.address) or seen.address, set()), set(MARKS.findall(seen.html))
        if not marks <= known:
            known |= marks
            kept.append(seen)
    return kept


@pytest.mark.e2e
@pytest.mark.django_db
def test_axe_finds_nothing_on_any_page_of_any_role(live_browser: Browser) -> None:
    furnish()
    pages = every_page()
    routes = {kind(seen.address).partition(" ")[0] for seen in pages}
    must = {
        "flow:territoire", "flow:lits", "flow:unite", "flow:lit", "flow:urgences", "flow:urgences-site",
        "flow:urgences-patient", "flow:urgences-recherche", "flow:demandes", "flow:demande", "flow:patients",
        "messages:boite", "messages:journal", "messages:message", "messages:emetteurs", "messages:emetteur",
        "structure", "structure-entite", "structure-import", "structure-proposition", "structure-provisoires",
        "comptes", "compte", "compte-fiche", "compte-nouveau", "traces", "connexion", "bris-de-glace", "jetons",
        "api-index", "ui:glossaire",
    }  # fmt: skip
    assert must <= routes, f"not reached by any link: {sorted(must - routes)}"
    print(f"{len(pages)} pages, {len(routes)} routes")
    accessible(live_browser, pages)

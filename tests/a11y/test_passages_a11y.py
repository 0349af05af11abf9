"""axe finds nothing on the exit documents nor on the patient's page, in any of its languages; nothing overflows."""

from __future__ import annotations

import re

import pytest
from django.test import Client, override_settings
from playwright.sync_api import Browser

from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import in_scope
from archipel.kernel import clock
from archipel.passages.documents import public as documents
from archipel.passages.documents.models import Delivery, Document
from archipel.passages.pathway.values.words import WORDS
from tests.a11y.looking import accessible
from tests.db.test_ed import department
from tests.factories.accounts import make_user
from tests.factories.beds import CHU, make_stay, system
from tests.factories.documents import make_exit, make_physician, scope_for


def rendered() -> dict[str, str]:
    """Documents in every state, the directory; the team's pages and the patient's."""
    venues = [make_exit(attributes={"pmsi_provenance": "7"}), make_exit(), make_exit(qualified=False)]
    documents.prepare_due()
    user = make_physician()
    scope = scope_for(user)
    with in_scope(system()):
        numbers = {d.venue_number: int(d.pk) for d in Document.objects.filter(kind="cr_passage")}
    draft, doubtful, nowhere = (numbers[venue] for venue in venues)
    to = [documents.Recipient("Dr Fictif", "fictif@medecin.mssante.fr", "ps", "10101010102")]
    for number in (doubtful, nowhere):
        documents.write(
            scope=scope, document=number, sections={"diagnostic": "Entorse"}, recipients=to, wishes={"dmp": True}
        )
        documents.validate(scope=scope, document=number)
    now = clock.now()
    with in_scope(system()):
        Delivery.objects.create(
            document_id=doubtful, establishment=CHU, channel="mssante", control_id="A" * 20, targets=[to[0].address],
            message=b"x", state="incertain", attempts=1, next_at=now, created_at=now, error="Liaison coupée.",
        )  # fmt: skip
        Document.objects.filter(pk=doubtful).update(state="a_verifier", checked_at=now)
    client = Client()
    client.force_login(user)
    client.post("/documents/correspondants/", {
        "etablissement": CHU, "nom": "EHPAD A", "type": "ehpad", "adresse": "a@ehpad.mssante.fr",
    })  # fmt: skip
    pages = {}
    for address in ("/documents/", f"/documents/{draft}/", f"/documents/{doubtful}/", f"/documents/{nowhere}/",
                    "/documents/correspondants/", "/documents/?groupe=abandonnes"):  # fmt: skip
        answer = client.get(address)
        assert answer.status_code == 200, address
        pages[address] = answer.content.decode()
    refused = client.post(f"/documents/{draft}/agir", {"action": "valider", "document": draft})
    assert refused.status_code == 422
    pages["/documents/refus/"] = refused.content.decode()
    return pages | patient_pages()


def followed(html: str) -> str:
    """The patient's page has no theme of its own: say which look the browser has, for the walk to wait for it."""
    script = (
        "<script>const q=matchMedia('(prefers-color-scheme: dark)'),f=()=>{document.documentElement.dataset.bsTheme="
        "q.matches?'dark':'light'};f();q.addEventListener('change',f)</script></head>"
    )
    return html.replace("</head>", script, 1)


def patient_pages() -> dict[str, str]:
    """The team's side, with its slip; the patient's page in every language, and when there is none."""
    venue = make_stay(department()["BOX1"])
    nurse = Client()
    nurse.force_login(make_user(Role.IDE_URGENCES, CHU))
    base = f"/urgences/patients/{venue}/fil/"
    pages = {base: nurse.get(base).content.decode()}
    slip = nurse.post(f"{base}ouvrir", {"accord": "1", "langue": "ar"}).content.decode()
    pages[f"{base}ouvrir"] = slip
    found = re.search(r"/fil/([\w-]{43})/", slip)
    assert found
    for code in WORDS:
        answer = Client().get(f"/fil/{found[1]}/?langue={code}")
        assert answer.status_code == 200
        pages[f"/fil/{code}/"] = followed(answer.content.decode())
    pages["/fil/absente/"] = followed(Client().get("/fil/absente/").content.decode())
    return pages


@pytest.mark.e2e
@pytest.mark.django_db
def test_documents_and_the_patients_page_are_accessible(live_browser: Browser) -> None:
    with override_settings(INS_ENVIRONMENT="test", CDA_RULES=""):
        pages = rendered()
    accessible(live_browser, pages)

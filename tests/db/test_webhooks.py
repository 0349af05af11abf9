"""Events to other systems on a real HTTPS socket: signatures, retries, giving up, replay, rights, inside refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from archipel.domains.systems.public import Kind, say
from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import EVERYWHERE, Scope, in_scope, system_scope
from archipel.foundation.webhooks import delivery, services
from archipel.foundation.webhooks.models import Delivery, Subscription
from archipel.kernel.errors import ArchipelError, Conflict, Denied, Invalid, NotFound
from tests.db.test_ingestion_tls import Authority
from tests.factories.accounts import make_user
from tests.factories.systems import CHU, LANGRES, application

pytestmark = pytest.mark.django_db
ADMIN = system_scope("tests", [CHU, LANGRES])


@dataclass
class Receiver:
    """A system that receives: what it got, and what it answers next."""

    url: str = ""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)


@pytest.fixture
def receiver(tmp_path: Path, settings: Any) -> Iterator[Receiver]:
    authority = Authority(tmp_path, "hopital")
    identity = authority.issue("recepteur")
    made = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            made.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            status, headers = made.answers.pop(0) if made.answers else (204, {})
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            if status != 204:
                self.wfile.write(b"<p>pas\x07 maintenant</p>")

        def log_message(self, *words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity.certificate, identity.key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made.url = f"https://127.0.0.1:{server.server_address[1]}/archipel"
    settings.WEBHOOKS_NETWORKS, settings.WEBHOOKS_AUTHORITIES = ["127.0.0.0/8"], str(authority.path)
    yield made
    server.shutdown()
    server.server_close()


def subscribed(receiver: Receiver) -> services.Created:
    return services.subscribe(scope=ADMIN, name="Parc", url=receiver.url, topics=["systems.inventaire"])


def deliver_all() -> list[Delivery]:
    for row in delivery.take(50):
        delivery.deliver(row)
    return list(Delivery.objects.order_by("occurred_at"))


def test_a_change_of_the_inventory_arrives_signed_and_holds_keys_only(receiver: Receiver) -> None:
    made = subscribed(receiver)
    application(CHU, "DPI", nom="Dossier secret", responsable="Mme Personne")
    (row,) = deliver_all()
    assert (row.state, row.status, row.attempts) == (Delivery.DONE, 204, 1)
    ((headers, body),) = receiver.got
    moment = headers["webhook-timestamp"]
    key = base64.b64decode(made.secret.removeprefix("whsec_"))
    expected = hmac.new(key, f"{row.pk}.{moment}.".encode() + body, hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(expected).decode()
    assert headers["webhook-id"] == str(row.pk) and headers["content-type"] == "application/json"
    told = json.loads(body)
    assert told["type"] == "systems.inventaire"
    things = [{"kind": "application", "code": "DPI"}]
    assert told["data"] == {"establishment": CHU, "count": 1, "batch": None, "things": things}
    assert b"Personne" not in body and b"Dossier" not in body
    assert made.secret not in Subscription.objects.get().secret
    assert deliver_all()[0].attempts == 1, "what was delivered is not sent again"


def test_nothing_is_sent_of_what_was_not_committed_nor_subscribed(receiver: Receiver) -> None:
    subscribed(receiver)
    with pytest.raises(RuntimeError), in_scope(ADMIN):
        say(scope=ADMIN, kind=Kind.APPLICATION, establishment=CHU, code="X", content={"nom": "X"})
        assert Delivery.objects.count() == 1
        raise RuntimeError
    assert Delivery.objects.count() == 0
    number = Subscription.objects.get().pk
    services.suspend(scope=ADMIN, number=number, active=False)
    application(CHU, "Y")
    assert Delivery.objects.count() == 0
    with pytest.raises(Conflict):
        services.try_out(scope=ADMIN, number=number)
    services.suspend(scope=ADMIN, number=number, active=True)
    services.try_out(scope=ADMIN, number=number)
    assert [row.topic for row in deliver_all()] == ["webhooks.essai"] and len(receiver.got) == 1


def test_a_refusal_is_tried_again_later_and_later_then_given_up_and_replayed(receiver: Receiver) -> None:
    subscribed(receiver)
    application(CHU, "DPI")
    receiver.answers = [(503, {})] * (len(delivery.DELAYS) + 1)
    waits = []
    for _ in delivery.DELAYS:
        before = timezone.now()
        (row,) = deliver_all()
        assert row.state == Delivery.WAITING and row.status == 503 and "pas maintenant" in row.error
        waits.append(row.next_at - before)
        assert delivery.take(5) == [], "not before its time"
        Delivery.objects.update(next_at=timezone.now())
    assert all(a < b for a, b in pairwise(waits)) and waits[0] >= delivery.DELAYS[0]
    (row,) = deliver_all()
    assert row.state == Delivery.DEAD and len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    services.replay(scope=ADMIN, delivery=row.pk)
    with pytest.raises(Conflict):
        services.replay(scope=ADMIN, delivery=row.pk)
    (row,) = deliver_all()
    assert row.state == Delivery.DONE and row.attempts == 1
    assert delivery.clean(timezone.now() + timedelta(days=31)) == 1


def test_redirections_are_not_followed_and_gone_is_the_end(receiver: Receiver) -> None:
    subscribed(receiver)
    application(CHU, "DPI")
    receiver.answers = [(302, {"Location": receiver.url}), (410, {})]
    assert deliver_all()[0].status == 302 and len(receiver.got) == 1
    Delivery.objects.update(next_at=timezone.now())
    assert deliver_all()[0].state == Delivery.DEAD


def test_what_cannot_be_reached_is_explained(receiver: Receiver, settings: Any) -> None:
    subscribed(receiver)
    application(CHU, "DPI")
    settings.WEBHOOKS_AUTHORITIES = ""
    assert "CERTIFICATE_VERIFY_FAILED" in deliver_all()[0].error
    settings.WEBHOOKS_NETWORKS = []
    Delivery.objects.update(next_at=timezone.now())
    assert "adresses publiques" in deliver_all()[0].error
    assert receiver.got == []


def test_a_name_is_asked_for_by_its_name_at_the_address_that_was_looked_at(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The certificate is checked for the name; the connection goes to the address, whatever the name says later."""
    answers = [["127.0.0.1"], ["127.0.0.1"], ["192.0.2.1"]]
    monkeypatch.setattr(socket, "getaddrinfo", first_resolutions(answers, socket.getaddrinfo))
    receiver.url = receiver.url.replace("127.0.0.1", "localhost")
    subscribed(receiver)
    application(CHU, "DPI")
    assert deliver_all()[0].state == Delivery.DONE
    assert receiver.got[0][0]["host"].startswith("localhost:")


def first_resolutions(answers: list[list[str]], really: Any) -> Any:
    """The name has these addresses, one list after the other; numbers are themselves."""

    def resolve(host: str, port: int, *words: Any, **more: Any) -> Any:
        if host != "localhost":
            return really(host, port, *words, **more)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in answers.pop(0)]

    return resolve


@pytest.mark.parametrize(
    "url",
    ["http://exemple.fr/", "https://127.0.0.1/", "https://10.1.2.3/x", "https://[::1]/", "https://169.254.169.254/",
     "https://[::ffff:10.0.0.1]/", "https://moi@exemple.fr/", "https://exemple.fr/#x", "ftp://exemple.fr", "https://",
     "https://exemple.fr:99999/", "https://exe mple.fr/", "https://0.0.0.0/"],
)  # fmt: skip
def test_addresses_of_the_inside_are_refused(url: str) -> None:
    with pytest.raises(Invalid):
        services.subscribe(scope=ADMIN, name="x", url=url, topics=["systems.inventaire"])


def test_who_may(client: Client, receiver: Receiver) -> None:
    """An administrator of the whole territory; not that of one hospital, nor anybody else."""
    made = subscribed(receiver)
    for role, place in ((Role.ADMINISTRATEUR, CHU), (Role.SERVICES_NUMERIQUES, "*"), (Role.DIRECTION, "*")):
        client.force_login(make_user(role, place), backend="django.contrib.auth.backends.ModelBackend")
        assert client.get(reverse("webhooks")).status_code == 403, role
        assert client.post(reverse("webhook", args=[made.number]), {"action": "supprimer"}).status_code == 403
    narrow = Scope("x", frozenset([CHU]), {CHU: ADMIN.grants[EVERYWHERE]})
    for act in (
        lambda: services.subscribe(scope=narrow, name="x", url=receiver.url, topics=["systems.inventaire"]),
        lambda: services.suspend(scope=narrow, number=made.number, active=False),
        lambda: services.renew_secret(scope=narrow, number=made.number),
        lambda: services.unsubscribe(scope=narrow, number=made.number),
        lambda: services.try_out(scope=narrow, number=made.number),
    ):
        with pytest.raises(Denied):
            act()
    assert Client().get(reverse("webhooks")).status_code == 302
    with pytest.raises(NotFound):
        services.suspend(scope=ADMIN, number=999_999, active=False)
    for name, topics in (("", ["systems.inventaire"]), ("x", []), ("x", ["flow.changed"])):
        with pytest.raises(ArchipelError):
            services.subscribe(scope=ADMIN, name=name, url=receiver.url, topics=topics)


def test_the_screen_and_the_interface(client: Client, receiver: Receiver) -> None:
    user = make_user(Role.ADMINISTRATEUR, "*")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert "Aucun abonnement" in client.get(reverse("webhooks")).content.decode()
    form = {"nom": "Parc", "url": receiver.url, "sujets": ["systems.inventaire"]}
    page = client.post(reverse("webhooks"), form).content.decode()
    assert "whsec_" in page and "whsec_" not in client.get(reverse("webhooks")).content.decode()
    refused = client.post(reverse("webhooks"), {**form, "url": "https://10.0.0.1/"})
    assert refused.status_code == 422 and "adresses publiques" in refused.content.decode()
    number = Subscription.objects.get().pk
    client.post(reverse("webhook", args=[number]), {"action": "essayer"})
    receiver.answers = [(410, {})]
    (row,) = deliver_all()
    assert "Abandonnée" in client.get(reverse("webhooks") + "?etat=abandonne").content.decode()
    client.post(reverse("webhook-rejouer", args=[row.pk]))
    assert deliver_all()[0].state == Delivery.DONE
    assert "whsec_" in client.post(reverse("webhook", args=[number]), {"action": "secret"}).content.decode()
    listed = client.get("/api/v1/abonnements").json()
    assert listed["elements"][0]["nom"] == "Parc" and "secret" not in listed["elements"][0]
    body = {"nom": "Portail", "url": receiver.url, "sujets": ["systems.inventaire"]}
    made = client.post("/api/v1/abonnements", body, content_type="application/json")
    assert made.status_code == 200 and made.json()["secret"].startswith("whsec_")
    assert client.get("/api/v1/abonnements/livraisons").json()["elements"][0]["etat"] == "livre"
    again = client.post(f"/api/v1/abonnements/livraisons/{row.pk}/rejouer")
    assert again.json() == {"fait": True} and Delivery.objects.get(pk=row.pk).state == Delivery.WAITING
    client.post(reverse("webhook", args=[number]), {"action": "supprimer"})
    assert Subscription.objects.count() == 1 and Delivery.objects.count() == 0

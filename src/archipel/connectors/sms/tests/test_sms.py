"""Text messages: on a real HTTP server, with the body that the operator asks for."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archipel.connectors.sms.codec import body
from archipel.connectors.sms.gateway import HttpTexter
from archipel.kernel.errors import Invalid, Upstream


class Operator(HTTPServer):
    status = 200
    seen: list[tuple[str, object]]


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Operator]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.seen.append((self.headers.get("Authorization", ""), content))
            self.send_response(server.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = Operator(("127.0.0.1", 0), Handler)
    server.seen = []
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    monkeypatch.setenv("ARCHIPEL_SMS_URL", f"http://127.0.0.1:{server.server_address[1]}/sms")
    monkeypatch.setenv("ARCHIPEL_SMS_TOKEN", "secret")
    yield server
    server.shutdown()
    server.server_close()


def test_a_message_is_posted(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIPEL_SMS_BODY", '{"messages": [{"dest": "{numero}", "body": "{texte}", "from": "CHU"}]}')
    HttpTexter().send("0612345678", "Bonjour")
    assert operator.seen == [
        ("Bearer secret", {"messages": [{"dest": "0612345678", "body": "Bonjour", "from": "CHU"}]})
    ]


def test_a_refusal_is_told_without_the_number(operator: Operator) -> None:
    operator.status = 403
    with pytest.raises(Upstream, match="403") as caught:
        HttpTexter().send("0612345678", "Bonjour")
    assert caught.value.permanent
    assert "0612345678" not in str(caught.value)
    operator.status = 503
    with pytest.raises(Upstream) as caught:
        HttpTexter().send("0612345678", "Bonjour")
    assert not caught.value.permanent


def test_nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIPEL_SMS_URL", "http://127.0.0.1:9/")
    with pytest.raises(Upstream, match="ne répond pas"):
        HttpTexter().send("0612345678", "Bonjour")
    monkeypatch.delenv("ARCHIPEL_SMS_URL")
    assert not HttpTexter().ready()


@given(st.text(), st.text())
def test_the_body_holds_what_was_given(number: str, text: str) -> None:
    assert body("", number, text) == {"to": number, "text": text}


@pytest.mark.parametrize("template", ["{", '{"to": "{numero}"}', "[]"])
def test_a_bad_template_is_said_so(template: str) -> None:
    with pytest.raises(Invalid, match="ARCHIPEL_SMS_BODY"):
        body(template, "1", "2")

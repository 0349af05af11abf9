"""The command that makes the first administrator, and ports that somebody else holds."""

from __future__ import annotations

import socket

import pytest
from typer.testing import CliRunner

from archipel.foundation.accounts.commands import app
from archipel.foundation.accounts.models import Grant, User
from archipel.foundation.serve import Ports
from archipel.kernel.errors import Conflict


@pytest.mark.django_db
def test_the_first_administrator_is_made_once() -> None:
    done = CliRunner().invoke(app, ["premier", "chef", "--prenom", "Ada", "--nom", "Essai"], catch_exceptions=False)
    assert done.exit_code == 0
    user = User.objects.get(username="chef")
    assert user.must_change_password
    assert list(Grant.objects.values_list("role", "establishment")) == [("administrateur", "*")]
    shown = done.output.rsplit(" : ", 1)[1].strip()
    assert user.check_password(shown)
    again = CliRunner().invoke(app, ["premier", "autre"])
    assert isinstance(again.exception, Conflict)
    assert not User.objects.filter(username="autre").exists()


def test_a_taken_port_is_told() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(Conflict, match=str(port)):
            Ports(web=0, events=0, mllp=port).check()
    Ports(web=0, events=0, mllp=port).check()

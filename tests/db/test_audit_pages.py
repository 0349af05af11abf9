"""The page of traces shows what was kept, whatever its names."""

from __future__ import annotations

import pytest
from django.test import Client

from archipel.foundation.accounts.roles import Role
from archipel.foundation.audit.services import record
from archipel.foundation.scope import in_scope
from tests.factories.accounts import make_user
from tests.factories.beds import CHU, system


@pytest.mark.django_db
def test_details_may_bear_any_name() -> None:
    scope = system()
    with in_scope(scope):
        record(scope=scope, action="essai", establishment=CHU, object_type="essai", details={"items": {"a": 1, "b": 2}})
    client = Client()
    client.force_login(make_user(Role.ADMINISTRATEUR, CHU), backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/traces/").content.decode()
    assert "items : {" in page

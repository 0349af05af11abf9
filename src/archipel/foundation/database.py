"""Preparing a database: the application role, its rights, and the migrations."""

from __future__ import annotations

import psycopg

from archipel.foundation.scope import APP_ROLE
from archipel.kernel.errors import Upstream

_ROLE = f"""
DO $$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{APP_ROLE}') THEN
    CREATE ROLE {APP_ROLE} NOLOGIN NOBYPASSRLS NOSUPERUSER;
  END IF;
END $$;
"""

_RIGHTS = f"""
GRANT {APP_ROLE} TO CURRENT_USER;
GRANT USAGE ON SCHEMA public TO {APP_ROLE};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APP_ROLE};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {APP_ROLE};
CREATE OR REPLACE FUNCTION archipel_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'table % : ajout seul, une correction est un fait nouveau', TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END $$;
"""


def prepare(url: str) -> None:
    """Create the application role and default rights; safe to run again and from several processes.

    Raises:
        Upstream: when the connected account may not create the role, with the statement an administrator runs.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        version = connection.info.server_version
        if version < 150000:
            raise Upstream(
                f"PostgreSQL {version // 10000} est trop ancien : Archipel demande la version 15 ou plus récente.",
                permanent=True,
            )
        connection.execute("SELECT pg_advisory_lock(7205, 1)")
        try:
            connection.execute(_ROLE)
            connection.execute(_RIGHTS)
        except psycopg.errors.InsufficientPrivilege as error:
            raise Upstream(
                "Le compte de base de données ne peut pas créer le rôle d'application. Faites exécuter par un "
                f"administrateur : CREATE ROLE {APP_ROLE} NOLOGIN; GRANT {APP_ROLE} TO <compte>; ({error})",
                permanent=True,
            ) from error
        finally:
            connection.execute("SELECT pg_advisory_unlock(7205, 1)")

"""Create, clone and drop databases on a server."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from archipel.kernel.errors import Conflict, Invalid, Upstream

_NAME_MAX_BYTES = 63
CLONE_STRATEGY = "FILE_COPY"


def ensure_database(server_url: str, name: str) -> str:
    """The URL of database ``name`` on this server, created (UTF-8) if absent; safe when two processes do it at once.

    Raises:
        Upstream: the server refuses or cannot be reached. Invalid: the name is empty or longer than 63 bytes.
    """
    _check(name)
    with _connect(server_url) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if known is None:
            try:
                connection.execute(
                    sql.SQL("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0").format(sql.Identifier(name))
                )
            except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                pass  # another process has just made it
            except psycopg.Error as error:
                raise _failure(f"La base « {name} » n'a pas pu être créée", error) from error
    return with_database(server_url, name)


def clone_database(admin_url: str, template: str, name: str) -> str:
    """Copy database ``template`` (nobody may be connected to it) into the new database ``name``; returns its URL.

    Raises:
        Conflict: ``name`` exists, or ``template`` is in use. Upstream: any other refusal.
    """
    _check(name)
    query = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY {}").format(
        sql.Identifier(name), sql.Identifier(template), sql.SQL(CLONE_STRATEGY)
    )
    with _connect(admin_url) as connection:
        try:
            connection.execute(query)
        except psycopg.errors.ObjectInUse as error:
            raise Conflict(f"La base modèle « {template} » est utilisée : fermez ses connexions.") from error
        except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation) as error:
            raise Conflict(f"La base « {name} » existe déjà.") from error
        except psycopg.Error as error:
            raise _failure(f"La base « {template} » n'a pas pu être copiée en « {name} »", error) from error
    return with_database(admin_url, name)


def drop_database(admin_url: str, name: str) -> None:
    """Drop database ``name`` and disconnect its clients; no error if absent.

    Raises:
        Upstream: the server refuses.
    """
    _check(name)
    with _connect(admin_url) as connection:
        try:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        except psycopg.Error as error:
            raise _failure(f"La base « {name} » n'a pas pu être supprimée", error) from error


def with_database(url: str, name: str) -> str:
    """``url`` with another database name; everything else is kept."""
    parts = urlsplit(url)
    kept = [(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if key != "dbname"]
    query = urlencode(kept, quote_via=quote, safe="")
    return urlunsplit((parts.scheme, parts.netloc or "", "/" + quote(name, safe=""), query, ""))


def _check(name: str) -> None:
    if not name or "\0" in name or len(name.encode()) > _NAME_MAX_BYTES:
        raise Invalid(f"Nom de base refusé : {name!r}. Attendu : 1 à {_NAME_MAX_BYTES} octets.")


def _connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    try:
        return psycopg.connect(url, autocommit=True, connect_timeout=10)
    except psycopg.Error as error:
        raise _failure("Connexion à PostgreSQL impossible", error) from error


def _failure(sentence: str, error: psycopg.Error) -> Upstream:
    return Upstream(f"{sentence} : {str(error).strip()}", permanent=False, code="postgres-refus")

"""Pro Santé Connect (OpenID Connect): who the provider says is here, and whether that is enough.

The code flow with state, nonce and PKCE is mozilla-django-oidc's; the checks it leaves to us are here: issuer,
audience, dates, level of assurance (acr), same subject in both answers, and no account out of thin air.

Source: Pro Santé Connect, "dossier technique": ``acr`` is ``eidas1``, ``preferred_username`` is 8 + RPPS.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any

import jwt
import requests
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from mozilla_django_oidc.auth import OIDCAuthenticationBackend

from archipel.foundation.accounts import situations
from archipel.foundation.accounts.models import User
from archipel.foundation.audit.services import record
from archipel.foundation.scope import Scope
from archipel.kernel.errors import Denied, Upstream

LOGGER = logging.getLogger(__name__)
LEEWAY = 30
"""Seconds by which the provider's clock may differ from ours."""
SITUATIONS = "archipel_psc_activities"
_NATIONAL_ID = re.compile(r"8(\d{11})")


class Refused(Denied):
    """The provider's answer does not open the door."""

    code = "psc-refus"


def rpps_of(preferred_username: str) -> str:
    """The RPPS inside a national identifier (8 + 11 digits); empty when it is another kind of identifier."""
    found = _NATIONAL_ID.fullmatch(preferred_username)
    return found.group(1) if found and preferred_username.isascii() else ""


def luhn_is_right(digits: str) -> bool:
    """Whether the last digit is the Luhn key of the others: a hint only, many real RPPS fail it."""
    total = 0
    for rank, char in enumerate(reversed(digits)):
        value = int(char) * (2 if rank % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


class ProSanteConnect(OIDCAuthenticationBackend):  # type: ignore[misc]
    """Recognises an account from the provider's signed answer; refusals are Denied, with a French sentence."""

    def __init__(self) -> None:
        if settings.OIDC_ENABLED:
            super().__init__()

    def authenticate(self, request: HttpRequest | None, **kwargs: Any) -> User | None:
        """Exchange the code and check everything.

        Raises:
            Refused: the answer is not acceptable. Upstream: the provider does not answer.
        """
        if request is None or "nonce" not in kwargs:
            return None  # a password login
        if not kwargs["nonce"]:
            raise Refused("La réponse de Pro Santé Connect n'a pas de nonce attendu.", code="psc-nonce")
        try:
            found = super().authenticate(request, **kwargs)
        except requests.HTTPError as error:
            status = error.response.status_code if error.response is not None else 0
            LOGGER.warning("the OpenID provider answered %s", status)
            if 400 <= status < 500:
                raise Refused(
                    "Pro Santé Connect n'a pas confirmé cette connexion. Recommencez.", code="psc-code"
                ) from None
            raise _unreachable(permanent=False) from None
        except requests.RequestException as error:
            LOGGER.warning("the OpenID provider does not answer: %s", type(error).__name__)
            raise _unreachable(permanent=False) from None
        except jwt.ExpiredSignatureError:
            raise Refused("La réponse de Pro Santé Connect est périmée. Recommencez.", code="psc-perime") from None
        except (jwt.PyJWTError, SuspiciousOperation, KeyError, ValueError) as error:
            LOGGER.warning("the OpenID answer is refused: %s", type(error).__name__)
            raise Refused("La réponse de Pro Santé Connect n'est pas valable.", code="psc-jeton") from None
        return found if isinstance(found, User) else None

    def retrieve_matching_jwk(self, token: str) -> jwt.PyJWK:
        """The provider's key that signed a token: the one it names, or the only one when it names none.

        Source: OpenID Connect Core 10.1 (``kid`` may be left out when there is a single key).

        Raises:
            Refused: no such key.
        """
        response = requests.get(self.OIDC_OP_JWKS_ENDPOINT, timeout=settings.OIDC_TIMEOUT)
        response.raise_for_status()
        named = jwt.get_unverified_header(token).get("kid")
        keys = [key for key in response.json().get("keys", []) if key.get("use", "sig") == "sig"]
        fitting = [key for key in keys if named is None or key.get("kid") == named]
        if len(fitting) != 1:
            raise Refused("La clé qui a signé la réponse n'est pas connue.", code="psc-cle")
        return jwt.PyJWK(fitting[0], algorithm=self.OIDC_RP_SIGN_ALGO)

    def get_payload_data(self, token: Any, key: Any) -> dict[str, Any]:
        """Check signature, algorithm, issuer, audience and dates of the identity token."""
        algorithm = jwt.get_unverified_header(token).get("alg")
        if algorithm != self.OIDC_RP_SIGN_ALGO:
            raise Refused("L'algorithme de signature n'est pas celui attendu.", code="psc-jeton")
        claims = jwt.decode(
            token,
            key,
            algorithms=[self.OIDC_RP_SIGN_ALGO],
            audience=self.OIDC_RP_CLIENT_ID,
            issuer=settings.OIDC_ISSUER,
            leeway=LEEWAY,
            options={"require": ["exp", "iat", "aud", "iss", "sub"]},
        )
        return dict(claims)

    def verify_token(self, token: Any, **kwargs: Any) -> dict[str, Any]:
        """Check the identity token, its nonce and its level of assurance."""
        key = self.retrieve_matching_jwk(token)
        claims = self.get_payload_data(token, key)
        if not kwargs.get("nonce") or claims.get("nonce") != kwargs["nonce"]:
            raise Refused(
                "La réponse ne répond pas à cette demande de connexion (nonce). Recommencez.", code="psc-nonce"
            )
        audience = claims.get("aud")
        if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != self.OIDC_RP_CLIENT_ID:
            raise Refused("Ce jeton est destiné à une autre application.", code="psc-jeton")
        check_acr(claims)
        return claims

    def get_userinfo(self, access_token: str, id_token: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Who the person is; must be the subject of the identity token (OpenID Connect Core 5.3.2)."""
        response = requests.get(
            self.OIDC_OP_USER_ENDPOINT,
            headers={"Authorization": f"Bearer {access_token}"},
            timeout=settings.OIDC_TIMEOUT,
        )
        response.raise_for_status()
        if response.headers.get("content-type", "").lower().startswith("application/jwt"):
            text = response.text
            info = jwt.decode(
                text,
                self.retrieve_matching_jwk(text),
                algorithms=[self.OIDC_RP_SIGN_ALGO],
                audience=self.OIDC_RP_CLIENT_ID,
                issuer=settings.OIDC_ISSUER,
                leeway=LEEWAY,
            )
        else:
            info = response.json()
        if not isinstance(info, dict) or info.get("sub") != payload.get("sub"):
            raise Refused("Pro Santé Connect a décrit deux personnes différentes.", code="psc-sujet")
        return info

    def get_or_create_user(self, access_token: str, id_token: str, payload: Mapping[str, Any]) -> User:
        """The account of the professional; none is made unless the site allows it, and then without any role."""
        info = self.get_userinfo(access_token, id_token, payload)
        subject = str(info.get("preferred_username") or "")
        if not subject:
            raise Refused("Pro Santé Connect n'a pas donné d'identifiant de professionnel.", code="psc-identifiant")
        rpps = rpps_of(subject)
        if rpps and not luhn_is_right(rpps):
            LOGGER.info("an RPPS received from the provider fails its Luhn key: accepted")
        user = self._known(subject, rpps)
        if user is None:
            user = self._create(subject, rpps, info)
        if not user.is_active:
            raise Refused("Votre compte Archipel est fermé : adressez-vous à un administrateur.", code="psc-ferme")
        self.request.session[SITUATIONS] = [
            {"key": s.key, "structure": s.structure, "sector": s.sector, "profession": s.profession, "mode": s.mode}
            | {"finess_ej": s.finess_ej, "finess_eg": s.finess_eg}
            for s in situations.read(info)
        ]
        return user

    @staticmethod
    def _known(subject: str, rpps: str) -> User | None:
        user = User.objects.filter(psc_subject=subject).first()
        if user is None and rpps:
            user = User.objects.filter(rpps=rpps, psc_subject="").first()
            if user is not None:
                user.psc_subject = subject
                user.save(update_fields=["psc_subject"])
        return user

    @staticmethod
    def _create(subject: str, rpps: str, info: Mapping[str, Any]) -> User:
        if not settings.OIDC_CREATE_USER or not rpps or User.objects.filter(rpps=rpps).exists():
            raise Refused(
                "Aucun compte Archipel n'est rattaché à votre identité professionnelle : "
                "demandez à un administrateur de votre établissement d'en créer un avec votre RPPS.",
                code="psc-inconnu",
            )
        user = User(
            username=subject,
            rpps=rpps,
            psc_subject=subject,
            first_name=str(info.get("given_name") or "")[:150],
            last_name=str(info.get("family_name") or "")[:150],
        )
        user.set_unusable_password()
        user.save()
        record(
            scope=Scope(actor="système:psc", establishments=frozenset()),
            action="compte.creation",
            object_type="compte",
            object_key=str(user.pk),
            details={"origine": "psc"},
        )
        return user


def check_acr(claims: Mapping[str, Any]) -> None:
    """Refuse an identity that was not proved strongly enough, or that does not say how it was.

    Raises:
        Refused: ``psc-acr-absent`` or ``psc-acr``.
    """
    acr = claims.get("acr")
    if not acr:
        raise Refused(
            "Pro Santé Connect n'a pas dit comment vous vous êtes identifié (acr absent) : connexion refusée.",
            code="psc-acr-absent",
        )
    if acr not in settings.OIDC_ACR_ALLOWED:
        raise Refused(
            "Votre identification n'est pas assez forte pour Archipel : utilisez votre carte CPS ou e-CPS.",
            code="psc-acr",
        )


def _unreachable(*, permanent: bool) -> Upstream:
    return Upstream(
        "Pro Santé Connect ne répond pas : connectez-vous avec votre mot de passe, ou réessayez plus tard.",
        permanent=permanent,
        code="psc-injoignable",
    )

"""The national health identifier (INS): a 13-character matricule, its key, and the OID that says which list.

Sources: référentiel INS and the ANS list of OIDs. The key is ``97 - (matricule mod 97)``, where the Corsican
departments ``2A`` and ``2B`` count as 19 and 18. Real matricules must never be used in a test environment,
nor test ones in production: the OID decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from archipel.kernel.errors import Invalid

OID_NIR = "1.2.250.1.213.1.4.8"
OID_NIA = "1.2.250.1.213.1.4.9"
OID_TEST = "1.2.250.1.213.1.4.10"
OID_DEMO = "1.2.250.1.213.1.4.11"

LABELS: Mapping[str, str] = MappingProxyType(
    {OID_NIR: "INS-NIR", OID_NIA: "INS-NIA", OID_TEST: "INS-NIR de test", OID_DEMO: "INS-NIR de démonstration"}
)
"""The four known OIDs and what a user calls them."""

_REAL = frozenset({OID_NIR, OID_NIA})
_FAKE = frozenset({OID_TEST, OID_DEMO})
_ALLOWED: Mapping[str, frozenset[str]] = MappingProxyType({"production": _REAL, "test": _FAKE, "demo": _FAKE})
_CORSICA = {"2A": "19", "2B": "18"}

ENVIRONMENTS: tuple[str, ...] = tuple(_ALLOWED)
"""The names of environment that :func:`allowed_oids` knows."""


class InsError(Invalid):
    """The text is not an INS that can be taken; the message never repeats the matricule."""

    code = "ins-invalide"


def allowed_oids(environment: str) -> frozenset[str]:
    """The OIDs that may be taken in ``production``, ``test`` or ``demo``.

    Raises:
        InsError: the environment has another name.
    """
    try:
        return _ALLOWED[environment]
    except KeyError:
        raise InsError(f"Environnement INS « {environment} » inconnu : attendu production, test ou demo.") from None


def is_matricule(text: str) -> bool:
    """Whether the text has the shape of a matricule: 13 digits, or 2A/2B in positions 6 and 7."""
    if len(text) != 13 or not text.isascii():
        return False
    if text.isdigit():
        return True
    return text[5:7] in _CORSICA and text[:5].isdigit() and text[7:].isdigit()


def compute_key(matricule: str) -> str:
    """The two-digit key of a 13-character matricule.

    Raises:
        InsError: the text is not a matricule.
    """
    if not is_matricule(matricule):
        raise InsError("Le matricule INS doit compter 13 chiffres (2A ou 2B admis pour la Corse).")
    digits = matricule[:5] + _CORSICA.get(matricule[5:7], matricule[5:7]) + matricule[7:]
    return f"{97 - int(digits) % 97:02d}"


@dataclass(frozen=True, slots=True)
class Ins:
    """A well-formed national identifier: checked shape, checked key, known OID."""

    matricule: str
    cle: str
    oid: str

    def __str__(self) -> str:
        return self.matricule + self.cle

    @property
    def real(self) -> bool:
        """Whether it designates a real person (NIR or NIA)."""
        return self.oid in _REAL

    def allowed_in(self, environment: str) -> bool:
        """Whether this environment may hold it."""
        return self.oid in allowed_oids(environment)


def parse(text: str, oid: str) -> Ins:
    """Read ``matricule`` (13 characters, the key is computed) or ``matricule + key`` (15, the key is checked).

    Blanks are ignored. Traits that the matricule seems to carry (sex, year …) are not compared with anything:
    they legitimately diverge.

    Raises:
        InsError: wrong length, wrong characters, wrong key or unknown OID.
    """
    compact = "".join(text.split()).upper()
    if len(compact) not in (13, 15):
        raise InsError(
            f"Matricule INS de {len(compact)} caractères : attendu 13, ou 15 avec la clé.", code="ins-longueur"
        )
    matricule, cle = compact[:13], compact[13:]
    expected = compute_key(matricule)
    if cle and cle != expected:
        raise InsError("La clé du matricule INS est fausse.", code="ins-cle")
    if oid not in LABELS:
        raise InsError(f"OID INS « {oid[:40]} » inconnu.", code="ins-oid")
    return Ins(matricule, expected, oid)

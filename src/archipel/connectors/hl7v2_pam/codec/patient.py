"""PID → the patient's key, traits and national identifier (IHE PAM France; référentiel d'identitovigilance)."""

from __future__ import annotations

from archipel.connectors.hl7v2_pam.codec.reading import MAX_TEXT, Reading
from archipel.connectors.hl7v2_pam.codec.times import parse_day
from archipel.identity.values import IdentityAssertion, InsAssertion, StatutIns
from archipel.kernel import ins as national
from archipel.kernel.hl7v2.er7 import NULL
from archipel.kernel.hl7v2.problems import Rejected, shape

PID_WIDTH = 40
_FORBIDDEN = ((10, "10"), (17, "17"), (22, "22"))
_INS_TYPES = frozenset({"INS", "INS-C", "INS-A", "INS-NIR", "INS-NIA"})
_INS_OIDS = frozenset(national.LABELS)
_INS_ROOT = "1.2.250.1.213.1.4."
_STATUSES = {status.value: status for status in StatutIns}
_SEXES = {"M": "M", "F": "F", "U": "U", "I": "U", "A": "U", "O": "U", "N": "U"}
_LOCAL_ORDER = {"PI": 0, "MR": 1, "PT": 2, "": 3}


class Patient:
    """What was read of one PID."""

    __slots__ = ("assertion", "comments", "dead", "key", "residence")

    def __init__(
        self, key: str, assertion: IdentityAssertion, comments: str, dead: str, residence: tuple[str, str]
    ) -> None:
        self.key = key
        self.assertion = assertion
        self.comments = comments
        self.dead = dead
        self.residence = residence
        """(postcode, commune) where the patient lives; each empty when unknown."""


def is_ins(reading: Reading, parts: list[str]) -> bool:
    """Whether the components of a CX are those of a national identifier."""
    if len(parts) > 4 and parts[4] in _INS_TYPES:
        return True
    if len(parts) < 4 or _INS_ROOT not in parts[3]:
        return False
    return not _INS_OIDS.isdisjoint(parts[3].split(reading.subcomponent))


def local_identifiers(reading: Reading, value: str, segment: str, field: str) -> list[tuple[int, str, str]]:
    """The identifiers of a repeating CX but the national ones: (rank of the type, authority, key), as received."""
    found: list[tuple[int, str, str]] = []
    if not value or value == NULL:
        return found
    for repetition in value.split(reading.repetition):
        parts = repetition.split(reading.component)
        number = reading.text(parts[0])
        if not number or is_ins(reading, parts):
            continue
        authority = reading.authority(parts[3]) if len(parts) > 3 else reading.default_authority()
        rank = _LOCAL_ORDER.get(parts[4] if len(parts) > 4 else "", 4)
        found.append((rank, authority, reading.key(authority, number, segment, field)))
    return found


def patient_key(reading: Reading, pid: list[str]) -> str:
    """The IPP of PID-3: of type PI, of the profile's authority when several are.

    Raises:
        Rejected: PID-3 holds no local identifier.
    """
    found = local_identifiers(reading, pid[3], "PID", "3")
    if not found:
        raise Rejected("PID", "3", "", "un IPP local (type PI) avec son autorité")
    if len(found) == 1:
        return found[0][2]
    wanted = reading.profile.authority
    return min(found, key=lambda one: (one[0], one[1] != wanted))[2]


def read_patient(reading: Reading, pid: list[str]) -> Patient:
    """Read one PID segment (padded to :data:`PID_WIDTH`).

    Raises:
        Rejected: no local identifier; or, when strict, forbidden field or impossible date.
    """
    for index, name in _FORBIDDEN:
        if pid[index]:
            reading.tolerate("PID", name, pid[index], "un champ vide (interdit en France)", "il n'est pas lu")
    key = patient_key(reading, pid)
    traits: dict[str, str | None] = {}
    _names(reading, pid[5], traits)
    _civil(reading, pid, traits)
    if pid[11]:
        _birth_place(reading, pid[11], traits)
    dead = _death(reading, pid, traits)
    statuses, comments = _statuses(reading, pid[32])
    assertion = _national(reading, pid[3], statuses)
    if pid[32]:
        traits["statut_identite"] = _derived(reading, statuses, assertion)
    residence = _residence(reading, pid[11]) if pid[11] else ("", "")
    return Patient(key, IdentityAssertion(key, reading.stamp, traits, assertion), comments, dead, residence)


def _put(reading: Reading, traits: dict[str, str | None], name: str, raw: str, field: str) -> None:
    if not raw:
        return
    if raw == NULL:
        traits[name] = None
        return
    text = reading.text(raw)
    if len(text) > MAX_TEXT:
        reading.note("PID", field, f"texte de {len(text)} caractères ; seuls les {MAX_TEXT} premiers sont pris.")
        text = text[:MAX_TEXT]
    if text:
        traits[name] = text


def _names(reading: Reading, value: str, traits: dict[str, str | None]) -> None:
    """PID-5: type L is the birth name with the first names, D the name in use."""
    if not value:
        return
    if value == NULL:
        traits.update(nom_naissance=None, nom_utilise=None, prenom=None, prenoms=None)
        return
    legal: list[str] | None = None
    used: list[str] | None = None
    spare: list[str] | None = None
    for repetition in value.split(reading.repetition):
        parts = reading.components(repetition, 7)
        kind = parts[6]
        if kind == "L":
            legal = legal or parts
        elif kind == "D":
            used = used or parts
        elif kind not in ("S", "A", "N"):
            spare = spare or parts
    if legal is None and spare is not None:
        legal = spare
        if spare[6] not in ("B", "M"):
            reading.note("PID", "5.7", "type de nom absent ou inconnu ; lu comme nom de naissance, attendu L.")
    if legal is not None:
        _put(reading, traits, "nom_naissance", legal[0], "5.1")
        _put(reading, traits, "prenom", legal[1], "5.2")
        _put(reading, traits, "prenoms", legal[2], "5.3")
    if used is not None:
        _put(reading, traits, "nom_utilise", used[0], "5.1")


def _civil(reading: Reading, pid: list[str], traits: dict[str, str | None]) -> None:
    """PID-7 and PID-8."""
    if pid[7]:
        _day(reading, pid[7], "7", "date_naissance", traits)
    sex = pid[8]
    if sex:
        if sex == NULL:
            traits["sexe"] = None
        elif sex == "F" or sex == "M" or sex == "U":
            traits["sexe"] = sex
        else:
            known = _SEXES.get(reading.first(sex).upper())
            if known is None:
                reading.warn("PID", "8", sex, "M, F ou U ; le sexe n'est pas pris")
            else:
                traits["sexe"] = known


def _day(reading: Reading, value: str, field: str, name: str, traits: dict[str, str | None]) -> None:
    if value == NULL:
        traits[name] = None
        return
    text = reading.first(value)
    day = parse_day(text)
    if day is None:
        reading.tolerate("PID", field, text, "une date possible et complète AAAAMMJJ", "elle n'est pas prise")
    else:
        traits[name] = day


def _birth_place(reading: Reading, value: str, traits: dict[str, str | None]) -> None:
    """PID-11, the repetition of type BDL: component 9 is the INSEE code."""
    if "BDL" not in value:
        return
    for repetition in value.split(reading.repetition):
        parts = repetition.split(reading.component)
        if len(parts) < 7 or parts[6] != "BDL":
            continue
        raw = parts[8] if len(parts) > 8 else ""
        if raw == NULL:
            traits["lieu_naissance"] = None
            return
        code = reading.text(raw).upper()
        if len(code) == 5 and code.isascii() and code.isalnum():
            traits["lieu_naissance"] = code
        else:
            reading.note("PID", "11.9", "lieu de naissance (BDL) sans code INSEE de 5 caractères ; il n'est pas pris.")
        return


def _residence(reading: Reading, value: str) -> tuple[str, str]:
    """PID-11, the repetition of type H, else one without type: components 5 (postcode, French only) and 3 (commune)."""
    found = ("", "")
    for repetition in value.split(reading.repetition):
        parts = repetition.split(reading.component)
        kind = parts[6] if len(parts) > 6 else ""
        if kind not in ("H", ""):
            continue
        town = "" if len(parts) < 3 or parts[2] == NULL else reading.text(parts[2])[:MAX_TEXT]
        code = parts[4] if len(parts) > 4 else ""
        french = len(parts) < 6 or parts[5] in ("", "FRA", "FR")
        good = french and len(code) == 5 and code.isascii() and code.isdigit()
        if (town or good) and (kind == "H" or not any(found)):
            found = (code if good else "", town)
    return found


def _death(reading: Reading, pid: list[str], traits: dict[str, str | None]) -> str:
    """PID-29 and PID-30; the answer is PID-30 as Y, N or ""."""
    flag = pid[30]
    if flag and flag not in ("Y", "N", NULL):
        reading.warn("PID", "30", flag, "Y ou N")
        flag = ""
    if flag == NULL:
        flag = ""
    when = pid[29]
    if when:
        _day(reading, when, "29", "deces_le", traits)
        if flag == "N" and when != NULL:
            reading.note("PID", "30", "N (vivant) alors que PID-29 donne une date de décès ; la date est gardée.")
    elif flag == "N":
        traits["deces_le"] = None
    elif flag == "Y":
        reading.note("PID", "29", "absent alors que PID-30 dit Y ; attendu la date du décès.")
    return "Y" if traits.get("deces_le") else flag


def _statuses(reading: Reading, value: str) -> tuple[frozenset[str], str]:
    """PID-32: the statuses and the comments (DOUB, HOMA …) apart."""
    if not value or value == NULL:
        return frozenset(), ""
    if value in _STATUSES:
        return frozenset((value,)), ""
    codes = [reading.code(one, "PID", "32").upper() for one in value.split(reading.repetition)]
    statuses = frozenset(code for code in codes if code in _STATUSES)
    return statuses, " ".join(sorted({code for code in codes if code and code not in _STATUSES}))


def _national(reading: Reading, value: str, statuses: frozenset[str]) -> InsAssertion | None:
    """The national identifier of PID-3, or None with a warning when it cannot be taken."""
    if "INS" not in value and _INS_ROOT not in value:
        return None
    for repetition in value.split(reading.repetition):
        parts = repetition.split(reading.component)
        if not is_ins(reading, parts):
            continue
        authority = parts[3].split(reading.subcomponent) if len(parts) > 3 else []
        oid = reading.text(authority[1]) if len(authority) > 1 else ""
        taken = _checked(reading, reading.text(parts[0]), oid)
        if taken is None:
            continue
        qualified = bool(statuses & {"VALI", "QUAL"})
        if not statuses:
            reading.note("PID", "32", "absent alors que PID-3 porte un INS ; l'INS est pris sans être qualifié.")
        elif statuses == {"PROV"}:
            reading.note("PID", "32", "PROV alors que PID-3 porte un INS ; l'INS ne voyage que qualifié.")
        return InsAssertion(taken.matricule, taken.cle, taken.oid, qualified or "RECUP" in statuses, qualified)
    return None


def _checked(reading: Reading, matricule: str, oid: str) -> national.Ins | None:
    if not matricule:
        return None
    try:
        found = national.parse(matricule, oid)
    except national.InsError as error:
        reading.note("PID", "3", f"INS non pris : {error.message} ({shape(matricule)} reçus)")
        return None
    environment = reading.profile.ins_environment
    if not found.allowed_in(environment):
        reading.note(
            "PID",
            "3",
            f"INS non pris : l'OID {oid} ({national.LABELS[oid]}) n'est pas admis en environnement « {environment} ».",
        )
        return None
    return found


def _derived(reading: Reading, statuses: frozenset[str], taken: InsAssertion | None) -> str:
    """The derived status (two independent facts) when PID-32 is read with or without a national identifier."""
    document = bool(statuses & {"VALI", "QUAL"})
    if taken is not None:
        retrieved = taken.recupere
    else:
        retrieved = False
        if statuses & {"QUAL", "RECUP"}:
            reading.note("PID", "32", "identité dite récupérée ou qualifiée, mais aucun INS utilisable en PID-3.")
    if document:
        return (StatutIns.QUAL if retrieved else StatutIns.VALI).value
    return (StatutIns.RECUP if retrieved else StatutIns.PROV).value

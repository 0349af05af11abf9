"""What the neighbouring rooms say: who the establishments are, whether they are eligible, what the project is worth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils import timezone

from archipel.foundation.scope import Scope
from archipel.kernel.errors import Invalid, NotFound
from archipel.programmes.dossiers.models import Dossier
from archipel.programmes.dossiers.values.situation import Answer, Cap, Eligibility, Party
from archipel.programmes.eligibility import public as eligibility
from archipel.programmes.funding import public as funding
from archipel.programmes.packs import public as packs
from archipel.programmes.perimetre import public as perimetre
from archipel.programmes.perimetre.public import Key, Kind


@dataclass(frozen=True, slots=True)
class Place:
    """An establishment that may apply: its FINESS PMSI, its legal entity, its group and region, its sites."""

    finess: str
    ej: str
    name: str
    ght: str = ""
    region: str = ""
    status: str = "inconnu"
    """public, espic, prive or inconnu."""
    sites: tuple[str, ...] = ()

    @property
    def public_member(self) -> bool:
        """Whether the project must be validated by the group (S4: public establishments, members of a GHT)."""
        return bool(self.ght) and self.status == "public"


def place(finess: str, at: date | None = None) -> Place:
    """The establishment of a FINESS PMSI.

    Raises:
        Invalid: it is not known.
    """
    known = perimetre.graph(at)
    found = known.node(finess.strip(), Kind.PMSI)
    legal = known.ej(found.key) if found else None
    if found is None or legal is None:
        raise Invalid(
            f"« {finess[:20]} » n'est pas un FINESS PMSI connu : choisissez-le dans la liste, ou complétez d'abord le "
            "graphe des établissements.",
            code="finess-inconnu",
            field="finess",
        )
    return _place(known, found.key)


def _place(known: perimetre.Graph, key: Key) -> Place:
    node, legal = known.nodes[key], known.ej(key)
    ght, region = known.ght(key), known.region(key)
    ej = known.nodes.get(legal) if legal else None
    status = node.attributes.get("statut") or (ej.attributes.get("statut") if ej else "") or ""
    name = perimetre.labels([key], known)[key]
    if name == key.code and legal:
        name = perimetre.labels([legal], known)[legal]
    return Place(
        finess=key.code,
        ej=legal.code if legal else "",
        name=name,
        ght=ght.code if ght else "",
        region=region.code if region else "",
        status=status or ("public" if ght else "inconnu"),  # members are public establishments (CSP, L6132-1)
        sites=tuple(one.code for one in known.egs(key)),
    )


def places(establishments: frozenset[str] | None = None, at: date | None = None) -> list[Place]:
    """Every establishment that may apply, by name; only those of some legal entities when given."""
    known = perimetre.graph(at)
    found = [_place(known, node.key) for node in known.of_kind(Kind.PMSI)]
    return sorted(
        (p for p in found if establishments is None or p.ej in establishments), key=lambda p: (p.name, p.finess)
    )


def site_names(codes: frozenset[str] | None = None, at: date | None = None) -> dict[str, str]:
    """FINESS EG → name."""
    known = perimetre.graph(at)
    return {n.key.code: n.name for n in known.of_kind(Kind.EG) if codes is None or n.key.code in codes}


def group_members(ght: str, at: date | None = None) -> frozenset[str]:
    """The FINESS EJ of the members of a GHT."""
    return perimetre.members(ght, at) if ght else frozenset()


def region_name(code: str) -> str:
    """The name of a region; its code when it is not known."""
    return perimetre.REGIONS.get(code, code)


def eligibility_of(scope: Scope, row: Dossier, at: date) -> Eligibility:
    """What the rules of the dossier's own version of the pack say of the lead, for the theme, at a date.

    The lead is whom the rules ask about (S4, Conditions d'éligibilité : « l'établissement soumissionnaire »).
    """
    try:
        version = packs.pack(row.programme, row.pack_version, row.region)
    except NotFound:
        return Eligibility()
    graph = perimetre.graph(at)
    lead = Key(Kind.PMSI, row.bearer_finess)
    if lead not in graph.nodes:
        return Eligibility(missing=(f"FINESS PMSI {row.bearer_finess} absent du périmètre au {at:%d/%m/%Y}",))
    here = eligibility.ground(scope=scope, at=at, packs=[version], inside=[lead])
    asked = [one for one in here.questions() if one.theme == row.theme]
    answers = [
        eligibility.answer(here, question, key)
        for question in asked
        for key in graph.at_level(lead, Kind(question.maille.value))
    ]
    verdicts = {one.verdict.value for one in answers}
    worst = next((one for one in ("non", "inconnu", "oui") if one in verdicts), "inconnu")
    lacking = [need for one in answers for need in min(one.to_yes or one.decide, key=len, default=())]
    return Eligibility(
        Answer(worst),
        tuple(dict.fromkeys(one.sentence for one in answers)),
        tuple(dict.fromkeys(f"{need.label} ({need.name})" for need in lacking)),
    )


def cap_of(pack: str, version: str, parties: tuple[Party, ...], at: date | None = None) -> Cap:
    """The cap of the grant for the activité combinée summed over the perimeter; unknown while one of them is.

    The activity is a fact with its source, never computed (no source gives its formula).
    """
    try:
        money = funding.programme(pack, version)
    except NotFound:
        return Cap()
    if not parties:
        return Cap()
    day = at or timezone.localdate()
    known = funding.parties([party.finess for party in parties], money.activity_fact, day)
    found = funding.ceiling(money.bands, known)
    names = {party.finess: party.name for party in parties}
    return Cap(
        amount=None if found.amount is None else Decimal(found.amount),
        category=found.band.category if found.band else "",
        activity=found.activity,
        missing=tuple(names.get(finess, finess) for finess in found.missing),
        source=money.sources.get("plafonds", ""),
    )

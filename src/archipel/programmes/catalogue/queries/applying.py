"""For a GHT, a theme and a day: which aids apply, through whom, at what cost, in what delay, with what left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from archipel.programmes.catalogue.models import Request
from archipel.programmes.catalogue.queries.aids import aids
from archipel.programmes.catalogue.queries.places import Ght
from archipel.programmes.catalogue.queries.quotas import lefts
from archipel.programmes.catalogue.rules.applicability import Applicable, applicable
from archipel.programmes.catalogue.rules.cost import Cout, costs, spread
from archipel.programmes.catalogue.values import Aide, Point
from archipel.programmes.facts import public as facts
from archipel.programmes.facts.public import Reading, State, Subject
from archipel.programmes.packs import public as packs
from archipel.programmes.packs.public import Donnee, Maille, Reseau


@dataclass(frozen=True, slots=True)
class Offered:
    """An aid for a GHT on a day."""

    etat: Applicable
    couts: tuple[Cout, ...]
    fourchette: tuple[Decimal, Decimal | None] | None

    @property
    def aide(self) -> Aide:
        """The aid itself."""
        return self.etat.aide


@dataclass(frozen=True, slots=True)
class Checked:
    """A prerequisite or a condition, and what is known of it: oui, non, inconnu; and from what."""

    point: Point
    verdict: str
    preuve: str


def offered(ght: Ght | None, theme: str, day: date, *, kind: str = "") -> list[Offered]:
    """The aids of a theme (of all, when empty) for a GHT on a day: those that may be asked for come first."""
    region = ght.region if ght else ""
    known = [a for a in aids(region) if (not theme or theme in a.themes) and kind in ("", a.type)]
    left = lefts(known, region) if region else {}
    found = [_offered(one, day, left) for one in known]
    order = ("ouvert", "a_venir", "inconnue", "complet", "annonce", "clos")
    return sorted(found, key=lambda o: (order.index(o.etat.ouverture), o.aide.type_libelle, o.aide.nom))


def one_offered(aid: Aide, ght: Ght | None, day: date) -> Offered:
    """One aid for a GHT on a day."""
    return _offered(aid, day, lefts([aid], ght.region) if ght and ght.region else {})


def _offered(aid: Aide, day: date, left: Mapping[str, tuple[int, int]]) -> Offered:
    remaining, rights = left.get(aid.ref, (None, None))
    found = costs(aid)
    return Offered(applicable(aid, day, left=remaining, rights=rights), found, spread(found))


def checked(aid: Aide, ght: Ght, day: date) -> tuple[list[Checked], list[Checked]]:
    """(prerequisites, conditions) of an aid, one by one, from the facts known of the GHT on that day.

    A condition that no rule can check is unknown, and says so.
    """
    if not aid.pack:
        nothing = "à vérifier avec l'ARS"
        return [Checked(p, "inconnu", nothing) for p in aid.prerequis], [
            Checked(c, "inconnu", nothing) for c in aid.conditions
        ]
    subject = Subject(Maille.GHT, ght.code)
    ledger = facts.facts_at([subject], day)
    readings = ledger.readings.get(subject, {})
    needs = [_needed(point, readings) for point in aid.prerequis]
    return needs, _conditions(aid, ght, day, readings)


def _needed(point: Point, readings: Mapping[str, Reading]) -> Checked:
    reading = readings.get(point.fait) if point.fait else None
    if reading is None:
        return Checked(point, "inconnu", "aucun fait ne le dit")
    if not reading.known:
        return Checked(point, "inconnu", {State.CONTREDIT: "faits contradictoires", State.PERIME: "fait périmé"}.get(
            reading.state, "aucun fait ne le dit"))  # fmt: skip
    return Checked(point, "oui" if reading.value else "non", _from(reading))


def _from(reading: Reading) -> str:
    fact = reading.facts[0]
    proof = f", {fact.proof}" if fact.proof else ", sans preuve"
    return f"{fact.source}, {fact.effective_at:%d/%m/%Y}{proof}"


def _conditions(aid: Aide, ght: Ght, day: date, readings: Mapping[str, Reading]) -> list[Checked]:
    if not any(point.regle for point in aid.conditions):
        return [Checked(point, "inconnu", "aucune règle ne peut le vérifier") for point in aid.conditions]
    engine = packs.engine_of(packs.pack(aid.pack, aid.version, ght.region))
    entity = (Maille.GHT.value, ght.code)
    network = Reseau.build([((Maille.EJ.value, code), entity) for code in ght.members])
    known = {
        (name, entity): tuple(Donnee(f.value, f.source, f.effective_at) for f in reading.facts)
        for name, reading in readings.items()
        if reading.facts
    }
    run = engine.run(network, known, day)
    found = []
    for point in aid.conditions:
        if not point.regle:
            found.append(Checked(point, "inconnu", "aucune règle ne peut le vérifier"))
            continue
        outcome = run.outcome(point.regle, entity)
        missing = ", ".join(engine.facts[name].libelle for name, _ in outcome.missing)
        used = f"il manque : {missing}" if missing and outcome.value == "inconnu" else "d'après les faits connus"
        found.append(Checked(point, outcome.value.value, used))
    return found


def already_asked(aid: Aide, ght: Ght) -> Sequence[int]:
    """The numbers of the requests that the GHT already made for the aid, whatever became of them."""
    return list(Request.objects.filter(aid=aid.ref, ght=ght.code).order_by("id").values_list("id", flat=True))

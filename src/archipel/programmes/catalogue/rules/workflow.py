"""The life of a request: asked for, judged by each party of its circuit, granted when all agree, carried out, ended.

The state is a fold of what happened, in the order of the ledger; taking back is one more fact. The ARS, where it has a
part, speaks first: it analyses the need with the GHT. The others may then answer in any order (three-party approval).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from archipel.programmes.catalogue.rules.dates import Fenetre, after
from archipel.programmes.catalogue.values import ASKING, Acte, Acteur, Avis, Etat
from archipel.programmes.packs.values.catalogue import Duree


@dataclass(frozen=True, slots=True)
class Fait:
    """Something that happened: by or in the name of ``acteur``, effective on a day; ``annule`` takes another back."""

    id: int
    acte: Acte
    le: date
    acteur: Acteur | None = None
    avis: Avis | None = None
    annule: int | None = None


@dataclass(frozen=True, slots=True)
class Cours:
    """A request as its facts make it.

    ``attend``: whose answer is awaited now, since ``depuis``. ``tient_droit``: whether it holds one of the quota.
    """

    etat: Etat
    attend: tuple[Acteur, ...]
    depuis: date
    avis: Mapping[Acteur, Avis] = field(default_factory=dict)
    decide_le: date | None = None
    demarre_le: date | None = None
    fini_le: date | None = None
    tient_droit: bool = False
    dernier: int = 0


OPEN = frozenset({Etat.EN_COURS, Etat.A_COMPLETER})
ALIVE = OPEN | {Etat.ACCORDEE, Etat.DEMARREE}
"""States in which something is still expected."""


def judges(circuit: Sequence[Acteur]) -> tuple[Acteur, ...]:
    """The parties that must agree, in the order of the circuit."""
    return tuple(one for one in circuit if one not in ASKING)


def alive(facts: Iterable[Fait]) -> list[Fait]:
    """The facts that nothing takes back, in order."""
    ordered = sorted(facts, key=lambda f: f.id)
    undone: set[int] = set()
    for fact in reversed(ordered):
        if fact.id not in undone and fact.annule is not None:
            undone.add(fact.annule)
    return [f for f in ordered if f.id not in undone and f.acte is not Acte.ANNULATION]


def unfold(circuit: Sequence[Acteur], facts: Iterable[Fait]) -> Cours:
    """The request as its facts make it. The first of them is the deposit, which cannot be taken back."""
    kept = alive(facts)
    first = kept[0]
    opinions: dict[Acteur, Avis] = {}
    state, since, decided, started, ended = Etat.EN_COURS, first.le, None, None, None
    for fact in kept[1:]:
        since = max(since, fact.le)
        if fact.acte is Acte.AVIS and fact.acteur is not None and fact.avis is not None:
            opinions[fact.acteur] = fact.avis
            state, decided = _judged(circuit, opinions, fact.le)
        elif fact.acte is Acte.COMPLEMENT:
            opinions = {who: said for who, said in opinions.items() if said is not Avis.COMPLEMENT}
            state = Etat.EN_COURS
        elif fact.acte is Acte.RETRAIT:
            state = Etat.RETIREE
        elif fact.acte is Acte.DEMARRAGE:
            state, started = Etat.DEMARREE, fact.le
        elif fact.acte is Acte.FIN:
            state, ended = Etat.TERMINEE, fact.le
    return Cours(
        etat=state,
        attend=_awaited(circuit, opinions, state),
        depuis=since,
        avis=opinions,
        decide_le=decided,
        demarre_le=started,
        fini_le=ended,
        tient_droit=_holds(circuit, opinions, state),
        dernier=kept[-1].id,
    )


def _judged(circuit: Sequence[Acteur], opinions: Mapping[Acteur, Avis], day: date) -> tuple[Etat, date | None]:
    said = [opinions.get(one) for one in judges(circuit)]
    if Avis.DEFAVORABLE in said:
        return Etat.REFUSEE, day
    if Avis.COMPLEMENT in said:
        return Etat.A_COMPLETER, None
    if all(one is Avis.FAVORABLE for one in said):
        return Etat.ACCORDEE, day
    return Etat.EN_COURS, None


def _awaited(circuit: Sequence[Acteur], opinions: Mapping[Acteur, Avis], state: Etat) -> tuple[Acteur, ...]:
    if state is Etat.A_COMPLETER:
        return (Acteur.GHT if Acteur.GHT in circuit else Acteur.ETABLISSEMENT,)
    if state is not Etat.EN_COURS:
        return ()
    left = [one for one in judges(circuit) if one not in opinions]
    return (Acteur.ARS,) if Acteur.ARS in left else tuple(left)


def _holds(circuit: Sequence[Acteur], opinions: Mapping[Acteur, Avis], state: Etat) -> bool:
    """A right of the quota is held from the moment the ARS selects the GHT (or, without ARS, when all agree)."""
    if state in (Etat.REFUSEE, Etat.RETIREE):
        return False
    if Acteur.ARS in judges(circuit):
        return opinions.get(Acteur.ARS) is Avis.FAVORABLE
    return state in (Etat.ACCORDEE, Etat.DEMARREE, Etat.TERMINEE)


def refusal(circuit: Sequence[Acteur], course: Cours, act: Acte, actor: Acteur | None = None) -> str:
    """Why an act is not possible now, in French; empty when it is."""
    if act is Acte.AVIS:
        if actor not in judges(circuit):
            return "Cette partie n'a pas d'avis à donner dans ce circuit."
        if course.etat not in OPEN:
            return "La demande n'attend plus d'avis."
        if actor is not Acteur.ARS and Acteur.ARS in judges(circuit) and Acteur.ARS not in course.avis:
            return "L'ARS donne son avis la première."
        said = course.avis.get(actor) if actor else None
        return "Cet avis est déjà donné : annulez-le d'abord." if said not in (None, Avis.COMPLEMENT) else ""
    allowed = {
        Acte.COMPLEMENT: {Etat.A_COMPLETER},
        Acte.RETRAIT: ALIVE,
        Acte.DEMARRAGE: {Etat.ACCORDEE},
        Acte.FIN: {Etat.DEMARREE},
    }.get(act, set())
    words = {
        Acte.COMPLEMENT: "Aucun complément n'est demandé.",
        Acte.RETRAIT: "Cette demande est close.",
        Acte.DEMARRAGE: "La mission ne peut démarrer qu'une fois la demande accordée.",
        Acte.FIN: "La mission n'a pas démarré.",
    }
    return "" if course.etat in allowed else words.get(act, "Acte impossible.")


@dataclass(frozen=True, slots=True)
class Delais:
    """The dates of a request: when it should begin by its source, by when each party should answer, what is late."""

    debut: Fenetre | None
    reponse: date | None
    en_retard: bool
    pourquoi: str


def delays(
    course: Cours,
    asked_on: date,
    today: date,
    lead: Duree | None,
    answer_days: Mapping[Acteur, int],
) -> Delais:
    """What the dates say.

    Args:
        lead: the source's delay from the request to the beginning.
        answer_days: days that each party gives itself, where the region has fixed them; no source does.
    """
    begin = after(asked_on, lead) if lead else None
    fixed = [answer_days[one] for one in course.attend if one in answer_days]
    answer = course.depuis + timedelta(days=min(fixed)) if fixed else None
    if course.etat in OPEN and answer is not None and today > answer:
        return Delais(begin, answer, True, f"Réponse attendue le {answer:%d/%m/%Y}.")
    if course.etat in ALIVE and course.demarre_le is None and begin is not None and today > begin.tard:
        about = "vers le" if begin.environ else "le"
        return Delais(begin, answer, True, f"Début attendu {about} {begin.tard:%d/%m/%Y}, d'après le délai annoncé.")
    return Delais(begin, answer, False, "")

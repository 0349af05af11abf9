"""What the director's page gathers from the other rooms, for one group. Nothing is computed here that they know."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from archipel.foundation.scope import Capability, Scope
from archipel.kernel.errors import NotFound
from archipel.programmes.dossiers import public as dossiers
from archipel.programmes.facts import public as facts
from archipel.programmes.funding import public as funding
from archipel.programmes.home.values import Group, Home, Item, Money, PackLine
from archipel.programmes.maturity import public as maturity
from archipel.programmes.packs import public as packs
from archipel.programmes.perimetre import public as perimetre
from archipel.programmes.proof import public as proof

HORIZON = 31
"""Days ahead that count as due this month."""
RISK_HORIZON = 90
"""Days ahead within which a requirement that is not proved is at risk."""
TREND = 30
"""Days back to which requirements are compared."""
_WEAK = {
    proof.Status.MANQUANT: "rien ne le prouve encore",
    proof.Status.PERIME: "la preuve a expiré",
    proof.Status.CONTREDIT: "deux éléments se contredisent",
    proof.Status.DECLARE: "déclaré, sans preuve",
}
_BROKEN = (proof.Status.PERIME, proof.Status.CONTREDIT)
_FUNDED = frozenset(dossiers.Status) - {dossiers.Status.IDEE, dossiers.Status.REFUSE, dossiers.Status.ABANDONNE}
"""States of a dossier in which money may come."""
_URGENCY = {"bloque": 0, "en_retard": 1, "a_l_heure": 2}


def link(name: str, *args: object, query: str = "") -> str:
    """The address of a page of another room, empty while it does not exist."""
    try:
        found = reverse(name, args=args)
    except NoReverseMatch:
        return ""
    return f"{found}?{query}" if query else found


def groups(*, scope: Scope) -> list[Group]:
    """The groups of which the account follows at least one member, by name.

    Raises:
        Denied: no right on programmes.
    """
    scope.require(Capability.VOIR_PROGRAMMES)
    known = perimetre.graph()
    found = []
    for key, node in known.nodes.items():
        if key.kind is perimetre.Kind.GHT:
            seen = tuple(sorted(known.establishments(key) & scope.programmes))
            if seen:
                found.append(Group(key.code, node.name, seen))
    return sorted(found, key=lambda group: group.name)


def home(*, scope: Scope, ght: str = "", today: date | None = None) -> Home | None:
    """The page of a group, the first one by default; None when the account follows none.

    Raises:
        Denied: no right on programmes. NotFound: a group that the account does not follow.
    """
    followed = groups(scope=scope)
    chosen = next((one for one in followed if one.code == ght), None) if ght else next(iter(followed), None)
    if chosen is None:
        if ght:
            raise NotFound("Ce groupement est introuvable, ou n'est pas suivi par votre compte.", code="ght-inconnu")
        return None
    day = today or timezone.localdate()
    past = {pack.pack for pack in packs.packs(at=day) if pack.historique}
    found = [one for one in proof.statuses(scope=scope, subject=chosen.code) if one.requirement.pack not in past]
    wanted, ours = list(_wanted(found, chosen, day)), list(_dossiers(scope, chosen, day))
    return Home(
        chosen,
        tuple(_due(scope, chosen, ours, wanted, day)),
        tuple(_risks(chosen, ours, wanted, day)),
        _money(scope, chosen, day),
        tuple(_requirements(scope, chosen, found, day)),
    )


# --- due


def _due(scope: Scope, group: Group, ours: Iterable[Item], wanted: Iterable[Item], today: date) -> list[Item]:
    last = today + timedelta(days=HORIZON)
    items = [*ours, *_calendar(today, last), *_campaigns(scope, group, today)]
    items += [item for item in wanted if item.due and item.due >= today]
    near = [item for item in items if item.due and item.due <= last]
    return sorted(near, key=lambda item: (item.due or date.max, item.what))


def _dossiers(scope: Scope, group: Group, today: date) -> Iterator[Item]:
    rows = dossiers.dossiers(scope=scope, today=today)
    ours = {row.line.number for row in rows if row.line.ght == group.code or row.line.bearer_ej in group.members}
    for due in dossiers.due_dates(scope=scope, today=today):
        if due.dossier in ours and due.deadline.due and not due.deadline.done:
            yield Item(
                due.deadline.label,
                due.title,
                f"Dossier {due.state}",
                "en_retard" if due.deadline.late else "a_l_heure",
                due.deadline.due,
                link("dossiers:dossier", due.dossier),
            )


def _calendar(today: date, last: date) -> Iterator[Item]:
    for pack in packs.packs(at=today):
        for step in pack.calendrier:
            if step.fin and today <= step.fin <= last and step.nature in ("cloture", "preuve"):
                yield Item(
                    step.libelle, pack.titre, "Calendrier du programme", "a_l_heure", step.fin,
                    link("packs:pack", pack.pack),
                )  # fmt: skip


def _campaigns(scope: Scope, group: Group, today: date) -> Iterator[Item]:
    for campaign in maturity.campaigns(scope, today):
        waiting = [member for member in campaign.members if not member.complete]
        if campaign.ght == group.code and waiting and campaign.state.value != "close":
            yield Item(
                f"Répondre : {campaign.title}",
                campaign.grid.titre,
                f"{len(waiting)} membre{'s' if len(waiting) > 1 else ''} sans réponse complète",
                "en_retard" if campaign.due_on < today else "a_l_heure",
                campaign.due_on,
                link("maturity:campagne", campaign.id),
            )


# --- at risk


def _risks(group: Group, ours: Iterable[Item], wanted: Iterable[Item], today: date) -> list[Item]:
    items = [item for item in ours if item.state == "en_retard"]
    items += [*_contradictions(group, today), *wanted]
    return sorted(items, key=lambda item: (_URGENCY[item.state], item.due or date.max, item.what))


def _wanted(found: Iterable[proof.RequirementStatus], group: Group, today: date) -> Iterator[Item]:
    """The requirements that are broken, or due soon and not proved: one item each, whoever lacks it."""
    weak: dict[tuple[str, str], list[proof.RequirementStatus]] = defaultdict(list)
    last = today + timedelta(days=RISK_HORIZON)
    for one in found:
        due = one.requirement.due
        pressing = one.status in _BROKEN or (due is not None and due <= last)
        if pressing and one.status in _WEAK and one.requirement.mandatory:
            weak[one.requirement.pack, one.requirement.path].append(one)
    for lacking in weak.values():
        yield _lack(lacking, group, today)


def _lack(lacking: list[proof.RequirementStatus], group: Group, today: date) -> Item:
    requirement, due = lacking[0].requirement, lacking[0].requirement.due
    broken = any(one.status in _BROKEN for one in lacking)
    subject = lacking[0].subject.key if len(lacking) == 1 else f"ght-{group.code}"
    reasons = dict.fromkeys(_WEAK[one.status] for one in lacking)
    return Item(
        requirement.label,
        lacking[0].subject.label if len(lacking) == 1 else f"{len(lacking)} établissements",
        f"{requirement.due_label} : {', '.join(reasons)}" if requirement.due_label else ", ".join(reasons).capitalize(),
        "bloque" if broken else "en_retard" if due and due < today else "a_l_heure",
        due,
        link("proof:exigence", requirement.pack, requirement.path, query=f"sujet={subject}"),
    )


def _contradictions(group: Group, today: date) -> Iterator[Item]:
    words, known = facts.vocabulary(), perimetre.graph(today)
    for subject, readings in facts.facts_at(None, today, derived=False).readings.items():
        found = known.node(subject.code)
        legal = known.ej(found.key) if found else None
        ours = subject.code == group.code or (legal is not None and legal.code in group.members)
        for fact, reading in readings.items() if ours else ():
            if reading.state is facts.State.CONTREDIT:
                yield Item(
                    words.label(fact),
                    subject.code,
                    "Deux sources se contredisent : aucune n'est retenue",
                    "bloque",
                    None,
                    link("facts:fait", subject.maille.value, subject.code, fact),
                )


# --- money and requirements


def _money(scope: Scope, group: Group, today: date) -> Money:
    """The projects that the ledger of money follows, and the dossiers that it does not follow yet."""
    followed = funding.projects(ght=group.code)
    total = funding.totals(followed)
    known = {project.reference for project in followed}
    expected, secured, received, unknown, count = total.expected, total.secured, total.received, total.unknown, 0
    asked: list[int] = []
    for row in dossiers.dossiers(scope=scope, today=today):
        line = row.line
        if line.ght != group.code or line.status not in _FUNDED or f"dossier:{line.number}" in known:
            continue
        count += 1
        received += line.paid
        if line.granted is not None:  # a programme without ceilings: no instalment says what is secured
            expected += line.granted
            secured += line.granted
            continue
        asked.append(line.number)
    for cap in dossiers.caps(asked, today).values():
        unknown += cap is None
        expected += cap or Decimal(0)
    return Money(expected, secured, received, total.spent, total.projects + count, unknown)


def _requirements(
    scope: Scope, group: Group, found: Sequence[proof.RequirementStatus], today: date
) -> Iterator[PackLine]:
    then = datetime.combine(today - timedelta(days=TREND), time(12), timezone.get_current_timezone())
    before = proof.statuses(scope=scope, subject=group.code, at=then)
    titles = {pack.pack: pack.titre for pack in packs.packs(at=today)}
    for pack in dict.fromkeys(one.requirement.pack for one in found):
        yield PackLine(
            pack,
            titles.get(pack, pack),
            _counted(one for one in found if one.requirement.pack == pack),
            _counted(one for one in before if one.requirement.pack == pack),
            link("proof:pack", pack, query=f"sujet=ght-{group.code}"),
        )


def _counted(found: Iterable[proof.RequirementStatus]) -> dict[str, int]:
    return {status.value: count for status, count in proof.count(found).items()}

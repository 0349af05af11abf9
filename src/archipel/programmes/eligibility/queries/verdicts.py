"""Verdicts of establishments: each with its rule and source, the facts it rests on, and what would decide it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from archipel.foundation.scope import Capability, Scope
from archipel.foundation.tuning import without_collector
from archipel.kernel.errors import NotFound
from archipel.programmes.eligibility.queries.ground import Ground, ground
from archipel.programmes.eligibility.rules.questions import chosen
from archipel.programmes.eligibility.rules.sentences import sentence, shortest
from archipel.programmes.eligibility.values import Answer, Explained, Needed, Question, Row, Used, Way
from archipel.programmes.facts.public import Fact
from archipel.programmes.packs.public import Cellule, Parce, Verdict, Writer, reason, value_text
from archipel.programmes.perimetre.public import Graph, Key, Kind

MAX_WAYS = 12
FINESS_LENGTH = 9


def rows(graph: Graph, codes: Collection[str] | None = None, scope: Scope | None = None) -> list[Row]:
    """The FINESS PMSI to ask about (an EJ without any stands for itself), by GHT then name.

    Args:
        graph: the establishments.
        codes: FINESS numbers, codes of GHT, or ``region:<code>``; all those of the scope by default.
        scope: whose; None for everyone.

    Raises:
        NotFound: a number that the graph does not know.
    """
    found: dict[Key, Row] = {}
    for legal in _legal(graph, codes):
        if scope is not None and legal.code not in scope.programmes:
            continue
        asked = _asked(graph, legal, codes)
        for key in asked or (legal,):
            node, group = graph.nodes[key], graph.ght(legal)
            found[key] = Row(
                key, node.name, legal.code, group.code if group else "", graph.nodes[group].name if group else "",
                node.hypothesis,
            )  # fmt: skip
    return sorted(found.values(), key=lambda row: (row.ght_name, row.name, row.key))


def _legal(graph: Graph, codes: Collection[str] | None) -> Iterable[Key]:
    if codes is None:
        return (node.key for node in graph.of_kind(Kind.EJ))
    return dict.fromkeys(legal for code in codes for legal in graph.ejs(_node(graph, code)))


def _node(graph: Graph, code: str) -> Key:
    kind, _, rest = code.partition(":")
    if rest and kind in set(Kind):
        found = graph.node(rest, Kind(kind))
    else:
        found = graph.node("".join(code.split()) if code[:1].isdigit() else code)
    if found is None:
        text = f"« {code[:40]} » n'est pas dans le périmètre au {graph.at:%d/%m/%Y}."
        plain = "".join(code.split())
        if plain.isdigit() and len(plain) != FINESS_LENGTH:
            text += f" Un numéro FINESS a {FINESS_LENGTH} caractères, celui-ci en a {len(plain)}."
        elif not any(graph.of_kind(Kind.EJ)):
            text += " Aucun établissement n'y est encore : « archipel programmes load-perimeter » le charge."
        raise NotFound(text, code="finess-inconnu")
    return found.key


def _asked(graph: Graph, legal: Key, codes: Collection[str] | None) -> tuple[Key, ...]:
    """The FINESS PMSI of an EJ that are asked about: all, unless some of them are named."""
    every = graph.pmsi(legal)
    if codes is None:
        return every
    named = {key for code in codes for key in graph.pmsi(_node(graph, code))}
    return tuple(key for key in every if key in named)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Answers by row and question; a row has several answers where the rule stands below it."""

    ground: Ground
    rows: tuple[Row, ...]
    questions: tuple[Question, ...]
    cells: dict[tuple[Key, str], tuple[Answer, ...]]

    def answers(self) -> list[Answer]:
        """Every answer once: a rule of a legal entity answers for all of its FINESS PMSI."""
        seen = {(one.key, one.question.id): one for found in self.cells.values() for one in found}
        return list(seen.values())


def verdicts(
    *,
    scope: Scope,
    at: date,
    subjects: Collection[str] | None = None,
    pack: str = "",
    theme: str = "",
    known_at: datetime | None = None,
    closed: bool = False,
    rules: bool = False,
    ways: bool = True,
) -> Verdicts:
    """Who is eligible to what, at a date.

    Args:
        scope: sees the steering data of the establishments asked about; others are left out.
        at: the date.
        subjects: FINESS numbers, codes of GHT, ``region:<code>``; all of the scope by default.
        pack: only this programme.
        theme: only this theme.
        known_at: as it was known at that moment.
        closed: programmes that are over, too.
        rules: each rule by itself instead of themes and programmes.
        ways: also the smallest sets of facts that would decide (costs more than the answer itself).

    Raises:
        Denied: no such right anywhere. NotFound: a number out of the graph, or an unknown pack or theme.
    """
    scope.require(Capability.VOIR_PROGRAMMES)
    here = ground(scope=scope, at=at, known_at=known_at)
    asked = chosen(here.questions(rules=rules), pack, theme, closed=closed or bool(pack))
    if (pack and pack not in here.packs) or (theme and not asked):
        raise NotFound("Ce programme ou ce thème n'existe pas.", code="question-inconnue")
    who = rows(here.graph, subjects, scope)
    with without_collector():
        cells = {
            (row.key, question.id): tuple(
                [answer(here, question, key, ways=ways) for key in here.graph.at_level(row.key, level)]
            )
            for question, level in [(one, Kind(one.maille.value)) for one in asked]
            for row in who
        }
    return Verdicts(here, tuple(who), tuple(asked), cells)


def answer(here: Ground, question: Question, key: Key, *, ways: bool = True) -> Answer:
    """The answer to a question for an entity of its level; worked out once on a ground."""
    known = here.answered.get((question.id, key, ways))
    if known is None:
        known = here.answered[question.id, key, ways] = _answer(here, question, key, ways)
    return known


def _answer(here: Ground, question: Question, key: Key, ways: bool) -> Answer:
    run = here.run(question.pack)
    outcome = run.outcome(question.rule, (str(key.kind), key.code))
    decide: tuple[Way, ...] = ()
    to_yes: tuple[Way, ...] = ()
    complete = True
    if outcome.value is Verdict.INCONNU and ways:
        found = outcome.deciding
        decide, to_yes, complete = _ways(here, found.decider), _ways(here, found.oui), found.complet
    writer, node = here.writer(question.pack), here.graph.nodes.get(key)
    return Answer(
        question=question,
        key=key,
        name=node.name if node else key.code,
        verdict=outcome.value,
        sentence=sentence(
            question,
            outcome.value,
            because=[] if outcome.value is Verdict.INCONNU else _because(here, writer, outcome.because),
            missing=shortest(to_yes or decide),
            told=outcome.value is Verdict.INCONNU and any(leaf.data for leaf in outcome.leaves),
        ),
        outcome=outcome,
        decide=decide,
        to_yes=to_yes,
        complete=complete,
    )


def _because(here: Ground, writer: Writer, because: Parce) -> list[str]:
    texts = []
    for node in here.decisive(because):
        text = writer.said(node.expr)[0]
        if node.cell and node.data:
            known = writer.facts.get(node.cell[0])
            found = " ≠ ".join([value_text(known, one.valeur) for one in node.data])
            text = f"{writer.label(node.cell[0]).rstrip('.')} ({found})"
        texts.append(text.rstrip("."))
    return list(dict.fromkeys(texts))


def needed(here: Ground, cell: Cellule) -> Needed:
    """A fact that would help, and why it is not usable now."""
    known = here.helpful.get(cell)
    if known is None:
        fact, (subject, name) = cell[0], here.place(cell[1])
        known = here.helpful[cell] = Needed(
            subject, name, fact, here.labels.get(fact, fact), here.unusable(subject, fact)
        )
    return known


def _ways(here: Ground, sets: Sequence[Collection[Cellule]]) -> tuple[Way, ...]:
    ordered = [sorted(one, key=str) if len(one) > 1 else one for one in sorted(sets, key=len)[:MAX_WAYS]]
    return tuple([tuple([needed(here, cell) for cell in one]) for one in ordered])


def explain(here: Ground, found: Answer) -> Explained:
    """The whole explanation of an answer; written once on a ground."""
    known = here.explained.get((found.question.id, found.key))
    if known is None:
        known = here.explained[found.question.id, found.key] = _explain(here, found)
    return known


def _explain(here: Ground, found: Answer) -> Explained:
    because, pack = found.outcome.because, found.question.pack
    leaves = found.outcome.leaves
    if len(leaves) > 1:
        leaves = tuple({leaf.cell: leaf for leaf in leaves}.values())
    used = tuple([_used(here, pack, leaf) for leaf in leaves])
    blocking: tuple[Used, ...] = ()
    if found.verdict is Verdict.NON:
        blocking = tuple([_used(here, pack, node) for node in here.decisive(because) if node.cell is not None])
    return Explained(found, reason(because, here.writer(pack), here.told), used, blocking)


def _used(here: Ground, pack: str, leaf: Parce) -> Used:
    assert leaf.cell is not None
    key = (pack, leaf.cell)
    known = here.read.get(key)
    if known is None:
        known = here.read[key] = _reading(here, here.writer(pack), leaf)
    return known


def _reading(here: Ground, writer: Writer, leaf: Parce) -> Used:
    assert leaf.cell is not None
    fact, entity = leaf.cell
    subject, name = here.place(entity)
    known = writer.facts.get(fact)
    values = tuple(
        [
            (value_text(known, one.valeur), one.reference if isinstance(one.reference, Fact) else None, one.source)
            for one in leaf.data
        ]
    )
    state = ("contredit" if leaf.contradictory else "connu") if values else here.state(subject, fact)
    return Used(subject, name, fact, writer.label(fact), state, values)

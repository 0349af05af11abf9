"""``make bench B=eligibility``: 1,000 FINESS × all packs × all rules, explained, held against a naive evaluation.

The territory is made up (100 groups of 10 legal entities, two sites each); the packs are those shipped. Each fact is
known for 60 % of its subjects, told twice with different values for 5 %, unknown for the others. One JSON object per
line: ``{"bench", "figure", "value", "unit", "peer", "ratio"}``; ``ratio`` is above 1 when ours is better.

The peer walks the rules as they are written, without compiling them nor remembering anything, and explains what it
finds; it looks for no smallest set of facts. Both must agree: where the two decide, they decide the same.
"""

from __future__ import annotations

import gc
import json
import os
import random
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "archipel.config.settings")
django.setup()

from archipel.foundation.tuning import without_collector  # noqa: E402
from archipel.programmes.eligibility.queries.ground import Ground, network_of  # noqa: E402
from archipel.programmes.eligibility.queries.verdicts import answer, explain  # noqa: E402
from archipel.programmes.facts.public import Fact, Ledger, Mode, Reading, State, Subject  # noqa: E402
from archipel.programmes.packs.public import Fait, Maille, Pack, TypeFait, Verdict, load_file, shipped_files  # noqa: E402
from archipel.programmes.perimetre.public import Edge, Key, Kind, Link, Node  # noqa: E402
from archipel.programmes.perimetre.rules.graph import Graph, build  # noqa: E402
from bench.naive_rules import Naive  # noqa: E402

AT = date(2026, 4, 15)
GROUPS, MEMBERS, SITES = 100, 10, 2
BAR_SECONDS = 2.0


def say(figure: str, value: float, unit: str, peer: str = "", ratio: float | None = None) -> None:
    """Print one figure."""
    line = {"bench": "eligibility", "figure": figure, "value": round(value, 4), "unit": unit, "peer": peer,
            "ratio": None if ratio is None else round(ratio, 2)}  # fmt: skip
    print(json.dumps(line, ensure_ascii=False), flush=True)


def territory() -> Graph:
    """A made-up region of 1,000 legal entities."""
    nodes, edges = [Node(Key(Kind.REGION, "27"), "Région")], []
    for g in range(GROUPS):
        group = Key(Kind.GHT, f"G{g:03d}")
        nodes.append(Node(group, f"Groupe {g}"))
        edges.append(Edge(Link.REGION, group, Key(Kind.REGION, "27")))
        for m in range(MEMBERS):
            legal = Key(Kind.EJ, f"2{g:03d}{m:02d}000")
            nodes.append(Node(legal, f"Établissement {g}.{m}"))
            edges.append(Edge(Link.MEMBRE, legal, group))
            if m == 0:
                edges.append(Edge(Link.SUPPORT, legal, group))
            for s in range(SITES):
                site = Key(Kind.EG, f"3{g:03d}{m:02d}{s:03d}")
                nodes.append(Node(site, f"Site {g}.{m}.{s}"))
                edges.append(Edge(Link.RATTACHEMENT, site, legal))
    return build(AT, nodes, edges)


def drawn(fact: Fait, chance: random.Random) -> Any:
    """A value that the fact may have."""
    if fact.type is TypeFait.BOOLEEN:
        return chance.random() < 0.5
    if fact.type is TypeFait.DATE:
        return AT + timedelta(days=chance.randint(-900, 400))
    if fact.type is TypeFait.CHOIX:
        return chance.choice(fact.choix).id
    low, high = int(fact.min or 0), int(fact.max or 300_000)
    return Decimal(chance.randint(low + bool(fact.min_exclu), high))


def ledger(graph: Graph, packs: list[Pack], seed: int = 27) -> Ledger:
    """Facts of every level."""
    chance = random.Random(seed)
    facts = {fact.id: fact for pack in packs for fact in pack.faits}
    readings: dict[Subject, dict[str, Reading]] = {}
    for key in graph.nodes:
        if key.kind is Kind.REGION:
            continue
        subject = Subject(Maille(key.kind.value), key.code)
        mine: dict[str, Reading] = {}
        for fact in facts.values():
            if fact.maille is subject.maille and (throw := chance.random()) < 0.65:
                told = [Fact(subject, fact.id, drawn(fact, chance), AT, "DIM", mode=Mode.IMPORTE, number=1)]
                if throw < 0.05:
                    told.append(Fact(subject, fact.id, drawn(fact, chance), AT, "ARS", mode=Mode.IMPORTE, number=2))
                same = len({one.value for one in told}) == 1
                mine[fact.id] = Reading(State.CONNU if same else State.CONTREDIT, told[0].value, tuple(told))
        readings[subject] = mine
    return Ledger(AT, readings)


class Everybody:
    """A scope that sees every establishment of the graph."""

    def __init__(self, graph: Graph) -> None:
        self.programmes = frozenset(node.key.code for node in graph.of_kind(Kind.EJ))


def fresh(graph: Graph, packs: list[Pack], facts: Ledger) -> Ground:
    """Nothing worked out yet, but the compiled rules and the network, which outlive a request."""
    return Ground(Everybody(graph), AT, None, graph, {pack.pack: pack for pack in packs}, facts)  # type: ignore[arg-type]


def asked(here: Ground) -> Iterator[tuple[Any, Key]]:
    """Every rule of every pack, for every FINESS PMSI (at the rule's level)."""
    subjects = [node.key for node in here.graph.of_kind(Kind.PMSI)]
    for question in here.questions(rules=True):
        level = Kind(question.maille.value)
        for key in subjects:
            for target in here.graph.at_level(key, level):
                yield question, target


def measured(work: Callable[[], int]) -> tuple[float, int]:
    """CPU seconds of the best of three (one thread: a quiet machine's clock says the same), and what was counted."""
    best, count = float("inf"), 0
    for _ in range(3):
        begin = time.process_time()
        with without_collector():  # as the screens and the interface do
            count = work()
        best = min(best, time.process_time() - begin)
        gc.collect()
    return best, count


def main() -> None:
    """Measure, and print."""
    packs = [load_file(path) for path in shipped_files()]
    graph = territory()
    facts = ledger(graph, packs)
    network_of(graph)
    here = fresh(graph, packs, facts)
    every = list(asked(here))
    say("FINESS", len(graph.of_kind(Kind.PMSI)), "FINESS")
    say("rules", len(here.questions(rules=True)), "rules of " + str(len(packs)) + " packs")
    say("answers", len(every), "answers")

    def verdicts_only() -> int:
        ground = fresh(graph, packs, facts)
        return sum(bool(answer(ground, question, key, ways=False)) for question, key in every)

    def whole() -> int:
        ground = fresh(graph, packs, facts)
        return sum(len(explain(ground, answer(ground, question, key)).used) for question, key in every)

    def naive() -> int:
        peers = {pack.pack: Naive(pack, graph, facts, AT) for pack in packs}
        return sum(len(peers[q.pack].explained(q.rule, key)[1]) > 0 for q, key in every)

    complete, _ = measured(whole)
    brief, _ = measured(verdicts_only)
    slow, _ = measured(naive)
    say("all rules explained, with the smallest deciding sets", complete, "s", f"bar {BAR_SECONDS:g} s",
        BAR_SECONDS / complete)  # fmt: skip
    say("all rules, verdict and sentence", brief, "s", "naive evaluation of the same rules, explained", slow / brief)
    say("all rules explained, with the smallest deciding sets", complete, "s",
        "naive evaluation, explained, without the sets", slow / complete)  # fmt: skip
    agreement(fresh(graph, packs, facts), packs, every)


def agreement(here: Ground, packs: list[Pack], every: list[tuple[Any, Key]]) -> None:
    """Both decide the same; ours may decide more, where unknown values cannot change the answer."""
    peers = {pack.pack: Naive(pack, here.graph, here.ledger, AT) for pack in packs}
    against = more = 0
    for question, key in every:
        ours = answer(here, question, key, ways=False).verdict
        theirs = peers[question.pack].explained(question.rule, key)[0]
        told = Verdict.of(theirs)
        against += told is not Verdict.INCONNU and told is not ours
        more += told is Verdict.INCONNU and ours is not told
    say("answers where the two differ", against, "answers", "naive evaluation")
    say("answers that only ours decides", more, "answers", "naive evaluation")
    if against:
        raise SystemExit(1)


if __name__ == "__main__":
    main()

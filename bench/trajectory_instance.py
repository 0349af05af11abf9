"""A made-up group for the bench of the trajectory: a believable heterogeneity, drawn from a seed; no real product."""

from __future__ import annotations

import random

from archipel.scenarios.trajectory.values import (
    Application,
    Common,
    Current,
    Establishment,
    Function,
    Link,
    Problem,
    Rules,
)

CORE = ("IDENT", "GAP", "DPI", "PRESC", "SOINS", "URG")


def functions(count: int) -> tuple[Function, ...]:
    """Identities, then administrative management, then the record, then specialties."""
    made = []
    for rank in range(count):
        name = CORE[rank] if rank < len(CORE) else f"F{rank:02d}"
        after = {"IDENT": (), "GAP": ("IDENT",), "DPI": ("GAP",)}.get(name, ("DPI",) if rank % 2 else ("GAP",))
        made.append(
            Function(name, name, after, 3 if rank in (3, 7) else None, 60 + 7 * (rank % 9), 40_000 + 9_000 * (rank % 7))
        )
    return tuple(made)


def applications(names: list[str], count: int, rng: random.Random) -> tuple[Application, ...]:
    """Suites that cover many functions, and products that cover one to three."""
    made = []
    for rank in range(count):
        suite = rank < max(3, count // 40)
        size = rng.randint(8, 14) if suite else rng.choice((1, 1, 1, 2, 2, 3))
        covers = frozenset([*CORE[:5], *rng.sample(names, size)] if suite else rng.sample(names, size))
        made.append(
            Application(
                f"A{rank:03d}",
                f"Produit {rank}",
                covers,
                group_fee=rng.randint(20, 90) * 1000 if suite else rng.randint(2, 15) * 1000,
                licence=rng.randint(90, 180) if suite else rng.randint(5, 22) * len(covers),
                run=rng.randint(30, 90) * 1000 if suite else rng.randint(3, 14) * 1000,
                sovereign=rng.random() < 0.7,
                carbon=rng.randint(2000, 8000) if suite else rng.randint(200, 1500),
                large=suite,
                last=rng.choice((None, None, None, 3, 4)),
                target=rng.random() < 0.6 or suite,
            )
        )
    return tuple(made)


def instance(members: int = 12, wanted: int = 40, years: int = 6, products: int = 300, seed: int = 1) -> Problem:
    """A problem of that size."""
    rng = random.Random(seed)
    known = functions(wanted)
    names = [f.id for f in known]
    catalogue = applications(names, products - wanted, rng)
    catalogue += tuple(
        Application(f"S{f}", f"Module {f}", frozenset({f}), 6000, 14, 7000, carbon=600) for f in names
    )  # every function has a way out that stays supported
    serving = {f: [a for a in catalogue if f in a.covers] for f in names}
    people, now = [], []
    for rank in range(members):
        users = 6000 if rank == 0 else rng.randint(150, 1800)
        needs = frozenset(f for f in names if f in CORE or rng.random() < (0.95 if rank == 0 else 0.7))
        people.append(Establishment(f"E{rank:02d}", f"CH {rank}", users, needs))
        for f in sorted(needs):
            if rng.random() < 0.9 and serving[f]:
                now.append(Current(f"E{rank:02d}", f, rng.choice(serving[f]).id, rng.choice((0, 1, 1, 2, 3, 4))))
    links = {tuple(sorted(pair)) for f in names for pair in [(f, "DPI"), (f, "GAP"), (f, rng.choice(names))]}
    effort = sum(f.effort * e.users // 1000 for e in people for f in known if f.id in e.needs)
    return Problem(
        years,
        tuple(people),
        known,
        catalogue,
        tuple(now),
        tuple(Link(a, b, rng.randint(2, 9) * 1000) for a, b in sorted(links) if a != b),
        Rules(
            capacity=tuple([effort // 5] * years),
            sovereign_share=tuple([0.0] * (years - 1) + [0.75]),
            carbon=tuple([None] * years),
            common=(Common("DPI", 0.5),),
        ),
    )

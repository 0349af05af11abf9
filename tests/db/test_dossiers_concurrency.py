"""At the same time: no project too many for one FINESS, and nobody's text lost."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connections

from archipel.foundation.scope import Scope, in_scope, system_scope
from archipel.kernel.errors import Conflict
from archipel.programmes.dossiers.models import Dossier, Fork, Participation, Revision
from archipel.programmes.dossiers.services import acts, perimeter, writing
from archipel.programmes.dossiers.services.writing import Outcome, Saved
from tests.factories.dossiers import CHAUMONT, CHU, LANGRES, MACON, open_one, region

ALL = [CHU, LANGRES, CHAUMONT, MACON]


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """What each work gives, or the conflict it met; all begin together, each on its own connection."""
    gate = Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        try:
            gate.wait(20)
            return work()
        except Conflict as refused:
            return refused
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def somebody(name: str) -> Scope:
    return system_scope(name, ALL)


def places(finess: str) -> list[int]:
    with in_scope(somebody("lecteur")):
        rows = Participation.objects.filter(finess=finess, slot__isnull=False)
        return sorted(rows.values_list("slot", flat=True))


def test_two_projects_at_most_however_many_are_opened_at_once(fresh_database: str) -> None:
    region()
    leads = (CHU, CHAUMONT, MACON, LANGRES, CHU, CHAUMONT)
    works = [
        lambda rank=rank, lead=lead: open_one(
            somebody(f"p{rank}"), bearer=lead, title=f"T{rank}", parties=() if lead == LANGRES else (LANGRES,)
        )
        for rank, lead in enumerate(leads)
    ]
    found = at_once(*works)
    refused = [one for one in found if isinstance(one, Conflict)]
    assert len(refused) == 4 and {one.error_code for one in refused} == {"projet-de-trop"}
    assert places(LANGRES) == [1, 2]
    with in_scope(somebody("lecteur")):
        assert Dossier.objects.count() == 2


def test_ideas_agreements_and_abandonments_at_once_keep_the_limit(fresh_database: str) -> None:
    region()
    who = somebody("auteur")
    kept = open_one(who, bearer=LANGRES, title="Gardé")
    ideas = [open_one(who, bearer=LANGRES, title=f"Idée {n}", as_idea=True) for n in range(3)]
    alone = system_scope("chu", [CHU])
    asked = open_one(Scope("seul", frozenset(), {CHU: frozenset(alone.grants["*"])}, drafts=frozenset([CHU])),
                     bearer=CHU, parties=(LANGRES,))  # fmt: skip
    works = [lambda one=one: acts.act(scope=somebody("a"), dossier=one, code="rediger") for one in ideas]
    works.append(lambda: perimeter.answer(scope=somebody("b"), dossier=asked, finess=LANGRES, agrees=True))
    found = at_once(*works)
    assert sum(isinstance(one, Conflict) for one in found) == 3
    assert places(LANGRES) == [1, 2]
    acts.act(scope=who, dossier=kept, code="abandonner", given=acts.Given(reason="fini"))
    assert len(places(LANGRES)) == 1


def sentence(rank: int, word: str = "initiale") -> str:
    return f"Phrase {rank} {word}."


def text(words: dict[int, str]) -> str:
    """Eleven sentences; every other one is nobody's, so that no two neighbours change together."""
    return " ".join(sentence(rank, words.get(rank, "initiale")) for rank in range(11))


def test_five_people_on_one_rubric_lose_nothing(fresh_database: str) -> None:
    region()
    number = open_one(somebody("auteur"))
    writing.save(scope=somebody("auteur"), dossier=number, rubric="enjeux", base=0, content={"texte": text({})})
    works = [
        lambda rank=rank: writing.save(
            scope=somebody(f"p{rank}"), dossier=number, rubric="enjeux", base=1,
            content={"texte": text({rank: f"de p{rank}"})},
        )
        for rank in (1, 3, 5, 7, 9)
    ]  # fmt: skip
    found: list[Saved] = at_once(*works)
    assert [one.outcome for one in found].count(Outcome.FUSIONNE) == 4
    with in_scope(somebody("lecteur")):
        versions = list(Revision.objects.filter(dossier_id=number, rubric="enjeux").order_by("number"))
        assert [one.number for one in versions] == [1, 2, 3, 4, 5, 6]
        assert versions[-1].content["texte"] == text({rank: f"de p{rank}" for rank in (1, 3, 5, 7, 9)})
        assert not Fork.objects.exists()


def test_five_people_on_one_sentence_keep_five_texts(fresh_database: str) -> None:
    region()
    number = open_one(somebody("auteur"))
    writing.save(scope=somebody("auteur"), dossier=number, rubric="enjeux", base=0, content={"texte": text({})})
    works = [
        lambda rank=rank: writing.save(
            scope=somebody(f"p{rank}"), dossier=number, rubric="enjeux", base=1,
            content={"texte": text({4: f"de p{rank}"})},
        )
        for rank in range(5)
    ]  # fmt: skip
    found: list[Saved] = at_once(*works)
    assert sorted(one.outcome for one in found) == [Outcome.CONFLIT] * 4 + [Outcome.ENREGISTRE]
    with in_scope(somebody("lecteur")):
        current = Revision.objects.filter(dossier_id=number, rubric="enjeux").latest("number").content["texte"]
        others = [fork.content["texte"] for fork in Fork.objects.all()]
    assert {current, *others} == {text({4: f"de p{rank}"}) for rank in range(5)}
    forks = [one.fork for one in found if one.fork]
    chosen = at_once(
        *(lambda: writing.choose(scope=somebody("c"), dossier=number, fork=forks[0], choice="deux") for _ in range(3))
    )
    assert sum(isinstance(one, Conflict) for one in chosen) == 2
    with in_scope(somebody("lecteur")):
        whole = Revision.objects.filter(dossier_id=number, rubric="enjeux").latest("number").content["texte"]
        assert current in whole and Fork.objects.get(pk=forks[0]).content["texte"] in whole

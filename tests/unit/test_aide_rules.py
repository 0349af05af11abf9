"""The catalogue of help: dates, costs, openings, and the words of the search."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal as D

import pytest

from archipel.programmes.catalogue.rules.applicability import Ouverture, applicable, sessions
from archipel.programmes.catalogue.rules.cost import costs, spread
from archipel.programmes.catalogue.rules.dates import after, before, in_words, plus_months
from archipel.programmes.catalogue.rules.search import Synonymes, Terme, corrected, reasons, stem, terms, tsquery, words
from archipel.programmes.catalogue.values import Acteur, Aide, Mode, Reste
from archipel.programmes.packs.values.catalogue import Borne, Duree, Session

OWN = Mode("fonds-propres", "Fonds propres", Reste.TOTAL)
PART = Mode("part-ars", "Part ARS", Reste.PARTIEL)
PAID = Mode("prepaye", "Déjà financé", Reste.AUCUN)
OTHER = Mode("anfh", "ANFH", Reste.VARIABLE)
PLAIN = Aide("p/a", "Aide", "outil", "Outil", ("si",), (), "S1")


@pytest.mark.parametrize(
    ("day", "months", "found"),
    [((2016, 11, 30), 3, (2017, 2, 28)), ((2016, 1, 31), 1, (2016, 2, 29)), ((2016, 12, 15), 1, (2017, 1, 15)),
     ((2017, 3, 31), -1, (2017, 2, 28)), ((2017, 1, 1), -2, (2016, 11, 1))],
)  # fmt: skip
def test_months_keep_the_day_or_take_the_last(day: tuple[int, ...], months: int, found: tuple[int, ...]) -> None:
    assert plus_months(date(*day), months) == date(*found)


def test_windows_of_dates() -> None:
    day = date(2017, 1, 10)
    resah = after(day, Duree(mois=3, environ=True))
    assert resah is not None and (resah.tot, resah.tard, resah.environ) == (date(2017, 4, 10), date(2017, 4, 10), True)
    uniha = after(day, Duree(mois=3, au_plus=Borne(mois=9)))
    assert uniha is not None and (uniha.tot, uniha.tard) == (date(2017, 4, 10), date(2017, 10, 10))
    assert before(date(2016, 11, 9), Duree(semaines=4)) == date(2016, 10, 12)
    assert after(day, Duree(texte="Variable")) is None and before(day, Duree(texte="Variable")) is None
    said = [in_words(d) for d in (Duree(mois=3, environ=True), Duree(mois=3, au_plus=Borne(mois=9)), Duree(jours=1),
                                  Duree(semaines=4), Duree(texte="Variable"), Duree())]  # fmt: skip
    assert said == ["environ 3 mois", "3 à 9 mois", "1 jour", "4 semaines", "Variable", "durée inconnue"]


def test_the_three_modes_of_funding() -> None:
    resah = replace(PLAIN, modes=(OWN, PART), prix=D(600), prix_pour="Mise à disposition du marché")
    own, part = costs(resah)
    assert (own.bas, own.haut, own.inconnus) == (600, None, ("prestation au-delà de « mise à disposition du marché »",))
    assert (part.bas, part.haut) == (0, None) and "part de l'ARS" in part.inconnus
    assert spread([own, part]) == (0, None)
    priced = replace(PLAIN, modes=(OWN, PART, PAID), prix=D(1000))
    own, part, paid = costs(priced)
    assert (own.bas, own.haut, part.bas, part.haut, paid.bas, paid.haut) == (1000, 1000, 0, 1000, 0, 0)
    assert own.connu and paid.connu and not part.connu
    half = costs(priced, D(40))[1]
    assert (half.bas, half.haut) == (600, 600)
    assert costs(resah, D(100))[1].connu
    assert costs(replace(PLAIN, modes=(OWN,)))[0].inconnus == ("prix de la prestation",)
    assert costs(replace(PLAIN, modes=(OTHER,)))[0].haut is None
    assert costs(PLAIN) == () and spread([]) is None
    assert spread([paid]) == (0, 0)


BIO = replace(
    PLAIN, cloture=Duree(semaines=4), du=date(2016, 11, 9), au=date(2017, 12, 7),
    sessions=(
        Session(id="1", module="module-1", du=date(2016, 11, 9), au=date(2016, 11, 10)),
        Session(id="2", module="module-2", du=date(2017, 12, 6), au=date(2017, 12, 7)),
    ),
)  # fmt: skip


def test_sessions_close_four_weeks_before() -> None:
    assert [p.cloture for p in sessions(BIO, date(2016, 10, 12))] == [date(2016, 10, 12), date(2017, 11, 8)]
    assert [p.ouverte for p in sessions(BIO, date(2016, 10, 12))] == [True, True]
    assert [p.ouverte for p in sessions(BIO, date(2016, 10, 13))] == [False, True]
    assert applicable(BIO, date(2017, 11, 8)).ouverture is Ouverture.OUVERT
    assert applicable(BIO, date(2017, 11, 9)).ouverture is Ouverture.CLOS


def test_whether_one_may_ask() -> None:
    uniha = replace(PLAIN, du=date(2016, 10, 1), au=date(2019, 10, 31), delai=Duree(mois=2))
    for day, left, expected in [
        (date(2016, 9, 30), 4, Ouverture.A_VENIR),
        (date(2016, 10, 1), 4, Ouverture.OUVERT),
        (date(2019, 10, 31), 1, Ouverture.OUVERT),
        (date(2019, 11, 1), 4, Ouverture.CLOS),
        (date(2018, 1, 1), 0, Ouverture.COMPLET),
    ]:
        assert applicable(uniha, day, left=left, rights=4).ouverture is expected
    begin = applicable(uniha, date(2018, 1, 1)).debut
    assert begin is not None and begin.tot == date(2018, 3, 1)
    assert applicable(replace(PLAIN, fiche="annoncee"), date(2018, 1, 1)).ouverture is Ouverture.ANNONCE
    assert applicable(PLAIN, date(2018, 1, 1)).ouverture is Ouverture.INCONNUE


def test_what_is_asked_for_here() -> None:
    asked = replace(PLAIN, circuit=(Acteur.GHT, Acteur.OPERATEUR))
    assert asked.demandable and not PLAIN.demandable
    assert not replace(asked, confidentiel=True).demandable and not replace(asked, fiche="annoncee").demandable


# --- search


@pytest.mark.parametrize(
    ("one", "other"),
    [("achat", "Achats"), ("hôpital", "HOPITAUX"), ("médical", "médicaux"), ("médicale", "médical"),
     ("territoriales", "territorial"), ("schéma", "schémas"), ("réseau", "réseaux"), ("œuvre", "oeuvres"),
     ("l’imagerie", "imagerie"), ("d'information", "informations"), ("professionnelle", "professionnel")],
)  # fmt: skip
def test_accents_plurals_and_genders_meet(one: str, other: str) -> None:
    assert words(one) == words(other) != []


def test_words_that_say_nothing_are_left_out_and_short_ones_kept() -> None:
    assert words("Comment faire pour avoir de l'aide sur les achats ?") == ["avoir", "achat"]
    assert words("SI") == ["si"] and words("DIM, PUI") == ["dim", "pui"]
    assert stem("gas") == "gas" and stem("2016") == "2016" and stem("campus") == "campus"


SYNONYMS = Synonymes([["PUI", "pharmacie à usage intérieur", "pharmacie"], ["SI", "systèmes d'information"]])


def test_acronyms_and_expressions_find_one_another() -> None:
    (pui,) = terms("PUI", SYNONYMS)
    assert pui.formes == (("pui",), ("pharmaci", "usag", "interieur"), ("pharmaci",))
    (long, other) = terms("pharmacies à usage intérieur territoriales", SYNONYMS)
    assert long.formes[0] == ("pharmaci", "usag", "interieur") and ("pui",) in long.formes
    assert other.formes == (("territorial",),)
    assert terms("de la", SYNONYMS) == []
    assert tsquery([pui]) == "('pui' | 'pharmaci':* <-> 'usag':* <-> 'interieur':* | 'pharmaci':*)"


def test_an_unknown_word_becomes_those_near_it_and_it_is_told() -> None:
    (term,) = terms("biolgie", SYNONYMS)
    fixed = corrected(term, {"biolgi": ["biologi"]})
    assert (fixed.formes, fixed.corrige) == ((("biologi",),), ("biologi",))
    assert corrected(term, {}) == term
    found = reasons([fixed], {"titre": words("Biologie médicale")})
    assert [(r.terme, r.champ, r.par) for r in found] == [("biolgi", "titre", "orthographe : biologi")]


def test_the_reasons_name_the_first_field_and_the_way() -> None:
    asked = terms("SI achats", SYNONYMS)
    held = {"titre": words("Guide des systèmes d'information"), "description": words("pour la fonction achat")}
    found = reasons(asked, held)
    assert [(r.terme, r.champ, r.par) for r in found] == [
        ("si", "titre", "synonyme : systèmes d'information"), ("achat", "description", ""),
    ]  # fmt: skip
    assert reasons([Terme("x", (("introuvable",),))], {"titre": ["rien"]}) == ()

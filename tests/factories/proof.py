"""A small group with its graph, a pack written for the tests, and the ledgers of proof."""

from __future__ import annotations

from datetime import date

import pytest

from archipel.foundation.scope import Scope, in_scope, system_scope
from archipel.programmes.packs.public import Pack, load_text
from archipel.programmes.perimetre.public import load_reference as load_graph
from archipel.programmes.proof.queries.subjects import subject
from archipel.programmes.proof.values import Subject
from archipel.territory.public import establishments, load_reference
from tests.factories.beds import CHU, LANGRES

GHT, GROUP = "BFC-03", [CHU, LANGRES]
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"

PACK = """
pack: essai-preuves
version: "2026.1"
nature: programme
titre: Programme d'essai
porteur: Tests
publie_le: 2026-01-12
valide: {du: 2026-01-12}
maille: ej
sources:
  - {id: S4, titre: Essai, auteur: Tests, date: 2026-01-30}
calendrier:
  - id: fin
    libelle: Preuves
    date: 2027-06-30
    nature: preuve
    certitude: ferme
    source: {ref: S4, paragraphe: Calendrier}
themes:
  - id: rh
    libelle: Temps de travail
    source: {ref: S4, paragraphe: Focus RH}
    objectifs:
      - id: referentiel
        libelle: Disposer d'un référentiel fiable
        source: {ref: S4, paragraphe: Focus RH}
        resultats:
          - id: structure
            libelle: Le fichier structure est partagé et propre
            preuve: {nature: metrique, metrique: structure-partagee, seuil: {ge: 90}, maille: ght}
            jalon: fin
            source: {ref: S4, paragraphe: "Focus RH, objectif 1", citation: "Formaliser un fichier structure partagé"}
          - id: lits
            libelle: L'état des lits est récent
            preuve: {nature: metrique, metrique: fraicheur-etat-lits.age-med, seuil: {le: 24}}
            source: {ref: S4, paragraphe: "Focus RH, objectif 2"}
          - id: identites
            libelle: Les identités sont qualifiées
            preuve: {nature: metrique, metrique: identites-qualifiees, seuil: {ge: 80}}
            source: {ref: S4, paragraphe: "Focus RH, objectif 2"}
          - id: ror
            libelle: Le ROR est alimenté
            preuve: {nature: metrique, metrique: envoi-ror, pieces: ["Journal des envois"]}
            source: {ref: S4, paragraphe: "Focus RH, objectif 2"}
          - id: pcra
            libelle: Un plan de continuité existe et il est testé
            preuve: {nature: piece, pieces: ["PCRA", "PV de test"], fraicheur_jours: 365}
            source: {ref: S4, paragraphe: "Focus RH, objectif 3"}
          - id: avis
            libelle: Le projet est validé par le groupement
            preuve: {nature: decision, instance: Comité stratégique, maille: ght}
            source: {ref: S4, paragraphe: Maille de candidature}
          - id: formation
            libelle: Les équipes sont formées
            preuve: {nature: declaratif}
            source: {ref: S4, paragraphe: "Focus RH, objectif 4"}
"""
BASE = "rh/referentiel/"


def the_pack() -> Pack:
    """The pack of the tests."""
    return load_text(PACK, "essai-preuves.yaml")


def ship(monkeypatch: pytest.MonkeyPatch, text: str = PACK) -> None:
    """Publish a pack, and follow its requirements alone."""
    from archipel.programmes.packs.services.versions import decide, keep
    from archipel.programmes.packs.values.versions import Status
    from archipel.programmes.proof.queries import packs

    kept = keep(text=text, file="essai.yaml", actor="tests")
    decide(kept, Status.PUBLIEE, "tests", "essai")
    every = packs.packs.packs
    monkeypatch.setattr(packs.packs, "packs", lambda **how: [one for one in every(**how) if one.pack == kept.pack])


def furnish() -> None:
    """The real group BFC-03, its structure and its graph."""
    scope = system_scope("tests", [*GROUP, "*"])
    with in_scope(scope):
        load_reference(scope=scope, ght_code=GHT)
        load_graph(scope=scope)


def everyone() -> list[str]:
    """The EJ of the group."""
    with in_scope(system_scope("tests", [])):
        return [row.code for row in establishments()]


def system(*places: str) -> Scope:
    """A scope that may everything in these establishments, or in all of them."""
    return system_scope("tests", places or everyone())


def ght() -> Subject:
    """The group."""
    return subject(GHT)


def chu() -> Subject:
    """Its supporting establishment."""
    return subject(CHU)


def day(text: str) -> date:
    """A date written ``2026-11-22``."""
    return date.fromisoformat(text)

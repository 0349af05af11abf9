"""Inventories for tests."""

from __future__ import annotations

from typing import Any

from archipel.domains.systems.services.ledger import say
from archipel.domains.systems.values.records import Record
from archipel.domains.systems.values.schema import Kind
from archipel.foundation.scope import Scope, in_scope, system_scope

CHU, LANGRES = "210780581", "520780057"

SHEET = f"""Établissement;Logiciel;Nom du produit;Éditeur logiciel;Domaine fonctionnel;Nb utilisateurs;Maintenance;MES
{CHU};Dossier du CHU;Sirius Dossier;Ed. Boréal;DPI / Prescription;1 200;120 000,50 €;01/03/2018
{CHU};Admissions;Pléiade GAM;Boréal;Identité patient et INS / GAM;300;45 k€;2015
{LANGRES};Dossier de Langres;Orion Soins;Société Ponant SAS;dpi;180;38000;31/12/2019
{LANGRES};Admissions;Pleiade G.A.M.;Boreal SAS;gestion administrative;;;
{LANGRES};Paie;Cadran Paie;Ponant;paie;12;x;01/01/2020
{LANGRES};;Cadran Paie;Ponant;paie;12;1;01/01/2020
"""
"""A spreadsheet as hospitals keep them: its own headings, ways of writing, and two lines at fault."""


def keeper(*places: str) -> Scope:
    """A process that keeps the inventory of some establishments."""
    return system_scope("tests", places or (CHU, LANGRES))


def application(place: str = CHU, code: str = "DPI", scope: Scope | None = None, **content: Any) -> Record:
    """One application said."""
    scope = scope or keeper()
    with in_scope(scope):
        return say(scope=scope, kind=Kind.APPLICATION, establishment=place, code=code,
                   content={"nom": code.title(), **content})  # fmt: skip

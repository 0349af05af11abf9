"""Rebuild ``reference/territory/*`` from the public files found in ``ARCHIPEL_REFERENCE_DATA``.

Usage: ``ARCHIPEL_REFERENCE_DATA=<folder> python tools/build_reference.py [--out reference/territory]``

The folder holds ``territory/{ght-bfc,finess,sae2024,geo}`` as published (SAE in latin-1). Two small hand-kept files
beside this script complete them: ``reference_noms.csv`` (names written the French way) and
``reference_centres_communes.csv`` (centres of communes, La Poste). The rules are told in
``reference/territory/README.md``.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import reference_contours

ANNEE = "2024"
REGION = "Bourgogne-Franche-Comté"
DEPARTEMENTS = {code: {"region": REGION} for code in ("21", "25", "39", "58", "70", "71", "89", "90")}
DEPARTEMENTS["52"] = {"region": "Grand Est"}
TOLERANCE = 0.004
CATEGORIES = {
    "101": "Centre hospitalier régional",
    "106": "Centre hospitalier, ex-hôpital local",
    "292": "Centre hospitalier spécialisé, lutte contre les maladies mentales",
    "355": "Centre hospitalier",
    "362": "Établissement de soins de longue durée",
}
GHT_COLUMNS = (
    *("lits_mco", "places_mco", "lits_smr", "sejours_hc_mco", "sejours_hp_mco"),
    *("etp_pnm", "scanners", "irm", "passages_urg_gen"),
)
FILIERES = ("MED", "CHI", "OBS", "PED", "GER", "SCA", "SCP", "UHCD", "SMR", "PSY", "SLD")
SMALL_WORDS = frozenset({"de", "du", "des", "la", "le", "les", "sur", "et", "en", "aux", "au"})
STREETS = {
    "ALL": "allée", "AV": "avenue", "BD": "boulevard", "CHE": "chemin", "FG": "faubourg", "IMP": "impasse",
    "MTE": "montée", "PL": "place", "R": "rue", "RTE": "route", "QUAI": "quai", "SQ": "square", "LD": "lieu-dit",
}  # fmt: skip
Row = dict[str, str]
HERE = Path(__file__).resolve().parent


def number(text: str | None) -> int:
    """Read a SAE count; an empty cell is zero."""
    return int(text or 0)


class Sources:
    """The files read once, restricted to the members of the GHT."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ghts = self._csv("ght-bfc/ght.csv", "utf-8")
        self.members = self._csv("ght-bfc/membres.csv", "utf-8")
        self.ejs = {m["finess_ej"]: m for m in self.members}
        communes = json.loads((folder / "geo/communes.json").read_text(encoding="utf-8"))
        self.communes = {c["code"]: c for c in communes if c["type"] == "commune-actuelle"}
        geo = json.loads((folder / "finess/finess_geo_mapping_enrichis.json").read_text(encoding="utf-8"))
        self.placed = {r["nofinesset"]: r for r in geo.values() if r.get("nofinesset")}
        self.sites = {r["FI"]: r for r in self.sae("ID")}
        self.names = {r["finess"]: r["nom"] for r in self._read(HERE / "reference_noms.csv", "utf-8")}
        centres = self._read(HERE / "reference_centres_communes.csv", "utf-8")
        self.centres = {r["code_insee"]: (r["latitude"], r["longitude"]) for r in centres}

    @staticmethod
    def _read(path: Path, encoding: str) -> list[Row]:
        with path.open(encoding=encoding, newline="") as handle:
            return list(csv.DictReader(handle, delimiter=";"))

    def _csv(self, name: str, encoding: str) -> list[Row]:
        return self._read(self.folder / name, encoding)

    def sae(self, table: str) -> list[Row]:
        """Rows of a SAE table that belong to the members, column names in upper case."""
        rows = self._csv(f"sae{ANNEE}/{table}_{ANNEE}r.csv", "latin-1")
        upper = ({key.upper(): value or "" for key, value in row.items()} for row in rows)
        return sorted((r for r in upper if r["FI_EJ"] in self.ejs), key=lambda r: r["FI"])


def address(row: Row) -> str:
    """Write the SAE address in lower case with capitals, e.g. ``1 boulevard Jeanne d'Arc``."""
    name = re.sub(r"\b([DL]) (?=[AEIOUYH])", r"\1'", row["NOMVOI"].strip().upper())
    words = []
    for rank, word in enumerate(name.split()):
        elided, _, rest = word.rpartition("'")
        lower = rank > 0 or bool(row["TYPVOI"].strip())
        first = elided + "'" if elided else ""
        if lower and not elided and word.lower() in SMALL_WORDS:
            words.append(word.lower())
            continue
        rest = "-".join(part.capitalize() for part in rest.split("-"))
        words.append((first.lower() if lower else first) + rest)
    street = STREETS.get(row["TYPVOI"].strip(), row["TYPVOI"].strip().lower())
    return " ".join(part for part in (row["NUMVOI"].strip(), street, " ".join(words)) if part)


def place(src: Sources, site: Row) -> tuple[str, str, str]:
    """Latitude, longitude (WGS 84, degrees) and where they come from, the best source first."""
    exact = src.placed.get(site["FI"])
    if exact:
        by_hand = exact["source"] == "Recherche manuelle"
        origin = "FINESS, position relevée à la main" if by_hand else "FINESS/BAN"
        return f"{exact['latitude']:.5f}", f"{exact['longitude']:.5f}", origin
    for finess, other in sorted(src.placed.items()):
        if other.get("nofinessej") == site["FI_EJ"] and other.get("com_code") == site["COMINSEE"]:
            origin = f"autre site de la même EJ dans la commune (FINESS {finess})"
            return f"{other['latitude']:.5f}", f"{other['longitude']:.5f}", origin
    latitude, longitude = src.centres[site["COMINSEE"]]
    return latitude, longitude, "centre de la commune"


def eg_rows(src: Sources) -> list[Row]:
    """One row per geographic site that answers the SAE."""
    mco = {r["FI"]: r["LIT_MCO"] for r in src.sae("MCO")}
    rows = []
    for finess, site in src.sites.items():
        commune = src.communes[site["COMINSEE"]]
        latitude, longitude, origin = place(src, site)
        codes = commune["codesPostaux"]
        rows.append(
            {
                "finess_eg": finess,
                "finess_ej": site["FI_EJ"],
                "nom": src.names[finess],
                "raison_sociale": site["RS"],
                "categorie": site["CAT"],
                "categorie_libelle": CATEGORIES[site["CAT"]],
                "commune_insee": site["COMINSEE"],
                "commune": commune["nom"],
                "code_postal": site["CPO"] if site["CPO"] in codes else codes[0],
                "adresse": address(site),
                "latitude": latitude,
                "longitude": longitude,
                "coord_source": origin,
                "lits_mco_sae": str(number(mco.get(finess))),
            }
        )
    return rows


class Capacity:
    """Beds and places of one site by filière, with the SAE columns they come from."""

    def __init__(self) -> None:
        self.lits: dict[str, int] = defaultdict(int)
        self.places: dict[str, int] = defaultdict(int)
        self.source: dict[str, list[str]] = defaultdict(list)

    def add(self, filiere: str, column: str, lits: str | int = 0, places: str | int = 0) -> None:
        """Add beds and places that come from ``column``; nothing is noted when both are zero."""
        beds, seats = number(str(lits or 0)), number(str(places or 0))
        if beds or seats:
            self.lits[filiere] += beds
            self.places[filiere] += seats
            self.source[filiere].append(column)


def parts_of_mco(src: Sources) -> dict[str, Capacity]:
    """The filières that the SAE counts inside LIT_MED and LIT_CHI: GER, PED, SCA, SCP and UHCD."""
    sites: dict[str, Capacity] = defaultdict(Capacity)
    for r in src.sae("MCOGER"):
        sites[r["FI"]].add("GER", "MCOGER.LIT_GER/PLA_GER", r["LIT_GER"], r["PLA_GER"])
    for r in src.sae("MCOPED"):
        site = sites[r["FI"]]
        site.add("PED", "MCOPED.LIT_MED_PED/PLA_MED_PED", r["LIT_MED_PED"], r["PLA_MED_PED"])
        site.add("PED", "MCOPED.LIT_CHI_PED/PLA_CHI_PED", r["LIT_CHI_PED"], r["PLA_CHI_PED"])
    for r in src.sae("REA"):
        filiere = {"REAADU": "SCA", "SIADU": "SCA", "REAENF": "SCP", "SIPED": "SCP"}.get(r["UNI"])
        if filiere:
            sites[r["FI"]].add(filiere, f"REA.LIT[{r['UNI']}]", r["LIT"])
    for r in src.sae("MCOSURV"):
        sites[r["FI"]].add("SCA", "MCOSURV.LIT_SURVADU", r["LIT_SURVADU"])
        sites[r["FI"]].add("SCP", "MCOSURV.LIT_SURVPED", r["LIT_SURVPED"])
    for r in src.sae("PERINAT"):
        for column in ("LIT_NEO_HSI", "LIT_SIN", "LIT_REA"):
            sites[r["FI"]].add("SCP", f"PERINAT.{column}", r[column])
    for r in src.sae("URGENCES2"):
        sites[r["FI"]].add("UHCD", f"URGENCES2.LIT_UHCD[{r['URG']}]", r["LIT_UHCD"])
    return sites


def add_mco(src: Sources, sites: dict[str, Capacity]) -> None:
    """Add MED, CHI and OBS: what remains of the SAE totals once the other filières are taken out."""
    ped = {r["FI"]: r for r in src.sae("MCOPED")}
    for r in src.sae("MCO"):
        site, child = sites[r["FI"]], ped.get(r["FI"], {})
        chi = number(r["LIT_CHI"]) - number(child.get("LIT_CHI_PED"))
        chi_places = number(r["PLA_CHI"]) - number(child.get("PLA_CHI_PED"))
        inside = sum(site.lits[f] for f in ("GER", "PED", "SCA", "SCP", "UHCD"))
        inside -= number(child.get("LIT_CHI_PED"))
        med = number(r["LIT_MED"]) - inside
        med_places = number(r["PLA_MED"]) - site.places["GER"] - number(child.get("PLA_MED_PED"))
        if min(chi, chi_places, med, med_places) < 0:
            raise SystemExit(f"{r['FI']} {r['RS']} : les filières dépassent LIT_MED, LIT_CHI ou leurs places.")
        site.add("MED", "MCO.LIT_MED/PLA_MED moins GER, PED, SCA, SCP, UHCD", med, med_places)
        site.add("CHI", "MCO.LIT_CHI/PLA_CHI moins MCOPED.LIT_CHI_PED/PLA_CHI_PED", chi, chi_places)
        site.add("OBS", "MCO.LIT_OBS/PLA_OBS", r["LIT_OBS"], r["PLA_OBS"])
        total = sum(site.lits[f] for f in ("MED", "CHI", "OBS", "GER", "PED", "SCA", "SCP", "UHCD"))
        if total != number(r["LIT_MCO"]):
            raise SystemExit(f"{r['FI']} {r['RS']} : {total} lits répartis, LIT_MCO en dit {r['LIT_MCO']}.")


def capacity_rows(src: Sources) -> list[Row]:
    """One row per site and filière that has at least one bed or place."""
    sites = parts_of_mco(src)
    add_mco(src, sites)
    for r in src.sae("SSR"):
        if r["GDE"] == "SSR_TOT":
            sites[r["FI"]].add("SMR", "SSR.LIT/PLA[SSR_TOT]", r["LIT"], r["PLA"])
    for r in src.sae("PSY"):
        if r["DIS"] == "TOT":
            day_and_night = number(r["CAP_HDJ"]) + number(r["CAP_HDN"])
            sites[r["FI"]].add("PSY", "PSY.CAP_HTP et CAP_HDJ+CAP_HDN[TOT]", r["CAP_HTP"], day_and_night)
    for r in src.sae("SYGEN"):
        sites[r["FI"]].add("SLD", "SYGEN.LIT_USLD", r["LIT_USLD"])
    return [
        {
            "finess_eg": finess,
            "filiere": filiere,
            "lits": str(sites[finess].lits[filiere]),
            "places": str(sites[finess].places[filiere]),
            "annee": ANNEE,
            "source": " + ".join(sites[finess].source[filiere]),
        }
        for finess in sorted(sites)
        for filiere in FILIERES
        if sites[finess].source[filiere]
    ]


def emergency_rows(src: Sources) -> list[Row]:
    """One row per emergency department: general (GEN) or paediatric (PED)."""
    rows = []
    for r in sorted(src.sae("URGENCES2"), key=lambda r: (r["FI"], r["URG"])):
        visits, stays = number(r["PASSU"]), number(r["DTHOSP"])
        complete = visits and stays and (r["URG"] == "PED" or number(r["DTMCO"]))
        rows.append(
            {
                "finess_eg": r["FI"],
                "type": r["URG"],
                "passages": str(visits),
                "passages_80_ans_et_plus": r["DT80"],
                "passages_moins_de_18_ans": r["DT18"],
                "lits_uhcd": str(number(r["LIT_UHCD"])),
                "hospitalises": str(stays) if complete else "",
                "part_hospitalisee": f"{stays / visits:.4f}" if complete else "",
                "annee": ANNEE,
                "source": "URGENCES2.PASSU, dt80, dt18, LIT_UHCD, dtHOSP/PASSU",
            }
        )
    return rows


def other_tables(src: Sources) -> dict[str, list[Row]]:
    """The GHT, their legal entities, and the communes that are cited."""
    ghts = [
        {"code_ght": g["code_ght"], "nom": g["nom_ght"]}
        | {"finess_ej_support": g["finess_ej_support"], "region": REGION}
        | {key: g[key] for key in GHT_COLUMNS}
        for g in sorted(src.ghts, key=lambda g: g["code_ght"])
    ]
    ejs = [
        {"finess_ej": m["finess_ej"], "code_ght": m["code_ght"], "nom": src.names[m["finess_ej"]]}
        | {"raison_sociale": m["nom"], "role": m["role"], "commune_insee": m["commune_insee"]}
        | {"commune": src.communes[m["commune_insee"]]["nom"]}
        for m in sorted(src.members, key=lambda m: (m["code_ght"], m["role"] != "S", m["finess_ej"]))
    ]
    cited = {m["commune_insee"] for m in src.members} | {r["COMINSEE"] for r in src.sites.values()}
    communes = [
        {"code_insee": code, "nom": src.communes[code]["nom"], "departement": src.communes[code]["departement"]}
        | {"code_postal": src.communes[code]["codesPostaux"][0]}
        | {"population": str(src.communes[code]["population"])}
        | dict(zip(("latitude", "longitude"), src.centres[code], strict=True))
        for code in sorted(cited)
    ]
    return {"ght": ghts, "ej": ejs, "communes": communes}


def write(path: Path, rows: list[Row]) -> None:
    """Write a UTF-8 table: ``;`` between cells, LF at the end of lines."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]), delimiter=";", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def build(folder: Path, out: Path) -> None:
    """Write every table and the outlines into ``out``."""
    src = Sources(folder / "territory")
    out.mkdir(parents=True, exist_ok=True)
    tables = other_tables(src) | {"eg": eg_rows(src), "capacites": capacity_rows(src)}
    tables["urgences"] = emergency_rows(src)
    for name, rows in tables.items():
        write(out / f"{name}.csv", rows)
    outline: dict[str, Any] = json.loads((src.folder / "geo/departements.geojson").read_text(encoding="utf-8"))
    contours = reference_contours.build(outline, DEPARTEMENTS, TOLERANCE)
    text = json.dumps(contours, ensure_ascii=False, separators=(",", ":")) + "\n"
    (out / "contours.geojson").write_text(text, encoding="utf-8", newline="")


def main() -> None:
    """Read the command line and build."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=HERE.parent / "reference" / "territory")
    arguments = parser.parse_args()
    folder = os.environ.get("ARCHIPEL_REFERENCE_DATA")
    if not folder:
        sys.exit("Indiquez le dossier des données publiques dans ARCHIPEL_REFERENCE_DATA.")
    build(Path(folder), arguments.out)


if __name__ == "__main__":
    main()

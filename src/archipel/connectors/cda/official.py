"""The official rules, where the site has them: the XSD and schematrons of the ANS test kit (testContenuCDA).

They carry no licence and are never shipped: ``ARCHIPEL_CDA_RULES`` names the folder. They are compiled as published
(IHE, minimal structure, content models, terminologies, then the volet), through the kit's own ISO schematron sheets,
with two repairs that a Linux machine needs: includes are found whatever their capitals, and a value set missing beside
a schematron is read from the kit's own ``jeuxDeValeurs``.
"""

from __future__ import annotations

import re
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree
from saxonche import PySaxonProcessor

from archipel.kernel.errors import Upstream
from archipel.passages.documents.values.content import Kind, Problem

SCH = "{http://purl.oclc.org/dsdl/schematron}"
SVRL = "{http://purl.oclc.org/dsdl/svrl}"
SVS = "{urn:ihe:iti:svs:2008}"
XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"
XSD = "infrastructure/cda/CDA_extended.xsd"
COMMON = (
    "profils/IHE.sch",
    "profils/structurationMinimale/ASIP-STRUCT-MIN-StrucMin.sch",
    "profils/CI-SIS_ModelesDeContenusCDA.sch",
    "profils/CI-SIS_Modeles_ANS.sch",
    "profils/terminologies/schematron/terminologie.sch",
)
VOLETS = {Kind.FLUDR: ("CI-SIS_DLU-EHPAD-FLUDR_2022.01.sch",), Kind.CR_PASSAGE: ()}
_VOCABULARY = re.compile(r"doc\('include/voc-([0-9.]+)-DYNAMIC\.xml'\)")
_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one set of rules says."""

    name: str
    problems: tuple[Problem, ...]


class OfficialRules:
    """The kit of a folder, compiled when first asked for (some twenty seconds), then kept.

    Raises:
        Upstream: the folder is not a kit.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.schematrons = folder / "schematrons"
        if not (folder / XSD).is_file() or not (self.schematrons / "moteur").is_dir():
            raise Upstream(
                f"{folder} n'est pas le kit testContenuCDA de l'ANS : {XSD} et schematrons/moteur y sont attendus.",
                permanent=True, code="kit-cda",
            )  # fmt: skip
        self._lock = threading.Lock()
        self._compiled: dict[str, Any] = {}
        self._xsd: Any = None
        self._saxon: Any = None
        self._scratch = tempfile.TemporaryDirectory(prefix="archipel-cda-")

    def inspect(self, cda: bytes, kind: Kind) -> list[Verdict]:
        """Apply the XSD, then each schematron; one verdict each, in that order."""
        with self._lock:
            verdicts = [self._schema(cda)]
            for name in (*COMMON, *VOLETS[kind]):
                verdicts.append(self._schematron(name, cda))
        return verdicts

    def _schema(self, cda: bytes) -> Verdict:
        if self._xsd is None:
            self._xsd = etree.XMLSchema(etree.parse(str(self.folder / XSD)))
        document = etree.fromstring(cda, etree.XMLParser(huge_tree=True, no_network=True, resolve_entities=False))
        self._xsd.validate(document)
        found = [Problem(f"ligne {error.line}", str(error.message)[:_SHOWN], "xsd") for error in self._xsd.error_log]
        return Verdict("XSD CDA R2", tuple(found))

    def _schematron(self, name: str, cda: bytes) -> Verdict:
        sheet = self._compiled.get(name)
        if sheet is None:
            sheet = self._compiled[name] = self._compile(self.schematrons / name)
        node = self._processor().parse_xml(xml_text=cda.decode("utf-8"))
        told = sheet.transform_to_string(xdm_node=node).encode("utf-8")
        report = etree.fromstring(told, etree.XMLParser(huge_tree=True))
        label = Path(name).stem
        failed = [*report.iter(f"{SVRL}failed-assert"), *_errors(report)]
        return Verdict(label, tuple(_problem(one, label) for one in failed))

    def _processor(self) -> Any:
        if self._saxon is None:
            self._saxon = PySaxonProcessor(license=False)
        return self._saxon

    def _compile(self, path: Path) -> Any:
        saxon = self._processor()
        xslt = saxon.new_xslt30_processor()
        text = etree.tostring(_load(path), encoding="unicode")
        for step in ("iso_abstract_expand.xsl", "iso_svrl_for_xslt2.xsl"):
            sheet = xslt.compile_stylesheet(stylesheet_file=str(self.schematrons / "moteur" / step))
            text = sheet.transform_to_string(xdm_node=saxon.parse_xml(xml_text=text))
        root = etree.fromstring(text.encode("utf-8"), etree.XMLParser(huge_tree=True))
        root.set(XML_BASE, path.as_uri())  # relative documents are found from where the schematron is
        self._repair(root, path.parent)
        return xslt.compile_stylesheet(stylesheet_text=etree.tostring(root, encoding="unicode"))

    def _repair(self, root: Any, folder: Path) -> None:
        """Give a value set that is missing beside the schematron the kit's own list of the same OID."""
        for element in root.iter():
            for key, value in list(element.attrib.items()):
                if "-DYNAMIC.xml" in value:
                    element.set(key, _VOCABULARY.sub(lambda match: self._vocabulary(match, folder), value))

    def _vocabulary(self, match: re.Match[str], folder: Path) -> str:
        oid = match.group(1)
        if (folder / "include" / f"voc-{oid}-DYNAMIC.xml").exists():
            return match.group(0)
        for path in sorted((self.folder / "jeuxDeValeurs").glob("*.xml")):
            if path.stat().st_size and f'id="{oid}"' in path.read_text("utf-8", "replace")[:2000]:
                made = etree.Element("valueSets")
                concepts = etree.SubElement(etree.SubElement(made, "valueSet", id=oid), "conceptList")
                for one in etree.parse(str(path)).iter(f"{SVS}Concept"):
                    etree.SubElement(concepts, "concept", dict(one.attrib))
                target = Path(self._scratch.name) / f"voc-{oid}.xml"
                target.write_bytes(etree.tostring(made))
                return f"doc('{target.as_uri()}')"
        return match.group(0)


def _load(path: Path) -> Any:
    """A schematron with its includes in their place, whatever the capitals of their names."""
    tree = etree.parse(str(_found(path)))
    for include in list(tree.iter(f"{SCH}include")):
        inner = _load((path.parent / str(include.get("href"))).resolve()).getroot()
        inner.tail = include.tail
        parent = include.getparent()
        if parent is not None:
            parent.replace(include, inner)
    return tree


def _found(path: Path) -> Path:
    if path.exists():
        return path
    for other in path.parent.iterdir():
        if other.name.lower() == path.name.lower():
            return other
    raise Upstream(f"Le kit CDA est incomplet : {path.name} est attendu dans {path.parent}.", permanent=True)


def _errors(report: Any) -> list[Any]:
    """Reports of an error; the kit also uses them for information and warnings."""
    return [one for one in report.iter(f"{SVRL}successful-report") if one.get("role", "error") == "error"]


def _problem(failed: Any, source: str) -> Problem:
    text = " ".join("".join(failed.itertext()).split())
    parts = re.sub(r"\*:(\w+)\[namespace-uri\(\)='[^']*'\]", r"\1", str(failed.get("location", "")))
    return Problem("/".join(parts.strip("/").split("/")[-3:]), text[:_SHOWN], source)

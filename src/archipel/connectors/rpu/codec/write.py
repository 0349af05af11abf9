"""An RPU file as bytes. Pure: the same content gives the same bytes."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace

from lxml import etree

from archipel.connectors.rpu.codec.model import (
    DAY,
    ESTABLISHMENT,
    LISTS,
    MINUTE,
    PASSAGES,
    PATIENT,
    ROOT,
    SECOND,
    TAGS,
    RpuFile,
    RpuPassage,
)
from archipel.domains.flow.values.passages import Item

_IMPOSSIBLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold (§ 2.2, Char)."""


def write(file: RpuFile, encoding: str = "ISO-8859-15") -> bytes:
    """The file in an encoding; a character that the encoding lacks is written as a character reference.

    Args:
        file: what to write.
        encoding: ``ISO-8859-1``, ``ISO-8859-15`` or ``UTF-8``.
    """
    root = etree.Element(ROOT)
    head = etree.SubElement(root, ESTABLISHMENT)
    _put(head, "FINESS", file.finess)
    _put(head, "ORDRE", file.order)
    _put(head, "EXTRACT", file.extracted_at.strftime(SECOND) if file.extracted_at else "")
    _put(head, "DATEDEBUT", file.begin.strftime(DAY))
    _put(head, "DATEFIN", file.end.strftime(DAY))
    passages = etree.SubElement(root, PASSAGES)
    for passage in file.passages:
        _patient(passages, passage)
    etree.indent(root, space=" ")
    return bytes(etree.tostring(root, xml_declaration=True, encoding=encoding)) + b"\n"


def body_digest(file: RpuFile) -> str:
    """SHA-256 of the content: the same passages of the same days, whenever they are extracted."""
    return hashlib.sha256(write(replace(file, extracted_at=None), "UTF-8")).hexdigest()


def _patient(parent: etree._Element, passage: RpuPassage) -> None:
    patient = etree.SubElement(parent, PATIENT)
    for item, tag in TAGS.items():
        if item in LISTS:
            listed = etree.SubElement(patient, tag)
            for value in passage.values.get(item, ()):
                _put(listed, LISTS[item], value)
        else:
            _put(patient, tag, _text(passage, item))


def _text(passage: RpuPassage, item: Item) -> str:
    if item is Item.NAISSANCE:
        return _day(passage.birth.strftime(DAY)) if passage.birth else ""
    if item is Item.ENTREE:
        return _day(passage.arrived_at.strftime(MINUTE))
    if item is Item.SORTIE:
        return _day(passage.left_at.strftime(MINUTE)) if passage.left_at else ""
    return next(iter(passage.values.get(item, ())), "")


def _day(text: str) -> str:
    """Years on four digits: strftime leaves out the zeros of those before 1000 on some systems."""
    day, month, rest = text.split("/", 2)
    year, space, clock = rest.partition(" ")
    return f"{day}/{month}/{year:0>4}{space}{clock}"


def _put(parent: etree._Element, tag: str, text: str) -> None:
    child = etree.SubElement(parent, tag)
    child.text = _IMPOSSIBLE.sub("", text) or None

"""A whole document: header and body."""

from __future__ import annotations

import base64

from lxml import etree

from archipel.connectors.cda.codec.fludr import structured_body
from archipel.connectors.cda.codec.header import header
from archipel.connectors.cda.codec.parts import HL7, XSI, Element, node
from archipel.passages.documents.values.content import Content, Kind


def build(content: Content, pdf: bytes) -> bytes:
    """The document, in UTF-8.

    The report of a passage is a CDA R2 level 1: its body is the PDF (no structured volet exists for it). The return
    sheet to a nursing home is structured (volet DLU-FLUDR 2022.01) and holds the PDF as an attached document.
    """
    root = etree.Element(f"{{{HL7}}}ClinicalDocument", nsmap={None: HL7, "xsi": XSI})
    root.extend(header(content))
    body = structured_body(content, pdf) if content.kind is Kind.FLUDR else _pdf_body(pdf)
    root.append(node("component", body))
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _pdf_body(pdf: bytes) -> Element:
    text = node("text", base64.b64encode(pdf).decode("ascii"), mediaType="application/pdf", representation="B64")
    return node("nonXMLBody", text)

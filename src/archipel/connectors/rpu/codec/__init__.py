"""The RPU file (format V2006): what is in it, how it is written, how real files are read. Pure."""

from archipel.connectors.rpu.codec.model import (
    DATE_ITEMS,
    LISTS,
    TAGS,
    RpuFile,
    RpuPassage,
    file_name,
)
from archipel.connectors.rpu.codec.read import ReadFile, ReadPassage, Unreadable, read
from archipel.connectors.rpu.codec.write import body_digest, write

__all__ = [
    "DATE_ITEMS",
    "LISTS",
    "TAGS",
    "ReadFile",
    "ReadPassage",
    "RpuFile",
    "RpuPassage",
    "Unreadable",
    "body_digest",
    "file_name",
    "read",
    "write",
]

"""Checks an archive of proof with Python alone (3.9 or later), nothing installed; written apart from the product.

It rebuilds the container to the byte from its members, compares each digest with the manifest, and checks the Ed25519
signature (RFC 8032). Exit code: 0 authentic, 1 refused. See docs/guides/verifier-une-archive.md.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import struct
import sys
import zipfile
import zlib
from pathlib import Path

USAGE = "python verify_proof.py ARCHIVE.zip CLE-PUBLIEE.pem"

P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)
DER = bytes.fromhex("302a300506032b6570032100")
"""What stands before the 32 bytes of an Ed25519 public key (RFC 8410)."""
Point = tuple[int, int, int, int]


def add(a: Point, b: Point) -> Point:
    """Add two points of the curve (extended coordinates)."""
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    x, y, z, t = f - e, d - c, d + c, f + e
    return x * y % P, z * t % P, y * z % P, x * t % P


def times(n: int, point: Point) -> Point:
    """A point, n times."""
    total = (0, 1, 1, 0)
    while n:
        if n & 1:
            total = add(total, point)
        point, n = add(point, point), n >> 1
    return total


def decoded(text: bytes) -> Point | None:
    """The point written in 32 bytes; None when it is not one."""
    y = int.from_bytes(text, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * ROOT % P
    if (x * x - x2) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE = decoded((4 * pow(5, P - 2, P) % P).to_bytes(32, "little")) or (0, 1, 1, 0)


def signed(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the key (32 bytes) signed the message."""
    a, r = decoded(key), decoded(signature[:32]) if len(signature) == 64 else None
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= Q:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % Q
    left, right = times(s, BASE), add(r, times(h, a))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


def read_key(text: bytes) -> bytes:
    """The 32 bytes of a public key in PEM."""
    lines = [line.strip() for line in text.decode("ascii").splitlines() if not line.startswith("-----")]
    body = base64.b64decode("".join(lines))
    if not body.startswith(DER) or len(body) != len(DER) + 32:
        raise ValueError("la clé n'est pas une clé publique Ed25519 (PEM)")
    return body[len(DER) :]


def rebuilt(members: list[tuple[str, bytes]]) -> bytes:
    """The container of these members, as an archive of proof writes it."""
    body, index, at = b"", b"", 0
    for name, content in members:
        label, crc, size = name.encode("ascii"), zlib.crc32(content), len(content)
        head = struct.pack("<4sHHHHHIIIHH", b"PK\x03\x04", 20, 0, 0, 0, 33, crc, size, size, len(label), 0) + label
        index += struct.pack(
            "<4sHHHHHHIIIHHHHHII", b"PK\x01\x02", 788, 20, 0, 0, 0, 33, crc, size, size, len(label), 0, 0, 0, 0,
            0o100644 << 16, at,
        )  # fmt: skip
        index += label
        body += head + content
        at += len(head) + size
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, len(members), len(members), len(index), at, 0)
    return body + index + end


def faults(data: bytes, key: bytes) -> list[str]:
    """What is not as it was signed, in French; nothing when all is."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as opened:
            if any(one.compress_type != 0 or one.flag_bits for one in opened.infolist()):
                return ["un fichier est compressé ou chiffré : une archive de preuves ne l'est jamais"]
            members = [(one.filename, opened.read(one)) for one in opened.infolist()]
        if rebuilt(members) != data:
            return ["le conteneur a été modifié, complété ou refait par un autre outil"]
    except Exception as error:
        return [f"l'archive ne s'ouvre pas ou a été modifiée ({error})"]
    names = [name for name, _ in members]
    content = dict(members)
    if len(content) != len(names):
        return ["un fichier est deux fois dans l'archive"]
    if names[:2] != ["manifest.json", "manifest.json.sig"] or names[2:] != sorted(names[2:]):
        return ["les fichiers ne sont pas dans leur ordre, ou le manifeste manque"]
    if not signed(key, content["manifest.json"], content["manifest.json.sig"]):
        return ["la signature n'est pas celle de cette clé"]
    told = json.loads(content["manifest.json"])
    if told.get("format") != "archipel-preuve-1":
        return [f"format {told.get('format')!r} inconnu"]
    expected = {one["chemin"]: (one["taille"], one["sha256"]) for one in told["membres"]}
    found = {name: (len(body), hashlib.sha256(body).hexdigest()) for name, body in members[2:]}
    wrong = [f"« {name} » est absent" for name in sorted(expected.keys() - found.keys())]
    wrong += [f"« {name} » a été ajouté" for name in sorted(found.keys() - expected.keys())]
    wrong += [f"« {n} » a été modifié" for n in sorted(expected.keys() & found.keys()) if expected[n] != found[n]]
    return wrong


def main(words: list[str]) -> int:
    """Check the archive named on the command line."""
    if len(words) != 2:
        print(USAGE)
        return 1
    data, key = Path(words[0]).read_bytes(), read_key(Path(words[1]).read_bytes())
    found = faults(data, key)
    for one in found:
        print("Refusée :", one)
    if not found:
        print("Archive intacte et authentique. SHA-256", hashlib.sha256(data).hexdigest())
        print("Clé", hashlib.sha256(key).hexdigest())
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

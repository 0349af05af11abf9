"""The archive of proof: one way to write it, and whatever changes in it is found."""

from __future__ import annotations

import io
import random
import struct
import subprocess
import sys
import zipfile
from pathlib import Path
from shutil import which

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tools import verify_proof as apart

from archipel.kernel.errors import Invalid
from archipel.programmes.proof.archive import container, manifest
from archipel.programmes.proof.archive.container import MANIFEST, SIGNATURE
from archipel.programmes.proof.archive.signing import PublicKey, new_signer, read_public, read_signer
from archipel.programmes.proof.archive.verify import Verification, verify

SIGNER = new_signer()
KEY = SIGNER.public
MEMBERS = {
    "exigences.json": manifest.canonical({"exigences": [{"id": "aval", "statut": "prouve"}]}),
    "mesures/structure-partagee.sql": b"SELECT 1;\n",
    "pieces/0a1b.pdf": b"%PDF-1.7\n" + bytes(range(256)),
    "vide.txt": b"",
}
ABOUT = {"pack": {"id": "hopen2-aap", "version": "2026.1"}, "sujet": {"code": "BFC-03"}, "au": "2026-11-27T10:00:00Z"}
ARCHIVE = manifest.build(ABOUT, MEMBERS, SIGNER)

NAMES = st.builds("{}{}".format, st.sampled_from(("a", "b/0", "z", "pieces/f")), st.text("ab0._-", max_size=6))


def codes(data: bytes, *keys: PublicKey) -> set[str]:
    return {fault.code for fault in verify(data, keys or (KEY,)).faults}


def repacked(**changes: bytes | None) -> bytes:
    """The archive with members changed, in a container that is right."""
    view = memoryview(ARCHIVE)
    members = {m.name: bytes(view[m.begin : m.begin + m.size]) for m in container.unpack(view)}
    for name, content in changes.items():
        if content is None:
            del members[name]
        else:
            members[name] = content
    return container.pack(members)


# --- what is right is accepted


def test_an_archive_is_intact_and_authentic() -> None:
    found = verify(ARCHIVE, [new_signer().public, KEY])
    assert found.ok and found.authentic and not found.faults
    assert found.fingerprint == KEY.fingerprint
    assert found.manifest and found.manifest["pack"] == ABOUT["pack"]
    assert found.members == len(MEMBERS) + 4
    assert found.verdict == "Archive intacte et authentique."


def test_without_a_key_it_is_intact_and_its_author_is_not_known() -> None:
    found = verify(ARCHIVE)
    assert found.intact and not found.ok
    assert "auteur non vérifié" in found.verdict


def test_any_tool_opens_it() -> None:
    with zipfile.ZipFile(io.BytesIO(ARCHIVE)) as opened:
        assert opened.testzip() is None
        assert opened.namelist()[:2] == [MANIFEST, SIGNATURE]
        assert opened.read("exigences.json") == MEMBERS["exigences.json"]
        assert all(one.compress_type == zipfile.ZIP_STORED for one in opened.infolist())


@given(st.dictionaries(NAMES, st.binary(max_size=40), max_size=6))
@settings(max_examples=60)
def test_the_same_members_give_the_same_bytes_and_come_back(members: dict[str, bytes]) -> None:
    data = container.pack(members)
    assert data == container.pack(dict(reversed(members.items())))
    if members:
        view = memoryview(data)
        assert {m.name: bytes(view[m.begin : m.begin + m.size]) for m in container.unpack(view)} == members
    again = manifest.build(ABOUT, members, SIGNER)
    assert again == manifest.build(ABOUT, members, SIGNER)
    assert verify(again, [KEY]).ok


# --- what was changed is found


def test_every_byte_counts() -> None:
    """Each byte of the archive in turn, changed in one bit: never accepted, always said."""
    rng = random.Random(26)
    for position in range(len(ARCHIVE)):
        changed = bytearray(ARCHIVE)
        changed[position] ^= 1 << rng.randrange(8)
        found = verify(bytes(changed), [KEY])
        assert not found.intact, f"octet {position}"
        assert found.verdict.startswith("Archive refusée : "), position
        assert not verify(bytes(changed)).intact, f"octet {position}, sans clé"


@given(st.integers(0, len(ARCHIVE) - 1), st.binary(min_size=1, max_size=30))
@settings(max_examples=300)
def test_any_run_of_bytes_replaced_is_found(position: int, run: bytes) -> None:
    changed = ARCHIVE[:position] + run + ARCHIVE[position + len(run) :]
    assert verify(changed, [KEY]).ok is (changed == ARCHIVE)


@given(st.integers(0, len(ARCHIVE) - 1))
@settings(max_examples=200)
def test_a_truncated_file_is_found(length: int) -> None:
    found = verify(ARCHIVE[:length], [KEY])
    assert not found.intact
    if length > 4:
        assert codes(ARCHIVE[:length]) & {"tronquee", "conteneur"}


@given(st.integers(0, len(ARCHIVE)), st.binary(min_size=1, max_size=20))
@settings(max_examples=200)
def test_bytes_added_anywhere_are_found(position: int, extra: bytes) -> None:
    assert not verify(ARCHIVE[:position] + extra + ARCHIVE[position:], [KEY]).intact


@given(st.binary(max_size=300))
@settings(max_examples=200)
def test_noise_is_refused_with_a_sentence(noise: bytes) -> None:
    found = verify(noise, [KEY])
    assert not found.intact and found.faults[0].message


def test_a_changed_member_is_named() -> None:
    where = ARCHIVE.index(b'"prouve"')
    changed = ARCHIVE[: where + 1] + b"P" + ARCHIVE[where + 2 :]
    found = verify(changed, [KEY])
    assert any("« exigences.json » a été modifié" in fault.message for fault in found.faults), found.faults
    assert "modifie" in codes(repacked(**{"exigences.json": b"{}\n"}))


def test_members_added_and_removed_are_named() -> None:
    assert codes(repacked(**{"pieces/ajout.pdf": b"%PDF"})) == {"membre-ajoute"}
    assert codes(repacked(**{"vide.txt": None})) == {"membre-absent"}
    assert codes(repacked(**{SIGNATURE: None})) == {"membre-absent"}
    assert codes(repacked(**{MANIFEST: None})) == {"membre-absent"}


def test_members_in_another_order_are_found() -> None:
    view = memoryview(ARCHIVE)
    members = container.unpack(view)
    pieces = [(m.name, bytes(view[m.begin : m.begin + m.size])) for m in members]
    pieces[2], pieces[3] = pieces[3], pieces[2]
    normal = container.order
    try:
        container.order = lambda names: [name for name, _ in pieces]  # type: ignore[assignment]
        shuffled = container.pack(dict(pieces))
    finally:
        container.order = normal
    assert zipfile.ZipFile(io.BytesIO(shuffled)).testzip() is None
    assert codes(shuffled) == {"ordre"}


def rezipped(compression: int, **more: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(ARCHIVE)) as old, zipfile.ZipFile(out, "w", compression) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
        for name, content in more.items():
            new.writestr(name, content)
    return out.getvalue()


def test_the_same_content_zipped_by_another_tool_is_refused() -> None:
    assert codes(rezipped(zipfile.ZIP_STORED)) == {"conteneur"}


def test_a_zip_bomb_is_never_opened() -> None:
    bomb = rezipped(zipfile.ZIP_DEFLATED, bombe=bytes(40 << 20))
    assert len(bomb) < 1 << 20
    found = verify(bomb, [KEY])
    assert [fault.code for fault in found.faults] == ["compresse"]
    lying = bytearray(ARCHIVE)
    struct.pack_into("<II", lying, 18, 0xFFFFFFF0, 0xFFFFFFF0)  # the first member says four gigabytes
    assert codes(bytes(lying)) == {"tronquee"}


def test_a_member_twice_or_with_a_path_of_its_own_is_refused() -> None:
    with pytest.raises(Invalid, match="n'est pas un nom"):
        container.pack({"../evasion": b""})
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as forged:
        info = zipfile.ZipInfo("../../etc/passwd", (1980, 1, 1, 0, 0, 0))
        forged.writestr(info, b"x")
    assert codes(out.getvalue()) == {"nom"}
    one = container.pack({"a": b"1"})
    local = one[: one.index(b"PK\x01\x02")]
    assert codes(local + local + one[len(local) :]) == {"doublon"}


# --- keys and signatures


def forged_by(signer, about=None) -> bytes:
    return manifest.build(about or ABOUT, MEMBERS | {"exigences.json": b"{}\n"}, signer)


def test_somebody_else_s_signature_is_told_from_the_establishment_s() -> None:
    found = verify(forged_by(new_signer()), [KEY])
    assert [fault.code for fault in found.faults] == ["cle-inconnue"]
    assert "autre clé" in found.faults[0].message


def test_a_signature_made_up_or_borrowed_is_refused() -> None:
    other = manifest.build({**ABOUT, "au": "2020-01-01T00:00:00Z"}, MEMBERS, SIGNER)
    view = memoryview(other)
    borrowed = next(bytes(view[m.begin : m.begin + m.size]) for m in container.unpack(view) if m.name == SIGNATURE)
    for signature in (borrowed, bytes(64), b"", b"\xff" * 64, borrowed + b"x"):
        assert "signature" in codes(repacked(**{SIGNATURE: signature}))


def test_a_manifest_written_again_is_refused_even_with_the_same_meaning() -> None:
    view = memoryview(ARCHIVE)
    text = next(bytes(view[m.begin : m.begin + m.size]) for m in container.unpack(view) if m.name == MANIFEST)
    found = codes(repacked(**{MANIFEST: text.replace(b'{"au"', b'{ "au"')}))
    assert found == {"manifeste", "signature"}
    for wrong in (
        b"",
        b"[]\n",
        b"{}\n",
        b'{"format":"archipel-preuve-1"}\n',
        b"\xff\xfe",
        b'{"a":NaN}\n',
        b"[" * 100_000,
    ):
        assert codes(repacked(**{MANIFEST: wrong})) & {"manifeste", "format"}


def test_the_key_inside_swapped_for_another_is_seen() -> None:
    assert {"modifie", "cle"} <= codes(repacked(**{manifest.PUBLIC_KEY: new_signer().public.pem}))
    assert "modifie" in {f.code for f in verify(repacked(**{manifest.PUBLIC_KEY: b"rien"})).faults}


def test_a_private_key_never_shows_itself() -> None:
    signer = new_signer()
    assert signer.pem().decode().splitlines()[1] not in repr(signer)
    assert read_signer(signer.pem()).public == signer.public
    for wrong in (b"", b"rien", signer.public.pem):
        with pytest.raises(Invalid):
            read_signer(wrong)
    for wrong in (b"", b"rien", signer.pem()):
        with pytest.raises(Invalid):
            read_public(wrong)


# --- the procedure that needs nothing of ours


@pytest.mark.skipif(not (which("openssl") and which("sha256sum") and which("unzip")), reason="needs openssl")
def test_the_documented_procedure_with_common_tools(tmp_path: Path) -> None:
    (tmp_path / "preuve.zip").write_bytes(ARCHIVE)
    (tmp_path / "cle.pem").write_bytes(KEY.pem)
    subprocess.run(["unzip", "-q", "preuve.zip", "-d", "preuve"], cwd=tmp_path, check=True)
    inside = tmp_path / "preuve"
    check = [
        "openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "../cle.pem", "-rawin", "-in", "manifest.json",
        "-sigfile", "manifest.json.sig",
    ]  # fmt: skip
    assert subprocess.run(check, cwd=inside, check=False, capture_output=True).returncode == 0
    assert subprocess.run(["sha256sum", "--quiet", "-c", manifest.SUMS], cwd=inside, check=False).returncode == 0
    (inside / "exigences.json").write_bytes(b"{}\n")
    assert subprocess.run(["sha256sum", "--quiet", "-c", manifest.SUMS], cwd=inside, check=False).returncode == 1
    (inside / "manifest.json").write_bytes(b"{}\n")
    assert subprocess.run(check, cwd=inside, check=False, capture_output=True).returncode != 0


@given(st.integers(0, len(ARCHIVE) - 1), st.integers(1, 255))
@settings(max_examples=60)
def test_the_verifier_written_apart_says_the_same(position: int, change: int) -> None:
    changed = bytearray(ARCHIVE)
    changed[position] ^= change
    assert apart.faults(bytes(changed), KEY.raw), f"octet {position}"


def test_the_verifier_written_apart_accepts_what_is_right_and_tells_keys_apart(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(ARCHIVE)
    (tmp_path / "cle.pem").write_bytes(KEY.pem)
    (tmp_path / "autre.pem").write_bytes(new_signer().public.pem)
    named = {name: str(tmp_path / name) for name in ("a.zip", "cle.pem", "autre.pem")}
    assert apart.main([named["a.zip"], named["cle.pem"]]) == 0
    assert apart.main([named["a.zip"], named["autre.pem"]]) == 1
    assert apart.faults(ARCHIVE[:-3], KEY.raw) and apart.faults(b"", KEY.raw)
    assert apart.faults(repacked(**{"vide.txt": None}), KEY.raw) == ["« vide.txt » est absent"]
    script = Path(apart.__file__)
    bare = [sys.executable, "-I", str(script), named["a.zip"], named["cle.pem"]]
    assert subprocess.run(bare, check=False, capture_output=True, cwd=tmp_path).returncode == 0


def test_a_report_keeps_a_bounded_list() -> None:
    found = Verification(0, "")
    for n in range(200):
        found.add("x", str(n))
    assert len(found.faults) == 50

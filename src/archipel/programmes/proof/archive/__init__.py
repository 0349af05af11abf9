"""The archive of proof: a zip that is written one way only, signed, and checked without any database.

Format ``archipel-preuve-1`` (docs/adr, « archive of proof »). Members are stored, never compressed, in one order, with
one date: the container can be rebuilt from its members to the byte, so that nothing can hide in it, and a file that
inflates cannot exist. ``manifest.json`` names every other member with its size and SHA-256; ``manifest.json.sig`` is
the Ed25519 signature of its bytes.
"""

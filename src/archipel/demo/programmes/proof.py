"""Invented documents, opinions and declarations about the real establishments, so that each status can be seen.

Every document says that it is fictitious. The measures are not invented here: they come from the simulated messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from archipel.foundation.scope import Scope
from archipel.programmes.proof import public as proof
from archipel.programmes.proof.public import Binding, Comparison, Condition, Nature
from archipel.territory.reference_values import RefGht

PACKS = ("hopen2-aap", "care-d2", "hospiconnect")
TARGETS = {
    "delai-urgences-aval": (Comparison.LE, Decimal(240)),
    "fraicheur-etat-lits": (Comparison.GE, Decimal(95)),
    "structure-partagee": (Comparison.GE, Decimal(95)),
    "identites-qualifiees": (Comparison.GE, Decimal(60)),
}
REASON = "Démonstration : cible fictive du dossier"
HISTORY_DAYS = 84


def seed(scope: Scope, ght: RefGht) -> None:
    """Deposit them once, for the supporting establishment and the group."""
    today = timezone.localdate()
    support = ght.support.finess.value
    if any(one.entries for one in proof.statuses(scope=scope, subject=ght.code, pack=PACKS[0])):
        return
    rank = 0
    for pack_id in PACKS:
        for one in proof.statuses(scope=scope, subject=ght.code, pack=pack_id):
            if support in one.subject.establishments:
                _tell(scope, pack_id, one, rank, today)
                rank += 1
    for code in (support, ght.code):
        proof.rebuild(scope=scope, subject=proof.subject_of(code), days=HISTORY_DAYS, measured=False)


def _tell(scope: Scope, pack_id: str, one: proof.RequirementStatus, rank: int, today: date) -> None:
    """What is invented about a requirement: whole, in part, lapsed, declared or nothing, in turn."""
    pack, path, subject = proof.current_pack(pack_id), one.requirement.path, one.subject
    when = today - timedelta(days=10 + 7 * (rank % 10))
    if one.binding.nature is Nature.METRIQUE:
        test = TARGETS.get(one.binding.metric)
        if test and not one.binding.conditions:
            target = Binding(Nature.METRIQUE, metric=one.binding.metric, conditions=(Condition(*test),))
            proof.bind(
                scope=scope, pack=pack, path=path, subject=subject, binding=target, reason=REASON, effective_on=when
            )
    elif one.binding.nature is Nature.DECISION:
        proof.record_decision(
            scope=scope, pack=pack, path=path, subject=subject, opinion="favorable", held_on=when, votes=(11, 0, 1),
            instance=one.binding.instance or "Comité stratégique", reference="Procès-verbal fictif",
        )  # fmt: skip
    elif one.binding.nature is Nature.DECLARATIF or rank % 5 == 3:
        answer = "oui" if rank % 2 else "en_cours"
        proof.declare(
            scope=scope, pack=pack, path=path, subject=subject, answer=answer, effective_on=when,
            note="Déclaration fictive de démonstration",
        )  # fmt: skip
    elif rank % 5 != 4:
        names = one.binding.pieces or ("Document",)
        kept = names[:1] if rank % 5 == 1 else names
        until = today - timedelta(days=5) if rank % 5 == 2 else when + timedelta(days=400)
        _deposit(scope, pack_id, one, kept, when - timedelta(days=30), until)


def _deposit(
    scope: Scope, pack_id: str, one: proof.RequirementStatus, names: Sequence[str], when: date, until: date
) -> None:
    for name in names:
        proof.deposit_piece(
            scope=scope, pack=proof.current_pack(pack_id), path=one.requirement.path, subject=one.subject,
            title=f"{name} (document fictif)", expected=name if one.binding.pieces else "", effective_on=when,
            expires_on=until, name="document-fictif.pdf", content=document(name),
        )  # fmt: skip


def document(title: str) -> bytes:
    """A PDF of one page that says that it is fictitious."""
    words = f"({title} : document fictif de demonstration, sans valeur)"
    text = f"BT /F1 14 Tf 60 760 Td {_plain(words)} Tj ET".encode("latin-1")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    table += b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(body))
    return body + table + end


def _plain(words: str) -> str:
    """A PDF string: what it cannot hold is written without its accent."""
    kept = words.encode("cp1252", "ignore").decode("cp1252").encode("latin-1", "ignore").decode("latin-1")
    inner = kept[1:-1].replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return f"({inner})"


def refresh() -> None:
    """Read the measures once the simulated history is there."""
    proof.run_round()

"""The logs that prove the scripted day are read as they grow."""

from __future__ import annotations

from pathlib import Path

from archipel.demo.day.command import Lines


def test_a_log_is_read_as_it_grows(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    log = Lines(path)
    assert log() == []
    path.write_text('{"n": 1}\n{"n": 2', encoding="utf-8")
    assert log() == [{"n": 1}]
    with path.open("a", encoding="utf-8") as file:
        file.write('0}\n\n{"n": "é"}\n')
    assert log() == [{"n": 1}, {"n": 20}, {"n": "é"}]
    assert log() == [{"n": 1}, {"n": 20}, {"n": "é"}]

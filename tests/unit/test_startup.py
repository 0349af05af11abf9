"""What a web process loads when it starts: everything it serves, and none of what only searches need."""

from __future__ import annotations

import subprocess
import sys

LOADED = """
import django, sys
django.setup()
from django.urls import get_resolver
assert get_resolver().url_patterns
print(*sorted({name.partition('.')[0] for name in sys.modules} & {'ortools', 'pandas', 'scipy', 'statsforecast'}))
"""


def test_a_web_process_starts_without_the_solvers_and_their_tables() -> None:
    """Seconds and hundreds of megabytes, for each process, that only the processes of the searches need."""
    told = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, timeout=120, check=False)
    assert told.returncode == 0, told.stderr
    assert told.stdout.split() == []

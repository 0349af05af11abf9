"""Write the OpenAPI document: ``python -m archipel.api.openapi > tests/contract/openapi.json``."""

from __future__ import annotations

import json
import os


def text() -> str:
    """The document as it is committed: sorted keys, indented, one line end."""
    from archipel.api.urls import document  # noqa: PLC0415 - Django must be set up first

    return json.dumps(document(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def main() -> None:
    """Print the document."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "archipel.config.settings")
    import django  # noqa: PLC0415

    django.setup()
    print(text(), end="")


if __name__ == "__main__":
    main()

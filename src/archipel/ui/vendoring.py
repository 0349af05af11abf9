"""Rebuilds the vendored assets' sprite and manifest: ``python -m archipel.ui.vendoring <@tabler/icons folder>``.

Without a folder, the sprite is left as it is and the manifest alone is written.

The assets come from npm packages, unchanged; the sprite gathers the icons that the screens use into one file, so that
a page loads them once and nothing is inlined.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from pathlib import Path

VENDOR = Path(__file__).resolve().parent / "static" / "vendor"

PACKAGES: tuple[dict[str, object], ...] = (
    {
        "name": "@tabler/core",
        "version": "1.6.1",
        "licence": "MIT",
        "licence_file": "licences/tabler-core.txt",
        "source": "npm @tabler/core, dist/css/tabler.min.css",
        "files": ["tabler.min.css"],
    },
    {
        "name": "htmx.org",
        "version": "2.0.10",
        "licence": "0BSD",
        "licence_file": "licences/htmx.txt",
        "source": "npm htmx.org, dist/htmx.min.js",
        "files": ["htmx.min.js"],
    },
    {
        "name": "@tabler/icons",
        "version": "3.51.0",
        "licence": "MIT",
        "licence_file": "licences/tabler-icons.txt",
        "source": "npm @tabler/icons, icons/outline, gathered by archipel.ui.vendoring",
        "files": ["icons.svg"],
    },
    {
        "name": "echarts",
        "version": "6.1.0",
        "licence": "Apache-2.0",
        "licence_file": "licences/echarts.txt",
        "source": "npm echarts, dist/echarts.esm.min.js, NOTICE and licenses/LICENSE-d3",
        "files": ["echarts.esm.min.js", "licences/echarts-notice.txt", "licences/echarts-d3.txt"],
    },
    {
        "name": "zrender",
        "version": "6.1.0",
        "licence": "BSD-3-Clause",
        "licence_file": "licences/zrender.txt",
        "source": "npm zrender, inside echarts.esm.min.js",
        "files": [],
    },
)

_NAMES = """
    map ambulance bed bed-flat users user search mail inbox sitemap settings shield-lock home sun moon
    device-desktop printer eye eye-off door-exit arrow-right arrow-left arrows-exchange calendar-event lock lock-open
    lock-access user-check circle-check circle-dashed clock clock-hour-4 alert-triangle alert-octagon help-circle
    info-circle x check plus minus download filter columns-3 sort-ascending sort-descending chevron-down chevron-right
    chevron-up refresh wifi-off plug-connected-x spray bucket wash trash pencil history gender-male gender-female
    biohazard route list table building-hospital stethoscope hourglass bookmark player-pause player-play ban user-off
    circle-minus sparkles layout-grid device-tv book heartbeat key bell menu-2 dots-vertical copy logout login
    file-spreadsheet flag map-pin git-merge arrow-back-up calendar-time question-mark flask
    target server server-2 certificate coins coin-euro chart-bar chart-line chart-radar chart-dots-3 file-text
    files package checklist clipboard-check clipboard-text graph network cloud database school file-certificate
    trending-up trending-down scale gavel messages message calendar-due calendar-month paperclip archive
    signature bulb affiliate topology-star hierarchy hierarchy-2 report-money report-analytics cash file-upload
    file-export file-diff id-badge-2 link leaf world rubber-stamp writing star arrows-split-2 timeline crosshair
    zoom-in zoom-out focus-2 maximize layers-linked device-floppy send arrow-up arrow-down equal hand-stop
    lifebuoy stack-2 git-branch circle-x progress-check
"""
ICONS: tuple[str, ...] = tuple(_NAMES.split())


def sprite(icons_folder: Path) -> str:
    """One SVG document with a ``<symbol id="i-…">`` for each icon, stripped of what the page's CSS decides."""
    symbols = []
    for name in ICONS:
        text = (icons_folder / "icons" / "outline" / f"{name}.svg").read_text()
        body = text[text.index(">", text.index("<svg")) + 1 : text.rindex("</svg>")]
        body = re.sub(r'\s*<path stroke="none" d="M0 0h24v24H0z" fill="none" />', "", body)
        symbols.append(f'<symbol id="i-{name}" viewBox="0 0 24 24">{" ".join(body.split())}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def manifest() -> dict[str, object]:
    """The manifest of what is vendored, with the SHA-256 of every file."""
    packages = []
    for package in PACKAGES:
        names = [*package["files"], package["licence_file"]]  # type: ignore[misc]
        digests = {str(name): hashlib.sha256((VENDOR / str(name)).read_bytes()).hexdigest() for name in names}
        packages.append({**{k: v for k, v in package.items() if k != "files"}, "files": digests})
    return {"packages": packages}


def main(icons_folder: Path | None = None) -> None:
    """Write icons.svg, when the icons are at hand, and MANIFEST.json."""
    if icons_folder is not None:
        (VENDOR / "icons.svg").write_text(sprite(icons_folder))
    (VENDOR / "MANIFEST.json").write_text(json.dumps(manifest(), indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))

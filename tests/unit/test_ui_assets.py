"""What the pages load: vendored files are the ones declared, nothing is inline, every icon and colour holds."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest
from django.apps import apps

from archipel.ui import vendoring
from archipel.ui.states import STATES, TONES, look
from archipel.ui.vendoring import ICONS, VENDOR

STATIC = VENDOR.parent
SOURCES = Path(vendoring.__file__).resolve().parents[1]
TEMPLATES = sorted(SOURCES.rglob("templates/**/*.html"))
MANIFEST = json.loads((VENDOR / "MANIFEST.json").read_text())["packages"]
COMMENT = re.compile(r"{% comment.*?endcomment %}|{#.*?#}", re.S)


def test_vendored_files_are_those_of_the_manifest() -> None:
    declared = {name: digest for package in MANIFEST for name, digest in package["files"].items()}
    present = {str(path.relative_to(VENDOR)) for path in VENDOR.rglob("*") if path.is_file()} - {"MANIFEST.json"}
    assert present == set(declared)
    for name, digest in declared.items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest, name


@pytest.mark.parametrize("package", MANIFEST, ids=lambda package: package["name"])
def test_every_package_says_its_version_and_its_licence(package: dict[str, str]) -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", package["version"])
    assert package["licence"] in {"MIT", "0BSD", "Apache-2.0", "BSD-3-Clause"}
    assert len((VENDOR / package["licence_file"]).read_text()) > 300


def test_versions_are_those_written_in_the_files() -> None:
    versions = {package["name"]: package["version"] for package in MANIFEST}
    assert f"Tabler v{versions['@tabler/core']} " in (VENDOR / "tabler.min.css").read_text()[:400]
    assert f'version:"{versions["htmx.org"]}"' in (VENDOR / "htmx.min.js").read_text()
    charts = (VENDOR / "echarts.esm.min.js").read_text()
    assert f'version:"{versions["echarts"]}"' in charts or f'="{versions["echarts"]}"' in charts


def test_the_sprite_holds_every_icon() -> None:
    assert re.findall(r'<symbol id="i-([a-z0-9-]+)"', (VENDOR / "icons.svg").read_text()) == list(ICONS)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_nothing_inline_and_only_known_icons(path: Path) -> None:
    text = COMMENT.sub("", path.read_text())
    bare = re.sub(r"{%.*?%}", "", text)
    assert not re.search(r"""<[^>]*\sstyle\s*=""", text), "style attribute"
    assert not re.search(r"""<[^>]*\son[a-z]+\s*=""", bare), "inline handler"
    assert "<style" not in text
    scripts = [tag for tag in re.findall(r"<script[^>]*>", text) if 'type="application/json"' not in tag]
    assert all("src=" in tag for tag in scripts), "inline script"
    assert "javascript:" not in text
    assert "https://" not in text.replace("https://www.w3.org", ""), "something from elsewhere"
    for icon in re.findall(r"""{%\s*icone\s+"([^"]+)\"""", text):
        assert icon in ICONS, icon


def test_own_styles_and_scripts_ask_nothing_from_elsewhere() -> None:
    for path in sorted((STATIC / "ui").iterdir()):
        text = path.read_text().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|//cdn|@import", text), path.name
        if path.suffix == ".js":
            assert not re.search(r"\beval\(|new Function|setAttribute\(\s*[\"']style", text), path.name


def tokens(css: str, selector: str) -> dict[str, str]:
    block = re.search(re.escape(selector) + r"\s*{(.*?)}", css, re.S)
    assert block
    return dict(re.findall(r"--a-([a-z_-]+):\s*(#[0-9a-f]{6});", block[1]))


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("selector", [":root", '[data-bs-theme="dark"]'])
def test_colours_reach_aaa_in_both_themes(selector: str) -> None:
    """WCAG 2.2, 1.4.6: 7:1 for what boards show."""
    colours = tokens((STATIC / "ui" / "tokens.css").read_text(), selector)
    pairs = [(f"{tone}-encre", f"{tone}-fond") for tone in (*TONES, "alerte", "info", "synthetique")]
    pairs += [(ink, paper) for ink in ("encre", "lien") for paper in ("fond", "carte")]
    pairs += [("encre", "change")]
    for ink, paper in pairs:
        assert contrast(colours[ink], colours[paper]) >= 7, (ink, paper)
    for paper in ("fond", "carte"):
        assert contrast(colours["doux"], colours[paper]) >= 4.5
        assert contrast(colours["focus"], colours[paper]) >= 3


def test_each_state_has_its_icon_word_and_style() -> None:
    css = (STATIC / "ui" / "composants.css").read_text()
    for code, shown in STATES.items():
        assert shown.icon in ICONS, code
        assert shown.word
        assert f".puce-{shown.tone}" in css
    beds = ["libre", "reserve", "occupe", "a_nettoyer", "ferme", "non_arme", "conflit", "provisoire"]
    assert len({STATES[bed].icon for bed in beds}) == len({STATES[bed].tone for bed in beds}) == len(beds)


def test_a_state_is_found_by_its_code_or_its_word() -> None:
    assert look("à nettoyer") is look("a_nettoyer") is STATES["a_nettoyer"]
    assert look("À l'heure") is STATES["a_l_heure"]
    assert look("tombé du ciel").word == "tombé du ciel"
    assert look(None) is STATES["inconnu"]


def test_the_shell_is_installed() -> None:
    assert apps.get_app_config("ui").name == "archipel.ui"

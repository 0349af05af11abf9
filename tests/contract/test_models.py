"""Tables keep the layers, and say what they hold about people."""

from __future__ import annotations

import importlib

from django.db.models import ForeignKey, ManyToManyField, OneToOneField

from tests.contract.documentation import COMMAND, DOCS, PATIENTS, PERSONAL_DATA, models, personal_data, protections

LAYERS = ["foundation", "territory", "identity", "domains", "passages", "programmes", "scenarios", "connectors"]
"""From the lowest up: a table may point at its own layer or at a lower one."""
NAMELESS = {"flow.Segment", "flow.BedStatus"}
"""Without identity, under a derived number: also readable by whoever may see the capacity."""


def _layer(model: type) -> int:
    name = model.__module__.split(".")[1]
    return LAYERS.index(name) if model.__module__.startswith("archipel.") else -1


def test_foreign_keys_never_point_upward() -> None:
    wrong = []
    for model in models():
        for one in model._meta.get_fields():
            if isinstance(one, ForeignKey | OneToOneField | ManyToManyField):
                target = one.related_model
                if _layer(target) > _layer(model):
                    wrong.append(f"{model._meta.label}.{one.name} → {target._meta.label}")
                same = model.__module__.split(".")[1:3] == target.__module__.split(".")[1:3]
                if _layer(model) == _layer(target) == LAYERS.index("domains") and not same:
                    wrong.append(f"{model._meta.label}.{one.name} → {target._meta.label} : deux domaines")
    assert not wrong, wrong


def test_every_models_module_says_what_it_holds_about_people() -> None:
    for name in sorted({model.__module__ for model in models()}):
        text = (importlib.import_module(name).__doc__ or "") + "".join(
            model.__doc__ or "" for model in models() if model.__module__ == name
        )
        assert "personal data" in text.lower(), f"{name} : dites « Personal data: … » ou « No personal data »"


def test_every_table_is_described() -> None:
    known = {model._meta.label for model in models()}
    assert known - set(PERSONAL_DATA) == set(), f"à décrire dans tests/contract/documentation.py, puis {COMMAND}"
    assert set(PERSONAL_DATA) - known == set(), "tables disparues"


def test_the_page_of_personal_data_is_fresh() -> None:
    assert (DOCS / "donnees-personnelles.md").read_text("utf-8") == personal_data(), f"À refaire : {COMMAND}"


def test_what_holds_patients_is_filtered_by_the_database() -> None:
    filtered, wider, _ = protections()
    for model in models():
        label, table = model._meta.label, model._meta.db_table
        if PATIENTS in PERSONAL_DATA[label].who:
            assert table in filtered, f"{label} parle de patients et n'est pas filtrée"
            assert table not in wider or label in NAMELESS, f"{label} est lisible par tout le groupement"

"""Applications, from idea to last payment, on both sides."""

from django.apps import AppConfig


class DossiersConfig(AppConfig):
    """Registers the tables and pages."""

    name = "archipel.programmes.dossiers"
    label = "dossiers"
    verbose_name = "Dossiers"

    def ready(self) -> None:
        """Tell packs which dossiers keep a version, and eligibility which projects an establishment is in."""
        from archipel.programmes.dossiers.queries.projects import project_links  # noqa: PLC0415
        from archipel.programmes.dossiers.queries.uses import uses  # noqa: PLC0415 - tables are ready only now
        from archipel.programmes.eligibility.public import register_projects  # noqa: PLC0415
        from archipel.programmes.packs.public import register_use_probe  # noqa: PLC0415

        register_use_probe("dossiers", uses)
        register_projects(project_links)

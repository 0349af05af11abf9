"""Pages: grids to answer, campaigns, levels, and the least effort to reach one."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from archipel.programmes.maturity.pages import answering, campaigns, group, home, imports, plans

GRID = "programmes/maturite/grilles/<str:pack>/<str:grille>/"
ENTITY = GRID + "entites/<str:repondant>/"

app_name = "maturity"
urlpatterns: list[URLPattern | URLResolver] = [
    path("programmes/maturite/", home.first, name="accueil"),
    path(GRID, group.overview, name="grille"),
    path(GRID + "export", group.export, name="grille-export"),
    path(GRID + "plan/", plans.plan, name="plan"),
    path(GRID + "plan/export", plans.export, name="plan-export"),
    path(GRID + "efforts", plans.effort, name="effort"),
    path(GRID + "modele.xlsx", imports.template, name="modele"),
    path(GRID + "import/", imports.upload, name="import"),
    path("programmes/maturite/imports/<int:fichier>/", imports.examined, name="import-examen"),
    path(ENTITY, answering.entity, name="entite"),
    path(ENTITY + "export", answering.export, name="entite-export"),
    path(ENTITY + "historique/", answering.log, name="historique"),
    path(ENTITY + "rubriques/<str:rubrique>/", answering.rubric, name="rubrique"),
    path("programmes/maturite/reponses/<int:reponse>/annuler", answering.undo, name="annuler"),
    path("programmes/maturite/campagnes/nouvelle/", campaigns.new, name="campagne-nouvelle"),
    path("programmes/maturite/campagnes/<int:campagne>/", campaigns.one, name="campagne"),
    path("programmes/maturite/campagnes/<int:campagne>/export", campaigns.export, name="campagne-export"),
    path("programmes/maturite/campagnes/<int:campagne>/agir", campaigns.act, name="campagne-agir"),
    path("programmes/maturite/campagnes/<int:campagne>/echeances.ics", campaigns.calendar, name="campagne-ics"),
]

"""Addresses of the accounts' pages."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, path

from archipel.foundation.accounts.screens import account, admin, breakglass, login, situation, tokens

urlpatterns: list[URLPattern | URLResolver] = [
    path("connexion/", login.sign_in, name="connexion"),
    path("connexion/code/", login.sign_in_code, name="connexion-code"),
    path("deconnexion/", login.sign_out, name="deconnexion"),
    path("compte/", account.my_account, name="compte"),
    path("compte/mot-de-passe/", account.change_password, name="changer-mot-de-passe"),
    path("compte/sessions/fin/", account.end_other_sessions, name="fin-autres-sessions"),
    path("compte/situation/", situation.choose, name="situation"),
    path("compte/second-facteur/", account.second_factor, name="second-facteur"),
    path("compte/second-facteur/qr.svg", account.second_factor_qr, name="second-facteur-qr"),
    path("compte/second-facteur/codes/", account.new_recovery_codes, name="second-facteur-codes"),
    path("compte/jetons/", tokens.my_tokens, name="jetons"),
    path("compte/jetons/<int:token_id>/revoquer/", tokens.revoke, name="jeton-revoquer"),
    path("bris-de-glace/", breakglass.ask, name="bris-de-glace"),
    path("bris-de-glace/<int:access_id>/fermer/", breakglass.close, name="bris-de-glace-fermer"),
    path("bris-de-glace/relecture/", breakglass.to_review, name="bris-de-glace-relecture"),
    path("bris-de-glace/<int:access_id>/relecture/", breakglass.review, name="bris-de-glace-relire"),
    path("comptes/", admin.accounts_list, name="comptes"),
    path("comptes/export.csv", admin.accounts_csv, name="comptes-csv"),
    path("comptes/nouveau/", admin.create, name="compte-nouveau"),
    path("comptes/<int:user_id>/", admin.edit, name="compte-fiche"),
    path("comptes/<int:user_id>/role/", admin.grant, name="compte-role"),
    path("comptes/<int:user_id>/role/<int:grant_id>/retrait/", admin.revoke, name="compte-role-retrait"),
    path("comptes/<int:user_id>/acte/<str:act>/", admin.act, name="compte-acte"),
]

if getattr(settings, "OIDC_ENABLED", False):
    from archipel.foundation.accounts.screens import psc

    urlpatterns += [
        path("connexion/psc/", psc.Start.as_view(), name="psc"),
        path("connexion/psc/retour/", psc.Back.as_view(), name="psc-retour"),
    ]

"""Accounts, roles, second factor and break-glass."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Registers the accounts' models."""

    name = "archipel.foundation.accounts"
    label = "accounts"
    verbose_name = "Comptes"

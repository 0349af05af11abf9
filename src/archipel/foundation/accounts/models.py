"""Tables of accounts. Personal data: names and e-mail addresses of professionals."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A professional's account, local or brought by Pro Santé Connect."""

    rpps = models.TextField(blank=True, help_text="RPPS, 11 digits.")
    psc_subject = models.TextField(blank=True, help_text="Pro Santé Connect preferred_username (8 + RPPS).")
    totp_secret = models.TextField(blank=True, help_text="Encrypted; empty while the second factor is not set up.")
    totp_last_step = models.BigIntegerField(default=0, help_text="Last time step accepted: a code serves once.")
    must_change_password = models.BooleanField(default=False)
    names_hidden = models.BooleanField(default=False, help_text="Privacy mode.")
    theme = models.TextField(default="auto")


class Grant(models.Model):
    """A role held by a user for an establishment, or ``*``."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    role = models.TextField()
    establishment = models.TextField()
    granted_at = models.DateTimeField(auto_now_add=True)
    granted_by = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "role", "establishment"], name="accounts_grant_once"),
        ]


class BreakGlass(models.Model):
    """An exceptional access to an establishment's patients: reason, expiry, later review."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="break_glasses")
    establishment = models.TextField()
    reason = models.TextField()
    opened_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.TextField(blank=True)
    review = models.TextField(blank=True)

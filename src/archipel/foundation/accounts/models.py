"""Tables of accounts. Personal data: names, e-mail addresses, network addresses of professionals."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q


class User(AbstractUser):
    """A professional's account, local or brought by Pro Santé Connect."""

    rpps = models.TextField(blank=True, help_text="RPPS, 11 digits.")
    psc_subject = models.TextField(blank=True, help_text="Pro Santé Connect preferred_username (8 + RPPS).")
    totp_secret = models.TextField(blank=True, help_text="Encrypted; empty while the second factor is not set up.")
    totp_last_step = models.BigIntegerField(default=0, help_text="Last time step accepted: a code serves once.")
    totp_failures = models.IntegerField(default=0, help_text="Wrong codes in a row.")
    totp_blocked_until = models.DateTimeField(null=True, blank=True, help_text="No code is tried before this moment.")
    must_change_password = models.BooleanField(default=False)
    one_time_password_until = models.DateTimeField(
        null=True, blank=True, help_text="End of validity of the password that an administrator handed over."
    )
    home_establishment = models.TextField(
        blank=True, help_text="The establishment whose administrators keep this account; * or empty: the territory's."
    )
    names_hidden = models.BooleanField(default=False, help_text="Privacy mode.")
    theme = models.TextField(default="auto")

    acting_establishment: str = ""
    """For this request, the establishment of the chosen situation d'exercice; not a column."""

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(fields=["rpps"], condition=~Q(rpps=""), name="accounts_rpps_once"),
            models.UniqueConstraint(fields=["psc_subject"], condition=~Q(psc_subject=""), name="accounts_psc_once"),
        ]


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


class RecoveryCode(models.Model):
    """One way in when the telephone is lost: hashed, serves once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    hash = models.TextField()
    used_at = models.DateTimeField(null=True)


class OpenSession(models.Model):
    """A browser where the account is connected, so that its owner can see it and end it."""

    key = models.TextField(primary_key=True, help_text="Key of the Django session.")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="open_sessions")
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    address = models.TextField(blank=True)
    browser = models.TextField(blank=True)
    method = models.TextField(default="mot_de_passe", help_text="mot_de_passe, totp or psc.")


class ApiToken(models.Model):
    """A key with which a program speaks for an account, within a part of its rights; only its hash is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.TextField(help_text="What it is for, as its owner says it.")
    prefix = models.TextField(unique=True, help_text="Public part, to find the row and to recognise the token.")
    hash = models.TextField(help_text="SHA-256 of the whole token, hexadecimal: the secret has 256 random bits.")
    grants = models.JSONField(default=dict, help_text="Establishment (or *) → capabilities asked for.")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.TextField(blank=True)
    last_used_at = models.DateTimeField(null=True)
    last_address = models.TextField(blank=True)


class TokenFailure(models.Model):
    """Wrong tokens presented from one network address in the present window."""

    address = models.TextField(primary_key=True)
    since = models.DateTimeField()
    count = models.PositiveIntegerField(default=1)

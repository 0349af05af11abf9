"""Forms of the accounts' pages: labels above, help under, Bootstrap classes."""

from __future__ import annotations

from typing import Any

from django import forms

from archipel.foundation.accounts.breakglass import DEFAULT_HOURS, MAX_HOURS, MIN_REASON


class Styled(forms.Form):
    """A form whose fields carry the classes and the error links of the house."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            kind = "form-check-input" if isinstance(field.widget, forms.CheckboxInput) else "form-control"
            if isinstance(field.widget, forms.Select):
                kind = "form-select"
            field.widget.attrs["class"] = kind

    def full_clean(self) -> None:
        """Validate, then mark the fields that are wrong."""
        super().full_clean()
        for name in self.errors:
            if name in self.fields:
                self.fields[name].widget.attrs["class"] += " is-invalid"


class LoginForm(Styled):
    """Name and password."""

    username = forms.CharField(
        label="Identifiant",
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label="Mot de passe",
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class CodeForm(Styled):
    """A code of the second factor."""

    code = forms.CharField(
        label="Code",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "spellcheck": "false"}),
        help_text="Six chiffres de votre application, ou un code de secours.",
    )


class PasswordForm(Styled):
    """The old password, and the new one twice."""

    old = forms.CharField(
        label="Mot de passe actuel",
        strip=False,
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label="Nouveau mot de passe",
        strip=False,
        max_length=256,
        help_text="12 caractères au moins. Une phrase que vous retenez vaut mieux qu'un mot compliqué.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label="Nouveau mot de passe, encore",
        strip=False,
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        """Refuse two different new passwords."""
        data = super().clean() or {}
        if data.get("new") and data.get("again") and data["new"] != data["again"]:
            self.add_error("again", "Les deux saisies du nouveau mot de passe diffèrent.")
        return data


class AccountForm(Styled):
    """Who the account belongs to."""

    username = forms.RegexField(
        label="Identifiant",
        regex=r"^[\w.@+-]+$",
        max_length=150,
        help_text="Lettres, chiffres et . @ + - _",
        error_messages={"invalid": "L'identifiant ne peut contenir que des lettres, des chiffres et . @ + - _"},
    )
    last_name = forms.CharField(label="Nom", max_length=150)
    first_name = forms.CharField(label="Prénom", max_length=150)
    email = forms.EmailField(label="Adresse électronique", required=False)
    rpps = forms.RegexField(
        label="RPPS",
        regex=r"^\d{11}$",
        required=False,
        help_text="11 chiffres ; nécessaire pour se connecter par Pro Santé Connect.",
        error_messages={"invalid": "Le RPPS compte 11 chiffres."},
    )
    establishment = forms.ChoiceField(
        label="Établissement qui tient le compte", help_text="Ses administrateurs tiennent ce compte à jour."
    )

    def __init__(self, *args: Any, places: list[tuple[str, str]], editing: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["establishment"].choices = places  # type: ignore[attr-defined]
        if editing:
            del self.fields["username"], self.fields["establishment"]


class GrantForm(Styled):
    """A role for an establishment."""

    role = forms.ChoiceField(label="Rôle")
    establishment = forms.ChoiceField(label="Pour")

    def __init__(self, *args: Any, roles: list[tuple[str, str]], places: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = roles  # type: ignore[attr-defined]
        self.fields["establishment"].choices = places  # type: ignore[attr-defined]


class BreakGlassForm(Styled):
    """Which establishment, why, how long."""

    establishment = forms.ChoiceField(label="Établissement")
    reason = forms.CharField(
        label="Motif",
        min_length=MIN_REASON,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=f"{MIN_REASON} caractères au moins. Il sera relu par un administrateur. "
        "N'y écrivez pas de nom de patient.",
        error_messages={"min_length": f"Le motif doit compter au moins {MIN_REASON} caractères."},
    )
    hours = forms.TypedChoiceField(
        label="Durée",
        coerce=int,
        choices=[(n, f"{n} heure" + ("s" if n > 1 else "")) for n in range(1, MAX_HOURS + 1)],
        initial=DEFAULT_HOURS,
    )

    def __init__(self, *args: Any, places: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["establishment"].choices = places  # type: ignore[attr-defined]


class ReviewForm(Styled):
    """What the reviewer concludes."""

    review = forms.CharField(label="Avis", min_length=3, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))

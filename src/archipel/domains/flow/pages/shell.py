"""What these pages ask of their request, and the shared tools that answer."""

from archipel.foundation.web.asking import is_fragment, is_htmx, scope_of
from archipel.foundation.web.export import table_response
from archipel.foundation.web.privacy import names_hidden

__all__ = ["is_fragment", "is_htmx", "names_hidden", "scope_of", "table_response"]

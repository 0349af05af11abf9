"""Rules of maturity: bands, levels, consolidation, least effort. Pure: no Django, no clock, no database."""

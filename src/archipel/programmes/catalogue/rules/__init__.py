"""Rules of the catalogue of help: dates, costs, applicability, the life of a request, search. Pure."""

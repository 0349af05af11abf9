"""The pictures of the documentation, one module a part of the house: what each shows and how to get there."""

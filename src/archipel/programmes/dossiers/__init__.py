"""Applications, from idea to last payment, on both sides."""

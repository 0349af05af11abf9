"""Caps, instalments, grants, spending, and the best set of projects."""

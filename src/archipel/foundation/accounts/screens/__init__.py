"""The views of the accounts' pages; ``pages.py`` gives them their addresses."""

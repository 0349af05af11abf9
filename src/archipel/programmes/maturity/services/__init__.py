"""Acting on maturity: answers, efforts, campaigns, imports."""

"""Facts about establishments: entered, imported or derived, each with a source, a validity and a proof."""

"""Exit documents: built from a passage, validated by a physician, sent, followed to their acknowledgement."""

"""What every page may use, whatever its layer: exports, French formats, privacy, questions about the request."""

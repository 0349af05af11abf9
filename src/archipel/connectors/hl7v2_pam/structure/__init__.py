"""MFN^M05, location master file: the second door of the structure."""

"""Documents to the hospital's exchange platform (PFI), in HL7 v2.6 MDM, and its business acknowledgements (ZAM)."""

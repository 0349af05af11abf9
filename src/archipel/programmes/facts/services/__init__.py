"""Recording facts and payments: entered, imported, corrected, retracted, taken back."""

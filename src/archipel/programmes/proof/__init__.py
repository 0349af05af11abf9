"""Requirements bound to live metrics, evidence and decisions; proof archives."""

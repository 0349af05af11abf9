"""The programming interface, `/api/v1/`: a layer beside the screens, over the same public faces."""

"""What can be subscribed to. The trigger of the outbox looks at the same families (``0003_trajectories.py``)."""

TOPICS = {
    "systems.inventaire": "Inventaire du système d'information : des fiches changent",
    "trajectory.scenario": "Trajectoires : un scénario est créé, réglé, calculé, publié ou retiré",
    "webhooks.essai": "Essai d'un abonnement",
}
"""Topic → what it tells."""
OFFERED = tuple(topic for topic in TOPICS if topic != "webhooks.essai")

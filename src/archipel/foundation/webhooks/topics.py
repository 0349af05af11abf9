"""What can be subscribed to. The trigger of the outbox looks at the same families (``migrations/0002_enqueue.py``)."""

TOPICS = {
    "systems.inventaire": "Inventaire du système d'information : des fiches changent",
    "webhooks.essai": "Essai d'un abonnement",
}
"""Topic → what it tells."""
OFFERED = tuple(topic for topic in TOPICS if topic != "webhooks.essai")

"""Events told to other systems over HTTPS."""

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    """Registers the subscriptions and the deliveries."""

    name = "archipel.foundation.webhooks"
    label = "webhooks"
    verbose_name = "Abonnements"

"""Events told to other systems: subscriptions, signed deliveries, retries, what could not be delivered."""

"""An event that somebody subscribed to becomes deliveries in the very transaction that records it."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION archipel_webhooks_enqueue() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO webhooks_delivery (id, subscription_id, topic, payload, occurred_at, state, attempts, next_at, error)
  SELECT gen_random_uuid(), s.id, NEW.topic, NEW.payload, NEW.at, 'attente', 0, NEW.at, ''
    FROM webhooks_subscription s WHERE s.active AND NEW.topic = ANY (s.topics);
  RETURN NULL;
END $$;
CREATE TRIGGER webhooks_enqueue AFTER INSERT ON outbox_event FOR EACH ROW
  WHEN (NEW.topic LIKE 'systems.%') EXECUTE FUNCTION archipel_webhooks_enqueue();
"""
BACKWARD = """
DROP TRIGGER webhooks_enqueue ON outbox_event;
DROP FUNCTION archipel_webhooks_enqueue();
"""


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0001_initial"), ("outbox", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

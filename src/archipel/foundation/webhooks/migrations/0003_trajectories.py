"""Changes of trajectories are told to subscribers too."""

from django.db import migrations

FORWARD = """
DROP TRIGGER webhooks_enqueue ON outbox_event;
CREATE TRIGGER webhooks_enqueue AFTER INSERT ON outbox_event FOR EACH ROW
  WHEN (NEW.topic LIKE 'systems.%' OR NEW.topic LIKE 'trajectory.%') EXECUTE FUNCTION archipel_webhooks_enqueue();
"""
BACKWARD = """
DROP TRIGGER webhooks_enqueue ON outbox_event;
CREATE TRIGGER webhooks_enqueue AFTER INSERT ON outbox_event FOR EACH ROW
  WHEN (NEW.topic LIKE 'systems.%') EXECUTE FUNCTION archipel_webhooks_enqueue();
"""


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0002_enqueue")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

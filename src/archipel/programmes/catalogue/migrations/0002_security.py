"""Who reads what, ledgers that are only added to, and quotas that the database itself keeps from going negative."""

from django.db import migrations

from archipel.foundation.rls import PROGRAMMES, append_only, scoped

FOLLOWS = """
CREATE FUNCTION catalogue_quota_follows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last catalogue_quotamovement%ROWTYPE;
BEGIN
    SELECT * INTO last FROM catalogue_quotamovement WHERE quota = NEW.quota ORDER BY rank DESC LIMIT 1;
    IF NEW.rank <> coalesce(last.rank, 0) + 1
        OR NEW.left <> coalesce(last.left + NEW.rights - last.rights, NEW.rights) + NEW.change THEN
        RAISE EXCEPTION 'quota %: this movement does not follow the last one', NEW.quota
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER catalogue_quota_follows BEFORE INSERT ON catalogue_quotamovement
    FOR EACH ROW EXECUTE FUNCTION catalogue_quota_follows();
"""
UNFOLLOWS = """
DROP TRIGGER catalogue_quota_follows ON catalogue_quotamovement;
DROP FUNCTION catalogue_quota_follows();
"""


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0001_initial")]
    operations = [
        scoped("catalogue_offer", "establishments", setting=PROGRAMMES, many=True, read="true"),
        scoped("catalogue_answerdelay", "establishments", setting=PROGRAMMES, many=True, read="true"),
        scoped("catalogue_request", "establishments", setting=PROGRAMMES, many=True),
        scoped("catalogue_requestevent", "establishments", setting=PROGRAMMES, many=True),
        scoped("catalogue_quotamovement", "establishments", setting=PROGRAMMES, many=True, read="true"),
        scoped("catalogue_feedbackevent", "establishments", setting=PROGRAMMES, many=True),
        scoped("catalogue_publication", "establishments", setting=PROGRAMMES, many=True, read="true"),
        append_only("catalogue_offer"),
        append_only("catalogue_answerdelay"),
        append_only("catalogue_request"),
        append_only("catalogue_requestevent"),
        append_only("catalogue_quotamovement"),
        append_only("catalogue_feedbackevent"),
        append_only("catalogue_publication"),
        migrations.RunSQL(FOLLOWS, UNFOLLOWS),
    ]

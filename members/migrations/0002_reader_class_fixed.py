"""A credential's owner and reader class never change: positions in a feed belong to the class."""

from django.db import migrations

SQL = """
CREATE FUNCTION members_credential_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a credential keeps its owner, channel and ceiling for life; issue another'
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER members_credential_fixed BEFORE UPDATE ON members_credential
    FOR EACH ROW WHEN (
        (OLD.public_id, OLD.member_id, OLD.channel, OLD.max_tlp, OLD.own_instance)
        IS DISTINCT FROM
        (NEW.public_id, NEW.member_id, NEW.channel, NEW.max_tlp, NEW.own_instance)
        OR (OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at)
    ) EXECUTE FUNCTION members_credential_fixed();
"""

UNDO = """
DROP TRIGGER members_credential_fixed ON members_credential;
DROP FUNCTION members_credential_fixed();
"""


class Migration(migrations.Migration):
    dependencies = [("members", "0001_initial")]
    operations = [migrations.RunSQL(SQL, UNDO)]

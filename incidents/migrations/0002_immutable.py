"""What was filed is never changed: the database refuses it.

Lawful erasure, the one exception, says so by the setting `cyberframe.erasure` in its own
transaction.
"""

from django.db import migrations

TABLES = ("incidents_revision", "incidents_stixobject", "incidents_revisionobject")

FORWARD = """
CREATE FUNCTION incidents_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF coalesce(current_setting('cyberframe.erasure', true), '') = 'on' THEN
    RETURN coalesce(NEW, OLD);
  END IF;
  RAISE EXCEPTION '% is never changed', TG_TABLE_NAME;
END $$;
""" + "".join(
    f"""
CREATE TRIGGER {table}_immutable BEFORE UPDATE OR DELETE ON {table}
  FOR EACH ROW EXECUTE FUNCTION incidents_immutable();
"""
    for table in TABLES
)

BACKWARD = (
    "".join(f"DROP TRIGGER {table}_immutable ON {table};" for table in TABLES)
    + "DROP FUNCTION incidents_immutable();"
)


class Migration(migrations.Migration):
    dependencies = [("incidents", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

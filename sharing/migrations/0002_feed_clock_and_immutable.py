"""The one row of the feed clock; decisions and rendered bytes that never change."""

from django.db import migrations

FORWARD = """
INSERT INTO sharing_feedclock (id, last) VALUES (1, '1970-01-01T00:00:00Z');

CREATE FUNCTION sharing_release_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND (OLD.incident_id, OLD.revision_id, OLD.version, OLD.report_kind,
      OLD.by_id, OLD.at, OLD.marking, OLD.audience_digest, OLD.audience)
    IS NOT DISTINCT FROM (NEW.incident_id, NEW.revision_id, NEW.version, NEW.report_kind,
      NEW.by_id, NEW.at, NEW.marking, NEW.audience_digest, NEW.audience) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a release is never changed';
END $$;
CREATE TRIGGER sharing_release_kept BEFORE UPDATE OR DELETE ON sharing_release
  FOR EACH ROW EXECUTE FUNCTION sharing_release_kept();

CREATE FUNCTION sharing_body_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF coalesce(current_setting('cyberframe.erasure', true), '') = 'on' THEN
    RETURN coalesce(NEW, OLD);
  END IF;
  IF TG_OP = 'UPDATE' AND OLD.body = NEW.body AND OLD.ordinal = NEW.ordinal
      AND OLD.object_id = NEW.object_id AND OLD.version = NEW.version THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'what was rendered is never changed';
END $$;
CREATE TRIGGER sharing_body_kept BEFORE UPDATE OR DELETE ON sharing_renderingobject
  FOR EACH ROW EXECUTE FUNCTION sharing_body_kept();
"""

BACKWARD = """
DROP TRIGGER sharing_body_kept ON sharing_renderingobject;
DROP FUNCTION sharing_body_kept();
DROP TRIGGER sharing_release_kept ON sharing_release;
DROP FUNCTION sharing_release_kept();
DELETE FROM sharing_feedclock;
"""


class Migration(migrations.Migration):
    dependencies = [("sharing", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

"""Find at once who carries an object of another member: such copies are few."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("incidents", "0003_objects_that_say_more")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX stix_object_carried ON incidents_stixobject (stix_id)"
            " WHERE creator_id <> owner_id",
            "DROP INDEX stix_object_carried",
        )
    ]

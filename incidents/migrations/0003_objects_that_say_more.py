"""An index of the objects that say more than their marking: what-if reads no text.

`sharing.stock.SAYS_MORE` is its condition; the planner compares the two word by word.
"""

from __future__ import annotations

from django.db import migrations

MAKE = r"""
CREATE INDEX object_says_more ON incidents_stixobject (id)
WHERE text LIKE '%granular\_markings%' OR text LIKE '%\\u00%' OR creator_id <> owner_id
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0002_immutable")]

    operations = [migrations.RunSQL(MAKE, "DROP INDEX object_says_more")]

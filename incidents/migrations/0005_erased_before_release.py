"""An incident that is erased before its first release ends as retracted, without a version."""

from __future__ import annotations

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("incidents", "0004_objects_carried_for_others")]

    operations = [
        migrations.RemoveConstraint("incident", "incident_version_follows_state"),
        migrations.AddConstraint(
            "incident",
            models.CheckConstraint(
                condition=Q(version=0, state__in=["draft", "review", "retracted"])
                | (Q(version__gt=0) & ~Q(state__in=["draft", "review"])),
                name="incident_version_follows_state",
            ),
        ),
    ]

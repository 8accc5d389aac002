"""A new consent may be asked for while the old one holds."""

from __future__ import annotations

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("sharing", "0005_recall_answers")]

    operations = [
        migrations.RemoveConstraint(model_name="reuserequest", name="reuse_one_open"),
        migrations.AddConstraint(
            model_name="reuserequest",
            constraint=models.UniqueConstraint(
                fields=["incident", "object_id"],
                condition=Q(state="asked"),
                name="reuse_asked_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="reuserequest",
            constraint=models.UniqueConstraint(
                fields=["incident", "object_id"],
                condition=Q(state="granted"),
                name="reuse_granted_once",
            ),
        ),
    ]

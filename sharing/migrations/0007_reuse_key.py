"""A request for consent is known outside by a key that counts nothing."""

from __future__ import annotations

import uuid

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sharing", "0006_reuse_asked_beside_granted")]

    operations = [
        migrations.AddField(
            model_name="reuserequest",
            name="key",
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
        ),
    ]

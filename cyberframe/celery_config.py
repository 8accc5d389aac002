"""What Celery takes from Django's settings, read when a process first needs it."""

from django.conf import settings

broker_url = settings.REDIS_URL

"""Assembly: settings, addresses, processes and the page frame. Rooms never import it."""

from cyberframe.celery import app as celery_app

__all__ = ["celery_app"]

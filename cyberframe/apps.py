"""The cyberframe room."""

from django.apps import AppConfig


class CyberframeConfig(AppConfig):
    name = "cyberframe"

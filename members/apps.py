"""The members room."""

from django.apps import AppConfig


class MembersConfig(AppConfig):
    name = "members"

    def ready(self) -> None:
        from members import openapi  # noqa: F401, PLC0415 - registers itself with the schema

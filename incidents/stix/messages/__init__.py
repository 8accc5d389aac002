"""The sentences for every code of a problem.

The edge translates by code: `text` and `fix` are the message ids, and the parameters of the
problem fill their places.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from incidents.stix.messages.bundles import BUNDLES
from incidents.stix.messages.message import Message
from incidents.stix.messages.objects import OBJECTS
from incidents.stix.messages.reading import READING
from incidents.stix.messages.values import VALUES

__all__ = ["MESSAGES", "Message"]

MESSAGES: Final[Mapping[str, Message]] = MappingProxyType(
    {**READING, **VALUES, **OBJECTS, **BUNDLES}
)

"""The tables of all object types, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from incidents.stix.shapes import ObjectType
from incidents.stix.types.meta import META
from incidents.stix.types.observables import SCOS
from incidents.stix.types.sdo import SDOS
from incidents.stix.types.sro import SROS
from incidents.stix.types.suite import SUITE

OBJECT_TYPES: Final[Mapping[str, ObjectType]] = MappingProxyType(
    {kind.name: kind for kind in (*SDOS, *SROS, *SCOS, *META, *SUITE)}
)

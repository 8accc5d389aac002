"""Request bodies as bytes: `incidents.stix` judges them once, and nothing parses them before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.parsers import BaseParser

from incidents.stix import LIMITS, SubmissionRejected, problem


class RawParser(BaseParser):
    """Gives the body as it came, if it is not too large; the size is judged before reading."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,  # noqa: ARG002 - DRF's signature
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        request = (parser_context or {})["request"]
        encoding = request.META.get("HTTP_CONTENT_ENCODING", "identity")
        if encoding.strip().lower() not in ("", "identity"):
            raise UnsupportedMediaType(encoding, detail="Send the body without Content-Encoding.")
        stated = request.META.get("CONTENT_LENGTH") or "0"
        if stated.isdecimal() and int(stated) > LIMITS.size_bytes:
            raise _too_large(int(stated))
        data = stream.read(LIMITS.size_bytes + 1)
        if len(data) > LIMITS.size_bytes:
            raise _too_large(len(data))
        return data


class StixParser(RawParser):
    """The same for STIX's own media type (STIX 2.1 §12)."""

    media_type = "application/stix+json"


def _too_large(size: int) -> SubmissionRejected:
    params = {"size": size, "limit": LIMITS.size_bytes}
    return SubmissionRejected([problem("too_large", params=params)], 413)

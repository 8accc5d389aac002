"""Asked once before a process starts: is there a database and a broker it can work with?"""

from __future__ import annotations

from urllib.parse import urlsplit

import psycopg
import redis

SUPPORTED = range(15, 19)


class NotReady(Exception):
    """A process cannot start. The message is one line that names the setting and the mend."""


def check_database(url: str) -> None:
    """Return if `url` leads to a PostgreSQL that is supported.

    Raises:
        NotReady: no answer, another kind of server, an unsupported version or encoding.
    """
    try:
        with psycopg.connect(url, connect_timeout=5, autocommit=True) as connection:
            major = connection.info.server_version // 10_000
            encoding = connection.info.parameter_status("server_encoding")
    except (psycopg.Error, ValueError) as error:
        raise NotReady(f"CYBERFRAME_DATABASE_URL: {_first_line(error)}") from None
    if major not in SUPPORTED:
        raise NotReady(
            f"CYBERFRAME_DATABASE_URL: PostgreSQL {major} is not supported, "
            f"{SUPPORTED[0]} to {SUPPORTED[-1]} are"
        )
    if encoding != "UTF8":
        raise NotReady(f"CYBERFRAME_DATABASE_URL: the database is {encoding}, it must be UTF8")


def check_broker(url: str) -> None:
    """Return if `url` leads to a Redis or Valkey that answers.

    Raises:
        NotReady: no answer, a wrong password, or another kind of server.
    """
    parts = urlsplit(url)
    plain = url.replace("redis+socket://", "unix://").replace("virtual_host=", "db=")
    try:
        client = redis.Redis.from_url(plain, socket_connect_timeout=5, socket_timeout=5)
        client.ping()
        client.close()
    except (redis.RedisError, OSError, ValueError, TypeError) as error:
        where = parts.hostname or parts.path
        raise NotReady(f"CYBERFRAME_REDIS_URL: {where}: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines or [type(error).__name__])[0]

"""Addresses: the servers that one address names."""

from urllib.parse import urlsplit, urlunsplit


def addresses(url: str) -> tuple[str, ...]:
    """One address for each server: `amqp://user:password@one:5672,two/path` names two, with the same user, path and
    options. What stands between two commas and is empty names none.
    """
    parts = urlsplit(url)
    login, at, servers = parts.netloc.rpartition("@")
    found = [urlunsplit(parts._replace(netloc=login + at + each)) for each in servers.split(",") if each]
    return tuple(found) or (url,)

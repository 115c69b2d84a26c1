"""Addresses: the nodes of a cluster that one AMQP address names."""

from urllib.parse import urlsplit, urlunsplit


def addresses(url: str) -> tuple[str, ...]:
    """One address for each node: `amqp://user:password@one:5672,two/vhost` names two, with the same user, virtual host
    and options. What stands between two commas and is empty names none.
    """
    parts = urlsplit(url)
    login, at, nodes = parts.netloc.rpartition("@")
    found = [urlunsplit(parts._replace(netloc=login + at + node)) for node in nodes.split(",") if node]
    return tuple(found) or (url,)

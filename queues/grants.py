"""Grants: the rights that a specialist system needs in RabbitMQ, and no others, as commands for an administrator."""

import re
import shlex
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from queues.topology import RECEIPTS, pickup_queue

NOTHING = "^$"


def grants(url: str, user: str, fetches: Iterable[str]) -> list[str]:
    """The `rabbitmqctl` commands that make a user and limit it: it reads the pickup queues of the destinations that
    it `fetches` for, writes to the exchange for receipts, and declares nothing. `url` is the gateway's own.
    """
    queues = [re.escape(pickup_queue(each).name).replace("\\-", "-") for each in sorted(fetches)]
    read = f"^({'|'.join(queues)})$" if len(queues) > 1 else f"^{queues[0]}$" if queues else NOTHING
    write = f"^{re.escape(RECEIPTS.name)}$"
    return [
        # Asks for the password, so that it stands in no history of commands.
        shlex.join(["rabbitmqctl", "add_user", user]),
        shlex.join(["rabbitmqctl", "set_permissions", "-p", vhost(url), user, NOTHING, write, read]),
    ]


def vhost(url: str) -> str:
    """The virtual host that an AMQP address names."""
    path = urlsplit(url).path
    return unquote(path[1:]) or "/"

"""What is said when a server can neither be found nor started."""


class ServerMissing(Exception):
    """There is no such server here and none can be started; the text says why."""

"""Logs: one structured line per event on standard error, never with content of a message."""

import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import orjson
import structlog

log = structlog.get_logger()


def configure(*, json: bool, level: int = logging.INFO) -> None:
    """Set up structlog for this process: JSON lines for machines, plain lines for a terminal."""
    renderer: structlog.typing.Processor
    factory: structlog.BytesLoggerFactory | structlog.PrintLoggerFactory
    if json:
        renderer = structlog.processors.JSONRenderer(serializer=orjson.dumps)
        factory = structlog.BytesLoggerFactory(sys.stderr.buffer)
    else:
        renderer = structlog.dev.ConsoleRenderer(colors=False)
        factory = structlog.PrintLoggerFactory(sys.stderr)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=factory,
        cache_logger_on_first_use=False,
    )
    # Libraries speak only when something is wrong: some of them log whole bodies when they may say more.
    logging.basicConfig(level=logging.WARNING, handlers=[_Libraries()], force=True)


@contextmanager
def silent() -> Iterator[None]:
    """Log nothing while the context is open: for a command whose output is its answer."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.configure(**before)


class _Libraries(logging.Handler):
    """Writes what libraries have to say as events like our own: the first line of it, and of an error its
    class and the places it passed. The text of a foreign error may quote a message.
    """

    def emit(self, record: logging.LogRecord) -> None:
        facts: dict[str, object] = {"logger": record.name, "text": record.getMessage().partition("\n")[0]}
        if record.exc_info and record.exc_info[0] is not None:
            facts["error"] = record.exc_info[0].__qualname__
            frames = traceback.extract_tb(record.exc_info[2])
            facts["frames"] = [f"{each.filename}:{each.lineno} {each.name}" for each in frames[-12:]]
        if record.levelno >= logging.ERROR:
            log.error("library", **facts)
        else:
            log.warning("library", **facts)

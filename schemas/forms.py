"""Forms: what xmlschema builds from schemas, kept on disk, so that it is built once and not at every start."""

import fcntl
import os
import secrets
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import structlog

log = structlog.get_logger()

FORMAT = 1
"""Goes up when what is kept changes its meaning."""
KEPT_FOR = 30 * 86400
"""Seconds after which a form that nobody has loaded is removed."""
LEFT_FOR = 3600
"""Seconds after which a file that nobody finished writing is removed."""
_SUFFIX = ".form"
_DIGEST = 32


class FormCache:
    """A folder of forms. Safe to use from any number of threads and processes.

    To load a form is to run what the file says. So only files are read that this user alone may write, in a
    folder of which the same is true; whatever is wrong with them, they are as good as missing.
    """

    def __init__(self, folder: Path, *, quiet: bool = False) -> None:
        """`quiet`: nothing is logged where the folder can't be used, because nobody would miss it."""
        self.folder = folder
        self._told = quiet

    def load(self, key: str) -> bytes | None:
        """The form of that key; None where there is none that can be used."""
        try:
            with self._opened() as folder:
                content = _read(folder, key + _SUFFIX)
        except FileNotFoundError:
            return None
        except OSError as error:
            self._tell(error)
            return None
        digest, form = content[:_DIGEST], content[_DIGEST:]
        return form if sha256(form).digest() == digest else None

    def has(self, key: str) -> bool:
        """Whether a form of that key is there, without looking into it."""
        return (self.folder / f"{key}{_SUFFIX}").is_file()

    def is_usable(self) -> bool:
        """Whether forms can be kept here."""
        try:
            os.close(self._lock())
        except OSError as error:
            self._tell(error)
            return False
        return True

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Alone among all who lock, so that processes that start together do not all do the same work.

        Raises:
            OSError: forms can't be kept here.
        """
        lock = self._lock()
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def save(self, key: str, form: bytes) -> bool:
        """Keep a form, complete or not at all; False where that is not possible. Old ones go."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._opened() as folder:
                _write(folder, key + _SUFFIX, sha256(form).digest() + form)
                _clean(folder)
        except OSError as error:
            self._tell(error)
            return False
        return True

    def _lock(self) -> int:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._opened() as folder:
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            return os.open("lock", flags, 0o600, dir_fd=folder)

    @contextmanager
    def _opened(self) -> Iterator[int]:
        folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            _must_be_ours(folder)
            yield folder
        finally:
            os.close(folder)

    def _tell(self, error: OSError) -> None:
        if not self._told:
            self._told = True
            log.warning(
                "forms_not_kept", folder=str(self.folder), error=type(error).__name__, reason=error.strerror
            )


def versions() -> str:
    """All on which a form depends beside its schema."""
    found = FORMAT, sys.version, version("xmlschema"), version("elementpath")
    return "|".join(map(str, found))


def _must_be_ours(descriptor: int) -> None:
    found = os.fstat(descriptor)
    if found.st_uid != os.geteuid():
        raise PermissionError(0, "it belongs to another user")
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError(0, "others may write it")


def _read(folder: int, name: str) -> bytes:
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor
        _must_be_ours(descriptor)
        content = file.read()
    if time.time() - os.stat(name, dir_fd=folder).st_mtime > KEPT_FOR / 2:
        with suppress(OSError):
            os.utime(name, dir_fd=folder)
    return content


def _write(folder: int, name: str, content: bytes) -> None:
    unfinished = f".{name}-{secrets.token_hex(8)}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with open(os.open(unfinished, flags, 0o600, dir_fd=folder), "wb") as file:  # noqa: PTH123 - a descriptor
            file.write(content)
        os.rename(unfinished, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        with suppress(OSError):
            os.unlink(unfinished, dir_fd=folder)
        raise


def _clean(folder: int) -> None:
    """Remove what is old: forms of schemas and versions that are gone, and what a killed process left."""
    now = time.time()
    for name in os.listdir(folder):
        if not name.endswith(_SUFFIX) and not name.startswith("."):
            continue
        with suppress(OSError):
            age = now - os.stat(name, dir_fd=folder).st_mtime
            if age > (LEFT_FOR if name.startswith(".") else KEPT_FOR):
                os.unlink(name, dir_fd=folder)

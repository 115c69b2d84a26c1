"""Kept forms: the same findings as built ones, nothing that others could have written, and no harm where it fails."""

import asyncio
import os
import pickle
import shutil
import time
from collections.abc import Callable
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway.core.refusal import Refusal
from schemas import forms
from schemas.closure import SchemaFiles, collect_files
from schemas.forms import FormCache
from schemas.library import SchemaLibrary
from schemas.second import SecondForm
from schemas.stock import stock
from tests.unit.bundles.builders import BUNDLES as BUNDLES_OF_OURS
from tests.unit.bundles.builders import INVALID
from tests.unit.schemas.builders import BUNDLES, a_message

DAY = date(2026, 7, 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def bundles(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BUNDLES, tmp_path / "bundles"))


def files(bundles: Path) -> SchemaFiles:
    place = bundles / "probe/1.0"
    return collect_files(place, bundles / "gemeinsam", ["probe.xsd"], "urn:test:schema:probe:1.0")


def build(bundles: Path, folder: Path) -> Path:
    """Build the form of the small bundle and say in which file it is kept."""
    assert SecondForm(files(bundles), FormCache(folder)).get() is not None
    (kept,) = folder.glob("*.form")
    return kept


class Loading(FormCache):
    """Remembers what was loaded and what was saved."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.loaded: list[bool] = []
        self.saved: list[bool] = []

    def load(self, key: str) -> bytes | None:
        form = super().load(key)
        self.loaded.append(form is not None)
        return form

    def save(self, key: str, form: bytes) -> bool:
        self.saved.append(super().save(key, form))
        return self.saved[-1]


def get(bundles: Path, folder: Path) -> Loading:
    cache = Loading(folder)
    assert SecondForm(files(bundles), cache).get() is not None
    return cache


def refusals(library: SchemaLibrary, content: bytes) -> tuple[Refusal, ...]:
    return library.check(library.open(content), DAY).refusals


def test_what_is_loaded_finds_what_was_found(folder: Path) -> None:
    samples = [each.read_bytes() for each in INVALID if each.parts[-5:-3] == ("ab-meldewesen", "1.0")]
    assert len(samples) > 5
    built, loaded = (
        SchemaLibrary.load([BUNDLES_OF_OURS], forms=cache) for cache in (FormCache(folder), Loading(folder))
    )
    found = [refusals(built, each) for each in samples]
    assert len(list(folder.glob("*.form"))) == 1
    assert [refusals(loaded, each) for each in samples] == found


def test_it_is_built_once_and_loaded_ever_after(bundles: Path, folder: Path) -> None:
    first, second = get(bundles, folder), get(bundles, folder)
    assert (first.loaded, first.saved) == ([False], [True])
    assert (second.loaded, second.saved) == ([True], [])


def test_nobody_else_may_read_or_write_it(bundles: Path, folder: Path) -> None:
    kept = build(bundles, folder)
    assert (folder.stat().st_mode & 0o777, kept.stat().st_mode & 0o777) == (0o700, 0o600)


def test_what_counts_is_the_content_of_the_schemas(bundles: Path, folder: Path, tmp_path: Path) -> None:
    kept = build(bundles, folder)
    elsewhere = Path(shutil.copytree(bundles, tmp_path / "elsewhere"))
    os.utime(elsewhere / "probe/1.0/probe.xsd", (1, 1))
    assert get(elsewhere, folder).loaded == [True]
    schema = bundles / "gemeinsam/1.0/kopf.xsd"
    schema.write_text(schema.read_text() + "<!-- neu -->")
    assert get(bundles, folder).loaded == [False]
    assert len(list(folder.glob("*.form"))) == 2
    assert kept.exists()


def test_another_version_of_a_library_has_other_forms(
    bundles: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(bundles, folder)
    monkeypatch.setattr("schemas.second.versions", lambda: "99.0")
    assert get(bundles, folder).loaded == [False]


def test_schemas_that_changed_meanwhile_are_not_kept(bundles: Path, folder: Path) -> None:
    collected = files(bundles)
    schema = bundles / "probe/1.0/probe.xsd"
    schema.write_text(schema.read_text() + "<!-- neu -->")
    cache = Loading(folder)
    assert SecondForm(collected, cache).get() is not None
    assert cache.saved == []


class Evil:
    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, ("evil",)


def _signed(content: bytes) -> bytes:
    return sha256(content).digest() + content


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x" * 100,
        _signed(b"no pickle"),
        _signed(pickle.dumps({"a": 1})),
        b"x" * 32 + pickle.dumps(Evil()),
    ],
    ids=["empty", "junk", "no-pickle", "no-schema", "unsigned"],
)
def test_a_broken_one_is_as_good_as_missing(
    bundles: Path, folder: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(bundles)
    kept = build(bundles, folder)
    kept.write_bytes(content)
    cache = get(bundles, folder)
    assert cache.saved == [True]
    assert get(bundles, folder).saved == []
    assert not Path("evil").exists()


def test_a_half_written_one_is_as_good_as_missing(bundles: Path, folder: Path) -> None:
    kept = build(bundles, folder)
    kept.write_bytes(kept.read_bytes()[:-1])
    assert get(bundles, folder).loaded == [False]


def _group_writes_folder(folder: Path, _kept: Path) -> None:
    folder.chmod(0o770)


def _others_write_file(_folder: Path, kept: Path) -> None:
    kept.chmod(0o602)


def _folder_is_a_link(folder: Path, _kept: Path) -> None:
    folder.rename(folder.with_name("real"))
    folder.symlink_to("real")


def _file_is_a_link(folder: Path, kept: Path) -> None:
    kept.rename(folder / "real")
    kept.symlink_to("real")


@pytest.mark.parametrize(
    "spoil", [_group_writes_folder, _others_write_file, _folder_is_a_link, _file_is_a_link]
)
def test_what_others_may_have_written_is_never_loaded(
    bundles: Path, folder: Path, spoil: Callable[[Path, Path], None]
) -> None:
    spoil(folder, build(bundles, folder))
    with capture_logs() as logs:
        cache = get(bundles, folder)
        SecondForm(files(bundles), cache).get()
    assert cache.loaded[0] is False
    assert [each["event"] for each in logs] == ["forms_not_kept"]


def test_what_another_user_owns_is_never_loaded(
    bundles: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(bundles, folder)
    monkeypatch.setattr("schemas.forms.os.geteuid", lambda: os.getuid() + 1)
    with capture_logs() as logs:
        cache = get(bundles, folder)
    assert (cache.loaded, cache.saved) == ([False], [False])
    assert [each["reason"] for each in logs] == ["it belongs to another user"]


def test_without_a_place_for_it_everything_works(bundles: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = FormCache(tmp_path / "file" / "cache", quiet=True)
    assert not cache.is_usable()
    library = SchemaLibrary.load([bundles], forms=cache)
    assert refusals(library, a_message("<person/>"))


def test_a_full_disk_leaves_nothing_behind(
    bundles: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("schemas.forms.os.rename", full)
    with capture_logs() as logs:
        cache = get(bundles, folder)
    assert cache.saved == [False]
    assert list(folder.iterdir()) == []
    assert [each["reason"] for each in logs] == ["No space left on device"]


def test_old_ones_go(bundles: Path, folder: Path) -> None:
    folder.mkdir(mode=0o700)
    now = time.time()
    ages = {
        "old.form": forms.KEPT_FOR + 60,
        "young.form": forms.KEPT_FOR - 60,
        ".killed.form-1": forms.LEFT_FOR + 60,
        ".writing.form-1": 0,
        "foreign": forms.KEPT_FOR * 9,
    }
    for name, age in ages.items():
        (folder / name).write_text("")
        os.utime(folder / name, (now - age, now - age))
    kept = build_beside(bundles, folder)
    left = {each.name for each in folder.iterdir()}
    assert left == {"young.form", ".writing.form-1", "foreign", kept}
    os.utime(folder / kept, (now - forms.KEPT_FOR + 60,) * 2)
    assert get(bundles, folder).loaded == [True]
    assert (folder / kept).stat().st_mtime > now - 60


def build_beside(bundles: Path, folder: Path) -> str:
    before = {each.name for each in folder.iterdir()}
    get(bundles, folder)
    (new,) = {each.name for each in folder.glob("*.form")} - before
    return new


@pytest.fixture
def stocked(bundles: Path, folder: Path) -> Path:
    async def both() -> None:
        await asyncio.gather(*(stock([bundles], folder) for _ in range(2)))

    asyncio.run(both())
    return folder


def test_processes_of_their_own_build_what_is_missing(bundles: Path, stocked: Path) -> None:
    assert get(bundles, stocked).loaded == [True]
    assert not SchemaLibrary.load([bundles], forms=FormCache(stocked)).lacks_forms
    assert {each.suffix for each in stocked.iterdir()} == {".form", ""}

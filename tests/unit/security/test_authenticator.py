import pytest

from gateway.core.errors import StoreUnavailable
from gateway.core.tenants import Portal, SpecialistSystem
from gateway.core.views import KeyView
from gateway.security import keys
from gateway.security.authenticator import KeyAuthenticator
from gateway.security.keys import AccessKey

PORTAL = Portal("landesportal", ("psw:01003110",))


class FakeKeys:
    def __init__(self, *known: AccessKey) -> None:
        self.known = {(key.id, key.secret_hash) for key in known}
        self.asked = 0
        self.down = False

    async def holder(self, key_id: str, secret_hash: str) -> Portal | SpecialistSystem | None:
        self.asked += 1
        if self.down:
            raise StoreUnavailable
        return PORTAL if (key_id, secret_hash) in self.known else None

    async def keys(self) -> list[KeyView]:
        return []


class Watch:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def key() -> AccessKey:
    return keys.generate()


@pytest.fixture
def store(key: AccessKey) -> FakeKeys:
    return FakeKeys(key)


async def test_a_good_key_names_its_holder(key: AccessKey, store: FakeKeys) -> None:
    assert await KeyAuthenticator(store).authenticate(f"Bearer {key.reveal()}") == PORTAL


async def test_the_scheme_is_read_in_any_case(key: AccessKey, store: FakeKeys) -> None:
    assert await KeyAuthenticator(store).authenticate(f"bEARER  {key.reveal()} ") == PORTAL


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer x", "Basic YTpi", "Bearer ab_x_y"])
async def test_what_is_no_key_never_reaches_the_store(header: str | None, store: FakeKeys) -> None:
    assert await KeyAuthenticator(store).authenticate(header) is None
    assert store.asked == 0


async def test_a_good_key_is_remembered_until_its_time_is_over(key: AccessKey, store: FakeKeys) -> None:
    watch = Watch()
    authenticator = KeyAuthenticator(store, ttl=5, now=watch)
    for _ in range(3):
        await authenticator.authenticate(f"Bearer {key.reveal()}")
    assert store.asked == 1
    watch.seconds += 5
    await authenticator.authenticate(f"Bearer {key.reveal()}")
    assert store.asked == 2


async def test_a_revoked_key_is_good_for_no_longer_than_the_memory(key: AccessKey, store: FakeKeys) -> None:
    watch = Watch()
    authenticator = KeyAuthenticator(store, ttl=5, now=watch)
    await authenticator.authenticate(f"Bearer {key.reveal()}")
    store.known.clear()
    watch.seconds += 5
    assert await authenticator.authenticate(f"Bearer {key.reveal()}") is None


async def test_a_remembered_id_does_not_open_for_another_secret(key: AccessKey, store: FakeKeys) -> None:
    authenticator = KeyAuthenticator(store)
    await authenticator.authenticate(f"Bearer {key.reveal()}")
    wrong = AccessKey(key.id, keys.generate().secret)
    assert await authenticator.authenticate(f"Bearer {wrong.reveal()}") is None
    assert await authenticator.authenticate(f"Bearer {key.reveal()}") == PORTAL


async def test_a_key_works_from_the_moment_it_is_issued(key: AccessKey) -> None:
    store = FakeKeys()
    authenticator = KeyAuthenticator(store)
    assert await authenticator.authenticate(f"Bearer {key.reveal()}") is None
    store.known.add((key.id, key.secret_hash))
    assert await authenticator.authenticate(f"Bearer {key.reveal()}") == PORTAL


async def test_the_memory_is_bounded() -> None:
    many = [keys.generate() for _ in range(5)]
    store = FakeKeys(*many)
    authenticator = KeyAuthenticator(store, size=2)
    for key in [*many, *many]:
        await authenticator.authenticate(f"Bearer {key.reveal()}")
    assert store.asked == 10
    assert len(authenticator._known) == 2


async def test_a_store_that_does_not_answer_is_no_refusal(key: AccessKey, store: FakeKeys) -> None:
    store.down = True
    with pytest.raises(StoreUnavailable):
        await KeyAuthenticator(store).authenticate(f"Bearer {key.reveal()}")

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from gateway.security import keys
from gateway.security.keys import AccessKey


def test_a_revealed_key_is_read_again() -> None:
    key = keys.generate()
    assert keys.parse(key.reveal()) == key


def test_a_key_has_the_documented_form() -> None:
    prefix, id, secret = keys.generate().reveal().split("_", 2)
    assert (prefix, len(id), len(secret)) == ("ab", 12, 43)


def test_no_two_keys_are_alike() -> None:
    made = [keys.generate() for _ in range(200)]
    assert len({key.id for key in made}) == len({key.secret for key in made}) == 200


def test_only_the_hash_of_the_secret_is_kept() -> None:
    key = AccessKey("abcdefghij23", "s" * 43)
    assert key.secret_hash == hashlib.sha256(b"s" * 43).hexdigest()


def test_neither_repr_nor_str_shows_the_secret() -> None:
    key = keys.generate()
    assert key.secret not in repr(key) + str(key) + f"{key}"
    assert key.id in str(key)


@given(st.text(max_size=80))
def test_what_is_no_key_is_not_read_as_one(text: str) -> None:
    key = keys.parse(text)
    assert key is None or key.reveal() == text


def test_letters_of_other_alphabets_are_no_key() -> None:
    good = keys.generate().reveal()
    assert keys.parse(good[:-1] + "é") is None
    assert keys.parse(good + "\n") is None
    assert keys.parse(good.upper()) is None

"""The view of elements: paths of local names, in any namespace, and nothing more."""

from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.door import parse

DOCUMENT = """
<m:melde.anmeldung.0101 xmlns:m="urn:m" xmlns:x="urn:x" m:art=" neu " test="">
  <person><name/><x:ort>Chóśebuz</x:ort></person>
  <person nr="2"><name><familienname> Nowak\n</familienname></name><ort>Werneuchen</ort></person>
</m:melde.anmeldung.0101>
""".encode()


def test_names_are_local() -> None:
    root = parse(DOCUMENT)
    assert root.name == "melde.anmeldung.0101"
    assert [child.name for child in root.all("person")] == ["person", "person"]


def test_the_first_element_that_exists_at_the_whole_path() -> None:
    root = parse(DOCUMENT)
    assert root.text("person/name/familienname") == "Nowak"
    assert root.text("person/name") is None
    assert root.text("person/ort") == "Chóśebuz"
    assert root.one("person/haustier") is None


def test_every_element_in_document_order() -> None:
    assert [ort.text() for ort in parse(DOCUMENT).all("person/ort")] == ["Chóśebuz", "Werneuchen"]


def test_attributes_by_local_name() -> None:
    root = parse(DOCUMENT)
    assert root.attribute("art") == " neu "
    assert root.attribute("test") == ""
    assert root.attribute("nr") is None
    second = root.all("person")[1]
    assert second.attribute("nr") == "2"


def test_text_is_the_elements_own() -> None:
    root = parse(b"<a> vor <b>innen</b> nach <![CDATA[<c>]]> </a>")
    assert root.text() == "vor  nach <c>"
    assert root.text(".") == root.text()


@pytest.mark.parametrize(
    "path",
    ["", "/a", "a/", "a//b", "..", "../a", "*", "a[1]", "//a", "@a", "{urn}a", "a|b", "a b", "text()", "1a"],
)
def test_only_paths_of_names(path: str) -> None:
    with pytest.raises(ValueError, match="local names"):
        parse(DOCUMENT).text(path)


def test_the_view_prints_no_content() -> None:
    assert "Nowak" not in repr(parse(DOCUMENT).one("person/name/familienname") or parse(DOCUMENT))


names = st.from_regex(r"[a-zäöü][a-z0-9.\-]{0,6}", fullmatch=True)
values = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), max_size=20)


@given(names, names, values)
def test_what_is_written_is_read(outer: str, inner: str, value: str) -> None:
    content = f"<r><{outer}><{inner}>{escape(value)}</{inner}></{outer}></r>".encode()
    assert parse(content).text(f"{outer}/{inner}") == (value.strip() or None)

"""Second: xmlschema's form of a schema, loaded or built when it is first asked for."""

import threading
from hashlib import sha256
from typing import TYPE_CHECKING

from schemas.closure import SchemaFiles, XsdVersion
from schemas.forms import FormCache, versions

if TYPE_CHECKING:
    import xmlschema


class SecondForm:
    """What xmlschema makes of the schema of one bundle. Safe to use from any number of threads."""

    def __init__(self, files: SchemaFiles, forms: FormCache | None, version: XsdVersion = "1.0") -> None:
        """`forms` is where it is kept; without it, it is built by everybody who needs it."""
        self._files = files
        self._forms = forms
        self._version: XsdVersion = version
        self._getting = threading.Lock()
        self._got = False
        self._form: xmlschema.XMLSchemaBase | None = None

    def get(self) -> "xmlschema.XMLSchemaBase | None":
        """The form. None where xmlschema does not take the schema.

        The first call takes some hundredths of a second where the form is kept; else it is built, which
        takes some tenths of a second to some seconds, and kept.
        """
        with self._getting:
            if not self._got:
                self._form = self._load_or_build()
                self._got = True
        return self._form

    @property
    def is_missing(self) -> bool:
        """Whether it is not kept although it could be, as far as one can see without loading it."""
        return self._forms is not None and not self._forms.has(self._key)

    @property
    def _key(self) -> str:
        return sha256(f"{versions()}|{self._version}|{self._files.stamp}".encode()).hexdigest()

    def _load_or_build(self) -> "xmlschema.XMLSchemaBase | None":
        # Who never explains anything does not wait for xmlschema itself to be imported.
        from schemas import building  # noqa: PLC0415

        kept = self._forms.load(self._key) if self._forms else None
        form = building.from_bytes(kept) if kept is not None else None
        if form is not None:
            return form
        form = building.build(self._files, self._version)
        if form is not None and self._forms and self._files.is_unchanged():
            content = building.to_bytes(form)
            if content is not None:
                self._forms.save(self._key, content)
        return form

"""Sheet: a page that is complete in itself: no script, no other file, its own style and nothing else."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from functools import cached_property
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from jinja2 import Template


class Sheet:
    """A template of this package with its style."""

    def __init__(
        self,
        template: str,
        *styles: str,
        more_style: str = "",
        filters: Mapping[str, Callable[[str], str]] | None = None,
    ) -> None:
        self._name = template
        self._filters = filters or {}
        self._styles = styles
        self._more_style = more_style

    def render(self, **values: object) -> str:
        """The whole page."""
        # Our own files.
        return self._template.render(style=Markup(self._style), policy=self._policy, **values)  # noqa: S704

    def content_security_policy(self) -> str:
        """The header that goes with the page: it may do nothing but wear its own style."""
        return f"{self._policy}; frame-ancestors 'none'"

    @cached_property
    def _policy(self) -> str:
        digest = b64encode(sha256(self._style.encode()).digest()).decode()
        return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"

    @cached_property
    def _style(self) -> str:
        return "".join(_file(name) for name in self._styles) + self._more_style

    @cached_property
    def _template(self) -> "Template":
        from jinja2 import Environment, FunctionLoader, StrictUndefined  # noqa: PLC0415 - with the first page

        environment = Environment(
            loader=FunctionLoader(_file),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters.update(self._filters)
        return environment.get_template(self._name)


def is_link(address: str) -> bool:
    """Whether an address may be linked to: on the network, or on the server that the page comes from."""
    return address.startswith(("https://", "http://")) or (
        address.startswith("/") and not address.startswith("//")
    )


def _file(name: str) -> str:
    return files("gateway.reports").joinpath(name).read_text(encoding="utf-8")

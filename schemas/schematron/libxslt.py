"""libxslt: runs stylesheets of XSLT 1.0 in the process that it is in."""

import threading
from typing import Any, cast

from lxml import etree

from schemas.door import new_parser
from schemas.schematron.engine import Cause, CompileFailed, EvaluationFailed, Parameters
from schemas.view import Node

_ERRORS = (etree.XSLTError, etree.XPathError)


class Libxslt:
    """Implements `Engine`."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._mine = threading.local()

    def warm(self) -> None:
        self._compiled()

    def run(self, root: Node, parameters: Parameters) -> str:
        written = {
            name: f"{str(value).lower()}()" if isinstance(value, bool) else etree.XSLT.strparam(value)
            for name, value in parameters.items()
        }
        try:
            return str(cast("Any", self._compiled())(root, **written))
        except _ERRORS as error:
            # Its message may quote content.
            raise EvaluationFailed(type(error).__name__) from None

    def _compiled(self) -> etree.XSLT:
        """The compiled stylesheet of this thread: lxml would compile one of another thread anew for each call."""
        found: etree.XSLT | None = getattr(self._mine, "xslt", None)
        if found is None:
            found = self._mine.xslt = self._compile()
        return found

    def _compile(self) -> etree.XSLT:
        try:
            document = etree.fromstring(self._text.encode(), new_parser())
            # Not in the stubs: nothing is read or written beside the document.
            nothing_else = cast("Any", etree.XSLTAccessControl).DENY_ALL
            return etree.XSLT(document, access_control=nothing_else)
        except etree.XMLSyntaxError as error:
            causes: list[Cause] = [(error.position[0], error.msg or "")]
        except etree.XSLTParseError as error:
            entries = [(entry.line, entry.message) for entry in error.error_log]
            causes = [cause for cause in entries if cause[1] != "error"] or [(None, str(error))]
        raise CompileFailed(causes)

"""Saxon: runs stylesheets of XSLT 2.0 and 3.0. Meant for a child process: it takes 100 MB and may be killed."""

import re
from typing import Any

import saxonche

from schemas.schematron.engine import CompileFailed, EvaluationFailed, Parameters

_CLOSED = {
    "http://saxon.sf.net/feature/allowedProtocols": "",
    "http://saxon.sf.net/feature/allow-external-functions": "off",
    "http://saxon.sf.net/feature/disableXslEvaluate": "true",
}
"""Nothing is read or written beside the document: no file, no address, no variable of the environment."""
_LINE = re.compile(r"\bon\s+line\s+(\d+)")
_PLACE = re.compile(r"( (?:in|at) \S*/@\S+)? on line \d+ column \d+ of file:\S*")
_ERROR = re.compile(r"^Error\b", re.MULTILINE)


class Saxon:
    """A processor for any number of stylesheets. For one thread."""

    def __init__(self) -> None:
        self._processor = saxonche.PySaxonProcessor(license=False)
        for name, value in _CLOSED.items():
            self._processor.set_configuration_property(name, value)
        self._compiler = self._processor.new_xslt30_processor()
        # Otherwise a fault in a template would be found by the first document that needs it.
        self._compiler.set_jit_compilation(False)

    def compile(self, text: str) -> "Compiled":
        """Compile a stylesheet.

        Raises:
            CompileFailed: with Saxon's messages.
        """
        try:
            return Compiled(self._processor, self._compiler.compile_stylesheet(stylesheet_text=text))
        except saxonche.PySaxonApiError as error:
            starts = [match.start() for match in _ERROR.finditer(str(error))] or [0]
            ends = [*starts[1:], None]
            messages = [str(error)[start:end] for start, end in zip(starts, ends, strict=True)]
            raise CompileFailed([(_line(each), _plain(each)) for each in messages]) from None


class Compiled:
    """A compiled stylesheet."""

    def __init__(self, processor: Any, executable: Any) -> None:  # noqa: ANN401 - saxonche has no types
        self._processor = processor
        self._executable = executable

    def run(self, document: bytes, parameters: Parameters) -> str:
        """As `Engine.run`.

        Raises:
            EvaluationFailed: Saxon ended with an error.
        """
        make = self._processor
        try:
            for name, value in parameters.items():
                made = (
                    make.make_boolean_value(value)
                    if isinstance(value, bool)
                    else make.make_string_value(value)
                )
                self._executable.set_parameter(name, made)
            node = self._processor.parse_xml(xml_text=document.decode())
            return self._executable.transform_to_string(xdm_node=node) or ""
        except saxonche.PySaxonApiError as error:
            raise EvaluationFailed(type(error).__name__) from None


def _line(message: str) -> int | None:
    found = _LINE.search(message)
    return int(found[1]) if found else None


def _plain(message: str) -> str:
    """Without the place in the stylesheet, which nobody has seen."""
    return _PLACE.sub(":", " ".join(message.split()))

"""Builders: small schema packages, each with what real ones have."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

from schemas.packages.install import Installed, install
from schemas.packages.order import Order

FAR = "http://standards.example/schemata"
BASE = "urn:test:basis:1_1"
CODE = "urn:test:code"
UUID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"


def a_schema(namespace: str | None, body: str, *, version: str = "1.0", head: str = "") -> str:
    target = f'targetNamespace="{namespace}" xmlns:t="{namespace}"' if namespace else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:b="{BASE}" xmlns:c="{CODE}" {target}
           version="{version}" {head}>{body}</xs:schema>"""


def an_element(name: str, kind: str = "xs:string", more: str = "") -> str:
    return f'<xs:element name="{name}" type="{kind}" {more}/>'


def a_type(name: str, *content: str, attributes: str = "") -> str:
    return f'<xs:complexType name="{name}"><xs:sequence>{"".join(content)}</xs:sequence>{attributes}</xs:complexType>'


def a_root(name: str, *content: str, attributes: str = "") -> str:
    return f"""<xs:element name="{name}"><xs:complexType>
      <xs:sequence>{"".join(content)}</xs:sequence>{attributes}</xs:complexType></xs:element>"""


def g2g(code: str = "t:Code") -> str:
    """Types of the header as the present generation has it."""
    return "".join(
        (
            a_type("Code", an_element("code", "xs:token")) if code == "t:Code" else "",
            a_type(
                "Identifikation",
                an_element("nachrichtenUUID", "xs:token"),
                an_element("nachrichtentyp", code),
                an_element("erstellungszeitpunkt", "xs:dateTime"),
            ),
            a_type("Behoerde", an_element("verzeichnisdienst", code), an_element("kennung", "xs:token")),
            a_type(
                "Kopf",
                an_element("identifikation.nachricht", "t:Identifikation"),
                an_element("leser", "t:Behoerde"),
                an_element("autor", "t:Behoerde"),
            ),
        )
    )


def a_g2g_message(namespace: str, root: str, inside: str = "", attributes: str = 'version="1.0"') -> bytes:
    return f"""<m:{root} xmlns:m="{namespace}" {attributes}><nachrichtenkopf.g2g>
  <identifikation.nachricht><nachrichtenUUID>{UUID}</nachrichtenUUID>
    <nachrichtentyp><code>{root[-4:]}</code></nachrichtentyp>
    <erstellungszeitpunkt>2026-06-01T08:00:00Z</erstellungszeitpunkt></identifikation.nachricht>
  <leser><verzeichnisdienst><code>DVDV</code></verzeichnisdienst><kennung>ags:12072477</kennung></leser>
  <autor><verzeichnisdienst><code>DVDV</code></verzeichnisdienst><kennung>psw:01003110</kennung></autor>
</nachrichtenkopf.g2g>{inside}</m:{root}>""".encode()


def a_folder(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def a_zip(path: Path, files: Mapping[str, str] | Mapping[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def installed(
    package: Path,
    into: Path,
    *supplements: Path,
    entry: tuple[str, ...] = (),
    standard: str | None = "probe",
    version: str | None = None,
) -> Installed:
    order = Order(str(package), tuple(map(str, supplements)), entry, standard, version, "2026-01-01", into="")
    return install(order, into)

"""Shapes with choices, groups, attributes and what may be anything."""

from pathlib import Path

import pytest

from adapters.transports.soap.service import Service

WSDL = """\
<definitions name="F" targetNamespace="urn:f" xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:t="urn:f"
    xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/">
  <types><xs:schema targetNamespace="urn:f" elementFormDefault="qualified">
    <xs:group name="Ort"><xs:sequence><xs:element name="plz" type="xs:string"/></xs:sequence></xs:group>
    <xs:complexType name="Knoten"><xs:sequence>
      <xs:element name="wert" type="xs:string"/>
      <xs:element name="kind" type="t:Knoten" minOccurs="0"/>
    </xs:sequence></xs:complexType>
    <xs:element name="Fall"><xs:complexType><xs:sequence>
      <xs:choice><xs:element name="person" type="xs:string"/><xs:element name="firma" type="xs:string"/></xs:choice>
      <xs:group ref="t:Ort"/>
      <xs:sequence minOccurs="0"><xs:element name="gebuehr" type="xs:int"/></xs:sequence>
      <xs:element name="land" type="xs:string" default="DE"/>
      <xs:element name="frei" minOccurs="0"><xs:complexType><xs:sequence>
        <xs:any processContents="lax"/></xs:sequence></xs:complexType></xs:element>
      <xs:element name="baum" type="t:Knoten" minOccurs="0"/>
    </xs:sequence><xs:attribute name="art" type="xs:string"/></xs:complexType></xs:element>
    <xs:element name="Antwort" type="xs:string"/>
  </xs:schema></types>
  <message name="Ein"><part name="p" element="t:Fall"/></message>
  <message name="Aus"><part name="p" element="t:Antwort"/></message>
  <portType name="P"><operation name="Nimm"><input message="t:Ein"/><output message="t:Aus"/></operation></portType>
  <binding name="B" type="t:P"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>
    <operation name="Nimm"><soap:operation soapAction="x"/>
      <input><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation></binding>
  <service name="S"><port name="Q" binding="t:B"><soap:address location="http://nirgends.example/"/></port></service>
</definitions>
"""


@pytest.fixture
def service(tmp_path: Path) -> Service:
    file = tmp_path / "f.wsdl"
    file.write_text(WSDL, encoding="utf-8")
    return Service(file, None, None, "http://system")


@pytest.mark.parametrize(
    ("targets", "unknown", "lacking"),
    [
        ({"plz", "gebuehr"}, set(), set()),
        ({"person", "plz", "gebuehr", "@art"}, set(), set()),
        ({"firma", "@kunst"}, {"@kunst"}, {"plz", "gebuehr"}),
        ({"plz", "gebuehr", "land"}, set(), set()),
        ({"plz", "gebuehr", "frei/irgend/was"}, set(), set()),
        ({"plz", "gebuehr", "baum/kind/kind/wert"}, set(), {"baum/wert", "baum/kind/wert"}),
        ({"plz", "gebuehr", "baum/ast", "plz/teil"}, {"baum/ast", "plz/teil"}, {"baum/wert"}),
        (set(), set(), {"plz", "gebuehr"}),
    ],
)
def test_a_shape_knows_its_fields_and_what_it_demands(
    service: Service, targets: set[str], unknown: set[str], lacking: set[str]
) -> None:
    assert set(service.unknown("Nimm", targets)) == unknown
    assert set(service.lacking("Nimm", targets)) == lacking


def test_an_attribute_is_written_as_one(service: Service) -> None:
    envelope, _ = service.write(
        "Nimm", {"@art": "neu", "person": "A", "plz": "1", "gebuehr": 1, "baum": {"wert": "x"}}
    )
    fall = envelope.find(".//{urn:f}Fall")
    assert fall is not None
    assert fall.get("art") == "neu"

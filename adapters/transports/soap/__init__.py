"""SOAP: operations called by a WSDL, in SOAP 1.1 or 1.2, with WS-Security where asked for."""

"""Schematron: rules of a bundle as ISO/IEC 19757-3 has them, compiled to XSLT."""

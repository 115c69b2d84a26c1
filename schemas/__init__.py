"""Schemas: the only door for XML. Parse, identify, check, report."""

"""Amtsbote speaks to the Musterkasse."""

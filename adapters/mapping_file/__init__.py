"""Mapping files: what a system is told about each kind of message, written as data by those who attach it."""

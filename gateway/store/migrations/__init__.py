"""Migrations of the store, in the order of their numbers."""

"""Handbook: what a bundle's compiled schema tells about a kind of message, taken apart for readers."""

"""Reports: what is said about a message, as JSON, as text, as a page and as an XÖV message."""

"""Growth: what the calls of the store cost at ten thousand, a million and ten million messages."""

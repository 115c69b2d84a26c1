"""Doctor: looks at everything that a gateway stands on, beside it or without it, and says what to do."""

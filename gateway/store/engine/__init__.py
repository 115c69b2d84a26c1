"""Engine: where the store's transactions run, on SQLite and PostgreSQL, and what they are made of."""

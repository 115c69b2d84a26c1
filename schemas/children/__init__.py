"""Children: what may take too long or too much is done in processes of their own, which may be killed at any moment."""

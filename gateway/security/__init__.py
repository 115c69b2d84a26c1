"""Security: who is asking, and how their keys are made and kept."""

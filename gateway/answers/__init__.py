"""Answers: what specialist systems say about deliveries, by whatever way it comes, and how they are asked."""

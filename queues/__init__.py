"""Queues: the broker port over RabbitMQ and in process, and the topology that both carry."""

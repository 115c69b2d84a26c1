"""Real PostgreSQL and RabbitMQ servers for tests: found running, or started privately from installed programs."""

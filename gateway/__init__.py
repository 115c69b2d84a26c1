"""The gateway: the application around the core that accepts, keeps and delivers messages."""

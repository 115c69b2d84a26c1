"""XTA 2.1.1: messages handed to a service that carries them to a mailbox, and our own mailbox."""

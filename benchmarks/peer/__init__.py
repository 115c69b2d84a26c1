"""Peer: the gateway that a good team would write in a week with the libraries at hand; the measure beside the floor.

FastAPI answers, xmlschema validates, SQLAlchemy keeps, aio-pika queues, httpx and tenacity deliver. What was chosen, and why:

- A message is validated against the schema before it is answered, in the pool of threads, so that the event loop stays free. It is
  parsed by a hardened lxml, which is a fifth faster than giving xmlschema the bytes. The schema is compiled once, at start.
- One session and one commit for each request, as the tutorials of both libraries have it. The 202 leaves after the commit and after
  the broker's confirm. A message that comes twice gets the receipt of the first.
- The queue carries ids only, as persistent messages in a durable queue, with publisher confirms. If the broker is away, the portal is
  told 503, repeats, and the message is published then.
- The worker takes up to 32 messages at once, posts each to its system over kept-alive connections, tries five times within a minute,
  commits the outcome and acknowledges then. What failed stays as `failed`.
- Without RabbitMQ and PostgreSQL the same code runs in one process: SQLite (WAL, each commit on disk) and an `asyncio.Queue`, which is
  filled again from the table at start. SQLite is reached from the pool of threads.

What it does not do, and the gateway does: several destinations for one message, retries of hours or days, order of a case, pauses and
circuit breakers, rates, code lists and rules beyond the schema, a mapping to the fields of a system, audit and timeline, encryption,
replay, keys in the store. It sends the XML as it came. All of that would cost it time for each message.
"""

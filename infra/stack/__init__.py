"""The local stack: a PostgreSQL, a Kafka and the registry's own processes, on one machine, without installing anything.

Everything here is crash-only: whatever was killed, and however, the next start finds a state it can go on from.
"""

"""The outside world: database, Kafka, encoding, sealing, settings and the local stack."""

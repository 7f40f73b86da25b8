"""What the registry is about: aggregates, their events, value types and rules; no clock, no randomness, no I/O."""

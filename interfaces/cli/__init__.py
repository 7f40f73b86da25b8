"""The command `icms`."""

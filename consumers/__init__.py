"""The processes that read streams: each may be killed at any moment and continues where the truth says it was."""

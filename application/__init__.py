"""What people can do: one command, one decision, one receipt; it loads, acts, seals and saves, and owns no rule."""

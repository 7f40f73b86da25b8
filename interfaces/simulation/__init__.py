"""A plausible society, made up from a seed, that does everything through the real commands."""

"""One Avro schema per event and version, never edited after its release, and the catalogue that loads them."""

-- What the relay and the projectors may do with their own notes; nobody else writes them.

REVOKE ALL ON registry.relay_topics FROM PUBLIC, icms_app, icms_relay, icms_projector, icms_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON registry.relay_topics TO icms_relay;
GRANT SELECT ON registry.relay_topics, registry.relay_lease TO icms_reader, icms_projector;
GRANT DELETE ON registry.builds TO icms_projector;

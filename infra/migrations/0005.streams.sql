-- What the relay and the projectors must remember across a crash: whose topic it is, where our records begin in it,
-- what a person decided about records that are not ours, and what a person should see of each process.

-- depends: 0004.readers

ALTER TABLE registry.relay_lease
    ADD COLUMN backend_pid integer,
    ADD COLUMN backend_start timestamptz,
    ADD COLUMN position bigint NOT NULL DEFAULT 0 CHECK (position >= 0),
    ADD COLUMN public_position bigint NOT NULL DEFAULT 0 CHECK (public_position >= 0),
    ADD COLUMN error text,
    ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();

COMMENT ON COLUMN registry.relay_lease.backend_pid IS 'Its database session: when that is gone, the lease is free at once.';
COMMENT ON COLUMN registry.relay_lease.position IS 'Published up to here, for people; the relay itself asks the topic.';

CREATE TABLE registry.relay_topics (
    topic text PRIMARY KEY,
    cluster_id text NOT NULL,
    topic_id uuid NOT NULL,
    begins_at bigint NOT NULL CHECK (begins_at >= 0),
    settled_until bigint NOT NULL DEFAULT 0 CHECK (settled_until >= 0),
    settled_by text,
    settled_at timestamptz
);

COMMENT ON TABLE registry.relay_topics IS 'The topics this store was published to, and where in them the log begins.';
COMMENT ON COLUMN registry.relay_topics.begins_at IS 'Offset from which the topic holds the whole log, from its first event.';
COMMENT ON COLUMN registry.relay_topics.settled_until IS 'Foreign records before this offset were looked at by a person.';

ALTER TABLE registry.builds ADD COLUMN kafka_offset bigint;

COMMENT ON COLUMN registry.builds.kafka_offset IS 'Where the record of its position stood; a hint, checked before use.';

-- A quarantined build is still the one that is read, with its error shown, until another takes its place.
DROP INDEX registry.one_live_build;
CREATE UNIQUE INDEX one_current_build ON registry.builds (name) WHERE state IN ('live', 'quarantined');

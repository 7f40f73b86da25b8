-- The log: what was recorded, in one order, once and for ever. Nobody changes or removes a row, the owner included.

CREATE TABLE registry.store (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    epoch uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    simulated boolean NOT NULL
);

COMMENT ON TABLE registry.store IS 'One row: which store this is. A restored store gets a new epoch.';

CREATE TABLE registry.events (
    position bigint PRIMARY KEY CHECK (position > 0),
    originator_id uuid NOT NULL,
    originator_version integer NOT NULL CHECK (originator_version > 0),
    topic text NOT NULL,
    state bytea NOT NULL CHECK (octet_length(state) <= 262144),
    recorded_at timestamptz NOT NULL,
    occurred_on text NOT NULL,
    clinic_id uuid,
    leaf_hash bytea NOT NULL CHECK (octet_length(leaf_hash) = 32),
    disclosure text NOT NULL CHECK (disclosure IN ('public', 'party', 'restricted')),
    prev_public_position bigint,
    store_epoch uuid NOT NULL,
    CHECK ((disclosure = 'public') = (prev_public_position IS NOT NULL))
);

COMMENT ON TABLE registry.events IS 'Every event; positions are 1, 2, 3 … without gaps. Written by registry.append alone.';
COMMENT ON COLUMN registry.events.state IS 'Avro bytes by the schema named in topic; the same bytes go to Kafka.';
COMMENT ON COLUMN registry.events.prev_public_position IS 'For public events: position of the public one before, 0 for the first.';

CREATE UNIQUE INDEX events_of_aggregate ON registry.events (originator_id, originator_version);
CREATE INDEX events_of_clinic ON registry.events (clinic_id, position) WHERE clinic_id IS NOT NULL;
CREATE INDEX events_of_no_clinic ON registry.events (position) WHERE clinic_id IS NULL;
CREATE INDEX events_public ON registry.events (position) WHERE disclosure = 'public';
CREATE INDEX events_by_time ON registry.events (recorded_at, position);

-- State is ciphertext and small text: compressing it costs time and saves little.
ALTER TABLE registry.events ALTER COLUMN state SET STORAGE EXTERNAL;

CREATE TABLE registry.commands (
    actor uuid NOT NULL,
    key_hmac bytea NOT NULL CHECK (octet_length(key_hmac) = 32),
    request_hmac bytea NOT NULL CHECK (octet_length(request_hmac) = 32),
    aggregate_id uuid NOT NULL,
    version integer NOT NULL,
    first_position bigint NOT NULL,
    last_position bigint NOT NULL,
    PRIMARY KEY (actor, key_hmac)
);

COMMENT ON TABLE registry.commands IS 'What each command did, so that its repetition gets the same answer.';

CREATE FUNCTION registry.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    RAISE EXCEPTION 'rows of %.% are never changed or removed', TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege',
              HINT = 'A correction is a new event. Restoring a backup only inserts and is not hindered; '
                     'to repair a damaged row the owner disables the trigger "never_changed" of that table, '
                     'in one transaction with the repair, and enables it again.';
END
$body$;

CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON registry.events
    FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_change();

CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON registry.commands
    FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_change();

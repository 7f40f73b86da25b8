-- Where the readers of the log stand: which relay is the active one, and the builds of the read models.

-- depends: 0001.log

CREATE TABLE registry.relay_lease (
    topic text PRIMARY KEY,
    holder text NOT NULL,
    epoch bigint NOT NULL CHECK (epoch > 0),
    expires_at timestamptz NOT NULL
);

COMMENT ON TABLE registry.relay_lease IS 'The one relay that may publish; a successor has a higher epoch.';

CREATE TABLE registry.builds (
    name text NOT NULL,
    build integer NOT NULL CHECK (build > 0),
    schema_name text NOT NULL UNIQUE,
    state text NOT NULL CHECK (state IN ('building', 'live', 'retired', 'quarantined')),
    position bigint NOT NULL DEFAULT 0 CHECK (position >= 0),
    leaf_hash bytea CHECK (octet_length(leaf_hash) = 32),
    error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (name, build)
);

CREATE UNIQUE INDEX one_live_build ON registry.builds (name) WHERE state = 'live';

COMMENT ON TABLE registry.builds IS 'Builds of each read model; the live one is read, its position is its cursor.';

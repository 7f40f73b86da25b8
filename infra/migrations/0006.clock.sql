-- Up to where the clock has looked at the log, and after which days something of a clinic lapses by itself.
-- Both follow from the log: emptied, they are made again, and what was recorded already is not recorded twice.

-- depends: 0001.log

CREATE TABLE registry.clock (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    position bigint NOT NULL DEFAULT 0 CHECK (position >= 0),
    ticked_at timestamptz,
    assessed text NOT NULL DEFAULT '',
    error text
);

COMMENT ON COLUMN registry.clock.assessed IS 'The last quarter for which every clinic''s standing was assessed.';

COMMENT ON TABLE registry.clock IS 'The cursor of the process that opens, meets and misses obligations.';

CREATE TABLE registry.clock_moments (
    clinic_id uuid NOT NULL,
    lapse text NOT NULL CHECK (lapse IN ('invitation', 'participation', 'attestation', 'verification', 'reply')),
    item text NOT NULL,
    due_on date NOT NULL,
    time_zone text NOT NULL,
    PRIMARY KEY (clinic_id, lapse, item)
);

CREATE INDEX moments_by_day ON registry.clock_moments (due_on);

COMMENT ON TABLE registry.clock_moments IS 'After which day an invitation, participation, attestation or inspection lapses.';

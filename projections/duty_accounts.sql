-- What the rules need to know of each treatment, adverse event, declaration, attestation and clinic, as it stands.
-- Some duty is overdue after `first_due` at the earliest and until `settled_on` (NULL = still) at the latest; which are,
-- follows from the day asked.
CREATE TABLE accounts (
    key         text COLLATE "C" PRIMARY KEY,   -- kind:aggregate[:part]
    kind        text COLLATE "C" NOT NULL,      -- clinic | guideline | met | declaration | treatment | adverse_event
    clinic_id   uuid NOT NULL,
    known_from  bigint NOT NULL,
    first_due   date,
    settled_on  date,
    registry_id uuid,                           -- of a treatment that stands, with the quarter in which it was given
    quarter     text COLLATE "C",
    facts       text NOT NULL
)
-- No index holds a column that changes and pages keep room, so that a new version of a row touches no index.
WITH (fillfactor = 70);

CREATE INDEX accounts_clinic ON accounts (clinic_id);
CREATE INDEX accounts_clinics ON accounts (clinic_id) WHERE kind = 'clinic';

-- The same accounts as they stood before, from one position until another.
CREATE TABLE earlier_accounts (
    key         text COLLATE "C" NOT NULL,
    kind        text COLLATE "C" NOT NULL,
    clinic_id   uuid NOT NULL,
    known_from  bigint NOT NULL,
    known_to    bigint NOT NULL,
    first_due   date,
    settled_on  date,
    registry_id uuid,
    quarter     text COLLATE "C",
    facts       text NOT NULL,
    PRIMARY KEY (clinic_id, key, known_from)
);

-- Policies, registries and guidelines as far as duties follow from them, one row for each event about them.
CREATE TABLE rulebook (
    position    bigint PRIMARY KEY,
    recorded_at timestamptz NOT NULL,
    event_id    text NOT NULL,
    happened_by date NOT NULL,
    entry       text NOT NULL
);

-- The accounts as known at a position (NULL = now).
CREATE FUNCTION known_accounts(as_of bigint) RETURNS SETOF accounts
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT key, kind, clinic_id, known_from, first_due, settled_on, registry_id, quarter, facts
      FROM accounts
     WHERE as_of IS NULL OR known_from <= as_of
     UNION ALL
    SELECT key, kind, clinic_id, known_from, first_due, settled_on, registry_id, quarter, facts
      FROM earlier_accounts
     WHERE as_of IS NOT NULL AND known_from <= as_of AND known_to > as_of;
END;

-- What is known of each clinic, for the fold alone.
CREATE TABLE clinics (
    clinic_id uuid PRIMARY KEY,
    enrolled  boolean NOT NULL,
    facts     bytea NOT NULL
);

CREATE INDEX clinics_enrolled ON clinics (clinic_id) WHERE enrolled;

-- Every version of every public entry: adverse ones too, which a real store does not show before due process.
CREATE TABLE entries (
    clinic_id   uuid NOT NULL,
    known_from  bigint NOT NULL,
    known_to    bigint,                 -- the position from which it no longer holds; NULL = it holds
    shown_from  timestamptz NOT NULL,
    shown_to    timestamptz,
    name        text NOT NULL,
    names_plain text COLLATE "C" NOT NULL,   -- all names, case and diacritics folded, one per line
    country     text NOT NULL,
    region      text,
    city        text,
    category    text NOT NULL,
    adverse     boolean NOT NULL,
    sentence    text NOT NULL,
    source      text NOT NULL,
    since       text NOT NULL,
    shown_until date,                   -- the last day on which it may be shown without a new event
    details     bytea NOT NULL,
    PRIMARY KEY (clinic_id, known_from)
);

CREATE INDEX entries_order ON entries (names_plain, clinic_id) WHERE known_to IS NULL;

-- Titles of registries and guidelines, and the guidelines that a registry asks for.
CREATE TABLE rulebook (
    aggregate_id uuid NOT NULL,
    known_from   bigint NOT NULL,
    known_to     bigint,
    kind         text NOT NULL,         -- registry | guideline
    title        text NOT NULL,
    version      text NOT NULL,
    guidelines   uuid[] NOT NULL,
    closed       boolean NOT NULL,
    PRIMARY KEY (aggregate_id, known_from)
);

-- The entries that may be shown on a day, as known at a position (NULL = now).
CREATE FUNCTION shown(on_day date, simulated boolean, as_of bigint) RETURNS SETOF entries
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT e.*
      FROM entries AS e
     WHERE CASE WHEN as_of IS NULL THEN e.known_to IS NULL
                ELSE e.known_from <= as_of AND (e.known_to IS NULL OR e.known_to > as_of) END
       AND (simulated OR NOT e.adverse)
       AND (e.shown_until IS NULL OR e.shown_until >= on_day);
END;

-- Every version of what is known of each clinic itself; shown beside its published entries alone.
CREATE TABLE clinics (
    clinic_id   uuid NOT NULL,
    known_from  bigint NOT NULL,
    known_to    bigint,                      -- the position from which it no longer holds; NULL = it holds
    name        text NOT NULL,
    names_plain text COLLATE "C" NOT NULL,   -- all names, case and diacritics folded, one per line
    country     text NOT NULL,
    region      text,
    city        text,
    description bytea NOT NULL,
    PRIMARY KEY (clinic_id, known_from)
);

CREATE INDEX clinics_order ON clinics (names_plain, clinic_id) WHERE known_to IS NULL;

-- Every version of every published entry, from one of its public events to the next.
CREATE TABLE entries (
    listing_id  uuid NOT NULL,
    known_from  bigint NOT NULL,
    known_to    bigint,
    shown_to    timestamptz,
    clinic_id   uuid NOT NULL,
    category    text NOT NULL,
    adverse     boolean NOT NULL,
    gravity     bigint NOT NULL,             -- the order of a clinic's entries: what concerns safety first
    sentence    text NOT NULL,
    source      text NOT NULL,
    since       text NOT NULL,
    shown_until date,                        -- the last day on which it may be shown without a new event
    rests_on    text[] NOT NULL,
    case_id     uuid,
    worded_from bigint NOT NULL,             -- the position since which it says this
    worded_at   timestamptz NOT NULL,
    content     bytea NOT NULL,
    PRIMARY KEY (listing_id, known_from)
);

CREATE INDEX entries_of_clinic ON entries (clinic_id, gravity) WHERE known_to IS NULL;
CREATE INDEX entries_ever_of_clinic ON entries (clinic_id, known_from);

-- Determinations in question: from the position at which one was questioned to that at which it was settled.
CREATE TABLE questions (
    determination_id uuid NOT NULL,
    known_from       bigint NOT NULL,
    known_to         bigint,
    kind             text NOT NULL,          -- standing | finding | listing
    determination    text NOT NULL,          -- the event in question
    about            uuid NOT NULL,          -- its aggregate
    questioned_on    date NOT NULL,
    PRIMARY KEY (determination_id, known_from)
);

CREATE INDEX questions_open ON questions (determination) WHERE known_to IS NULL;

-- Titles of registries and guidelines.
CREATE TABLE titles (
    aggregate_id uuid NOT NULL,
    known_from   bigint NOT NULL,
    known_to     bigint,
    title        text NOT NULL,
    PRIMARY KEY (aggregate_id, known_from)
);

-- The entries that may be shown on a day, as known at a position (NULL = now).
CREATE FUNCTION shown(on_day date, as_of bigint) RETURNS SETOF entries
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT e.*
      FROM entries AS e
     WHERE CASE WHEN as_of IS NULL THEN e.known_to IS NULL
                ELSE e.known_from <= as_of AND (e.known_to IS NULL OR e.known_to > as_of) END
       AND (e.shown_until IS NULL OR e.shown_until >= on_day);
END;

-- The clinics as known at a position (NULL = now).
CREATE FUNCTION known_clinics(as_of bigint) RETURNS SETOF clinics
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT c.*
      FROM clinics AS c
     WHERE CASE WHEN as_of IS NULL THEN c.known_to IS NULL
                ELSE c.known_from <= as_of AND (c.known_to IS NULL OR c.known_to > as_of) END;
END;

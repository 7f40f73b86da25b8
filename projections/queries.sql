-- One row for each state of each query, known from the position that made it so up to the one that ended it.
CREATE TABLE queries (
    query_id     uuid NOT NULL,
    known_from   bigint NOT NULL,
    known_to     bigint,
    clinic_id    uuid,
    about        text NOT NULL,
    about_id     uuid NOT NULL,
    event        text NOT NULL,
    asked        text NOT NULL,
    raised_by    text NOT NULL,
    faults       jsonb NOT NULL,
    state        text NOT NULL,
    raised_at    timestamptz NOT NULL,
    answered_at  timestamptz,
    closed_at    timestamptz,
    resolution   text,
    corrected_by text,
    PRIMARY KEY (query_id, known_from)
);

CREATE INDEX queries_open ON queries (clinic_id, raised_at) WHERE known_to IS NULL AND state <> 'closed';
CREATE INDEX queries_about ON queries (about_id);

-- One row for each state of each safety case, known from the position that made it so up to the one that ended it.
CREATE TABLE safety_cases (
    case_id         uuid NOT NULL,
    known_from      bigint NOT NULL,
    known_to        bigint,
    clinic_id       uuid NOT NULL,
    stage           text NOT NULL,
    stage_since     timestamptz NOT NULL,
    raised_at       timestamptz NOT NULL,
    grounds         text[] NOT NULL,
    decide_by       date,
    reply_until     date,
    replies         integer NOT NULL,
    late_replies    integer NOT NULL,
    outcome         text,
    remedy          text,
    finding         text,
    appeal_until    date,
    preview_until   date,
    under_appeal    boolean NOT NULL,
    published_at    timestamptz,
    interim_ends_at timestamptz,
    PRIMARY KEY (case_id, known_from)
);

CREATE INDEX safety_cases_now ON safety_cases (clinic_id) WHERE known_to IS NULL;

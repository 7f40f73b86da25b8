-- One row for each text of each notice, known from the position that made it so up to the one that ended it.
CREATE TABLE safety_notices (
    notice_id     uuid NOT NULL,
    known_from    bigint NOT NULL,
    known_to      bigint,
    state         text NOT NULL,
    about         text NOT NULL,
    name          text NOT NULL,
    laboratory_id uuid,
    title         text NOT NULL,
    known         text NOT NULL,
    advice        text NOT NULL,
    language      text NOT NULL,
    countries     jsonb NOT NULL,
    changed       text,
    published_at  timestamptz NOT NULL,
    updated_at    timestamptz,
    withdrawn_at  timestamptz,
    explanation   text,
    replaced_by   uuid,
    approvals     jsonb NOT NULL,
    PRIMARY KEY (notice_id, known_from)
);

CREATE INDEX safety_notices_now ON safety_notices (about, published_at) WHERE known_to IS NULL;

-- Each assessment of each clinic, known from its position on; the last one known is how the clinic stands.
CREATE TABLE standings (
    position       bigint PRIMARY KEY,
    clinic_id      uuid NOT NULL,
    event_id       text NOT NULL,
    assessed_on    date NOT NULL,         -- the quarter's last day
    quarter        text NOT NULL,
    before         text NOT NULL,
    step           text NOT NULL,
    rule_ids       text[] NOT NULL,
    policy_version bigint NOT NULL,
    missed         uuid[] NOT NULL,
    overdue        uuid[] NOT NULL,
    evidence_ids   text[] NOT NULL,
    restored_by    text NOT NULL
);

CREATE INDEX standings_of_clinic ON standings (clinic_id, position);

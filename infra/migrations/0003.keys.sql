-- What must be forgettable: one key per subject, and by which identity a subject is known. Never part of the log.

-- depends: 0001.log

CREATE TABLE registry.subjects (
    subject uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('patient', 'person', 'case')),
    wrapped_key bytea,
    created_at timestamptz NOT NULL DEFAULT now(),
    erased_at timestamptz,
    CHECK ((wrapped_key IS NULL) = (erased_at IS NOT NULL))
);

COMMENT ON TABLE registry.subjects IS 'Keys, wrapped by the master key; an erased subject stays as a tombstone without one.';

CREATE TABLE registry.subject_links (
    link_hmac bytea PRIMARY KEY CHECK (octet_length(link_hmac) = 32),
    subject uuid NOT NULL REFERENCES registry.subjects (subject)
);

CREATE INDEX links_of_subject ON registry.subject_links (subject);

COMMENT ON TABLE registry.subject_links IS 'HMAC of the identity by which a subject is known; deleted when it is erased.';

CREATE TABLE registry.match_keys (
    key_hmac bytea NOT NULL CHECK (octet_length(key_hmac) = 32),
    kind text NOT NULL,
    clinic_id uuid NOT NULL,
    PRIMARY KEY (key_hmac, kind, clinic_id)
);

COMMENT ON TABLE registry.match_keys IS 'HMAC of a licence, web domain or address, to suspect that a clinic is known already.';

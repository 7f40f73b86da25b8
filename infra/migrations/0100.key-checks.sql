-- A store knows its keys again without holding them, and an erased identity stays refused without a way back to its subject.

-- depends: 0001.log 0003.keys

ALTER TABLE registry.store
    ADD COLUMN master_key_check bytea CHECK (octet_length(master_key_check) = 32),
    ADD COLUMN id_key_check bytea CHECK (octet_length(id_key_check) = 32);

COMMENT ON COLUMN registry.store.master_key_check IS 'HMAC of a constant under the master key: another key is refused at start.';
COMMENT ON COLUMN registry.store.id_key_check IS 'HMAC of a constant under the id key: another key is refused at start.';

-- Erasing cuts the link: the row stays, names nobody, and says that this identity may not come back.
ALTER TABLE registry.subject_links ALTER COLUMN subject DROP NOT NULL;

COMMENT ON TABLE registry.subject_links IS
    'HMAC of the identity by which a subject is known; an erased subject''s is kept without the subject, as a tombstone.';

-- Processes that keep keys in memory count the tombstones once a second.
CREATE INDEX subjects_erased ON registry.subjects (erased_at) WHERE erased_at IS NOT NULL;

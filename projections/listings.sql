-- One row for each state of each entry, known from the position that made it so up to the one that ended it.
CREATE TABLE listings (
    listing_id           uuid NOT NULL,
    known_from           bigint NOT NULL,
    known_to             bigint,
    clinic_id            uuid NOT NULL,
    category             text NOT NULL,
    adverse              boolean NOT NULL,
    state                text NOT NULL,   -- proposed | previewed | published | disputed | withdrawn
    sentence             text NOT NULL,
    source               text NOT NULL,
    since                text NOT NULL,
    condition            text NOT NULL,   -- the event that gave it
    evidence             text[] NOT NULL,
    shown_until          date,            -- the last day on which it may be shown without a new event
    own_words            text,
    shown_hash           text NOT NULL,
    policy_version       bigint NOT NULL,
    case_id              uuid,
    proposed_at          timestamptz NOT NULL,
    approvals            bigint NOT NULL,
    previewed_on         date,
    preview_delivered_on date,
    preview_until        date,
    published_at         timestamptz,
    review_on            date,
    dispute_ground       text,            -- of the last dispute; open while the state is disputed
    dispute_statement    text,
    disputed_at          timestamptz,
    dispute_outcome      text,            -- upheld | corrected | withdrawn
    answer               text,
    withdrawn_at         timestamptz,
    withdrawn_for        text,
    PRIMARY KEY (listing_id, known_from)
);

CREATE INDEX listings_of_clinic ON listings (clinic_id, listing_id);
CREATE INDEX listings_standing ON listings (proposed_at, listing_id) WHERE known_to IS NULL AND state <> 'withdrawn';

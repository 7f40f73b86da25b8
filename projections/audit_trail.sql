-- Where the events of each clinic stand in the log, and when what they tell had happened. The events themselves stay
-- in the store, once: an answer reads and decodes exactly the rows it shows.
CREATE TABLE trail (
    position    bigint PRIMARY KEY,
    clinic_id   uuid,
    topic       text NOT NULL,
    happened_by date NOT NULL        -- the last day that the event's own date may mean
);

CREATE INDEX trail_clinic ON trail (clinic_id, position) WHERE clinic_id IS NOT NULL;

-- In which round of which tick a clock is whose time stands still while it ticks, as in a simulation: killed, it goes on
-- with this round and not with a new one, and records in the same order what it would have recorded.

-- depends: 0006.clock

ALTER TABLE registry.clock
    ADD COLUMN round_moment timestamptz,
    ADD COLUMN round_head bigint,
    ADD COLUMN assessing boolean NOT NULL DEFAULT false;

COMMENT ON COLUMN registry.clock.round_head IS 'Up to where the round under way looks at the log; null between rounds.';

-- Each duty of a clinic as its obligation was opened; written once, never changed.
CREATE TABLE duties (
    obligation_id  uuid PRIMARY KEY,
    position       bigint NOT NULL,
    happened_on    date NOT NULL,         -- the last day that the opening event's own date may mean
    clinic_id      uuid NOT NULL,
    rule_id        text NOT NULL,
    policy_version bigint NOT NULL,
    about          uuid NOT NULL,
    item           text NOT NULL,
    clock_start    date NOT NULL,
    first_due      date NOT NULL,
    time_zone      text NOT NULL,
    opened_by      text NOT NULL
);

-- The order of pages.
CREATE INDEX duties_in_order ON duties (clinic_id, first_due, obligation_id);

CREATE INDEX duties_by_position ON duties (position);

-- What became of each obligation, step by step; a step does not say whose it is, so those of the society stand here, too.
CREATE TABLE duty_steps (
    position      bigint PRIMARY KEY,
    obligation_id uuid NOT NULL,
    event_id      text NOT NULL,
    happened_on   date NOT NULL,
    step          text NOT NULL,          -- fulfilled | missed | extended | waived | ended
    due_on        date,                   -- extended: the new due day
    fulfilled_on  date,
    late_days     bigint,
    because_of    text,                   -- fulfilled, ended: the event that did it
    ending        text                    -- ended: why
);

CREATE INDEX duty_steps_of ON duty_steps (obligation_id);

-- Each assessment of each clinic; the last one known is how the clinic stands.
CREATE TABLE steps_of_standing (
    clinic_id      uuid NOT NULL,
    position       bigint NOT NULL,
    event_id       text NOT NULL,
    assessed_on    date NOT NULL,
    quarter        text NOT NULL,
    step           text NOT NULL,
    rule_ids       text[] NOT NULL,
    policy_version bigint NOT NULL,
    restored_by    text NOT NULL,
    PRIMARY KEY (clinic_id, position)
);

-- Where the clock first recorded anything: before it nothing was decided. One row at most.
CREATE TABLE first_decision (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    position bigint NOT NULL
);

-- Every duty as it was known at a position (NULL = now), of what had happened by a day (NULL = whenever), as it stood at
-- the end of a day where its holder is. What was met, missed or ended later than that day was not yet.
CREATE FUNCTION known_duties(as_of bigint, happened_by date, day date)
    RETURNS TABLE (
        obligation_id uuid, clinic_id uuid, rule_id text, policy_version bigint, about uuid, item text,
        clock_start date, first_due date, due_on date, time_zone text, opened_by text, status text, late_days bigint,
        fulfilled_on date, fulfilled_by text, ended_by text, ending text, positions bigint[], event_ids text[]
    )
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT d.obligation_id, d.clinic_id, d.rule_id, d.policy_version, d.about, d.item, d.clock_start, d.first_due,
           due.due_on, d.time_zone, d.opened_by, judged.status,
           CASE WHEN judged.status = 'fulfilled_late' THEN s.late_days
                WHEN judged.status IN ('missed', 'overdue') THEN day - due.due_on
                ELSE 0 END,
           s.fulfilled_on, s.fulfilled_by, s.ended_by, s.ending,
           d.position || coalesce(s.positions, ARRAY[]::bigint[]),
           (d.obligation_id || '/1') || coalesce(s.event_ids, ARRAY[]::text[])
      FROM duties AS d
     CROSS JOIN LATERAL (
        SELECT max(t.due_on) AS extended_to, bool_or(t.step = 'missed') AS missed,
               bool_or(t.step = 'waived' AND t.happened_on <= day) AS waived,
               bool_or(t.step = 'ended') AS ended, min(t.happened_on) FILTER (WHERE t.step = 'ended') AS ended_on,
               max(t.fulfilled_on) AS fulfilled_on, max(t.late_days) AS late_days,
               max(t.because_of) FILTER (WHERE t.step = 'fulfilled') AS fulfilled_by,
               max(t.because_of) FILTER (WHERE t.step = 'ended') AS ended_by, max(t.ending) AS ending,
               array_agg(t.position ORDER BY t.position) AS positions,
               array_agg(t.event_id ORDER BY t.position) AS event_ids
          FROM duty_steps AS t
         WHERE t.obligation_id = d.obligation_id
           AND (as_of IS NULL OR t.position <= as_of)
           AND (happened_by IS NULL OR t.happened_on <= happened_by)
     ) AS s
     CROSS JOIN LATERAL (SELECT coalesce(s.extended_to, d.first_due) AS due_on) AS due
     CROSS JOIN LATERAL (
        SELECT CASE WHEN s.fulfilled_on <= day AND s.late_days > 0 THEN 'fulfilled_late'
                    WHEN s.fulfilled_on <= day THEN 'fulfilled'
                    WHEN s.waived THEN 'waived'
                    -- What ended had not been missed: after its due day it had ended, whenever that was recorded.
                    WHEN s.ended AND least(s.ended_on, due.due_on + 1) <= day THEN 'ended'
                    WHEN due.due_on < day AND s.missed THEN 'missed'
                    WHEN due.due_on < day THEN 'overdue'
                    WHEN d.clock_start > day THEN 'not_due'
                    WHEN s.extended_to IS NOT NULL THEN 'extended'
                    ELSE 'open' END AS status
     ) AS judged
     WHERE (as_of IS NULL OR d.position <= as_of)
       AND (happened_by IS NULL OR d.happened_on <= happened_by);
END;

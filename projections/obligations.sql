-- Each obligation as it was opened. `waits_until` is its due day while it is not settled: the work queue.
CREATE TABLE obligations (
    obligation_id  uuid PRIMARY KEY,
    position       bigint NOT NULL,
    happened_on    date NOT NULL,         -- the last day that the opening event's own date may mean
    clinic_id      uuid,
    rule_id        text NOT NULL,
    kind           text NOT NULL,
    holder         text NOT NULL,
    policy_version bigint NOT NULL,
    about          uuid NOT NULL,
    item           text NOT NULL,
    clock_start    date NOT NULL,
    due_on         date NOT NULL,
    time_zone      text NOT NULL,
    opened_by      text NOT NULL,
    waits_until    date,
    missed         boolean NOT NULL DEFAULT false
)
WITH (fillfactor = 80);

CREATE INDEX obligations_queue ON obligations (waits_until, obligation_id) WHERE waits_until IS NOT NULL;
CREATE INDEX obligations_due ON obligations (waits_until) WHERE kind = 'duty' AND NOT missed;
CREATE INDEX obligations_of_clinic ON obligations (clinic_id) WHERE clinic_id IS NOT NULL;
CREATE INDEX obligations_about ON obligations (about);

-- What became of each, step by step.
CREATE TABLE steps (
    position      bigint PRIMARY KEY,
    obligation_id uuid NOT NULL,
    happened_on   date NOT NULL,
    step          text NOT NULL,          -- fulfilled | missed | extended | waived | ended
    due_on        date,                   -- extended: the new due day
    fulfilled_on  date,
    late_days     bigint,
    fulfilled_by  text
);

CREATE INDEX steps_of_obligation ON steps (obligation_id);

-- Every obligation as it was known at a position (NULL = now), of what had happened by a day (NULL = whenever).
CREATE FUNCTION known_obligations(as_of bigint, happened_by date)
    RETURNS TABLE (
        obligation_id uuid, clinic_id uuid, rule_id text, kind text, holder text, policy_version bigint, about uuid,
        item text, clock_start date, due_on date, time_zone text, opened_by text, status text, fulfilled_on date,
        late_days bigint, fulfilled_by text, known_from bigint
    )
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT o.obligation_id, o.clinic_id, o.rule_id, o.kind, o.holder, o.policy_version, o.about, o.item, o.clock_start,
           coalesce(s.extended_to, o.due_on), o.time_zone, o.opened_by,
           CASE WHEN s.ended THEN 'ended'
                WHEN s.waived THEN 'waived'
                WHEN s.fulfilled_on IS NOT NULL AND s.late_days > 0 THEN 'late'
                WHEN s.fulfilled_on IS NOT NULL THEN 'fulfilled'
                WHEN s.missed THEN 'missed'
                ELSE 'open' END,
           s.fulfilled_on, s.late_days, s.fulfilled_by, coalesce(s.last, o.position)
      FROM obligations AS o
     CROSS JOIN LATERAL (
        SELECT max(t.due_on) AS extended_to, bool_or(t.step = 'waived') AS waived,
               bool_or(t.step = 'ended') AS ended, bool_or(t.step = 'missed') AS missed,
               max(t.fulfilled_on) AS fulfilled_on, max(t.late_days) AS late_days, max(t.fulfilled_by) AS fulfilled_by,
               max(t.position) AS last
          FROM steps AS t
         WHERE t.obligation_id = o.obligation_id
           AND (as_of IS NULL OR t.position <= as_of)
           AND (happened_by IS NULL OR t.happened_on <= happened_by)
     ) AS s
     WHERE (as_of IS NULL OR o.position <= as_of)
       AND (happened_by IS NULL OR o.happened_on <= happened_by);
END;

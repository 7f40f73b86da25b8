-- The one way into the log: positions without gaps, each command whole or not at all, each command once.

-- depends: 0001.log

-- Takes a group of commands with their events and gives one outcome per command, in their order:
--   done         its events are recorded, and the command itself
--   repeat       the same actor, key and request were recorded before: the answer of that time
--   key_reused   the same actor and key were recorded before with another request
--   conflict     one of its events is not the next of its aggregate
--   time_behind  an event is more than 2 s older than the newest one recorded before it
--   time_ahead   an event is more than 5 min ahead of the clock of this database
-- Whatever is not done leaves nothing behind and hinders no other command.
-- Command i has the p_event_counts[i] events that follow those of the command before; it may have none.
CREATE FUNCTION registry.append(
    p_actors uuid[],
    p_key_hmacs bytea[],
    p_request_hmacs bytea[],
    p_aggregate_ids uuid[],
    p_versions integer[],
    p_event_counts integer[],
    p_originator_ids uuid[],
    p_originator_versions integer[],
    p_topics text[],
    p_states bytea[],
    p_recorded_ats timestamptz[],
    p_occurred_ons text[],
    p_clinic_ids uuid[],
    p_leaf_hashes bytea[],
    p_disclosures text[]
)
RETURNS TABLE (outcome text, aggregate_id uuid, version integer, first_position bigint, last_position bigint)
LANGUAGE plpgsql VOLATILE
AS $body$
#variable_conflict use_column
DECLARE
    v_epoch uuid;
    v_simulated boolean;
    v_head bigint;
    v_newest timestamptz;
    v_limit timestamptz;
    v_plain boolean;
    v_outcomes text[];
    v_firsts bigint[];
    v_lasts bigint[];
    v_aggregate_ids uuid[] := p_aggregate_ids;
    v_versions integer[] := p_versions;
    v_positions bigint[];
    v_public_positions bigint[];
    -- What the decision below needs of the store; one number for each different key and each different aggregate.
    v_known_requests bytea[];
    v_known_aggregate_ids uuid[];
    v_known_versions integer[];
    v_known_firsts bigint[];
    v_known_lasts bigint[];
    v_key_numbers integer[];
    v_aggregate_numbers integer[];
    v_done_by integer[];
    v_current integer[];
    v_before integer[];
    v_newest_before timestamptz;
    v_outcome text;
    v_earlier integer;
    v_event integer := 0;
    v_last_event integer;
    v_position bigint;
BEGIN
    -- With another isolation level every statement would see the log as it was before the lock.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'events are appended in read committed transactions only'
            USING ERRCODE = 'invalid_transaction_state';
    END IF;

    -- One appender at a time, until it has committed. What follows are later statements: each sees all that was
    -- committed before the lock was given.
    PERFORM pg_advisory_xact_lock(7164290431);

    -- A single command with a single event, and nothing in its way: one statement, for whoever writes alone.
    IF cardinality(p_event_counts) = 1 AND cardinality(p_originator_ids) = 1 THEN
        RETURN QUERY
        WITH store AS (
            SELECT
                store.epoch,
                store.simulated,
                coalesce((SELECT max(position) FROM registry.events), 0) + 1 AS next,
                coalesce((SELECT max(recorded_at) FROM registry.events), '-infinity') AS newest
            FROM registry.store
        ),
        event AS (
            INSERT INTO registry.events (
                position, originator_id, originator_version, topic, state, recorded_at, occurred_on, clinic_id,
                leaf_hash, disclosure, prev_public_position, store_epoch
            )
            SELECT
                store.next, p_originator_ids[1], p_originator_versions[1], p_topics[1], p_states[1],
                p_recorded_ats[1], p_occurred_ons[1], p_clinic_ids[1], p_leaf_hashes[1], p_disclosures[1],
                CASE WHEN p_disclosures[1] = 'public' THEN
                    coalesce((SELECT max(position) FROM registry.events WHERE disclosure = 'public'), 0)
                END,
                store.epoch
            FROM store
            WHERE p_event_counts[1] = 1
                AND p_originator_versions[1] = 1 + coalesce((
                    SELECT max(originator_version) FROM registry.events WHERE originator_id = p_originator_ids[1]
                ), 0)
                AND NOT EXISTS (
                    SELECT FROM registry.commands WHERE actor = p_actors[1] AND key_hmac = p_key_hmacs[1]
                )
                AND (
                    store.simulated
                    OR p_recorded_ats[1] >= store.newest - interval '2 seconds'
                    AND p_recorded_ats[1] <= clock_timestamp() + interval '5 minutes'
                )
            RETURNING position
        )
        INSERT INTO registry.commands AS command (
            actor, key_hmac, request_hmac, aggregate_id, version, first_position, last_position
        )
        SELECT
            p_actors[1], p_key_hmacs[1], p_request_hmacs[1], p_aggregate_ids[1], p_versions[1], event.position,
            event.position
        FROM event
        RETURNING 'done', command.aggregate_id, command.version, command.first_position, command.last_position;
        IF FOUND THEN
            RETURN;
        END IF;
    END IF;

    IF (SELECT sum(each) FROM unnest(p_event_counts) AS each) <> cardinality(p_originator_ids) THEN
        RAISE EXCEPTION 'the events do not belong to the commands' USING ERRCODE = 'array_subscript_error';
    END IF;

    SELECT
        store.epoch,
        store.simulated,
        coalesce((SELECT max(position) FROM registry.events), 0),
        coalesce((SELECT max(recorded_at) FROM registry.events), '-infinity')
    INTO STRICT v_epoch, v_simulated, v_head, v_newest
    FROM registry.store;
    v_limit := CASE WHEN v_simulated THEN 'infinity' ELSE clock_timestamp() + interval '5 minutes' END;
    v_position := v_head;

    -- Nearly always nothing collides: keys are new and different, each aggregate gets its next versions, and no time
    -- is out of line.
    SELECT
        NOT EXISTS (
            SELECT
            FROM unnest(p_actors, p_key_hmacs) AS given (actor, key_hmac)
            JOIN registry.commands AS known ON known.actor = given.actor AND known.key_hmac = given.key_hmac
        )
        AND cardinality(p_actors) = (
            SELECT count(*)
            FROM (
                SELECT DISTINCT actor, key_hmac FROM unnest(p_actors, p_key_hmacs) AS given (actor, key_hmac)
            ) AS different
        )
        AND NOT EXISTS (
            SELECT
            FROM (
                SELECT
                    given.id,
                    given.version,
                    lag(given.version) OVER same_aggregate AS version_before,
                    given.recorded_at,
                    max(given.recorded_at) OVER until_here AS newest
                FROM unnest(p_originator_ids, p_originator_versions, p_recorded_ats) WITH ORDINALITY
                    AS given (id, version, recorded_at, number)
                WINDOW
                    same_aggregate AS (PARTITION BY given.id ORDER BY given.number),
                    until_here AS (ORDER BY given.number)
            ) AS event
            WHERE event.version <> 1 + coalesce(
                    event.version_before,
                    (SELECT max(originator_version) FROM registry.events WHERE originator_id = event.id),
                    0
                )
                OR event.recorded_at > v_limit
                OR (NOT v_simulated AND event.recorded_at < greatest(v_newest, event.newest) - interval '2 seconds')
        )
    INTO v_plain;

    IF v_plain THEN
        v_positions := ARRAY(SELECT generate_series(v_head + 1, v_head + cardinality(p_originator_ids)));
    ELSE
        SELECT
            array_agg(known.request_hmac ORDER BY given.number),
            array_agg(known.aggregate_id ORDER BY given.number),
            array_agg(known.version ORDER BY given.number),
            array_agg(known.first_position ORDER BY given.number),
            array_agg(known.last_position ORDER BY given.number),
            array_agg(given.key_number ORDER BY given.number)
        INTO v_known_requests, v_known_aggregate_ids, v_known_versions, v_known_firsts, v_known_lasts, v_key_numbers
        FROM (
            SELECT actor, key_hmac, number, dense_rank() OVER (ORDER BY actor, key_hmac)::integer AS key_number
            FROM unnest(p_actors, p_key_hmacs) WITH ORDINALITY AS each (actor, key_hmac, number)
        ) AS given
        LEFT JOIN registry.commands AS known ON known.actor = given.actor AND known.key_hmac = given.key_hmac;

        SELECT array_agg(dense_rank ORDER BY number)
        INTO v_aggregate_numbers
        FROM (
            SELECT number, dense_rank() OVER (ORDER BY id)::integer
            FROM unnest(p_originator_ids) WITH ORDINALITY AS each (id, number)
        ) AS given;

        SELECT array_agg(
            coalesce((SELECT max(originator_version) FROM registry.events WHERE originator_id = given.id), 0)
            ORDER BY given.id
        )
        INTO v_current
        FROM (SELECT DISTINCT id FROM unnest(p_originator_ids) AS each (id)) AS given;

        v_done_by := array_fill(NULL::integer, ARRAY[cardinality(p_actors)]);
        v_positions := array_fill(NULL::bigint, ARRAY[cardinality(p_originator_ids)]);
        v_outcomes := array_fill(NULL::text, ARRAY[cardinality(p_actors)]);
        v_firsts := array_fill(0::bigint, ARRAY[cardinality(p_actors)]);
        v_lasts := v_firsts;

        FOR i IN 1 .. cardinality(p_actors) LOOP
            v_last_event := v_event + p_event_counts[i];
            v_earlier := v_done_by[v_key_numbers[i]];
            IF v_known_requests[i] IS NOT NULL THEN
                v_outcome := CASE WHEN v_known_requests[i] = p_request_hmacs[i] THEN 'repeat' ELSE 'key_reused' END;
                v_aggregate_ids[i] := v_known_aggregate_ids[i];
                v_versions[i] := v_known_versions[i];
                v_firsts[i] := v_known_firsts[i];
                v_lasts[i] := v_known_lasts[i];
            ELSIF v_earlier IS NOT NULL THEN
                v_outcome := CASE
                    WHEN p_request_hmacs[v_earlier] = p_request_hmacs[i] THEN 'repeat' ELSE 'key_reused'
                END;
                v_aggregate_ids[i] := v_aggregate_ids[v_earlier];
                v_versions[i] := v_versions[v_earlier];
                v_firsts[i] := v_firsts[v_earlier];
                v_lasts[i] := v_lasts[v_earlier];
            ELSE
                v_outcome := 'done';
                v_before := v_current;
                v_newest_before := v_newest;
                FOR j IN v_event + 1 .. v_last_event LOOP
                    v_outcome := CASE
                        WHEN p_originator_versions[j] <> v_current[v_aggregate_numbers[j]] + 1 THEN 'conflict'
                        WHEN p_recorded_ats[j] > v_limit THEN 'time_ahead'
                        WHEN NOT v_simulated AND p_recorded_ats[j] < v_newest - interval '2 seconds' THEN 'time_behind'
                        ELSE 'done'
                    END;
                    EXIT WHEN v_outcome <> 'done';
                    v_current[v_aggregate_numbers[j]] := p_originator_versions[j];
                    v_newest := greatest(v_newest, p_recorded_ats[j]);
                END LOOP;
                IF v_outcome <> 'done' THEN
                    v_current := v_before;
                    v_newest := v_newest_before;
                ELSE
                    v_done_by[v_key_numbers[i]] := i;
                    IF v_last_event > v_event THEN
                        v_firsts[i] := v_position + 1;
                        FOR j IN v_event + 1 .. v_last_event LOOP
                            v_position := v_position + 1;
                            v_positions[j] := v_position;
                        END LOOP;
                        v_lasts[i] := v_position;
                    END IF;
                END IF;
            END IF;
            v_outcomes[i] := v_outcome;
            v_event := v_last_event;
        END LOOP;
    END IF;

    v_public_positions := array_fill(NULL::bigint, ARRAY[cardinality(p_originator_ids)]);
    IF 'public' = ANY (p_disclosures) THEN
        v_position := coalesce((SELECT max(position) FROM registry.events WHERE disclosure = 'public'), 0);
        FOR j IN 1 .. cardinality(p_originator_ids) LOOP
            IF p_disclosures[j] = 'public' AND v_positions[j] IS NOT NULL THEN
                v_public_positions[j] := v_position;
                v_position := v_positions[j];
            END IF;
        END LOOP;
    END IF;

    INSERT INTO registry.events (
        position, originator_id, originator_version, topic, state, recorded_at, occurred_on, clinic_id, leaf_hash,
        disclosure, prev_public_position, store_epoch
    )
    SELECT
        event.position, event.originator_id, event.originator_version, event.topic, event.state, event.recorded_at,
        event.occurred_on, event.clinic_id, event.leaf_hash, event.disclosure, event.prev_public_position, v_epoch
    FROM unnest(
        v_positions, p_originator_ids, p_originator_versions, p_topics, p_states, p_recorded_ats, p_occurred_ons,
        p_clinic_ids, p_leaf_hashes, p_disclosures, v_public_positions
    ) AS event (
        position, originator_id, originator_version, topic, state, recorded_at, occurred_on, clinic_id, leaf_hash,
        disclosure, prev_public_position
    )
    WHERE event.position IS NOT NULL;

    IF v_plain THEN
        RETURN QUERY
        INSERT INTO registry.commands AS command (
            actor, key_hmac, request_hmac, aggregate_id, version, first_position, last_position
        )
        SELECT
            given.actor, given.key_hmac, given.request_hmac, given.aggregate_id, given.version,
            CASE WHEN given.events > 0 THEN v_head + given.until_here - given.events + 1 ELSE 0 END,
            CASE WHEN given.events > 0 THEN v_head + given.until_here ELSE 0 END
        FROM (
            SELECT
                each.*, sum(each.events) OVER (ORDER BY each.number) AS until_here
            FROM unnest(p_actors, p_key_hmacs, p_request_hmacs, p_aggregate_ids, p_versions, p_event_counts)
                WITH ORDINALITY
                AS each (actor, key_hmac, request_hmac, aggregate_id, version, events, number)
        ) AS given
        ORDER BY given.number
        RETURNING
            'done', command.aggregate_id, command.version, command.first_position, command.last_position;
    ELSE
        INSERT INTO registry.commands (
            actor, key_hmac, request_hmac, aggregate_id, version, first_position, last_position
        )
        SELECT actor, key_hmac, request_hmac, aggregate_id, version, first_position, last_position
        FROM unnest(
            v_outcomes, p_actors, p_key_hmacs, p_request_hmacs, p_aggregate_ids, p_versions, v_firsts, v_lasts
        ) AS command (
            outcome, actor, key_hmac, request_hmac, aggregate_id, version, first_position, last_position
        )
        WHERE outcome = 'done';

        RETURN QUERY
        SELECT command.*
        FROM unnest(v_outcomes, v_aggregate_ids, v_versions, v_firsts, v_lasts) AS command;
    END IF;
END
$body$;

COMMENT ON FUNCTION registry.append IS 'Append a group of commands with their events; one outcome per command.';

REVOKE ALL ON FUNCTION registry.append FROM PUBLIC;

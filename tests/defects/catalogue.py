"""Each planted defect has one row: what it breaks, and the test that must not let it through.

A patch beside this module has the name of its row. The rows of failures have the numbers of
`tests/test_reliability_rows.py`; a defect without a number breaks a promise that no row of that table makes.
"""

from __future__ import annotations

from dataclasses import dataclass

POSITIONS = "tests/infra/test_positions.py"
APPEND = "tests/infra/test_append.py"
GROUP = "tests/infra/test_group_commit.py"
STORE = "tests/infra/test_event_store.py"
CACHE = "tests/infra/test_aggregate_cache.py"
FRESHNESS = "tests/infra/test_freshness.py"
SEALING = "tests/infra/test_sealing.py"
RELAY = "tests/consumers/test_relay.py"
PROJECTOR = "tests/consumers/test_projector.py"
REBUILD = "tests/consumers/test_rebuild.py"
VERIFIER = "tests/consumers/test_verifier.py"
COMPLIANCE = "tests/domain/test_compliance.py"
RULEBOOK = "tests/application/test_rulebook.py"
WHO_MAY = "tests/application/test_who_may_do_what.py"
ENROLMENTS = "tests/application/test_enrolments.py"


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing that is broken on purpose."""

    patch: str
    """Name of the patch, without its ending."""
    broken: str
    test: str
    """Node id of the test that must fail, for some of its parameters if it has any."""
    row: int | None


# fmt: off
# Name of the patch, row of failures, file and name of the test, and what is broken.
_ROWS: tuple[tuple[str, int | None, str, str, str], ...] = (
    ("append-without-lock", 1, POSITIONS,
     "test_reader_that_follows_eight_writers_misses_nothing",
     "Two appenders work at the same time."),
    ("append-lock-beside-maximum", 1, POSITIONS,
     "test_reader_that_follows_eight_writers_misses_nothing",
     "The lock and the last position are asked for in one statement, which sees the log before the lock."),
    ("append-refusal-takes-a-position", 2, POSITIONS,
     "test_refused_appends_leave_no_hole",
     "A refused command takes a position with it."),
    ("append-conflict-fails-the-group", 3, APPEND,
     "test_conflict_fails_its_own_command_only",
     "A conflict of one command fails its whole group."),
    ("append-refusal-keeps-its-versions", 3, APPEND,
     "test_refused_command_leaves_nothing_for_the_next_in_its_group",
     "What a refused command would have recorded counts for the next."),
    ("append-without-time-check", None, APPEND,
     "test_times_follow_positions",
     "A single event may be older than those before it."),
    ("append-request-not-compared", 5, APPEND,
     "test_key_with_another_request_is_refused",
     "A key that is used for another request gets the first one's answer."),
    ("group-not-sent-again", 4, GROUP,
     "test_lost_requests_and_replies_have_one_effect_and_success_answers",
     "After a lost reply nobody asks what became of the group."),
    ("group-sent-again-as-new", 4, GROUP,
     "test_lost_requests_and_replies_have_one_effect_and_success_answers",
     "After a lost reply the group is sent as new commands."),
    ("lost-reply-answered-as-repeat", 4, GROUP,
     "test_lost_requests_and_replies_have_one_effect_and_success_answers",
     "What was recorded before its reply was lost is called a repeat."),
    ("every-repeat-taken-for-ours", 4, GROUP,
     "test_what_was_a_repeat_before_the_reply_was_lost_stays_one",
     "After a lost reply every repeat is called done."),
    ("refused-commit-answered", 4, GROUP,
     "test_nobody_is_answered_before_the_commit",
     "A group that was refused at its commit is answered like one that was committed."),
    ("sent-ahead-taken-for-new", 4, GROUP,
     "test_groups_sent_ahead_have_one_effect_when_the_connection_is_lost",
     "A group that was on its way when the connection was lost is called a repeat of itself."),
    ("recall-request-not-compared", 5, STORE,
     "test_repeat_is_answered_and_recalled",
     "A recalled key is not asked which request it belongs to."),
    ("cache-hands-out-its-own", 3, STORE,
     "test_refused_decision_leaves_no_trace",
     "The cached aggregate is handed out without a copy."),
    ("conflict-keeps-the-cached-state", 3, FRESHNESS,
     "test_what_is_kept_wrongly_ends_with_the_conflict",
     "After a conflict the next try begins from the same old state."),
    ("conflict-raises-no-doubt", 3, FRESHNESS,
     "test_a_conflict_ends_every_belief",
     "After a conflict other old states are still believed."),
    ("own-commit-hides-others", 3, FRESHNESS,
     "test_a_commit_of_ours_hides_no_change_of_others",
     "An own commit counts as news of what others recorded before it."),
    ("cache-keeps-across-a-gap", 3, CACHE,
     "test_saved_events_are_folded_and_gaps_are_forgotten",
     "A saved event is folded in although one before it is missing."),
    ("cached-values-shared", 3, CACHE,
     "test_copies_share_nothing_that_can_change",
     "A copy of a cached aggregate shares what its values hold."),
    ("sealed-part-not-bound-to-its-salt", None, SEALING,
     "test_part_moved_to_another_event_is_refused",
     "A sealed part can be moved to another event of its aggregate."),
    ("key-outlives-its-erasure", None, SEALING,
     "test_erased_subject_opens_as_erased_and_takes_nothing_new",
     "An erased subject's key stays in memory: more is sealed and opened with it."),
    ("key-read-before-erasure-is-kept", None, SEALING,
     "test_key_read_just_before_an_erasure_is_not_remembered",
     "A key that was read just before its erasure is remembered after it."),
    ("key-not-committed", None, SEALING,
     "test_key_is_committed_before_the_subject_is_told",
     "A new subject is told although its key was never committed."),
    ("loser-of-an-identity-keeps-its-own", None, SEALING,
     "test_rival_creators_get_one_subject_with_one_key",
     "Who loses the race for an identity seals under a key that nobody has."),
    ("relay-goes-on-from-its-note", 9, RELAY,
     "test_a_topic_emptied_while_no_relay_ran_is_filled_again",
     "The relay goes on from its note and not from what the topic holds."),
    ("end-of-topic-not-looked-at-whole", 9, RELAY,
     "test_a_hole_that_a_dying_client_left_is_filled",
     "The relay goes on behind the last record although one before it is missing."),
    ("foreign-end-ignored", 23, RELAY,
     "test_a_forged_record_at_the_end_waits_for_a_person",
     "The relay publishes behind a record that is not the store's."),
    ("older-store-ignored", None, RELAY,
     "test_a_store_older_than_the_topic_is_noticed_before_anything_is_published",
     "The relay of a store that was put back publishes behind what it has lost."),
    ("row-before-the-page-not-compared", None, RELAY,
     "test_a_store_put_back_under_a_running_relay_halts_it",
     "The relay does not notice that the store was put back under it."),
    ("emptied-topic-unnoticed", 13, RELAY,
     "test_an_idle_relay_notices_that_a_topic_was_emptied",
     "A running relay does not notice that a topic was emptied."),
    ("acknowledgements-unread", 9, RELAY,
     "test_nothing_goes_out_behind_a_record_that_the_broker_refuses",
     "What was sent counts as arrived."),
    ("public-before-events", None, RELAY,
     "test_nothing_is_public_before_auditors_can_find_it",
     "Subscribers see an event before the events topic has it."),
    ("published-past-an-unknown-type", 16, RELAY,
     "test_a_stored_type_without_a_schema_halts_before_it",
     "An event without a schema is left out, and those behind it are published."),
    ("lease-not-checked", None, RELAY,
     "test_a_relay_that_slept_through_its_lease_stops_and_hides_nothing",
     "A relay that lost its lease goes on."),
    ("lease-taken-from-its-holder", None, RELAY,
     "test_a_second_relay_waits_and_takes_over_at_once",
     "A relay takes the lease while another one has it."),
    ("cursor-outside-the-transaction", 17, PROJECTOR,
     "test_killed_anywhere_each_event_has_one_effect",
     "The cursor is committed before the rows."),
    ("cursor-moved-unseen", 17, PROJECTOR,
     "test_of_two_runners_of_one_read_model_the_loser_stops",
     "The cursor is moved wherever it stands."),
    ("header-hash-believed", 23, PROJECTOR,
     "test_forged_records_are_not_applied_and_stop_nobody",
     "The leaf hash in a record's header is believed and not computed."),
    ("gap-skipped", 9, PROJECTOR,
     "test_at_a_gap_the_reader_reads_on_for_what_it_lacks",
     "A missing position is passed over."),
    ("repeats-applied", 9, PROJECTOR,
     "test_repeats_have_no_effect",
     "A record that comes again is applied again."),
    ("poison-skipped", 19, PROJECTOR,
     "test_an_event_that_one_read_model_cannot_apply_stops_that_one_alone",
     "An event that cannot be applied is passed over."),
    ("unreadable-event-skipped", 19, PROJECTOR,
     "test_a_stored_event_that_nobody_can_read_stops_who_asks_for_it_alone",
     "An event that cannot be read is passed over."),
    ("read-answered-from-behind", 22, "tests/consumers/test_read_your_writes.py",
     "test_a_write_is_visible_or_the_reader_hears_how_far_behind",
     "A read that asks for a position is answered by a read model that has not reached it."),
    ("send-times-out-in-the-client", 11, "tests/consumers/test_broker_away.py",
     "test_a_broker_that_was_away_for_five_seconds_is_followed_again",
     "The Kafka client gives up by itself while the broker is away for a moment."),
    ("topics-looked-at-once", 14, RELAY,
     "test_a_running_relay_notices_that_a_topic_was_given_another_shape",
     "A relay looks at the shape of the topics at its start and never again."),
    ("stalled-measured-by-kafkas-lag", 25, "tests/way/test_stalled.py",
     "test_who_stands_still_is_noticed_by_its_distance_to_the_store",
     "A projector that lacks what was never published counts as up to date."),
    ("put-back-store-unnoticed", None, PROJECTOR,
     "test_a_store_that_was_put_back_stops_the_reader",
     "A read model goes on in a store that no longer holds what it applied."),
    ("rebuild-goes-on-with-other-code", None, REBUILD,
     "test_other_code_begins_anew",
     "An unfinished build is gone on with whatever code began it"),
    ("rebuild-goes-on-with-another-log", None, REBUILD,
     "test_a_build_of_a_log_that_is_no_longer_the_stores_is_begun_anew",
     "An unfinished build is gone on with though the store is no longer the one that it read"),
    ("rebuild-switches-behind-the-live-one", None, REBUILD,
     "test_the_live_build_follows_the_log_during_a_rebuild_and_readers_never_see_a_mix",
     "The new build is switched to without what the old one applied meanwhile."),
    ("rebuild-switches-outside-a-transaction", None, REBUILD,
     "test_readers_of_the_live_build_are_not_held_up_by_the_switch",
     "Between two statements of the switch no build is live."),
    ("digest-without-the-last-column", None, PROJECTOR,
     "test_equal_logs_give_equal_digests",
     "Read models that differ in one column have the same digest."),
    ("verifier-believes-the-leaf-hash", None, VERIFIER,
     "test_what_was_changed_in_the_store_is_found",
     "Changed bytes of a row are not compared with its leaf hash."),
    ("verifier-reads-over-a-hole", None, VERIFIER,
     "test_a_hole_in_the_topic_is_found",
     "A hole in a topic is not noticed."),
    ("due-a-day-late", None, COMPLIANCE,
     "test_a_treatment_is_submitted_within_thirty_days",
     "A duty is due a day later than its limit says."),
    ("late-on-the-due-day", None, COMPLIANCE,
     "test_a_quarter_is_declared_within_thirty_days",
     "A duty is overdue on its due day."),
    ("everybody-may", None, RULEBOOK,
     "test_each_command_belongs_to_its_role",
     "Any role may give any command."),
    ("ungranted-role-may", None, WHO_MAY,
     "test_each_cell",
     "A role of the society is acted in without having been granted."),
    ("repeat-refused-instead-of-answered", 5, ENROLMENTS,
     "test_a_repeat_of_a_statement_that_is_no_longer_possible_gets_its_first_answer",
     "A repeated command is refused because of what it did the first time."),
)
# fmt: on
DEFECTS = tuple(Defect(patch, broken, f"{file}::{name}", row) for patch, row, file, name, broken in _ROWS)

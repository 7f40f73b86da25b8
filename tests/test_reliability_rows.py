"""Each promise has a short test in the ordinary run; a test that is renamed takes its row along.

The rows are numbered as in the table of failures on which the registry was designed; docs/reliability.md tells the
same promises to people.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]

ROWS: dict[int, tuple[str, ...]] = {
    # Positions visible out of commit order: a reader that saw N never later finds a smaller one.
    1: ("tests/infra/test_positions.py::test_reader_that_follows_eight_writers_misses_nothing",),
    # Rejected appends: positions have no holes.
    2: (
        "tests/infra/test_positions.py::test_refused_appends_leave_no_hole",
        "tests/infra/test_append.py::test_random_groups_have_the_outcomes_of_the_model",
    ),
    # Two writers, same version: exactly one wins, the other decides again.
    3: (
        "tests/infra/test_group_commit.py::test_one_of_sixteen_rivals_wins_each_round",
        "tests/infra/test_event_store.py::test_two_stores_on_one_aggregate_one_wins_and_the_other_sees_it",
    ),
    # COMMIT sent, reply lost: the truth is told, the effect happens once.
    4: (
        "tests/infra/test_group_commit.py::test_lost_requests_and_replies_have_one_effect_and_success_answers",
        "tests/infra/test_group_commit.py::test_what_was_a_repeat_before_the_reply_was_lost_stays_one",
    ),
    # Command repeated after a time-out: same answer, one effect.
    5: (
        "tests/infra/test_group_commit.py::test_random_repeats_get_the_same_answer_and_have_one_effect",
        "tests/infra/test_event_store.py::test_repeat_is_answered_and_recalled",
    ),
    # PostgreSQL crashes: acknowledged = durable.
    6: (
        "tests/infra/test_group_commit.py::test_immediate_stops_lose_and_double_nothing",
        "tests/infra/test_postgres.py::test_server_that_may_forget_is_refused",
    ),
    # Disk full: writes are refused, reads go on, it recovers by itself.
    7: ("tests/infra/test_disk_full.py::test_a_full_disk_refuses_writes_answers_reads_and_recovers_by_itself",),
    # Store older than the topic: noticed before anything is published.
    8: ("tests/consumers/test_relay.py::test_a_store_older_than_the_topic_is_noticed_before_anything_is_published",),
    # Crash between send and anything: duplicates possible in the topic, never in effect.
    9: (
        "tests/consumers/test_relay.py::test_killed_at_every_named_point_nothing_is_lost_doubled_or_reordered",
        "tests/consumers/test_relay.py::test_killed_at_random_times_nothing_is_lost_doubled_or_reordered",
        "tests/infra/test_writer_killed.py::test_a_writer_killed_at_a_named_point_loses_and_doubles_nothing",
        "tests/infra/test_writer_killed.py::test_a_writer_killed_at_random_times_loses_and_doubles_nothing",
        "tests/consumers/test_projector.py::test_repeats_have_no_effect",
        "tests/way/test_clock.py::test_killed_clocks_and_two_at_once_lose_and_double_nothing",
        "tests/way/test_kill.py::test_up_brings_back_whatever_was_killed_and_nothing_is_lost_or_doubled",
    ),
    # A send fails in mid-batch: nothing after it is published before it.
    10: (
        "tests/consumers/test_broker_away.py::test_a_broker_paused_in_mid_batch_beyond_the_time_out_leaves_no_hole",
        "tests/consumers/test_relay.py::test_nothing_goes_out_behind_a_record_that_the_broker_refuses",
    ),
    # Broker away: the relay resumes by itself, commands go on.
    11: ("tests/consumers/test_broker_away.py::test_a_broker_that_was_away_for_five_seconds_is_followed_again",),
    # Paused relay wakes beside its successor: its records hide nothing.
    12: ("tests/consumers/test_relay.py::test_a_relay_that_slept_through_its_lease_stops_and_hides_nothing",),
    # Topic wiped or recreated: filled again from the store.
    13: (
        "tests/consumers/test_relay.py::test_a_topic_made_anew_under_a_running_relay_is_filled_again",
        "tests/consumers/test_relay.py::test_a_topic_emptied_while_no_relay_ran_is_filled_again",
    ),
    # Retention, timestamp type or partition count changed: refused, noticed within a minute.
    14: (
        "tests/consumers/test_relay.py::test_a_topic_of_another_shape_is_refused",
        "tests/consumers/test_relay.py::test_a_running_relay_notices_that_a_topic_was_given_another_shape",
        "tests/consumers/test_relay.py::test_in_service_another_shape_is_noticed_within_a_minute",
    ),
    # One of three brokers dies: nothing is lost; two: records wait.
    15: (
        "tests/consumers/test_three_brokers.py::test_brokers_that_die_one_at_a_time_lose_nothing_and_with_two_dead_records_wait",
    ),
    # Incompatible schema: cannot be merged, cannot be published.
    16: (
        "tests/schemas/test_compatibility.py::test_planted_breaking_change_is_caught",
        "tests/schemas/test_compatibility.py::test_breaking_changes_of_our_own_schemas_are_caught",
        "tests/schemas/test_compatibility.py::test_every_version_reads_every_other",
        "tests/infra/test_schema_shelf.py::test_class_that_left_its_released_schema_is_refused",
        "tests/infra/test_schema_shelf.py::test_touched_release_is_noticed",
        "tests/consumers/test_relay.py::test_a_stored_type_without_a_schema_halts_before_it",
    ),
    # Crash between reading and commit, and after it: one effect.
    17: ("tests/consumers/test_projector.py::test_killed_anywhere_each_event_has_one_effect",),
    # The same projector twice: one effect, the loser stops.
    18: ("tests/consumers/test_projector.py::test_of_two_runners_of_one_read_model_the_loser_stops",),
    # Poison message: not skipped, no hot loop; that view is quarantined, the others go on.
    19: (
        "tests/consumers/test_projector.py::test_an_event_that_one_read_model_cannot_apply_stops_that_one_alone",
        "tests/consumers/test_projector.py::test_a_stored_event_that_nobody_can_read_stops_who_asks_for_it_alone",
        "tests/consumers/test_projector.py::test_a_halt_is_shown_beside_the_read_models_and_not_hammered",
        "tests/consumers/test_poison.py::test_twenty_shapes_of_poison_each_stop_one_read_model_before_them",
    ),
    # Rebuild: readers see the old build or the new one.
    20: (
        "tests/consumers/test_rebuild.py::test_readers_of_the_live_build_are_not_held_up_by_the_switch",
        "tests/consumers/test_rebuild.py::test_rebuilds_of_one_log_have_one_digest_whenever_they_are_cut_short",
        "tests/consumers/test_rebuild.py::test_the_live_build_follows_the_log_during_a_rebuild_and_readers_never_see_a_mix",
        "tests/consumers/test_shares.py::test_shares_killed_on_their_way_are_gone_on_with_and_make_the_same_rows",
    ),
    # Same events, same bytes, under another hash seed and time zone.
    21: (
        "tests/way/test_same_rows.py::test_every_read_model_has_the_same_rows_under_another_hash_seed_clock_and_time_zone",
        "tests/projections/test_duty_accounts.py::test_rows_are_the_same_under_another_hash_seed_clock_and_time_zone",
    ),
    # Read your writes: visible, or the reader is told.
    22: ("tests/consumers/test_read_your_writes.py::test_a_write_is_visible_or_the_reader_hears_how_far_behind",),
    # Forged record in the topic: not applied, the true one is; readers go on.
    23: (
        "tests/consumers/test_projector.py::test_forged_records_are_not_applied_and_stop_nobody",
        "tests/consumers/test_relay.py::test_a_forged_record_at_the_end_waits_for_a_person",
    ),
    # Somebody else writes: only the relay's user can write to the topics, nobody can change rows.
    24: (
        "tests/infra/test_kafka_access.py::test_every_user_may_do_what_is_theirs_and_nothing_else",
        "tests/infra/test_rights.py::test_no_role_can_change_what_was_recorded",
        "tests/infra/test_kafka_access.py::test_none_of_many_random_writes_of_others_is_accepted",
        "tests/infra/test_rights.py::test_none_of_many_random_writes_is_accepted",
        "tests/infra/test_rights.py::test_only_the_application_appends",
        "tests/way/test_foreign_consumers.py::test_whoever_reads_may_not_write",
    ),
    # Stalled consumer: noticed by its distance to the store's head.
    25: (
        "tests/way/test_stalled.py::test_who_stands_still_is_noticed_by_its_distance_to_the_store",
        "tests/way/test_stalled.py::test_in_service_it_is_noticed_within_a_minute",
    ),
}
NAMED = [test for tests in ROWS.values() for test in tests]
IN_THE_DOCUMENT = re.compile(r"`(tests/[\w/]+\.py::\w+)`")


@cache
def ordinary_tests(path: str) -> frozenset[str]:
    """Return the names of a file's tests that the ordinary run carries out: none that is skipped or a campaign."""
    file = REPOSITORY / path
    return frozenset(_ordinary(ast.parse(file.read_text()))) if file.exists() else frozenset()


def _ordinary(module: ast.Module) -> Iterator[str]:
    for statement in module.body:
        if isinstance(statement, ast.FunctionDef) and statement.name.startswith("test_"):
            marks = " ".join(map(ast.unparse, statement.decorator_list))
            if not re.search(r"\b(skip|skipif|xfail|campaign)\b", marks):
                yield statement.name


def exists(test: str) -> bool:
    """Say whether the ordinary run carries out a test."""
    path, _, name = test.partition("::")
    return name in ordinary_tests(path)


def test_every_row_has_a_test() -> None:
    assert {row for row, tests in ROWS.items() if tests} == set(range(1, 26))


@pytest.mark.parametrize("test", NAMED)
def test_a_named_test_is_carried_out(test: str) -> None:
    assert exists(test)


def test_what_the_document_names_is_carried_out() -> None:
    named = IN_THE_DOCUMENT.findall((REPOSITORY / "docs" / "reliability.md").read_text())

    assert named
    assert [test for test in named if not exists(test)] == []


def test_the_check_notices_a_test_that_is_gone_or_left_out() -> None:
    gone = ("tests/infra/test_positions.py::test_of_long_ago", "tests/infra/no_such_file.py::test_anything")
    left_out = ast.parse("@pytest.mark.campaign\ndef test_long(): ...\n@pytest.mark.skip\ndef test_off(): ...")

    assert not any(map(exists, gone))
    assert list(_ordinary(left_out)) == []

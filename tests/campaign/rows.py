"""The rows that the campaign runs; those of the table of failures that it cannot run yet are named beside them."""

from __future__ import annotations

from tests.campaign.row import CampaignRow

_POSITIONS, _GROUPS = "tests/infra/test_positions.py", "tests/infra/test_group_commit.py"
_RELAY, _PROJECTOR = "tests/consumers/test_relay.py", "tests/consumers/test_projector.py"
_WRITER = "tests/infra/test_writer_killed.py"
_REBUILD, _BROKERS = "tests/consumers/test_rebuild.py", "tests/infra/stack/test_kafka_broker.py"

ROWS = (
    CampaignRow(
        "1",
        "positions become visible in their order",
        f"{_POSITIONS}::test_reader_that_follows_eight_writers_misses_nothing",
        200_000,
        "commands",
        1_200,
    ),
    CampaignRow(
        "2",
        "refused appends leave no hole",
        f"{_POSITIONS}::test_refused_appends_leave_no_hole",
        10_000,
        "commands",
        1_000,
    ),
    CampaignRow(
        "3", "one of sixteen rivals wins", f"{_GROUPS}::test_one_of_sixteen_rivals_wins_each_round", 1_000, "rounds", 30
    ),
    CampaignRow(
        "4",
        "the reply to a commit is lost",
        f"{_GROUPS}::test_lost_requests_and_replies_have_one_effect_and_success_answers",
        1_000,
        "replies",
        11,
    ),
    CampaignRow(
        "5",
        "commands are repeated",
        f"{_GROUPS}::test_random_repeats_get_the_same_answer_and_have_one_effect",
        5_000,
        "repeats",
        1_500,
    ),
    CampaignRow(
        "6",
        "PostgreSQL is stopped at once under load",
        f"{_GROUPS}::test_immediate_stops_lose_and_double_nothing",
        300,
        "stops",
        3,
    ),
    CampaignRow(
        "8",
        "the store is older than the topic",
        f"{_RELAY}::test_a_store_older_than_the_topic_is_noticed_before_anything_is_published",
        100,
        "restores",
        2,
    ),
    CampaignRow(
        "9a",
        "the relay is killed at every named point",
        f"{_RELAY}::test_killed_at_every_named_point_nothing_is_lost_doubled_or_reordered",
        500,
        "kills",
        9,
    ),
    CampaignRow(
        "9b",
        "the relay is killed at random times",
        f"{_RELAY}::test_killed_at_random_times_nothing_is_lost_doubled_or_reordered",
        500,
        "kills",
        3,
    ),
    CampaignRow(
        "9c",
        "a client is killed at every named point",
        f"{_WRITER}::test_a_writer_killed_at_a_named_point_loses_and_doubles_nothing",
        500,
        "kills",
        10,
    ),
    CampaignRow(
        "9d",
        "a client is killed at random times",
        f"{_WRITER}::test_a_writer_killed_at_random_times_loses_and_doubles_nothing",
        500,
        "kills",
        3,
    ),
    CampaignRow(
        "11",
        "the broker is away for 5 s",
        "tests/consumers/test_broker_away.py::test_a_broker_that_was_away_for_five_seconds_is_followed_again",
        100,
        "outages",
    ),
    CampaignRow(
        "12",
        "a paused relay wakes beside its successor",
        f"{_RELAY}::test_a_relay_that_slept_through_its_lease_stops_and_hides_nothing",
        500,
        "wakings",
    ),
    CampaignRow(
        "13",
        "a topic is made anew",
        f"{_RELAY}::test_a_topic_made_anew_under_a_running_relay_is_filled_again",
        100,
        "wipes",
    ),
    CampaignRow(
        "14",
        "a topic has another shape at the start",
        f"{_RELAY}::test_a_topic_of_another_shape_is_refused",
        1,
        "changes",
    ),
    CampaignRow("15", "one of three brokers dies", f"{_BROKERS}::test_three_brokers_go_on_when_one_dies", 200, "kills"),
    CampaignRow(
        "16",
        "a schema is changed incompatibly",
        "tests/schemas/test_compatibility.py::test_planted_breaking_change_is_caught",
        10,
        "changes",
        10,
    ),
    CampaignRow(
        "17",
        "the projector is killed anywhere",
        f"{_PROJECTOR}::test_killed_anywhere_each_event_has_one_effect",
        1_000,
        "kills",
        7,
    ),
    CampaignRow(
        "18",
        "a projector is started twice",
        f"{_PROJECTOR}::test_of_two_runners_of_one_read_model_the_loser_stops",
        300,
        "starts",
    ),
    CampaignRow(
        "20",
        "a build is switched while it is read",
        f"{_REBUILD}::test_readers_of_the_live_build_are_not_held_up_by_the_switch",
        3,
        "rebuilds",
    ),
    CampaignRow(
        "21",
        "hashes are seeded otherwise",
        "tests/projections/test_compliance_status.py::test_rows_are_the_same_under_another_hash_seed",
        3,
        "seeds",
        3,
    ),
    CampaignRow(
        "22",
        "writes are read at once under a slow projector",
        "tests/consumers/test_read_your_writes.py::test_a_write_is_visible_or_the_reader_hears_how_far_behind",
        10_000,
        "reads",
        60,
    ),
    CampaignRow(
        "23",
        "records are forged",
        f"{_PROJECTOR}::test_forged_records_are_not_applied_and_stop_nobody",
        1_000,
        "forgeries",
        240,
    ),
    CampaignRow(
        "24",
        "others try to write",
        "tests/infra/test_rights.py::test_no_role_can_change_what_was_recorded",
        1,
        "rounds",
    ),
)

NOT_RUN = {
    7: "disk full",
    10: "a send fails in mid-batch",
    19: "twenty shapes of poison",
    25: "a stalled consumer",
}
"""Rows of the table of failures that no campaign runs yet."""

"""The projector's process with read models of the tests, which are named on the command line after the options."""

from __future__ import annotations

import sys

from consumers.projector import ProjectorPlan, project, report
from consumers.worker import run_process
from consumers.worker_options import WorkerOptions
from infra.avro_codec import Codec
from schemas import catalogue
from tests.consumers import counting_model


def main() -> None:
    names = sys.argv[2:]
    del sys.argv[2:]
    options = WorkerOptions.of_process()
    plan = ProjectorPlan(
        dsn=options.dsn,
        servers=options.kafka,
        topic=options.topics.events,
        codec=Codec(catalogue.load()),
        models=[getattr(counting_model, name) for name in names],
    )
    run_process("projector", lambda life: project(plan, life), lambda error: report(plan, error))


if __name__ == "__main__":
    main()

"""A process that runs stages of the line and is killed before one exact commit of the lake.

    python -m tests.faults.strike

Each line of its input is a case: `[home, dataset, stage, commit]`. For each it forks a process,
which runs the stage from the command line's own function and sends itself SIGKILL before the
stage's commit of that number (0 is its first). The answer is a line: how the process ended, as
`os.waitstatus_to_exitcode` tells it. Forks share what was imported, and nothing has run here yet.
"""

import importlib
import json
import os
import signal
import sys
import warnings

from resources.lake import Lake

BATCH = 12
SMALL = {
    "items": "COMMIT_ROWS",
    "captions": "LOT",
    "bags": "BATCH",
    "embeddings": "BATCH",
    "activations": "BATCH",
}
HEAVY = ("torch", "sklearn.utils", "scipy.sparse", "saetm_assets.cli.run", "saetm.sae.encode")


def shrink_batches(patch=setattr):
    """Let row work commit a dozen rows at a time."""
    for stage, name in SMALL.items():
        patch(importlib.import_module(f"saetm_assets.stages.{stage}"), name, BATCH)


def arm(stage, commit):
    """Have this process killed before a commit of a stage."""
    left = [commit]

    def armed(write):
        def written(lake, table, *arguments):
            note = arguments[-1]
            if note.get("asset") == stage:
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                left[0] -= 1
            return write(lake, table, *arguments)

        return written

    for name in ("_append", "_overwrite", "_delete"):
        setattr(Lake, name, armed(getattr(Lake, name)))


def run(home, dataset, stage, commit):
    from saetm_assets.cli.run import run_dataset

    os.environ["SAETM_HOME"] = home  # noqa: TID251  of the forked process alone
    shrink_batches()
    arm(stage, commit)
    run_dataset(dataset, [stage], quiet=True)


def fork(case):
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    status = 1
    try:
        run(*case)
        status = 0
    finally:
        os._exit(status)


def main():
    warnings.simplefilter("ignore")
    for name in HEAVY:
        importlib.import_module(name)
    for line in sys.stdin:
        sys.stdout.write(f"{fork(json.loads(line))}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

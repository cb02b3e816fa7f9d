"""A home whose sensors and conditions are evaluated tick by tick, and whose runs are executed."""

import json
import random
from collections import Counter
from dataclasses import dataclass, field

import dagster as dg
import polars as pl

from resources.progress import SilentProgress
from resources.settings import load_settings
from saetm.tables import MATERIALISATIONS
from saetm_assets.definitions import STAGES, build_definitions
from saetm_assets.partitions import PARTITION_TAG
from tests.line.homes import Home, theme_text

MOST_ROUNDS = 12
CORNERS = 8


def rows_of(numbers):
    """Return rows of texts with vectors, so that no encoder has to be loaded."""
    return "".join(
        json.dumps({"text": f"{theme_text(number)} {number}", "embedding": vector_of(number)})
        + "\n"
        for number in numbers
    )


def vector_of(number):
    draw = random.Random(number)
    return [(at == number % 3) + draw.gauss(0, 0.1) for at in range(CORNERS)]


@dataclass
class House:
    """What the daemon does, one look at a time."""

    home: Home
    instance: dg.DagsterInstance
    cursors: dict = field(default_factory=dict)
    condition_cursor: object = None
    launched: list = field(default_factory=list)  # (dataset, assets) of every run, in order

    def __post_init__(self):
        self.restart()

    def restart(self):
        """Load the definitions anew, as a restarted daemon does."""
        with self.home.entered():
            self.definitions = build_definitions(load_settings(), SilentProgress())

    def look(self, name):
        """Evaluate a sensor once; the instance gets the partitions that it asks for."""
        sensor = self.definitions.resolve_sensor_def(name)
        context = dg.build_sensor_context(
            instance=self.instance,
            cursor=self.cursors.get(name),
            resources={
                key: self.definitions.resources[key] for key in sensor.required_resource_keys
            },
        )
        result = sensor(context)
        self.cursors[name] = context.cursor
        if isinstance(result, dg.SkipReason):
            return dg.SensorResult(skip_reason=result)
        for request in result.dynamic_partitions_requests or ():
            self.instance.add_dynamic_partitions(
                request.partitions_def_name, request.partition_keys
            )
        return result

    def conditions(self):
        """Evaluate the conditions once, and return the assets that each dataset should run."""
        result = dg.evaluate_automation_conditions(
            defs=self.definitions, instance=self.instance, cursor=self.condition_cursor
        )
        self.condition_cursor = result.cursor
        asked = {}
        for key in (stage.key for stage in STAGES):
            if result.get_num_requested(key):
                for partition in result.get_requested_partitions(key):
                    asked.setdefault(partition, set()).add(key.to_user_string())
        return asked

    def launch(self, dataset, assets, *, config=None):
        """Execute a run as the daemon would have it executed; return whether it succeeded."""
        self.launched.append((dataset, frozenset(assets)))
        with self.home.entered():
            job = self.definitions.resolve_implicit_global_asset_job_def()
            return job.execute_in_process(
                instance=self.instance,
                partition_key=dataset,
                asset_selection=[dg.AssetKey(asset) for asset in assets],
                raise_on_error=False,
                run_config={
                    **(config or {}),
                    "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
                },
            ).success

    def tick(self):
        """Let every sensor look once, and execute what they ask for; return the runs."""
        runs = []
        for name in ("new_items", "owed_stages"):
            for request in self.look(name).run_requests or ():
                assets = {key.to_user_string() for key in request.asset_selection}
                runs.append((request.partition_key, assets))
                self.launch(request.partition_key, assets)
        for dataset, assets in self.conditions().items():
            runs.append((dataset, assets))
            self.launch(dataset, assets)
        return runs

    def settle(self):
        """Tick until nothing is asked for in two rounds; return the runs that it took."""
        runs, quiet = [], 0
        for _ in range(MOST_ROUNDS):
            now = self.tick()
            runs.extend(now)
            quiet = 0 if now else quiet + 1
            if quiet == 2:
                return runs
        message = f"no rest after {MOST_ROUNDS} rounds: {runs}"
        raise AssertionError(message)

    def written(self, dataset, since=None):
        """Return the rows that each asset wrote in the runs since an instant."""
        rows = self.home.lake.scan(MATERIALISATIONS, dataset).filter(pl.col("input_version") != "")
        if since is not None:
            rows = rows.filter(pl.col("created_at") > since)
        counted = Counter()
        for asset, number in rows.select("asset", "rows_written").collect().iter_rows():
            counted[asset] += number
        return dict(counted)

    def runs(self, dataset):
        return self.instance.get_runs(dg.RunsFilter(tags={PARTITION_TAG: dataset}))

"""Propose to train an autoencoder anew when its dataset has outgrown it."""

import json

import dagster as dg

from resources.growth import proposals
from resources.lake import Lake
from saetm.growth import Proposal

MOST_SHOWN = 5  # proposals in the line that the UI shows of a tick


def grown_datasets_sensor(interval_seconds: int) -> dg.SensorDefinition:
    """Build the sensor; it asks for no run, since retraining is a person's decision.

    A proposal is an observation of the dataset's partition of `sae_checkpoints`, made once for
    each autoencoder and reason. The check `autoencoder_still_fits`, which every run evaluates,
    is what stands out in yellow. The sensor cannot fail it itself: of a partition's evaluations
    that belong to no run, Dagster 1.13 stores one and fails on the second.
    """

    @dg.sensor(
        name="grown_datasets",
        description="Proposes to train an autoencoder anew; never does so itself.",
        minimum_interval_seconds=interval_seconds,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def grown_datasets(
        context: dg.SensorEvaluationContext, lake: dg.ResourceParam[Lake]
    ) -> dg.SensorResult:
        looked = proposals(lake)
        found = {name: proposal for name, proposal in looked.items() if proposal}
        told = json.loads(context.cursor or "{}")
        marks = {name: [each.sae_id, each.reason] for name, each in found.items()}
        news = {name: each for name, each in found.items() if told.get(name) != marks[name]}
        for name, each in news.items():
            context.log.warning("%s", each.advice(name))
        return dg.SensorResult(
            skip_reason=_summary(len(looked), found),
            asset_events=[_observation(name, each) for name, each in news.items()],
            cursor=json.dumps(marks, sort_keys=True),
        )

    return grown_datasets


def _summary(count: int, found: dict[str, Proposal]) -> str:
    if not found:
        return f"looked at {count} autoencoders: none is outgrown"
    shown = [found[name].advice(name) for name in sorted(found)[:MOST_SHOWN]]
    more = [f"and {len(found) - MOST_SHOWN} more"] if len(found) > MOST_SHOWN else []
    return f"looked at {count} autoencoders; {'; '.join(shown + more)}"


def _observation(dataset: str, proposal: Proposal) -> dg.AssetObservation:
    return dg.AssetObservation(
        asset_key="sae_checkpoints",
        partition=dataset,
        description=proposal.advice(dataset),
        metadata={
            "proposal": proposal.advice(dataset),
            "reason": proposal.reason,
            "sae_id": proposal.sae_id,
        },
    )

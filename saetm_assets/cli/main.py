"""Entry point: commands, and errors as one sentence."""

import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, get_args

import click
from sqlalchemy.exc import DBAPIError

from saetm.errors import SaetmError
from saetm.presets import PresetName
from saetm.prompts.wording import clean
from saetm.trends.config import RESOLUTIONS, Resolution

if TYPE_CHECKING:
    from saetm.queries.compositions import By


class Commands(click.Group):
    """A group whose commands fail with one sentence, and a traceback only when asked for."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Accept --debug anywhere on the line."""
        return super().parse_args(ctx, sorted(args, key=lambda argument: argument != "--debug"))

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; whatever goes wrong becomes one line on stderr."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
            raise  # click's own ways to end
        except (SaetmError, OSError) as error:
            self._fail(ctx, str(error))
        except Exception as error:  # noqa: BLE001  the last door: nobody above can say it better
            self._fail(ctx, _told(error))

    def _fail(self, ctx: click.Context, message: str) -> NoReturn:
        if ctx.params.get("debug"):
            traceback.print_exc()
        click.echo(f"saetm: {clean(message)}", err=True)
        sys.exit(1)


def _told(error: Exception) -> str:
    """Say what went wrong where nobody foresaw it."""
    for each in (error, error.__cause__):  # Dagster wraps what a database said
        if isinstance(each, DBAPIError):
            return f"Dagster's records are out of reach: {each.orig}"
    return f"unexpected {type(error).__name__}: {error} (--debug shows where)"


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.pass_context
def main(ctx: click.Context, *, debug: bool) -> None:
    """Find the themes in a folder of images or texts, and show where each came from."""
    ctx.obj = debug


@main.command()
@click.argument("name")
@click.argument("folder")
@click.option(
    "--preset",
    type=click.Choice(get_args(PresetName)),
    help="Models by one name; see `saetm doctor`.",
)
@click.option("--modality", type=click.Choice(["image", "text"]), help="What the items are.")
@click.option("--encoder", help="minilm, a sentence-transformers name, open_clip:..., provided.")
@click.option("--captioner", help="given, openai:MODEL or vllm:MODEL.")
@click.option("--chat", help="Who names topics: embedded, openai:MODEL or vllm:MODEL.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Any other option.")
def add(name: str, folder: str, settings: tuple[str, ...], **named: str | None) -> None:
    """Register dataset NAME, whose files lie in FOLDER, a path or s3:// gs:// az:// URI."""
    from saetm_assets.cli.add import add_dataset

    given = [f"{key}={value}" for key, value in named.items() if value is not None]
    click.echo(add_dataset(name, folder, [*given, *settings]))


@main.command()
@click.argument("name")
@click.argument("members", nargs=-1, metavar="MEMBER...")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Any option.")
def union(name: str, members: tuple[str, ...], settings: tuple[str, ...]) -> None:
    """Register NAME as the union of datasets, which copies none of their rows."""
    from saetm_assets.cli.union import add_union

    click.echo(add_union(name, members, settings))


@main.command()
@click.argument("name")
@click.option("--models", metavar="A,B", help="mlda, metm, mbertopic; all when not given.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Any option.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def mechanistic(
    debug: bool,  # noqa: FBT001  click
    name: str,
    models: str | None,
    settings: tuple[str, ...],
    *,
    as_json: bool,
) -> None:
    """Make topics of dataset NAME over features of a language model's tokens.

    The language model reads the items (minilm, or --set tokens.model=...), and each topic model
    becomes a view: a dataset of the same items, with pages of its own.
    """
    from saetm_assets.cli.mechanistic import show_mechanistic

    show_mechanistic(name, models, settings, debug=debug, as_json=as_json)


@main.command()
@click.argument("name")
@click.option("--select", help="Assets to materialise, comma-separated; all when not given.")
@click.option("--retrain", is_flag=True, help="Train the autoencoder anew, on this dataset.")
@click.option("--json", "as_json", is_flag=True, help="Print rows and seconds as JSON.")
@click.pass_obj
def run(debug: bool, name: str, select: str | None, *, retrain: bool, as_json: bool) -> None:  # noqa: FBT001  click
    """Materialise dataset NAME; only what is owed is computed."""
    from saetm_assets.cli.run import run_dataset, show_run

    assets = select.split(",") if select else []
    outcome = run_dataset(name, assets, retrain=retrain, debug=debug, quiet=as_json)
    show_run(outcome, as_json=as_json)


@main.command()
@click.argument("name")
@click.option("--k", type=click.IntRange(min=1), help="How many topics.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def topics(name: str, k: int | None, *, as_json: bool) -> None:
    """Show the topics of dataset NAME, at any number, without training again."""
    from saetm_assets.cli.show import show_topics

    show_topics(name, k, as_json=as_json)


@main.command()
@click.argument("name")
@click.option("--topic", required=True, help="Id of the topic.")
@click.option("--limit", type=click.IntRange(min=1), default=10, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def items(name: str, topic: str, limit: int, *, as_json: bool) -> None:
    """Show the most representative items of a topic."""
    from saetm_assets.cli.show import show_items

    show_items(name, topic, limit, as_json=as_json)


@main.command()
@click.argument("name")
@click.argument("words")
@click.option("--limit", type=click.IntRange(min=1), default=10, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def search(name: str, words: str, limit: int, *, as_json: bool) -> None:
    """Show the items of dataset NAME that are nearest to WORDS, images by what they show."""
    from saetm_assets.cli.show import show_found

    show_found(name, words, limit, as_json=as_json)


@main.command()
@click.argument("name")
@click.option("--models", metavar="A,B", help="Topic models, comma-separated; all when not given.")
@click.option("--k", type=click.IntRange(min=2), help="How many topics; else those of the options.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def leaderboard(
    debug: bool,  # noqa: FBT001  click
    name: str,
    models: str | None,
    k: int | None,
    *,
    as_json: bool,
) -> None:
    """Fit other topic models on dataset NAME, and score them and its own alike."""
    from saetm_assets.cli.leaderboard import show_leaderboard

    show_leaderboard(name, models, k, debug=debug, as_json=as_json)


@main.command()
@click.argument("name")
@click.option("--models", metavar="NAME,NAME", help="Which topic models; all that there are.")
@click.option("--k", type=click.IntRange(min=2), help="How many topics; else that of the options.")
@click.option(
    "--documents",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    help="Items over which each two models meet.",
)
@click.option(
    "--show",
    type=click.Choice(["words", "summary"]),
    default="words",
    show_default=True,
    help="What a judge is shown of a topic.",
)
@click.option("--judges", metavar="NAME,NAME", help="embedded, openai:MODEL, vllm:MODEL.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def judge(
    debug: bool,  # noqa: FBT001  click
    /,
    name: str,
    *,
    as_json: bool,
    **asked: Any,  # noqa: ANN401  click
) -> None:
    """Let judges compare topic models of dataset NAME in pairs over its items, and rate them."""
    from saetm_assets.cli.duels import Asked, show_ratings

    show_ratings(name, Asked(**asked), debug=debug, as_json=as_json)


@main.command()
@click.argument("name")
@click.option("--model", help="Topic model: mlda, metm or mbertopic; else that of NAME itself.")
@click.option("--topic", required=True, help="Id of the topic.")
@click.option("--prompt", multiple=True, required=True, help="What texts go on from; repeatable.")
@click.option(
    "--strengths",
    default="0,0.1,0.2,0.3,0.4,0.6",
    show_default=True,
    help="Of the topic, in mean norms of a state.",
)
@click.option("--samples", type=click.IntRange(1, 1000), default=4, show_default=True)
@click.option("--tokens", type=click.IntRange(min=1), default=40, show_default=True)
@click.option("--temperature", type=click.FloatRange(0, 100), default=0.7, show_default=True)
@click.option("--seed", type=click.IntRange(0, 2_000_000_000), default=0, show_default=True)
@click.option("--generator", metavar="FOLDER|NAME", help="Who writes; else the model of tokens.")
@click.option("--raw", is_flag=True, help="Leave prompts as they are, whatever chat template.")
@click.option("--plot", type=click.Path(dir_okay=False, path_type=Path), help="Write a PNG.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON, one row per text.")
@click.pass_obj
def steer(
    debug: bool,  # noqa: FBT001  click
    /,
    name: str,
    *,
    plot: Path | None,
    as_json: bool,
    **asked: Any,  # noqa: ANN401  click
) -> None:
    """Write texts with a language model pushed along a topic of dataset NAME, and measure them."""
    from saetm_assets.cli.steer import Asked, show_steering

    show_steering(name, Asked(**asked), plot, debug=debug, as_json=as_json)


@main.command(name="choose-k")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def choose_k(debug: bool, name: str, *, as_json: bool) -> None:  # noqa: FBT001  click
    """Score the topics of dataset NAME at many numbers, and recommend one."""
    from saetm_assets.cli.choose_k import show_choice

    show_choice(name, debug=debug, as_json=as_json)


@main.command()
@click.argument("name")
@click.option("--quantiles", default="0.5,0.8,0.9", show_default=True, metavar="Q,Q")
@click.option("--layers", default="", metavar="L,L", help="Blocks; that of the options if none.")
@click.option(
    "--model",
    type=click.Choice(["mlda", "metm", "mbertopic"]),
    default="mlda",
    show_default=True,
    help="Topic model over features of tokens.",
)
@click.option("--k", type=click.IntRange(min=2), help="How many topics; else those of the options.")
@click.option("--tokens", type=click.IntRange(min=1000), default=400_000, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print a row per setting as JSON.")
def study(  # noqa: PLR0913  click
    name: str,
    quantiles: str,
    layers: str,
    model: str,
    k: int | None,
    tokens: int,
    *,
    as_json: bool,
) -> None:
    """Vary layer and threshold of token features on a sample of dataset NAME, and compare topics.

    Nothing is written: autoencoders are trained anew on about so many tokens, per layer.
    """
    from saetm_assets.cli.study import Asked, show_study

    show_study(name, Asked(quantiles, layers, model, k, tokens), as_json=as_json)


@main.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME [NAME]...")
@click.option("--by", type=click.Choice(["group", "dataset"]), help="What makes the sets.")
@click.option("--k", type=click.IntRange(min=1), help="How many topics.")
@click.option("--json", "as_json", is_flag=True, help="Print rows, one per topic and set.")
def compare(names: tuple[str, ...], by: "By | None", k: int | None, *, as_json: bool) -> None:
    """Show what groups of dataset NAME are about, or several datasets over common topics.

    Several names are compared by dataset, over the topics of their union.
    """
    from saetm_assets.cli.compare import show_comparison

    show_comparison(names, by, k, as_json=as_json)


@main.command()
@click.argument("name")
@click.option("--by", type=click.Choice(RESOLUTIONS), help="How long a period is; as set if none.")
@click.option("--k", type=click.IntRange(min=1), help="How many topics; a stored number.")
@click.option("--json", "as_json", is_flag=True, help="Print a row per topic and period as JSON.")
def trends(name: str, by: Resolution | None, k: int | None, *, as_json: bool) -> None:
    """Show which topics of dataset NAME rise and fall over time, and since when."""
    from saetm_assets.cli.trends import show_trends

    show_trends(name, by, k, as_json=as_json)


@main.command()
@click.argument("name")
@click.argument("topic")
@click.option("--since", metavar="TIME", help="Say why it changed since; as for `saetm restore`.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def lineage(name: str, topic: str, since: str | None, *, as_json: bool) -> None:
    """Follow TOPIC of dataset NAME back to its files, with the runs that made each step."""
    from saetm_assets.cli.lineage import show_change, show_lineage

    if since is None:
        show_lineage(name, topic, as_json=as_json)
    else:
        show_change(name, topic, since, as_json=as_json)


@main.command()
@click.argument("name")
@click.argument("item")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def explain(name: str, item: str, *, as_json: bool) -> None:
    """Show which features and topics dataset NAME sees in ITEM: its path, or its id's beginning."""
    from saetm_assets.cli.explain import show_explanation

    show_explanation(name, item, as_json=as_json)


@main.command()
@click.argument("name")
@click.argument("other")
@click.option("--k", type=click.IntRange(min=1), help="How many topics: a stored cut of NAME.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON, one row per pair or topic.")
@click.pass_obj
def align(debug: bool, name: str, other: str, k: int | None, *, as_json: bool) -> None:  # noqa: FBT001  click
    """Show which topics of datasets NAME and OTHER, of one encoder, correspond."""
    from saetm_assets.cli.align import show_alignment

    show_alignment(name, other, k, debug=debug, as_json=as_json)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def status(*, as_json: bool) -> None:
    """Show datasets, rows per table, and what is owed."""
    from saetm_assets.cli.status import show_status

    show_status(as_json=as_json)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def doctor(*, as_json: bool) -> None:
    """Say what this machine can run, and what to do about the rest."""
    from saetm_assets.cli.doctor import show_findings

    show_findings(as_json=as_json)


@main.command()
@click.argument("name")
@click.option("--to", required=True, metavar="TIME", help="ISO date or time, or a run's id.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def restore(name: str, to: str, *, as_json: bool) -> None:
    """Take dataset NAME back to how it was at TIME.

    TIME is an ISO date or time, such as 2026-05-06 or 2026-05-06T17:30 (of this machine's zone
    unless it names one, as in 17:30Z), or a run's id. The dataset goes back to the end of the last
    run at or before it, and a retired one comes back; what lies in its folder by then is found
    again at the next look.
    """
    from saetm_assets.cli.restore import restore_dataset, show_restored

    show_restored(restore_dataset(name, to), as_json=as_json)


@main.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(name: str, *, yes: bool) -> None:
    """Retire dataset NAME: its rows and its page go, its files stay where they are."""
    from saetm_assets.cli.remove import remove_dataset

    if not yes:
        click.confirm(f"Retire dataset {name!r}?", abort=True)
    click.echo(remove_dataset(name))


@main.command()
def maintain() -> None:
    """Compact the tables and delete what is older than SAETM_KEEP_DAYS; also done every night."""
    from saetm_assets.cli.maintain import maintain_lake

    maintain_lake()


@main.command()
@click.argument("name", required=False)
@click.option("--to", metavar="FILE|URL", help="Write to FILE, or post to a server's URL.")
def openlineage(name: str | None, to: str | None) -> None:
    """Tell a catalog what was done for dataset NAME, or for all, as OpenLineage events.

    Without --to, they are printed, one event a line.
    """
    from saetm_assets.cli.openlineage import export

    export(name, to)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=int, default=3000, show_default=True)
def ui(host: str, port: int) -> None:
    """Open the Dagster UI and daemon on this home; ends with Ctrl-C."""
    from saetm_assets.cli.ui import serve

    sys.exit(serve(host, port))


@main.command()
@click.argument("name")
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), help="Default: NAME.html.")
def report(name: str, to: Path | None) -> None:
    """Write the report of dataset NAME into one HTML file that needs nothing else."""
    from saetm_assets.cli.report import write_report

    click.echo(write_report(name, to or Path(f"{name}.html")))


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=int, default=3001, show_default=True)
def explore(host: str, port: int) -> None:
    """Look at topics, maps and curves in a browser; elsewhere than on loopback with a token."""
    from saetm_assets.cli.explore import serve_explorer

    serve_explorer(host, port)


@main.command()
def demo() -> None:
    """Make the two demo datasets, take them through the line and print their topics."""
    from saetm_assets.cli.demo import run_demo

    run_demo()


@main.group()
def sae() -> None:
    """Foundations: autoencoders that new datasets of an encoder bind to."""


@sae.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def list_foundations(*, as_json: bool) -> None:
    """Show all foundations, the newest first, and who is bound to them."""
    from saetm_assets.cli.sae import show_foundations

    show_foundations(as_json=as_json)


@sae.command()
@click.argument("name")
def promote(name: str) -> None:
    """Make the autoencoder NAME, a dataset's or by id, the foundation of its encoder."""
    from saetm_assets.cli.sae import promote

    promote(name)


@sae.command(name="import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--encoder", help="Encoder that it belongs to, where FILE does not say so.")
def import_(file: Path, encoder: str | None) -> None:
    """Make the autoencoder of a safetensors FILE the foundation of its encoder."""
    from saetm_assets.cli.sae import import_file

    import_file(file, encoder)


@sae.command()
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path))
def export(name: str, file: Path) -> None:
    """Write the autoencoder NAME, a dataset's or by id, into a safetensors FILE."""
    from saetm_assets.cli.sae import export_file

    export_file(name, file)

"""A walk through one dataset, as a marimo notebook: a Python file that is read and reviewed as one.

    pip install saetm[notebook]
    marimo run docs/notebooks/one_dataset.py                        # `edit` to change it
    marimo run docs/notebooks/one_dataset.py -- --dataset photos

SAETM_HOME says where the tables lie. Names and captions are other people's words: they stand in
tables and charts, which show them as text, and never in Markdown.
"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="One dataset")


@app.cell
def _():
    from pathlib import Path

    import altair as alt
    import marimo as mo
    import polars as pl

    import saetm
    from saetm.queries.cuts import cut_topics
    from saetm.queries.datasets import datasets
    from saetm.queries.explanation import explain_item
    from saetm.queries.groups import topic_groups
    from saetm.queries.lineage import topic_lineage
    from saetm.queries.topics import items_of_topic, topics
    from saetm.queries.trends import trends

    lake = saetm.open()
    return (
        Path,
        alt,
        cut_topics,
        datasets,
        explain_item,
        items_of_topic,
        lake,
        mo,
        pl,
        topic_groups,
        topic_lineage,
        topics,
        trends,
    )


@app.cell
def _(datasets, lake, mo):
    known = datasets(lake).collect()
    asked = mo.cli_args().get("dataset")
    names = known["dataset"].to_list()
    dataset = mo.ui.dropdown(names, value=asked if asked in names else names[-1], label="dataset")
    mo.vstack(
        [
            mo.md("# One dataset\n\nFrom its topics down to a single item, and back to the runs."),
            dataset,
            mo.ui.table(known, selection=None, show_download=False),
        ]
    )
    return (dataset,)


@app.cell
def _(dataset, lake, mo, pl):
    leaves = lake.topic_nodes(dataset.value).select(pl.col("left").is_null().sum())
    most = min(100, leaves.collect().item())
    slider = mo.ui.slider(2, most, value=min(12, most), label="topics", show_value=True)
    mo.vstack(
        [
            mo.md("## Any number of topics\n\nA cut of the tree; nothing is trained again."),
            slider,
        ]
    )
    return (slider,)


@app.cell
def _(alt, cut_topics, dataset, lake, pl, slider):
    _name = pl.format("{}. {}", pl.col("rank") + 1, pl.coalesce("label", "topic_id"))
    _cut = cut_topics(lake, dataset.value, slider.value).head(30).with_columns(topic=_name)
    alt.Chart(_cut.select("topic", "weight").collect()).mark_bar().encode(
        alt.X("weight", title="share of all items").axis(format=".0%"),
        alt.Y("topic", title=None, sort=None).axis(labelLimit=260),
    ).properties(width=420)
    return


@app.cell
def _(dataset, lake, mo, pl):
    _cuts = lake.topics(dataset.value).select(pl.col("topic_count").unique().sort()).collect()
    _counts = {str(k): k for k in _cuts["topic_count"]}
    cut = mo.ui.dropdown(_counts, value=list(_counts)[len(_counts) // 2], label="topics")
    mo.vstack([mo.md("## One topic\n\nPick one of a stored cut."), cut])
    return (cut,)


@app.cell
def _(cut, dataset, lake, mo, pl, topics):
    named = topics(lake, dataset.value, cut.value).collect()
    _words = pl.col("words").list.head(6).list.join(" ")
    table = mo.ui.table(
        named.select("topic_id", "label", pl.col("weight").round(4), "item_count", _words),
        selection="single",
        initial_selection=[0],
        page_size=8,
        show_download=False,
        show_column_summaries=False,
    )
    table
    return named, table


@app.cell
def _(alt, named, pl, table):
    _ids = table.value["topic_id"].to_list() or named["topic_id"].to_list()
    topic_id = _ids[0]
    _topic = named.filter(topic_id=topic_id)
    _words = _topic.select("words", "probabilities").explode("words", "probabilities").head(15)
    alt.Chart(_words).mark_bar().encode(
        alt.X("probabilities", title="probability of the word"),
        alt.Y("words", title=None, sort=None),
    ).properties(width=480, title=_topic.select(pl.col("label").fill_null("")).item())
    return (topic_id,)


@app.cell
def _(Path, dataset, items_of_topic, lake, mo, pl, topic_id):
    best = items_of_topic(lake, dataset.value, topic_id).head(8).collect()
    _modality = lake.items(dataset.value).select("item_id", "modality")
    _shown = best.lazy().join(_modality, on="item_id", maintain_order="left").collect()
    _folder = lake.datasets().filter(dataset=dataset.value).select("folder").collect().item()
    _files = [Path(_folder) / path for path in _shown.filter(modality="image")["path"]]
    _pictures = [mo.image(path, height=110, rounded=True) for path in _files if path.is_file()]
    _table = best.select("path", pl.col("share").round(3), "group", "caption")
    mo.vstack(
        [
            mo.md("### Its best items"),
            mo.hstack(_pictures, wrap=True, justify="start") if _pictures else None,
            mo.ui.table(
                _table,
                selection=None,
                show_download=False,
                show_column_summaries=False,
                wrapped_columns=["caption"],
            ),
        ]
    )
    return (best,)


@app.cell
def _(alt, cut, dataset, lake, mo, pl, topic_id, trends):
    _trend = trends(lake, dataset.value, cut.value).filter(pl.col("topic_id") == topic_id).collect()
    mo.stop(_trend.is_empty(), mo.md("*Its items have no dates.*"))
    _chart = alt.Chart(_trend).encode(alt.X("starts_at", title=None))
    _band = _chart.mark_area(opacity=0.25).encode(
        alt.Y("low", title="share of the topic").axis(format="%"), alt.Y2("high")
    )
    _line = _chart.mark_line(point=True).encode(alt.Y("share"))
    (_band + _line).properties(
        width=560, height=200, title=f"Its share per {_trend['unit'][0]}, with 95 % intervals"
    )
    return


@app.cell
def _(alt, cut, dataset, lake, mo, topic_groups, topic_id):
    _groups = topic_groups(lake, dataset.value, cut.value, [topic_id])
    _known = _groups.drop_nulls("group").sort("item_count", descending=True).head(20).collect()
    mo.stop(_known.is_empty(), mo.md("*Its items have no groups.*"))
    _chart = alt.Chart(_known).encode(alt.Y("group", title=None, sort="-x").axis(labelLimit=260))
    _span = _chart.mark_rule(strokeWidth=2, opacity=0.5).encode(
        alt.X("low", title="share of the topic, with 95 % intervals").axis(format="%"),
        alt.X2("high"),
    )
    _dot = _chart.mark_point(filled=True, size=60).encode(alt.X("share"), tooltip=["item_count"])
    (_span + _dot).properties(width=420, title="Its share by group")
    return


@app.cell
def _(dataset, lake, mo, pl, topic_id, topic_lineage):
    lineage = topic_lineage(lake, dataset.value, topic_id, n_features=5, n_items=3)
    mo.vstack(
        [
            mo.md(
                "### Where it comes from\n\nThe features that were merged into it, the "
                "autoencoder, files and captions, and the run that made each."
            ),
            mo.ui.table(
                lineage.frame().with_columns(
                    pl.col("value").round(4), pl.col("run_id").str.head(8)
                ),
                selection=None,
                page_size=25,
                show_download=False,
                show_column_summaries=False,
            ),
        ]
    )
    return


@app.cell
def _(alt, best, dataset, explain_item, lake, mo, pl):
    _item = best["item_id"][0]
    _explained = explain_item(lake, dataset.value, _item)
    _features = pl.DataFrame(
        [
            (" ".join(word.word for word in active.feature.words[:4]), active.share)
            for active in _explained.features
        ],
        schema=["feature", "share"],
        orient="row",
    )
    _chart = (
        alt.Chart(_features)
        .mark_bar()
        .encode(
            alt.X("share", title="share of its activations").axis(format="%"),
            alt.Y("feature", title=None, sort="-x").axis(labelLimit=260),
        )
        .properties(width=360)
    )
    mo.vstack(
        [
            mo.md(
                "## One item\n\nThe best of that topic: its features, and its topics at each cut."
            ),
            mo.hstack(
                [
                    mo.ui.altair_chart(_chart, chart_selection=False, legend_selection=False),
                    mo.ui.table(
                        _explained.frame().select("topic_count", "label", pl.col("share").round(3)),
                        selection=None,
                        page_size=10,
                        show_download=False,
                        show_column_summaries=False,
                    ),
                ],
                widths=[1, 1],
            ),
        ]
    )
    return


if __name__ == "__main__":
    app.run()

"""Print the heaviest topics of a corpus, to be read: words, and the texts that show them best.

    python benchmarks/topic_reading.py --data FOLDER [--corpus newsgroups] [--topics 50]

FOLDER is that of merging_ablation.py. All items are fitted with the defaults. Whether a topic
mixes two subjects is for a reader to say; docs/real_data.md holds what one said.
"""

import argparse
import textwrap
from collections import Counter
from pathlib import Path

from merging_material import Fit, fit, read_texts

from saetm.cuts import cut_tree, grow_tree
from saetm.evidence import merging_vectors
from saetm.topics.config import TopicConfig

CONFIG = TopicConfig()
SHOWN_WORDS, SHOWN_TEXTS, GROUPED_TEXTS = 10, 3, 30


def print_topics(fitted: Fit, n_topics: int, n_shown: int) -> None:
    """Print topics, heaviest first."""
    vectors = merging_vectors(fitted.material, fitted.decoder, CONFIG)
    tree = grow_tree(vectors, fitted.material, CONFIG)
    topics = cut_tree(tree, n_topics, fitted.material, CONFIG).topics.head(n_shown)
    for topic in topics.iter_rows(named=True):
        rows = [int(row) for row in topic["items"]]
        words = " ".join(topic["words"][:SHOWN_WORDS])
        print(f"{topic['weight']:6.1%} {topic['item_count']:5} items  {words}")
        if fitted.items.groups is not None:
            groups = Counter(fitted.items.groups[rows[:GROUPED_TEXTS]].tolist()).most_common(3)
            print(" " * 8, ", ".join(f"{group} {count}" for group, count in groups))
        for row in rows[:SHOWN_TEXTS]:
            print(" " * 8, textwrap.shorten(fitted.items.texts[row], 110))


def main() -> None:
    """Read the arguments, fit, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--corpus", default="newsgroups")
    parser.add_argument("--topics", type=int, default=50)
    parser.add_argument("--shown", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    fitted = fit(read_texts(options.data, options.corpus), options.seed)
    print_topics(fitted, options.topics, options.shown)


if __name__ == "__main__":
    main()

"""Score a topic model: every metric of its topics, with intervals, on equal terms."""

"""Score topics: coherence, diversity, agreement with known groups."""

"""What sets of items are about, such as groups or members of a union, and what sets them apart.

Sums are taken in one pass over the mixtures of any number of items; everything else is worked out
from these sums, for a few thousand pairs of topic and set; `saetm.queries.composing` asks for both.
"""

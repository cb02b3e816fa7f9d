"""Trends: the share of topics in the items of periods, what moved, and which words came with it.

Pure functions over frames and arrays; `saetm.queries.trends` reads what they need.
"""

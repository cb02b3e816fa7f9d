"""Questions that people ask of the tables, each a function from a source to a frame.

The command line, the explorer, the report and a notebook ask the same functions, so an answer is
the same wherever it is read. They need nothing but Polars.
"""

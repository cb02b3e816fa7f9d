"""The stages of the line, one file each, in the order in which data flows."""

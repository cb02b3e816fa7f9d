"""The report of a dataset as one file of HTML that needs nothing else; every value is escaped."""

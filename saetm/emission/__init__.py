"""Words for features: the emission matrix, solved by expectation-maximisation."""

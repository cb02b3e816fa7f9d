"""Token states of language models: dictionaries over them, and how often features fire."""

"""Pools: which stages may not run side by side, on one card or at one model server.

Limits are the instance's, in dagster.yaml and the UI: one step at a time unless it says more.
"""

GPU = "gpu"  # stages whose models run in the step's own process
MODELS = "models"  # stages that ask a model behind an API

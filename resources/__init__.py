"""The doors: small plain classes through which the line meets the world.

Import concrete modules; Dagster's faces of the doors live in `resources.bindings` alone.
"""

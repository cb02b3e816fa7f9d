"""Thin Dagster: stages, checks, jobs and the command line around the core."""

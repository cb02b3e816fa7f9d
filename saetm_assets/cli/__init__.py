"""The command line `saetm`: registers, runs and shows datasets."""

"""Run the command line with `python -m saetm_assets`."""

from saetm_assets.cli.main import main

if __name__ == "__main__":
    main()

"""What this machine can run, and what to do about the rest."""

import json

import click

from resources.doctor import Finding, State, examine
from resources.settings import load_settings
from saetm.errors import InputError
from saetm.prompts.wording import clean

MARKS: dict[State, tuple[str, str]] = {
    "ok": ("✓", "green"),
    "missing": ("-", "yellow"),
    "broken": ("✗", "red"),
}


def show_findings(*, as_json: bool) -> None:
    """Print what was found, as soon as it is.

    Raises:
        InputError: something is broken that the embedded defaults need.
    """
    findings: list[Finding] = []
    for finding in examine(load_settings()):
        findings.append(finding)
        if not as_json:
            _print(finding)
    if as_json:
        click.echo(json.dumps([finding.row() for finding in findings], indent=2))
    broken = [finding.subject for finding in findings if finding.state == "broken"]
    if broken:
        raise InputError(f"broken: {', '.join(broken)}")


def _print(finding: Finding) -> None:
    mark, colour = MARKS[finding.state]
    click.echo(f"{click.style(mark, fg=colour)} {finding.subject:18} {clean(finding.said)}")
    if finding.advice:
        click.echo(f"  {'':18} → {clean(finding.advice)}")

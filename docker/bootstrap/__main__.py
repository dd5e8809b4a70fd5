"""`python -m bootstrap [cortex|thehive]`: without an argument both, Cortex first."""

from __future__ import annotations

import os
import sys
import threading

import click

from bootstrap import case_template, cortex, neurons, report_templates, thehive
from bootstrap.api import Api
from bootstrap.settings import Settings, read_settings
from bootstrap.vault import Vault
from bootstrap.workers import Workers
from codedefender2th import logs
from codedefender2th.errors import FeederError, SettingError
from codedefender2th.signals import stop_on_signals
from codedefender2th.web.patience import Patience

OK, FAILED, USAGE = 0, 1, 2
STAGES = ("cortex", "thehive")
# Folders of their own in the vault: the one file is for TheHive 4.1 alone, the other for the feeder.
THEHIVE4 = "thehive4/cortex.conf"


class Bootstrap:
    """One run."""

    def __init__(self, settings: Settings, stop: threading.Event) -> None:
        self.settings = settings
        self.vault = Vault(settings.secrets_dir)
        self._patience = Patience(settings.timeout, stop)

        def say(what: str, outcome: str) -> None:
            self.say(f"Cortex: {what}: {outcome}")

        self._cortex = cortex.Cortex(
            lambda: Api("Cortex", settings.cortex_url, "CORTEX_URL", self._patience),
            self.vault,
            settings.organisation,
            say,
        )
        self._workers = Workers(self._cortex.api, lambda: self._cortex.key_of(cortex.ORGADMIN), say)

    def say(self, line: str) -> None:
        """Print a line, without any secret that a server may have put into its words."""
        click.echo(logs.Scrubber([*self.settings.secrets, *self.vault.known])(line))

    def cortex(self) -> None:
        """What needs Cortex alone; and the file that TheHive 4.1 reads when it starts."""
        given, scans = self.settings.given, self.settings.scans
        self._cortex.set_up()
        missing = {row: row.missing(given, scans) for row in neurons.ROWS}
        self._workers.enable(row.neuron(given) for row, reason in missing.items() if reason is None)
        self._workers.disable((row.kind, row.id, reason) for row, reason in missing.items() if reason)
        key = self._cortex.key_of(cortex.THEHIVE)
        self.vault.keep(THEHIVE4, _thehive4(self.settings.cortex_url, key))

    def thehive(self) -> None:
        """What needs TheHive, and the responder, which needs a key of it."""
        settings = self.settings
        server = thehive.TheHive(
            Api("TheHive", settings.thehive_url, "THEHIVE_URL", self._patience),
            self.vault,
            settings.organisation,
            settings.analyst,
            lambda what, outcome: self.say(f"TheHive: {what}: {outcome}"),
        )
        server.set_up(settings.admin_password)
        server.make_case_template()
        key = self.vault.read(thehive.TRIAGE_KEY) or ""
        triage = neurons.triage(settings.thehive_url, key, settings.organisation, case_template.NAME)
        self._workers.enable([triage])
        server.connect(settings.cortex_url, self._cortex.key_of(cortex.THEHIVE))
        server.import_templates(report_templates.read(settings.templates_dir))
        self.say(f"Done. Passwords and keys are in {self.vault.folder}, for their owner's eyes.")


def _thehive4(cortex_url: str, key: str) -> str:
    """HOCON that TheHive 4.1's configuration includes."""
    return (
        "play.modules.enabled += org.thp.thehive.connector.cortex.CortexModule\n"
        f'cortex.servers = [{{name = Cortex, url = "{cortex_url}", auth {{type = bearer, key = "{key}"}}}}]'
    )


@click.command()
@click.argument("stage", required=False, type=click.Choice(STAGES))
def cli(stage: str | None) -> None:
    """Set up Cortex, then TheHive; what is there already is left as it is."""
    settings = read_settings(os.environ)
    run = Bootstrap(settings, stop_on_signals())
    logs.configure("INFO", logs.TEXT, logs.Scrubber(settings.secrets))
    try:
        for name in (stage,) if stage else STAGES:
            getattr(run, name)()
    except FeederError as told:
        scrubbed = logs.Scrubber([*settings.secrets, *run.vault.known])(str(told))
        raise type(told)(scrubbed) from None


def main() -> int:
    """Run; the exit code."""
    try:
        cli(standalone_mode=False)
    except SettingError as told:
        click.echo(f"bootstrap: {told}", err=True)
        return USAGE
    except click.ClickException as told:
        click.echo(f"bootstrap: {told.format_message()}", err=True)
        return USAGE
    except FeederError as told:
        click.echo(f"bootstrap: {told} What was done stays; run it again.", err=True)
        return FAILED
    return OK


if __name__ == "__main__":
    sys.exit(main())

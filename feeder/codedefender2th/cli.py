"""The commands: options and printing, nothing else."""

from __future__ import annotations

import itertools
import logging
import os
import sys
from collections.abc import Callable
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any, TypeVar

import click

from codedefender2th import __version__, daemon, logs
from codedefender2th.check import live_requirements, requirements
from codedefender2th.check.requirement import Mark
from codedefender2th.demo import run_demo
from codedefender2th.errors import FeederError, SettingError
from codedefender2th.feeding.feed import Feeder
from codedefender2th.feeding.preview import preview
from codedefender2th.feeding.progress import feeding
from codedefender2th.feeding.tally import Tally
from codedefender2th.output import printable, say, say_json, whole_file, write
from codedefender2th.playbook.investigate import Investigator
from codedefender2th.playbook.progress import Progress
from codedefender2th.report.document import document, summed
from codedefender2th.report.formats import FORMATS
from codedefender2th.report.reading import Reader
from codedefender2th.settings import (
    SETTINGS,
    Settings,
    known_secrets,
    read_choice,
    read_settings,
    read_until,
)
from codedefender2th.signals import stop_on_signals
from codedefender2th.slack.unread import Unread
from codedefender2th.trial import show, tried
from codedefender2th.workplace import (
    connect_thehive,
    heartbeat,
    note_channel,
    open_replies,
    open_workplace,
)

log = logging.getLogger("codedefender2th")

OK, FAILED, USAGE = 0, 1, 2

Command = TypeVar("Command", bound=Callable[..., Any])

_SECRETS_HELP = """\b
Secrets are never options. Each is read from its variable, or from the file
that <variable>_FILE names:
  SLACK_BOT_TOKEN    bot token, xoxb-…
  THEHIVE_API_KEY    TheHive API key
"""

_KEY_HELP = """\b
The key is never an option. It is read from its variable, or from the file
that <variable>_FILE names:
  THEHIVE_API_KEY    TheHive API key
"""
_NOT_OF_THE_REPORT = (
    *(
        "SLACK_CHANNEL",
        "SLACK_API_URL",
        "FEEDER_STATE_DIR",
        "FEEDER_SINCE",
        "FEEDER_SENDERS",
        "FEEDER_TITLES",
        "FEEDER_TLP",
    ),
    *("FEEDER_PAP", "FEEDER_ANALYZERS", "FEEDER_RESPONDER", "FEEDER_INTERVAL", "FEEDER_LOOKUPS"),
    "FEEDER_REPLY",
    "FEEDER_METRICS",
)


class Invocation:
    """What every command starts from: its settings, where to log, when to stop."""

    def __init__(self, options: dict[str, str | None], slack: bool = True) -> None:
        self.options = options
        self.style = read_choice(os.environ, options, "LOG_FORMAT", (logs.TEXT, logs.JSON))
        level = read_choice(os.environ, options, "LOG_LEVEL", logs.LEVELS)
        logs.configure(level, self.style, logs.Scrubber(known_secrets(os.environ)))
        self.settings: Settings = read_settings(os.environ, options, slack)
        self.stop = stop_on_signals()

    @property
    def again(self) -> bool:
        """Whether to read again from --since; FEEDER_SINCE only says where to start for the first time."""
        return bool((self.options.get("since") or "").strip())

    def tell(self, result: Tally | Progress) -> None:
        """Print a pass's counts."""
        if self.style == logs.JSON:
            say_json(result.counts())
        else:
            say(str(result))


def _with_options(*left_out: str) -> Callable[[Command], Command]:
    """Give a command an option for every setting that is no secret, but those left out."""

    def add(command: Command) -> Command:
        for setting in reversed(SETTINGS):
            if not setting.secret and setting.variable not in left_out:
                known = f"; default: {setting.default}" if setting.default else ""
                text = f"{setting.help}  [{setting.variable}{known}]"
                command = click.option(setting.option, setting.name, metavar="TEXT", help=text)(command)
        return command

    return add


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="codedefender2th")
def cli() -> None:
    """Code Defender incidents from Slack become TheHive alerts.

    Every setting is an environment variable; `codedefender2th COMMAND --help` lists them.
    """


@cli.command(epilog=_SECRETS_HELP)
@_with_options("FEEDER_INTERVAL", "FEEDER_METRICS")
@click.option("--live", is_flag=True, help="Also bring one marked alert through everything.")
@click.option("--yes", is_flag=True, help="Do not ask before --live.")
def check(live: bool, yes: bool, **options: str | None) -> int:
    """Check every requirement, and say how to mend it.

    One line for each: ok, or what is wrong and what to do. With --live, one marked alert goes through
    everything on the real servers, is read back, and taken away again.
    """
    invocation = Invocation(options)
    settings, stop = invocation.settings, invocation.stop
    if live and not yes:
        click.confirm(
            f"Make one marked alert in {settings.thehive_url}, and take it away again?", abort=True, err=True
        )
    failed = 0
    steps = [requirements(settings, stop), *([live_requirements(settings, stop)] if live else [])]
    for requirement in itertools.chain(*steps):
        failed += requirement.mark is Mark.FAIL
        if invocation.style == logs.JSON:
            say_json(requirement.as_json())
        else:
            say(requirement.as_line())
    return FAILED if failed else OK


@cli.command(epilog=_SECRETS_HELP)
@_with_options("FEEDER_ANALYZERS", "FEEDER_RESPONDER", "FEEDER_INTERVAL", "FEEDER_REPLY", "FEEDER_METRICS")
@click.option("--dry-run", is_flag=True, help="Print one JSON alert body a line; write nothing anywhere.")
def feed(dry_run: bool, **options: str | None) -> int:
    """Make new messages alerts: one pass over the channel.

    Every Code Defender message not yet fed becomes a TheHive alert. Where there is no checkpoint,
    reading starts at FEEDER_SINCE. Where there is one, the option --since has it read again from
    there; nothing doubles.
    """
    invocation = Invocation(options)
    settings = invocation.settings
    start = Unread.since(settings.since.after)
    again = start if invocation.again else None
    if dry_run:
        workplace = open_workplace(settings, invocation.stop)
        bodies = preview(
            workplace.channel,
            workplace.thehive,
            workplace.state,
            workplace.marking,
            invocation.stop,
            start,
            again,
        )
        count = 0
        for body in bodies:
            say_json(body)
            count += 1
        log.info(
            "%d alert%s would be sent; nothing is written.",
            count,
            "" if count == 1 else "s",
            extra=logs.fields(alerts=count),
        )
        return OK
    workplace = open_workplace(settings, invocation.stop)
    with workplace.state.locked(), feeding(invocation.style) as show:
        note_channel(settings, workplace)
        feeder = Feeder(
            workplace.channel, workplace.thehive, workplace.state, workplace.marking, invocation.stop, show
        )
        try:
            feeder.run(start, again)
        finally:
            invocation.tell(feeder.tally)
    return OK if feeder.tally.ok else FAILED


@cli.command(epilog=_SECRETS_HELP)
@_with_options(
    *("FEEDER_SINCE", "FEEDER_SENDERS", "FEEDER_TITLES", "FEEDER_TLP", "FEEDER_PAP"),
    *("FEEDER_INTERVAL", "FEEDER_METRICS"),
)
def investigate(**options: str | None) -> int:
    """Have alerts analysed and triaged: one pass.

    For what was fed and has no verdict, the missing analyzers, then the triage responder. It starts
    what can be started and looks at what runs, but waits for nothing: call it again, or let `run` do
    so.
    """
    invocation = Invocation(options)
    settings = invocation.settings
    workplace = open_workplace(settings, invocation.stop)
    with workplace.state.locked():
        investigator = Investigator(
            workplace.thehive,
            workplace.state,
            settings.analyzers,
            settings.responder,
            invocation.stop,
            settings.lookups,
        )
        replies = open_replies(settings, workplace, invocation.stop)
        if replies:
            investigator.on_verdict = replies.hear
        try:
            investigator.run()
        finally:
            invocation.tell(investigator.progress)
        if replies:
            replies.send(settings.timeout)
    return OK if investigator.progress.ok else FAILED


@cli.command(epilog=_SECRETS_HELP)
@_with_options()
def run(**options: str | None) -> int:
    """Feed and investigate, again and again.

    Until SIGTERM or SIGINT; the message in hand is finished first.
    """
    invocation = Invocation(options)
    daemon.run(invocation.settings, invocation.stop)
    return OK


@cli.command(epilog=_KEY_HELP)
@_with_options(*_NOT_OF_THE_REPORT)
@click.option(
    "--since",
    metavar="WHEN",
    help="Only what was posted since: an ISO date or time, 7d, 12h, or all.  [FEEDER_SINCE; default: 30d]",
)
@click.option("--until", metavar="WHEN", help="Only what was posted before; in the forms of --since.")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="html", show_default=True)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write, whole or not at all; without it, standard output.",
)
def report(until: str | None, form: str, output: Path | None, **options: str | None) -> int:
    """Say what was fed, judged and decided.

    From TheHive alone, script by script, of what was posted since FEEDER_SINCE: an HTML page for the
    browser and for paper, with the evidence for PCI DSS 4.0.1, requirements 6.4.3 and 11.6.1; or the
    same as CSV or JSON. Slack need not be set.
    """
    invocation = Invocation(options, slack=False)
    since, end = invocation.settings.since, None if until is None else read_until(until)
    if end and end.moment and since.moment and end.moment <= since.moment:
        raise SettingError("--until does not lie after FEEDER_SINCE (--since).")
    if end and end.moment is None:
        end = None
    thehive = connect_thehive(invocation.settings, invocation.stop)
    with whole_file(output) if output else nullcontext(write) as put:
        log.debug("TheHive %s.", thehive.version)
        thehive.user()
        reader = Reader(thehive, invocation.stop, since.milliseconds, end.milliseconds if end else None)
        for part in FORMATS[form](document(summed(reader), thehive, since, end)):
            put(part)
    return OK


@cli.command()
@_with_options(
    *("FEEDER_SINCE", "FEEDER_SENDERS", "FEEDER_TITLES", "FEEDER_TLP", "FEEDER_PAP", "FEEDER_ANALYZERS"),
    "FEEDER_REPLY",
    "FEEDER_METRICS",
)
def health(**options: str | None) -> int:
    """Say whether `run` is well, for health checks.

    It is where its last good passes, of feeding and, with analyzers, of investigating, are younger than
    three intervals, or still move.
    """
    invocation = Invocation(options)
    beat = heartbeat(invocation.settings)
    well, text = beat.verdict()
    if invocation.style == logs.JSON:
        say_json({"well": well, "message": text, "seconds_since": beat.since()})
    else:
        say(text)
    return OK if well else FAILED


@cli.command("try")
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line, one for each file.")
def try_(files: tuple[str, ...], as_json: bool) -> int:
    """Say what script files do with a card that is typed.

    Each is read without running it, and run in a make-believe checkout page, in a process of its
    own without network. There is nothing to configure. Ends with 1 where one is suspicious or
    malicious.
    """
    flagged = False
    for found in tried(files):
        flagged |= found.flagged
        if as_json:
            click.echo(found.as_json())
        else:
            show(found)
    return FAILED if flagged else OK


@cli.command()
@click.option("--serve", is_flag=True, help="Then keep the simulated services up, to play with.")
def demo(serve: bool) -> int:
    """Show the whole flow on simulated services.

    There is nothing to configure. Needs a checkout of the repository. With --serve the simulated Slack,
    TheHive, Cortex and services stay up on loopback until Ctrl-C; the settings to export are printed.
    """
    return run_demo(serve)


def main() -> None:
    """Run the command line; ends the process with the contract's exit codes."""
    scrub = logs.Scrubber(known_secrets(os.environ))
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Exit as end:
        code = end.exit_code
    except click.Abort:
        code = FAILED
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        code = USAGE
    except click.ClickException as error:
        code = _fail(scrub, _usage(error), USAGE)
    except SettingError as error:
        code = _fail(scrub, str(error), USAGE)
    except FeederError as error:
        code = _fail(scrub, str(error), FAILED)
    except Exception as error:
        code = _fail(scrub, logs.internal(error), FAILED)
    sys.exit(code if isinstance(code, int) else OK)


def _usage(error: click.ClickException) -> str:
    message = error.format_message()
    # The argument itself may be a secret that somebody meant to pass.
    return "Arguments are not taken here; see --help." if "extra argument" in message else message


def _fail(scrub: logs.Scrubber, message: str, code: int) -> int:
    line = scrub(printable(" ".join(message.split())))
    if _wants_json():
        line = logs.json_line(logging.CRITICAL, log.name, line, {"exit_code": code})
    else:
        line = f"codedefender2th: {line}"
    # Where nobody hears it, the exit code says it.
    with suppress(OSError):
        click.echo(line, err=True)
    return code


def _wants_json() -> bool:
    """Whether logs are to be JSON, as far as that can be told of a command line that may be wrong."""
    words = " ".join(sys.argv[1:]).replace("=", " ").casefold().split()
    asked = words[words.index("--log-format") + 1 :][:1] if "--log-format" in words else []
    return (asked or [os.environ.get("LOG_FORMAT", "").strip().casefold()]) == [logs.JSON]

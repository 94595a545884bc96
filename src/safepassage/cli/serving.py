"""The command that serves an operation to browsers and devices."""

from __future__ import annotations

import gc
from contextlib import closing
from pathlib import Path

import click

from safepassage.cli.showing import folder_argument, show_faults, words


@click.command()
@folder_argument
@click.option("--plan", "plan_file", metavar="PLAN.json", type=click.Path(path_type=Path), help="Who rides on what.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--store", "address", default="", metavar="ADDRESS", help="Of the ledger; a file in OP by default.")
@click.option("--tls", is_flag=True, help="Encrypt: by an authority of this laptop, which phones install once.")
@click.option("--name", "names", multiple=True, help="What people will type, beside this machine's own names.")
def serve(  # noqa: PLR0913 - the command's options are its contract
    folder: Path, plan_file: Path | None, host: str, port: int, address: str, names: tuple[str, ...], *, tls: bool
) -> None:
    """Keep the ledger of an operation and serve it: record, look, take in what devices hand in."""
    from safepassage.desk.accounts import Accounts
    from safepassage.desk.authority import certificate_for, own_names
    from safepassage.desk.recording import check_devices
    from safepassage.desk.running import open_running, server_place
    from safepassage.server.serving import is_loopback
    from safepassage.server.serving import serve as run

    console = words()
    # what is read now stays: no search for cycles need go through millions of events, now or later
    gc.disable()
    running, warnings = open_running(folder, plan_file, address=address)
    gc.freeze()
    gc.enable()
    try:
        near = (running.operation.id, running.operation.title)
        with closing(Accounts(server_place(folder) / "accounts.sqlite", near=near)) as accounts:
            show_faults(console, warnings)
            check_devices(running)
            called = own_names(names)
            certificate = certificate_for(server_place(folder), called) if tls else None
            if certificate is not None:
                console.print("once on each phone: open /trust there, and compare the authority's fingerprint with")
                console.print(f"  {certificate.fingerprint}")
            elif not is_loopback(host):
                console.print(
                    "[yellow]warning[/yellow] plain HTTP: whoever is on this network can read and change what goes by. "
                    "Use --tls, or a network of your own."
                )
            # who listens everywhere is reached by names, this machine's own for itself alone last
            everywhere = host in ("0.0.0.0", "::")  # noqa: S104 - told from others, not chosen
            reached = [name for name in called if not is_loopback(name)] if everywhere else []
            urls = [
                f"{'https' if tls else 'http'}://{f'[{name}]' if ':' in name else name}:{port}/"
                for name in reached or [host]
            ]
            first = accounts.first_code()

            def ready() -> None:
                if first:
                    console.print(
                        f"first start: open {urls[0]} and make the coordinator's account with the code {first}"
                    )
                console.print(f"serving {running.operation.id} at {' or '.join(urls)}", markup=False)

            run(running, accounts, host, port, certificate=certificate, ready=ready)
    finally:
        running.close()
    console.print(f"kept {running.size:,} events; all is on the disk", markup=False)

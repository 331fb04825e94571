"""The server of the explorer, on this machine only."""

from __future__ import annotations

import socket
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from oxygen_recon.report.explorer.data.run_data import RunFiles, open_run_data
from qc.errors import InputError

LOOPBACK = "127.0.0.1"  # never another address: there is no password, and a run may hold data that are not public
_INSTALL = "install it with: python -m pip install 'oxygen-recon[explore]'"


def serve(files: RunFiles, port: int = 0, show: bool = True, ready: Callable[[str], None] | None = None) -> None:
    """Serve the explorer of a run until it is interrupted.

    Parameters
    ----------
    files : RunFiles
        Files of the run.
    port : int
        Port to listen on; any free one when 0.
    show : bool
        Open the page in a browser.
    ready : callable, optional
        Called with the address of the page once it can be opened.

    Raises
    ------
    InputError
        If Panel is not installed, the port is taken, or the run is not finished.
    """
    server = make_server(files, port)
    address = f"http://{LOOPBACK}:{server.port}/"
    if ready is not None:
        ready(address)
    if show:
        server.io_loop.add_callback(server.show, "/")
    try:
        server.run_until_shutdown()
    except KeyboardInterrupt:  # the usual way to end it
        server.stop()


def make_server(files: RunFiles, port: int = 0) -> Any:
    """Make the server, listening but not yet answering.

    Parameters
    ----------
    files, port
        As for `serve`.

    Returns
    -------
    panel.io.server.Server

    Raises
    ------
    InputError
        As for `serve`.
    """
    for package in ("panel", "bokeh"):
        if find_spec(package) is None:
            raise InputError(f"the package {package} is not installed", "explore", _INSTALL)
    data = open_run_data(files)
    import panel as pn
    from panel.io.server import get_server

    from oxygen_recon.report.explorer.app import Explorer
    from oxygen_recon.report.explorer.layout import page

    port = _free(port)
    return get_server(
        {"/": lambda: page(Explorer(data, pn.state.location))},
        port=port, address=LOOPBACK, websocket_origin=[f"{LOOPBACK}:{port}", f"localhost:{port}"],
        title=f"Oxygen explorer: {files.name}", start=False, show=False,
    )  # fmt: skip


def _free(port: int) -> int:
    """Return a port that can be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except (OSError, OverflowError) as error:
            raise InputError("cannot be listened on", f"port {port}", "name another with --port") from error
        return int(probe.getsockname()[1])

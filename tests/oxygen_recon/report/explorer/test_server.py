"""The server in a real browser: a click, the address, reopening; and who may reach it."""

import builtins
import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("panel")

from oxygen_recon.report.explorer import server
from qc.errors import InputError
from tests.support.browser import PATIENCE, Browser

_SERVE = """
import sys
from pathlib import Path
from oxygen_recon.report.explorer.data.run_data import RunFiles
from oxygen_recon.report.explorer.server import serve
name, maps, series, grid, *compared = sys.argv[1:]
files = RunFiles(name, Path(maps), Path(series), Path(grid), [Path(one) for one in compared])
serve(files, show=False, ready=lambda address: print(address, flush=True))
"""
_FIGURE = "Bokeh.documents[0].get_model_by_name('{}_figure')"
_CURVE = "Array.from({}.renderers.find(one => one.name == 'reconstruction').data_source.data.oxygen)".format(
    _FIGURE.format("profile")
)
_TITLE = _FIGURE.format("{}") + ".title.text"
_PIXEL = """(() => {{
    const view = Bokeh.index.find_one({figure}), area = view.canvas_view.el.getBoundingClientRect()
    return [area.x + view.frame.x_scale.compute({x}), area.y + view.frame.y_scale.compute({y})]
}})()"""
_ROUND = "({}).map(one => Math.round(one))"


@pytest.fixture(scope="module")
def address(small_files):
    """The address of a served run."""
    paths = [small_files.reconstruction, small_files.series, small_files.grid, *small_files.compared]
    command = [sys.executable, "-c", _SERVE, small_files.name, *map(str, paths)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(server.__file__).parents[3]) as process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()  # it keeps nothing


@pytest.fixture(scope="module")
def browser():
    with Browser() as made:
        yield made


def click_on_map(browser, latitude, longitude):
    x, y = browser.evaluate(_PIXEL.format(figure=_FIGURE.format("map"), x=longitude, y=latitude))
    browser.click(x, y)


def test_the_page_shows_figures_controls_and_area(browser, address):
    browser.open(f"{address}?time=2001&depth=300&place=20,70")
    assert browser.evaluate("document.title") == "Oxygen explorer: small"
    assert "2000 to 2005; 9 x 18 cells, 4 levels, 6 steps" in browser.evaluate("document.body.innerText")
    assert browser.evaluate(_TITLE.format("map")) == "Oxygen at 300 m, 2001"
    assert browser.evaluate(_TITLE.format("profile")) == "Profile, 2001"
    assert len(browser.evaluate(_CURVE)) == 4
    text = "within(document.querySelector('#low'), 'p').map(one => one.innerText).join()"
    browser.wait(f"({text}).includes('million km²')")
    assert browser.errors == []


def test_a_click_changes_profile_and_address_and_a_link_reopens_the_view(browser, address):
    browser.open(f"{address}?time=2001&depth=300&place=20,70&compare=truth&show=difference&threshold=45")
    before = browser.evaluate(_CURVE)
    click_on_map(browser, -41.0, -99.0)
    browser.wait(f"location.search.includes('place=-4') && ({_CURVE}).length == 3")  # of a shallower column
    after, link = browser.evaluate(_CURVE), browser.evaluate("location.href")
    assert len(before) == 4 and after != before
    for part in ("time=2001", "depth=300", "show=difference", "compare=truth", "threshold=45"):
        assert part in link
    with Browser() as other:
        other.open(link)
        assert other.evaluate(_CURVE) == after
        assert other.evaluate(_TITLE.format("map")).startswith("Reconstruction minus truth at 300 m, 2001")
        assert browser.errors == other.errors == []


def test_the_button_back_brings_the_view_before(browser, address):
    browser.open(f"{address}?time=2001&depth=300&place=20,70")
    click_on_map(browser, -41.0, -99.0)
    browser.wait("location.search.includes('place=-4')")
    click_on_map(browser, -20.0, -140.0)
    browser.wait("location.search.includes(',-140') || location.search.includes(',-139')")
    browser.evaluate("setTimeout(() => history.back(), 0)")
    browser.wait(f"location.search.includes('place=-4') && ({_CURVE}).length == 3")


@pytest.mark.parametrize("width", [1400, 400])
def test_nothing_overlaps_or_sticks_out(browser, address, width):
    browser.resize(width, 900)
    browser.open(f"{address}?section=10,-160;10,-90&compare=truth")
    areas = "['choose', 'time', 'map', 'low', 'profile', 'series', 'section', 'more']"
    boxes = browser.evaluate(
        f"{areas}.map(name => {{ const box = document.getElementById(name).getBoundingClientRect();"
        " return [name, box.left, box.top, box.right, box.bottom] })"
    )
    for name, left, top, right, bottom in boxes:
        assert left >= 0 and right <= width and bottom - top > 20, name
        for other, left2, top2, right2, bottom2 in boxes:
            if name < other:
                apart = min(right, right2) - max(left, left2) <= 1 or min(bottom, bottom2) - max(top, top2) <= 1
                assert apart, (name, other)
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    browser.resize(1400, 900)


def test_every_control_has_a_name_for_a_screen_reader(browser, address):
    browser.open(address)
    browser.wait("within(document.querySelector('#more'), '.noUi-handle').every(one => one.ariaLabel)")
    browser.call("Accessibility.enable")
    nodes = browser.call("Accessibility.getFullAXTree")["nodes"]
    roles = ("button", "combobox", "slider", "textbox", "spinbutton")
    named = [(one["role"]["value"], one["name"]["value"]) for one in nodes if one.get("role", {}).get("value") in roles]
    assert len(named) > 15 and [role for role, name in named if not name] == []
    assert {"Depth", "Compare with", "Place: latitude, longitude"} <= {name for _, name in named}


def test_it_listens_on_this_machine_only(address):
    port = int(address.rsplit(":", 1)[1].strip("/"))
    assert address.startswith("http://127.0.0.1:")
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE):
        pass
    # Any other address of 127/8 is this machine, too; a server on all addresses would answer there.
    with pytest.raises(OSError), socket.create_connection(("127.0.0.2", port), timeout=PATIENCE):
        pass


def test_a_page_of_another_site_may_not_talk_to_it(address):
    port = int(address.rsplit(":", 1)[1].strip("/"))
    upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as talk:
        head = f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://example.org\r\n{upgrade}\r\n"
        talk.sendall(head.encode())
        assert talk.recv(100).startswith(b"HTTP/1.1 403")


def test_a_port_that_is_taken_is_one_line(small_files):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=f"port {port}: cannot be listened on; name another with --port"):
            server.make_server(small_files, port)


def test_without_panel_it_says_how_to_install_it(small_files, monkeypatch):
    monkeypatch.setattr(server, "find_spec", lambda name: None if name == "panel" else builtins.object())
    with pytest.raises(InputError, match=r"panel is not installed; install it with: .*oxygen-recon\[explore\]"):
        server.make_server(small_files)

"""Pretended hosts are reached like any other, by every word and from every terminal that knows of them."""

import json
from pathlib import Path

import pytest

from wizard import cli, reach
from wizard.model.selection import Series
from wizard.reach import LocalShell, SshShell, pretended
from wizard.simulate.hosts import PretendedHosts


@pytest.fixture
def hosts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PretendedHosts:
    """Two of them, known to this process."""
    made = PretendedHosts(tmp_path, Series.A3, 2, start_s=0.1, release="0.5.14")
    monkeypatch.setenv(pretended.VARIABLE, str(made.file))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "operator"))
    return made


def test_their_addresses_lead_to_a_shell_of_this_machine(hosts: PretendedHosts) -> None:
    """With the stand-ins first on the path, and a state of their own; other addresses are what they were."""
    answer = reach.shell(hosts.addresses[1]).run('command -v npu-smi; echo "$XDG_STATE_HOME"', limit_s=10)
    assert answer.text.split() == [
        str(hosts.folder / hosts.addresses[1] / "bin" / "npu-smi"), str(hosts.folder / hosts.addresses[1] / "state")
    ]  # fmt: skip
    assert isinstance(reach.shell("127.0.0.99"), SshShell)
    assert isinstance(reach.shell("localhost"), LocalShell)


@pytest.mark.parametrize("text", [None, "", "{", "[]", "{}"])
def test_without_a_rehearsal_nothing_is_pretended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None
) -> None:
    """A file that is gone or broken pretends nothing."""
    file = tmp_path / "hosts.json"
    if text is not None:
        file.write_text(text)
    monkeypatch.setenv(pretended.VARIABLE, str(file))
    assert not pretended.are_there()
    assert isinstance(reach.shell("127.0.0.11"), SshShell)


def test_no_secret_of_the_operator_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file holds what makes a host, not the environment of whoever rehearses."""
    monkeypatch.setenv("API_KEY", "s3cret")
    made = PretendedHosts(tmp_path, Series.A2, 1, start_s=0.1, release="0.5.14")
    assert "s3cret" not in made.file.read_text()
    assert made.file.stat().st_mode & 0o077 == 0


def test_they_can_be_detected(hosts: PretendedHosts, capsys: pytest.CaptureFixture[str]) -> None:
    """As recorded, with SGLang and CANN in place, and nothing of this machine among it."""
    assert cli.main(["--detect", "--hosts", ",".join(hosts.addresses), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["hosts"]
    assert [host["address"] for host in found] == list(hosts.addresses)
    assert [len(host["devices"]) for host in found] == [16, 16]
    assert all(host["error"] is None for host in found)


def test_two_rehearsals_on_one_machine_have_hosts_of_their_own(tmp_path: Path) -> None:
    """So that neither takes the ports of the other."""
    one, other = (
        PretendedHosts(tmp_path / name, Series.A2, 1, start_s=0.1, release="0.5.14") for name in ("one", "other")
    )
    assert one.addresses != other.addresses

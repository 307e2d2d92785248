"""Hosts out of pasted text."""

import pytest

from wizard.offers.host_list import listed

TEXTS = [
    ("10.0.0.1", ("10.0.0.1",)),
    ("10.0.0.1,10.0.0.2; 10.0.0.3\n10.0.0.4", ("10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4")),
    ("node1 node2\nnode1", ("node1", "node2")),
    ("# all\n10.0.0.1   a3-01 a3-01.local  # rack 4\n\n10.0.0.2\ta3-02", ("10.0.0.1", "10.0.0.2")),
    ("[npu]\na3-01 ansible_host=10.0.0.1 ansible_user=root\na3-02", ("10.0.0.1", "a3-02")),
    ("10.0.0.1 slots=16\n10.0.0.2:16", ("10.0.0.1", "10.0.0.2")),
    ("root@10.0.0.1", ("root@10.0.0.1",)),
    ("root@10.0.0.1:22, node1:2222", ("root@10.0.0.1:22", "node1:2222")),
    ("fe80::1 [fe80::2]:2222", ("fe80::1", "[fe80::2]:2222")),
    ("", ()),
]


@pytest.mark.parametrize(("text", "addresses"), TEXTS)
def test_hosts_of_a_text(text: str, addresses: tuple[str, ...]) -> None:
    """Lists, hosts files, inventories and host files give their hosts, each once and in order."""
    assert listed(text) == (addresses, ())


def test_what_can_be_no_host_is_named() -> None:
    """And the rest is taken."""
    assert listed("10.0.0.1\n$(reboot)\n-oProxyCommand=x\n10.0.0.2").addresses == ("10.0.0.1", "10.0.0.2")
    assert listed("$(reboot) `id` -x").wrong == ("$(reboot)", "`id`", "-x")
    assert listed("10.0.0.1:99999\nnode1:123456").wrong == ("10.0.0.1:99999", "node1:123456")

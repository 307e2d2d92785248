"""Names of hosts as operators write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.names import HostName, host_name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.0.0.1", HostName("10.0.0.1")),
        ("node-a", HostName("node-a")),
        ("root@10.0.0.1", HostName("10.0.0.1", "root@10.0.0.1")),
        ("node-a:2222", HostName("node-a", "ssh://node-a:2222")),
        ("admin@node-a:2222", HostName("node-a", "ssh://admin@node-a:2222")),
        ("ssh://admin@node-a:2222", HostName("node-a", "ssh://admin@node-a:2222")),
        ("fd00::1", HostName("fd00::1")),
        ("2001:db8:0:1:2:3:4:5", HostName("2001:db8:0:1:2:3:4:5")),
        ("root@2001:db8::5", HostName("2001:db8::5", "root@2001:db8::5")),
        ("fe80::1%eth0", HostName("fe80::1%eth0")),
        ("[fd00::1]:22", HostName("fd00::1", "ssh://[fd00::1]:22")),
        ("root@[fd00::1]", HostName("fd00::1", "root@fd00::1")),
    ],
)
def test_a_host_is_an_address_and_how_ssh_gets_there(text: str, expected: HostName) -> None:
    """What is said back is read the same."""
    assert host_name(text) == expected
    assert host_name(str(expected)) == expected


@pytest.mark.parametrize(
    "text",
    ["", "-oProxyCommand=x", "a b", "a;b", "root@", "@a", "-x@a", "a@b@c", "a:0", "a:70000", "a:ssh", "a/b", "[a", ".a",
     "999.1.1.1", "a@10.0.0.256", "[0]", "root@-x", "ssh://", "ssh://-oX@h", "a\n"],
)  # fmt: skip
def test_what_is_none_is_refused(text: str) -> None:
    """Nothing that ssh would take for a flag, and nothing that is half a name."""
    assert host_name(text) is None


@given(st.text(max_size=30))
def test_any_text_is_a_host_that_is_no_flag_or_none(text: str) -> None:
    """Neither part can begin with a dash, and neither holds a blank or a sign that a shell reads."""
    found = host_name(text)
    for part in found or ():
        assert not part.startswith("-")
        assert not set(part) & set(" \t\n;&|<>$`'\"\\(){}*?!#~")

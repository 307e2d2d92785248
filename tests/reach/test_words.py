"""What ssh says becomes a fault."""

import pytest

from wizard.reach.words import fault


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("ssh: connect to host h port 22: Connection refused", "refused"),
        ("ssh: connect to host h port 22: Connection timed out", "ssh_timeout"),
        ("ssh: connect to host h port 22: No route to host", "unreachable"),
        ("ssh: Could not resolve hostname h: Name or service not known", "unknown_name"),
        ("No ED25519 host key is known for h and you have requested strict checking.", "host_key_unknown"),
        ("@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.", "host_key_changed"),
        ("root@h: Permission denied (publickey,password).", "no_permission"),
        ("sh: not found", "no_shell"),
        ("This account is currently not available.", "no_shell"),
        ("kex_exchange_identification: Connection closed by remote host", "connection_lost"),
        ("Timeout, server h not responding.", "ssh_timeout"),
        ("Control socket connect(/tmp/c): Connection refused\nroot@h: Permission denied (publickey).", "no_permission"),
        ("", "ssh_failed"),
    ],
)
def test_what_ssh_says_becomes_a_kind_and_a_next_step(words: str, kind: str) -> None:
    """Each of ssh's complaints has a remedy that names the host."""
    found = fault("h", words)
    assert found.kind == kind
    assert "h" in found.hint

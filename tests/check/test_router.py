"""What the router takes apart and counts: the same verdicts as the real sglang-router 0.3.2 gave to these words."""

import pytest

from tests.check.verdicts import ROUTER, errors
from wizard.check.router_words import url_problem

PD = "--pd-disaggregation --prefill http://10.0.0.1:8000 8998 --decode http://10.0.0.2:8000"
WORKERS = "--worker-urls http://10.0.0.1:8000 http://10.0.0.2:8000"

TAKEN = [
    "http://h",
    "http://h:0",
    "http://h:",
    "http://h:65535",
    "http:///x",
    "https://h:1/x?y",
    "http://user:p@h:1",
    "http://h_h:1",
    "http://-h:1",
    "http://a,b",
    "http://h;x",
    "http://{x}:1",
    "http://h\\x:1",
    "http://1.2.3",
    "http://0x7f.1:1",
    "http://a..b:1",
    "http://10.0.0.1:8000@8998",
    "http://$P_IP:8000",
    "http://h:1#a",
    "http://h:08000",
    "grpc://10.0.0.3:9000",
    "http://[fd00::1]:8000",
    "http://10.0.0.1:8000/",
]
REFUSED = [
    "h:1",
    "10.0.0.1:8000",
    "tcp://h:1",
    "HTTP://h:1",
    "http://",
    "grpc://",
    "http://h:99999",
    "http://h:65536",
    "http://h:-1",
    "http://h:x",
    "grpc://h:99999",
    "http://10.0.0.300:1",
    "http://256.1.1.1",
    "http://1.2.3.4.5",
    "http://[::1",
    "http://%",
    "http://<P_IP>:8000",
    "http://h|x",
    "http://h^x",
    "http://h[x",
]


@pytest.mark.parametrize("url", [*TAKEN, "http://10.0.0.1:8000 "])
def test_addresses_that_the_router_takes(url: str) -> None:
    assert not url_problem(url)


@pytest.mark.parametrize("url", [*REFUSED, " http://h:1", "http://a b", ""])
def test_addresses_that_the_router_refuses(url: str) -> None:
    assert url_problem(url)


ACCEPTED = [
    f"{WORKERS} --max-concurrent-requests -1",
    f"{PD} --rate-limit-tokens-per-second 0",
    f"{PD} --disable-retries --retry-max-retries 0",
    f"{WORKERS} --disable-circuit-breaker --cb-failure-threshold 0",
    f"{PD} --health-check-timeout-secs 0 --max-idle-secs 0 --shutdown-grace-period-secs 0",
    f"{PD} --retry-backoff-multiplier nan --prometheus-duration-buckets -1",
    f"{PD} --bucket-adjust-interval-secs 0",
    f"{PD} --service-discovery --prefill-selector app=x",
    "--service-discovery --selector a=b --worker-urls x",
    f"{PD} --enable-trace --otlp-traces-endpoint http://h:4317",
    f"{PD} --otlp-traces-endpoint x",
    f"{PD} --control-plane-api-keys a:b:Admin:k --jwt-role-mapping a=admin",
    f"{PD} --prometheus-host localhost",
    "--prefill http://h:1 70000",
    "--prefill http://h:1 -1 --prefill http://h:2 None",
    "--pd-disaggregation --mini-lb --prefill x 70000 --decode z",
    f"{PD} --policy cache_aware --balance-rel-threshold nan",
    f"{PD} --policy cache_aware --balance-rel-threshold inf",
]
REJECTED = [
    f"{PD} --service-discovery-port 65536",
    f"{PD} --service-discovery --prefill-selector a=b --service-discovery-port 0",
    f"{PD} --max-concurrent-requests 2147483648",
    f"{PD} --rate-limit-tokens-per-second -1",
    f"{PD} --retry-max-retries 4294967296",
    f"{PD} --health-check-interval-secs -1",
    f"{PD} --retry-jitter-factor nan",
    f"{PD} --prefill-policy bucket --bucket-adjust-interval-secs 0",
    f"{PD} --prefill-policy bucket --balance-rel-threshold 0.5",
    f"{PD} --tokenizer-cache-enable-l0 --tokenizer-cache-l0-max-entries 0",
    f"{PD} --service-discovery --prefill-selector a",
    f"{WORKERS} --service-discovery --prefill-selector a=b",
    f"{PD} --client-cert-path /x",
    f"{PD} --history-backend redis",
    f"{PD} --history-backend oracle --oracle-username u --oracle-password p",
    f"{PD} --enable-trace --otlp-traces-endpoint x",
    f"{PD} --control-plane-api-keys a:b:root:k",
    f"{PD} --control-plane-api-keys a:b:user",
    f"{PD} --jwt-role-mapping a=root",
    f"{PD} --jwt-role-mapping a",
    f"{PD} --host auto",
    f"{PD} --host localhost",
    "--policy power_of_two",
    "--worker-urls http://h:1 --policy power_of_two",
    "--pd-disaggregation --prefill http://h:1 89.5 --decode http://h:2",
    "--worker-urls http://h:1 --model-path",
    f"{PD} --cache-threshold nan",
]


@pytest.mark.parametrize("line", ACCEPTED)
def test_lines_that_the_router_accepts(line: str) -> None:
    assert errors(ROUTER, line.split(), {}) == []


@pytest.mark.parametrize("line", REJECTED)
def test_lines_that_the_router_refuses(line: str) -> None:
    found = errors(ROUTER, line.split(), {})
    assert found
    assert all(item.message and item.hint for item in found)


def test_an_empty_address_is_refused() -> None:
    assert errors(ROUTER, ["--host", ""], {})
    assert errors(ROUTER, ["--prometheus-host", ""], {})


def test_a_key_is_not_shown() -> None:
    """What is wrong with a key is told without the key."""
    (item,) = errors(ROUTER, ["--control-plane-api-keys", "one:two:sk-verysecret"], {})
    assert "sk-verysecret" not in repr(item)

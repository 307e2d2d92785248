"""The text format of Prometheus, as a server of SGLang answers it."""

from hypothesis import given
from hypothesis import strategies as st

from wizard.monitor.metrics import Figures, figures, samples

TEXT = """# HELP sglang:num_running_reqs The number of running requests.
# TYPE sglang:num_running_reqs gauge
sglang:num_running_reqs{model_name="a,\\"b} c",dp_rank="0"} 3.0
sglang:num_running_reqs{model_name="x",dp_rank="1"} 4.0
sglang:gen_throughput{dp_rank="0"} 12.5
sglang:token_usage{dp_rank="0"} 0.25
sglang:token_usage{dp_rank="1"} 0.5
sglang:spec_accept_length NaN
"""


def test_ranks_are_added_up_and_shares_are_the_highest() -> None:
    """What is not said, or is no number, is unknown and not 0."""
    assert figures(TEXT) == Figures(12.5, 7, None, 0.5, None, None)
    assert dict(samples(TEXT)[0].labels) == {"model_name": 'a,\\"b} c', "dp_rank": "0"}


@given(st.text())
def test_any_text_is_taken(text: str) -> None:
    """Such as the page of a server that has no figures."""
    samples(text)
    figures(text)

"""Where official sources disagree, --explain tells both sides and which one is followed."""

import pytest

from wizard import cli

CONTRADICTIONS = [
    ("memory.weights", ("one A2 host", "two A2 hosts", "W4A8")),
    ("memory.share", ("published launches", "issue 29838", "out of memory")),
    ("memory.draft-layer", ("without MTP", "switch NEXTN on", "only the files decide")),
    ("vm.swappiness", ("recipe sets 0", "installation page 10")),
    ("SGLANG_ENABLE_OVERLAP_PLAN_STREAM", ("not for NEXTN", "every GLM recipe")),
    ("SGLANG_DEEPEP_NUM_MAX_DISPATCH_TOKENS_PER_RANK", ("tuning page asks", "all recipes only meet")),
]


@pytest.mark.parametrize(("name", "texts"), CONTRADICTIONS)
def test_both_sides_of_a_contradiction_are_told(
    name: str, texts: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["--explain", name, "--no-color"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert all(text in said for text in texts), said

"""The questions as a state machine: every scenario to a file, back, undo, fixes, and nothing lost on the way."""

import json
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wizard import cli, drafts, selection_file, session
from wizard.detect import command
from wizard.errors import UsageError
from wizard.model.finding import Edit, EditKind
from wizard.model.hardware import Host
from wizard.presets import preset
from wizard.prompts import ask, pages, protocol
from wizard.prompts.settings import _edit as asked_edit
from wizard.prompts.walk import Walk
from wizard.prompts.world import World

HOSTS = {
    "a3-single": "10.0.0.1",
    "a2-single": "10.0.0.1",
    "a3-multi": "10.0.0.1,10.0.0.2",
    "a3-pd": "10.0.0.1,10.0.0.2",
}
PATH = "/models/GLM-5.2-w8a8"
ORDER = ["scenario", "hosts", "look", "model", "runtime", "release", "settings", "findings"]


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Nowhere(World):
    """Writes for real, looks at nothing."""

    def look(self, addresses: Sequence[str], model_path: str) -> tuple[Host, ...]:
        return ()


def first() -> Walk:
    return Walk(session.started(preset("a3-single").selection), "scenario")


def walked(*answers: str, walk: Walk | None = None) -> Walk:
    walk = walk or first()
    for answer in answers:
        walk = pages.answered(walk, answer, Nowhere())
    return walk


def to_review(name: str) -> Walk:
    return walked(name, HOSTS[name], "no", PATH, "", "", "next", "next")


@pytest.mark.parametrize("name", HOSTS)
def test_a_scenario_walked_to_its_script_equals_the_flags(
    name: str, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file written by the questions is the file that `--preset --export` prints, to the byte."""
    walk = walked("script", "launch.sh", walk=to_review(name))
    assert walk.said[:2] == ("written: launch.sh", "What comes next:")
    assert cli.main(["--preset", name, "--hosts", HOSTS[name], "--model-path", PATH, "--export"]) == 0
    assert (state / "launch.sh").read_text(encoding="utf-8") == capsys.readouterr().out


@pytest.mark.parametrize("name", HOSTS)
def test_a_program_gets_the_same_by_json(name: str, state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A client of a few lines completes each scenario over the protocol."""
    answers = [name, HOSTS[name], "no", PATH, "", "", "next", "next", "script", "launch.sh", "done"]
    asked = StringIO()
    protocol.run(first(), Nowhere(), asked, StringIO("".join(json.dumps({"answer": one}) + "\n" for one in answers)))
    *questions, end = [json.loads(line) for line in asked.getvalue().splitlines()]
    assert [question["page"] for question in questions][:8] == ORDER
    assert all(question["error"] is None for question in questions)
    assert end["outcome"] == "done"
    assert selection_file.loads(end["selection"]).preset == name
    cli.main([*end["reproduce"][1:], "--export"])
    assert (state / "launch.sh").read_text(encoding="utf-8") == capsys.readouterr().out


def test_back_leads_through_every_question_and_keeps_what_was_chosen() -> None:
    walk = to_review("a3-pd")
    seen = [walk.page]
    while walk.trail:
        walk = walked("back", walk=walk)
        seen.append(walk.page)
    assert seen == ["review", *reversed(ORDER)]
    assert walk.session.selection.model.path == PATH
    with pytest.raises(UsageError, match="first question"):
        walked("back", walk=walk)


def test_a_conflict_is_told_where_it_is_made_and_its_fix_is_offered() -> None:
    walk = walked("settings", "option", "decode.page-size=64", walk=to_review("a3-pd"))
    assert any(said.startswith("error: --page-size is 128 on prefill and 64 on decode") for said in walk.said)
    walk = walked("", "next", walk=walk)
    assert any("topology.pd-page" in told for told in pages.question(walk).told)
    with pytest.raises(UsageError, match="cannot be chosen now"):
        walked("next", "script", walk=walk)
    assert not walked("fix 1", walk=walk).session.blocking
    assert not walked("fix all", walk=walk).session.blocking
    accepted = walked("accept topology.pd-page", walk=walk).session
    assert not accepted.blocking
    assert accepted.selection.accepted == ("topology.pd-page",)


def test_features_are_switched_and_their_numbers_changed() -> None:
    walk = walked("settings", "prefill", "parallelism", "1", walk=to_review("a3-pd"))
    assert walk.page == "groups"
    walk = walked("parallelism", "2", walk=walk)
    numbers = [choice for choice in pages.question(walk).choices if choice.label.startswith("change --")]
    walk = walked(numbers[0].value, walk=walk)
    before = walk.session.selection
    with pytest.raises(UsageError):
        walked("nonsense", walk=walk)
    walk = walked("8", walk=walk)
    assert walk.session.selection != before
    assert walked("undo", walk=walk).session.selection == before
    assert walked("undo", "redo", walk=walk).session.selection == walk.session.selection


def test_a_file_in_the_way_is_asked_about(state: Path) -> None:
    (state / "launch.sh").write_text("mine", encoding="utf-8")
    walk = walked("script", "launch.sh", walk=to_review("a3-pd"))
    assert walk.page == "overwrite"
    assert walked("no", walk=walk).page == "path"
    assert (state / "launch.sh").read_text(encoding="utf-8") == "mine"
    assert walked("yes", walk=walk).said[0] == "written: launch.sh"
    assert (state / "launch.sh").read_text(encoding="utf-8").startswith("#!")


def test_leaving_keeps_a_file_that_takes_it_up() -> None:
    """Ctrl-C at any question keeps what was chosen."""
    lines = iter(["a3-pd", "10.0.0.1,10.0.0.2"])

    def read(_prompt: str) -> str:
        for line in lines:
            return line
        raise KeyboardInterrupt

    said: list[str] = []
    with pytest.raises(ask.LeftError) as left:
        ask.run(first(), Nowhere(), read=read, say=said.append)
    draft = drafts.keep(left.value.walk.session.selection)
    assert draft is not None
    assert [host.address for host in selection_file.load(draft).hosts] == ["10.0.0.1", "10.0.0.2"]
    assert not [line for line in said if not line.isascii()]


@pytest.mark.parametrize("at", range(14))
def test_ctrl_c_at_any_question_loses_nothing(at: int) -> None:
    """While it is told, while it is read: what was chosen until then is in the walk that is kept."""
    lines = [
        "a3-pd",
        HOSTS["a3-pd"],
        "no",
        PATH,
        "",
        "",
        "option",
        "page-size=64",
        "",
        "next",
        "next",
        "script",
        "x.sh",
    ]
    left_at = iter(lines[:at])

    def read(_prompt: str) -> str:
        for line in left_at:
            return line
        raise KeyboardInterrupt

    with pytest.raises(ask.LeftError) as left:
        ask.run(first(), Nowhere(), read=read, say=lambda _: None)
    assert left.value.walk.session.selection == walked(*lines[:at]).session.selection

    def told(sentence: str) -> None:
        if sentence.startswith("Step 2"):
            raise KeyboardInterrupt

    with pytest.raises(ask.LeftError):
        ask.run(first(), Nowhere(), read=lambda _: "a3-pd", say=told)


def test_a_launch_is_asked_about_with_everything_it_touches() -> None:
    """Hosts, devices, ports, root; no is where one was, unchanged."""
    walk = walked("launch", walk=to_review("a3-pd"))
    told = pages.question(walk).told[0]
    for word in ("prefill-0 on 10.0.0.1 (16 devices", "vm.swappiness=0", "Nothing is stopped"):
        assert word in told
    back = walked("", walk=walk)
    assert (back.page, back.session, back.outcome) == ("review", walk.session, "")
    assert walked("yes", walk=walk).outcome == "launch"


def test_questions_say_how_far_one_is_and_draw_nothing() -> None:
    """Steps in words, numbered choices, plain ASCII; whatever is hostile is shown, not obeyed."""
    said: list[str] = []
    hostile = "/m/[/x]\x1b[31m模型" + "y" * 10_000
    lines = iter(["a3-pd", HOSTS["a3-pd"], "no", hostile, "", "", "next", "next", "commands", "quit"])
    ask.run(first(), Nowhere(), read=lambda _: next(lines), say=said.append)
    text = "\n".join(said)
    for number in range(1, 10):
        assert f"Step {number} of 9. " in text
    assert "\x1b" not in text
    assert "\r" not in text
    assert not [sign for sign in text.replace("模型", "") if not sign.isascii()]


def test_home_is_expanded_and_what_cannot_be_written_is_asked_again(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(state))
    walk = walked("script", walk=to_review("a3-pd"))
    with pytest.raises(UsageError, match="cannot be written"):
        walked("/no/such/folder/x.sh", walk=walk)
    with pytest.raises(UsageError, match="no home folder"):
        walked("~nobody-of-that-name/x.sh", walk=walk)
    assert walked("~/launch.sh", walk=walk).said[0] == f"written: {state}/launch.sh"


def test_what_is_wrong_is_said_and_asked_again() -> None:
    said: list[str] = []
    lines = iter(["nonsense", "?", "99", "4", "1,2,3", "quit"])
    walk = ask.run(first(), Nowhere(), read=lambda _: next(lines), say=said.append)
    assert (walk.outcome, walk.page) == ("quit", "hosts")
    assert sum(line.startswith("error:") for line in said) == 3
    assert sum(line.startswith("hint:") for line in said) == 3


def test_the_list_of_scenarios_is_short_and_each_is_told_on_demand() -> None:
    """On 80x24 it is read without scrolling; what was detected against it is a question away."""
    said: list[str] = []
    lines = iter(["? 2", " ?A3-PD", "? 99", "quit"])
    begun = session.started(preset("a3-single").selection, command.recorded(Path("a3-pair")))
    ask.run(Walk(begun, "scenario"), Nowhere(), read=lambda _: next(lines), say=said.append)
    asked = said.index("`? NUMBER` tells more about one.") + 1
    question = next(place for place, text in enumerate(said) if text.startswith("Step 1 "))
    assert sum(text.count("\n") + 1 for text in said[question:asked]) < 24
    assert "withdrawn by its authors" not in "".join(said[:asked])
    told = [" ".join(text.split()) for text in said[asked:]]
    assert "withdrawn by its authors" in told[1]
    assert told[3].endswith("16 free devices each")
    assert told[4].startswith("error: `99` is none of the choices")


def test_without_a_terminal_the_flags_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--prompt"]) == 2
    assert "--preset NAME --export" in capsys.readouterr().err


ANSWERS = st.one_of(st.integers(0, 14).map(str), st.sampled_from(["back", "undo", "redo", "", "-", "10.0.0.1"]))


@settings(max_examples=60, deadline=None)
@given(st.lists(ANSWERS, max_size=25))
def test_any_answers_lead_somewhere(answers: list[str]) -> None:
    """Whatever is answered, the walk stands at a question or has ended; a refusal leaves it where it was."""
    walk = first()
    for answer in answers:
        if walk.outcome or pages.question(walk).page in ("path", "overwrite"):
            break
        try:
            walk = pages.answered(walk, answer, Nowhere())
        except UsageError as error:
            assert error.hint
        assert pages.question(walk).text


@pytest.mark.parametrize(
    ("line", "kind", "value"),
    [
        ("decode.max-running-requests=64", "set", "decode.max-running-requests=64"),
        ("--page-size=64", "set", "page-size=64"),
        ("enable-metrics", "set", "enable-metrics"),
        ("decode.HCCL_BUFFSIZE=1200", "env", "decode.HCCL_BUFFSIZE=1200"),
        ("-prefill.page-size", "unset", "prefill.page-size"),
        ("-HCCL_BUFFSIZE", "unset-env", "HCCL_BUFFSIZE"),
        ("--interface eth0", "interface", "eth0"),
        ("--feature decode.metrics", "feature", "decode.metrics"),
        ("--quantization=W4A8", "quantization", "W4A8"),
    ],
)
def test_a_line_of_settings_means_one_change(line: str, kind: str, value: str) -> None:
    assert asked_edit(line) == Edit(EditKind(kind), value)


def test_recorded_hosts_are_not_asked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What is known of them is the recording; a host that is not of it is asked about."""
    for hosts, page in (("", "model"), ("192.0.2.11,10.9.9.9", "look")):
        lines = [json.dumps({"answer": answer}) for answer in ("a3-pd", hosts)]
        monkeypatch.setattr("sys.stdin", StringIO("\n".join(lines) + "\n"))
        cli.main(["--prompt", "--json", "--machine", "a3-pair"])
        asked = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert asked[2]["page"] == page
        assert any("RECORDED" in line for line in asked[2]["told"]) is (page == "model")


def test_the_hosts_of_a_recorded_machine_are_offered(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As many as the scenario needs; with fewer there is nothing to offer."""
    offered = {}
    for name in ("a3-single", "a3-pd", "glm51-a3-pd-16k"):
        monkeypatch.setattr("sys.stdin", StringIO(json.dumps({"answer": name}) + "\n"))
        cli.main(["--prompt", "--json", "--machine", "a3-pair"])
        asked = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        offered[name] = asked[1]["default"]
    assert offered == {
        "a3-single": "192.0.2.11",
        "a3-pd": "192.0.2.11,192.0.2.12",
        "glm51-a3-pd-16k": "later",
    }


def test_own_presets_that_cannot_be_read_are_told_before_the_first_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With file, line and name; the others are offered."""
    folder = tmp_path / "glm-wizard" / "presets"
    folder.mkdir(parents=True)
    (folder / "typo.toml").write_text('format = 1\nscenrio = "single"\n', encoding="utf-8")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    asked = pages.question(first())
    assert any("typo.toml:2`: `scenrio` is not a known key" in text for text in asked.told)
    assert "a3-pd" in [choice.value for choice in asked.choices]

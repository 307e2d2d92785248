"""What an exported script really starts, recorded by running it against stand-in executables.

The tutorial's own scripts were recorded the same way, once; what they start stands in ``tests/data``. Where the shared
reference folder is at hand, they are recorded again and compared with that data.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.exporting import PRESETS, bash_script, hosts_for, selection_of
from tests.recording import Host, Started
from tests.shell import SHELLCHECK
from tests.strategies import NASTY
from wizard.errors import WizardError

DATA = Path(__file__).parents[1] / "data" / "tutorial_launches.json"
SHARED = Path(__file__).parents[2].parent / "shared" / "reference" / "tutorial"
TUTORIAL: dict[str, list[dict[str, Any]]] = json.loads(DATA.read_text(encoding="utf-8"))
CASES = [(preset, index) for preset, launches in TUTORIAL.items() for index in range(len(launches))]
ADDRESSES = {"a3-multi": "10.0.0.1,10.0.0.2", "a3-pd": "10.0.0.1,10.0.0.2"}
NIC = "enp1s0"


def corrected(launch: dict[str, Any], preset: str) -> Started:
    """What the tutorial starts, with the corrections that the script names, and no others."""
    argv, environment = list(launch["argv"]), dict(launch["environment"])
    if preset in ADDRESSES:
        environment |= {name: NIC for name in ("HCCL_SOCKET_IFNAME", "GLOO_SOCKET_IFNAME") if name in environment}
        argv = [launch["host"] if word == "127.0.0.1" else word for word in argv]
    argv = ["--moe-dense-tp-size" if word == "--moe-dense-tp" else word for word in argv]
    return Started(tuple(argv), environment)


@pytest.mark.parametrize(("preset", "index"), CASES)
def test_the_script_starts_what_the_tutorial_starts(tmp_path: Path, preset: str, index: int) -> None:
    """On each host, by address or by name, argv and exported variables are the tutorial's, corrected."""
    launch = TUTORIAL[preset][index]
    hosts = {"hosts": ADDRESSES[preset]} if preset in ADDRESSES else {}
    script = bash_script(preset, runtime="host", **{"model-path": "/models/glm"}, **hosts)
    names = Host(tmp_path / "list").run(script, "--list").stdout.split()
    is_router = "sglang_router.launch_router" in launch["argv"]
    outcome = Host(tmp_path / "run", launch["host"], NIC).run(script, *(["router"] if is_router else []))
    assert outcome.returncode == 0, outcome.stderr
    assert [outcome.started[0]] == [corrected(launch, preset)]
    assert len(outcome.started) == 1
    by_name = Host(tmp_path / "name", launch["host"], NIC).run(script, names[index])
    assert by_name.started == outcome.started


@pytest.mark.parametrize("preset", TUTORIAL)
def test_the_data_is_what_the_tutorial_starts(tmp_path: Path, preset: str) -> None:
    """The recorded data still agree with the tutorial's own scripts, where those are at hand."""
    if not SHARED.is_dir():
        pytest.skip("the tutorial's scripts are not part of the project")
    filled = {"<your node1 ip>": "10.0.0.1", "<your node2 ip>": "10.0.0.2", "<your prefill ip>": "10.0.0.1"}
    filled |= {"<your decode ip>": "10.0.0.2", "<your router ip>": "10.0.0.1", "/path/to/model-weights": "/models/glm"}
    for number, launch in enumerate(TUTORIAL[preset]):
        name = f"{preset}-router.sh" if "sglang_router.launch_router" in launch["argv"] else f"{preset}.sh"
        text = (SHARED / name).read_text(encoding="utf-8")
        for placeholder, value in filled.items():
            text = text.replace(placeholder, value)
        host = Host(tmp_path / str(number), launch["host"])
        host.program("hostname", f"#!/bin/sh\necho {launch['host']} 192.168.9.9\n")
        (started,) = host.run(text).started
        assert started == Started(tuple(launch["argv"]), launch["environment"])


@given(path=NASTY.filter(bool), name=NASTY, value=NASTY)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_arrives_unchanged_or_is_refused(
    tmp_path_factory: pytest.TempPathFactory, path: str, name: str, value: str
) -> None:
    """Model path, served name and a variable of any text reach the server exactly, and nothing else is run."""
    host = Host(tmp_path_factory.mktemp("host") / "h")
    try:
        script = bash_script(
            "a2-single",
            runtime="host",
            **{"model-path": path, "set": f"served-model-name={name}", "env": f"X_TEXT={value}"},
        )
    except WizardError as error:
        assert error.hint
        return
    outcome = host.run(script)
    assert outcome.returncode == 0, outcome.stderr
    (started,) = outcome.started
    argv = list(started.argv)
    assert argv[argv.index("--model-path") + 1] == path
    assert argv[argv.index("--served-model-name") + 1] == name
    assert started.environment["X_TEXT"] == value


@given(host=NASTY.filter(lambda text: "," not in text))
@settings(max_examples=60, deadline=None)
def test_any_text_as_host_is_taken_exactly_or_refused(host: str) -> None:
    """A host's address is either written as it is into the words that need it, or refused with a hint."""
    from wizard.names import host_name
    from wizard.plan import launch_flow

    try:
        selection = selection_of("a3-pd", hosts=f"{host},10.0.0.2")
    except WizardError as error:
        assert error.hint
        return
    flow = launch_flow(selection)
    argv = flow.argv(flow.process("prefill-0"))
    name = host_name(host.strip())
    assert name is not None
    assert argv[argv.index("--host") + 1] == name.address


def test_no_host_or_several_are_listed_and_exit_2(tmp_path: Path) -> None:
    """A host that no server belongs to, or several, gets the list and exit status 2; nothing is started."""
    script = bash_script("a3-pd", runtime="host", **{"model-path": "/m", "hosts": "10.0.0.1,10.0.0.2"})
    stranger = Host(tmp_path / "a", "10.9.9.9").run(script)
    assert (stranger.returncode, stranger.started) == (2, ())
    assert "prefill-0 on 10.0.0.1" in stranger.stderr
    twice = bash_script("a3-pd", runtime="host", **{"model-path": "/m", "hosts": "10.0.0.1,10.0.0.1"})
    both = Host(tmp_path / "b", "10.0.0.1").run(twice)
    assert (both.returncode, both.started) == (2, ())
    assert "several servers" in both.stderr


@pytest.mark.parametrize("preset", PRESETS)
def test_an_unfilled_value_stops_the_script_and_is_named(tmp_path: Path, preset: str) -> None:
    """Without a model path nothing is started, on any host and by any name, and the message names MODEL_PATH."""
    script = bash_script(preset, runtime="host", hosts=hosts_for(preset))
    outcome = Host(tmp_path / "h", "10.0.0.1").run(script)
    assert (outcome.returncode, outcome.started) == (2, ())
    assert "MODEL_PATH is not filled in" in outcome.stderr
    given_late = Host(tmp_path / "late", "10.0.0.1").run(script, MODEL_PATH="/late path")
    assert "/late path" in given_late.started[0].argv


def test_an_unfilled_address_is_named(tmp_path: Path) -> None:
    """A script without addresses says which one it needs first."""
    outcome = Host(tmp_path / "h").run(bash_script("a3-pd", runtime="host", **{"model-path": "/m"}))
    assert (outcome.returncode, outcome.started) == (2, ())
    assert "PREFILL_0_ADDRESS is not filled in" in outcome.stderr


def test_a_different_plan_is_refused_before_anything_starts(tmp_path: Path) -> None:
    """A host that holds another plan than the one to be started refuses and shows both."""
    script = bash_script("a3-single", runtime="host", **{"model-path": "/m"})
    other = bash_script("a3-single", runtime="host", **{"model-path": "/m", "set": "tp-size=8"})
    wanted = Host(tmp_path / "a").run(script, "--plan").stdout.strip()
    outcome = Host(tmp_path / "b").run(other, GLM_WIZARD_PLAN=wanted)
    assert (outcome.returncode, outcome.started) == (2, ())
    assert wanted in outcome.stderr
    assert len(Host(tmp_path / "c").run(script, GLM_WIZARD_PLAN=wanted).started) == 1


def test_a_script_from_standard_input_starts_the_same(tmp_path: Path) -> None:
    """`bash -s < launch.sh` works on the host runtime."""
    script = bash_script("a3-single", runtime="host", **{"model-path": "/m"})
    host = Host(tmp_path / "h")
    (tmp_path / "script.sh").write_text(script, encoding="utf-8")
    piped = host.run(f"exec bash -s <{tmp_path}/script.sh")
    assert piped.started == host.run(script).started
    assert piped.started


def test_an_edited_script_is_another_plan(tmp_path: Path) -> None:
    """A script changed by hand on one host no longer has the plan of the others."""
    script = bash_script("a3-single", runtime="host", **{"model-path": "/m"})
    host = Host(tmp_path / "h")
    plan = host.run(script, "--plan").stdout.strip()
    edited = script.replace("--tp-size 16", "--tp-size 8")
    assert edited != script
    assert host.run(edited, "--plan").stdout.startswith(f"{plan}-edited-")
    assert host.run(edited, GLM_WIZARD_PLAN=plan).returncode == 2


def test_proxies_are_unset_and_overrides_win(tmp_path: Path) -> None:
    """Proxies of the shell do not reach the server; a value set when starting wins over the script's."""
    script = bash_script("a3-multi", runtime="host", **{"model-path": "/m", "hosts": "10.0.0.1,10.0.0.2"})
    variables = {"http_proxy": "http://proxy", "ASCEND_LAUNCH_BLOCKING": "1", "SERVER_RANK0_INTERFACE": "bond7"}
    (started,) = Host(tmp_path / "h").run(script, **variables).started
    assert not {"http_proxy", "ASCEND_LAUNCH_BLOCKING"} & started.environment.keys()
    assert started.environment["HCCL_SOCKET_IFNAME"] == "bond7"


def test_a_secret_is_read_when_the_script_starts(tmp_path: Path) -> None:
    """The script holds no key; it refuses to start without one and passes on the one of the environment."""
    script = bash_script("a3-single", runtime="host", **{"model-path": "/m", "set": "api-key=sk-planted"})
    assert "sk-planted" not in script
    without = Host(tmp_path / "a").run(script)
    assert (without.returncode, without.started) == (2, ())
    (started,) = Host(tmp_path / "b").run(script, API_KEY="sk $x").started
    assert started.argv[started.argv.index("--api-key") + 1] == "sk $x"


def test_passwords_of_any_option_are_secrets(tmp_path: Path) -> None:
    """A key file's or a router's password is not written either."""
    values = {"model-path": "/m", "hosts": "10.0.0.1,10.0.0.2"}
    for option in ("ssl-keyfile-password=planted", "router.oracle-password=planted"):
        script = bash_script("a3-pd", runtime="host", set=option, **values)
        assert "planted" not in script
        assert option.partition("=")[0].removeprefix("router.").upper().replace("-", "_") in script


def test_counted_tokens_are_no_secret() -> None:
    """An option that counts tokens keeps its value."""
    script = bash_script("a3-single", release="0.5.23", set="kt-max-deferred-experts-per-token=2")
    assert "--kt-max-deferred-experts-per-token 2" in script


def test_the_container_runs_the_same_script_inside(tmp_path: Path) -> None:
    """On the host the engine gets the values; inside the image the server starts as on the host runtime."""
    values = {"model-path": "/", "hosts": "10.0.0.1,10.0.0.2", "interface": NIC}
    script = bash_script("a3-pd", runtime="container", **values)
    host = Host(tmp_path / "h", "10.0.0.1")
    host.program(
        "docker",
        '#!/bin/sh\n[ "$1" = container ] && exit 1\n[ "$1" = image ] && exit 0\nexec "$(dirname "$0")/podman" "$@"\n',
    )
    (docker,) = host.run(script).started
    assert docker.argv[:2] == ("run", "--rm")
    assert {"--privileged", "--init", "GLM_WIZARD_INSIDE=1", "PREFILL_0_ADDRESS"} <= set(docker.argv)
    assert docker.argv[-2:] == ("/glm-wizard/launch.sh", "prefill-0")
    assert not [word for word in docker.argv if word.startswith("/dev/davinci")], "no device of this machine"
    inside = Host(tmp_path / "i", "10.0.0.1").run(script, "prefill-0", GLM_WIZARD_INSIDE="1")
    plain = Host(tmp_path / "p", "10.0.0.1").run(bash_script("a3-pd", runtime="host", **values), "prefill-0")
    assert inside.started[0].argv == plain.started[0].argv


def clean(folder: Path, preset: str, runtime: str, forms: tuple[str, ...]) -> None:
    """Fails when bash or shellcheck has anything to say about the scripts for these forms of hosts."""
    for number, hosts in enumerate(forms):
        script = bash_script(preset, runtime=runtime, hosts=hosts)
        assert "shellcheck disable" not in script
        file = folder / f"{number}.sh"
        file.write_text(script, encoding="utf-8")
        subprocess.run(["/bin/bash", "-n", str(file)], check=True)
    files = map(str, sorted(folder.glob("*.sh")))
    done = subprocess.run([SHELLCHECK, *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("preset", TUTORIAL)
@pytest.mark.parametrize("runtime", ["host", "container"])
def test_the_tutorials_scripts_are_clean_bash(tmp_path: Path, preset: str, runtime: str) -> None:
    """``bash -n`` and shellcheck have nothing to say, without a single suppression."""
    clean(tmp_path, preset, runtime, ("", hosts_for(preset)))


@pytest.mark.slow
@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("runtime", ["host", "container"])
def test_every_script_is_clean_bash(tmp_path: Path, preset: str, runtime: str) -> None:
    """The same for every preset and every format of hosts: none, IPv4, IPv6, names."""
    clean(
        tmp_path,
        preset,
        runtime,
        ("", hosts_for(preset), hosts_for(preset, "fd00::{}"), hosts_for(preset, "node-{}.rack")),
    )

"""Whole scripts as operators have them become selections: roles, hosts, what follows from the hosts, and the rest."""

import pytest

from wizard.errors import ImportScriptError
from wizard.importing import Imported, import_command, import_scripts
from wizard.importing.arguments import ProblemKind
from wizard.model.selection import Host, Role, RoleName, RuntimeKind, Scenario, Selection, Series
from wizard.plan import launch_flow

GO = "python3 -m sglang.launch_server"
ROUTE = "python3 -m sglang_router.launch_router --pd-disaggregation"

XPYD = f"""
P=(10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4)
D=(10.0.0.5 10.0.0.6)
export ASCEND_MF_STORE_URL="tcp://${{P[0]}}:24670" HCCL_SOCKET_IFNAME=eth0 GLOO_SOCKET_IFNAME=eth0
LOCAL=$(hostname -I)
for i in "${{!P[@]}}"; do
  if [[ " $LOCAL " == *" ${{P[$i]}} "* ]]; then
    export TASK_QUEUE_ENABLE=2
    I=$((i / 2)); R=$((i % 2))
    {GO} --model-path /w/GLM-5.2-W4A8 --disaggregation-mode prefill \\
      --host ${{P[$i]}} --port 8000 \\
      --disaggregation-bootstrap-port $((8998 + I)) --nnodes 2 --node-rank $R \\
      --dist-init-addr ${{P[$((I * 2))]}}:5000 \\
      --tp-size 32 --disaggregation-transfer-backend ascend 2>&1 | tee prefill.log
  fi
done
for i in "${{!D[@]}}"; do
  if [[ " $LOCAL " == *" ${{D[$i]}} "* ]]; then
    {GO} --model-path /w/GLM-5.2-W4A8 --disaggregation-mode decode --host ${{D[$i]}} --port 8001 \\
      --nnodes 2 --node-rank $i --dist-init-addr ${{D[0]}}:5000 --tp-size 32 --disaggregation-transfer-backend ascend
  fi
done
if [ "$1" == "router" ]; then
  {ROUTE} --prefill http://${{P[0]}}:8000 8998 --prefill http://${{P[2]}}:8000 8999 \\
    --decode http://${{D[0]}}:8001 --host 0.0.0.0 --port 6688
fi
"""


def imported(text: str, **given: str) -> Imported:
    return import_scripts([("x.sh", text)], **given)


def selected(text: str, **given: str) -> Selection:
    return imported(text, **given).selection


def server(text: str) -> Role:
    return selected(text).role("server")


def notes(found: Imported) -> str:
    return "\n".join(str(note) for note in found.notes)


def test_two_prefill_instances_over_two_hosts_each() -> None:
    """Instances by rendezvous, ranks in order, bootstrap ports counted up, the interface with its host."""
    selection = selected(XPYD)
    prefill, decode, router = (selection.role(name) for name in ("prefill", "decode", "router"))
    assert (prefill.instances, prefill.hosts_per_instance) == (2, 2)
    assert (decode.instances, decode.hosts_per_instance) == (1, 2)
    assert dict(prefill.options) == {
        "disaggregation-mode": "prefill", "host": "auto", "port": 8000, "disaggregation-bootstrap-port": 8998,
        "nnodes": "auto", "node-rank": "auto", "dist-init-addr": "auto:5000", "tp-size": 32,
        "disaggregation-transfer-backend": "ascend",
    }  # fmt: skip
    assert dict(prefill.environment) == {
        "ASCEND_MF_STORE_URL": "tcp://auto:24670",
        "HCCL_SOCKET_IFNAME": "auto",
        "GLOO_SOCKET_IFNAME": "auto",
        "TASK_QUEUE_ENABLE": "2",
    }
    assert "TASK_QUEUE_ENABLE" not in decode.environment
    assert (router.options["prefill"], router.options["decode"], router.options["host"]) == ("auto", "auto", "0.0.0.0")
    places = [(host.address, host.role, host.instance, host.rank, host.interface) for host in selection.hosts]
    assert places == [
        ("10.0.0.1", "prefill", 0, 0, "eth0"), ("10.0.0.2", "prefill", 0, 1, "eth0"),
        ("10.0.0.3", "prefill", 1, 0, "eth0"), ("10.0.0.4", "prefill", 1, 1, "eth0"),
        ("10.0.0.5", "decode", 0, 0, "eth0"), ("10.0.0.6", "decode", 0, 1, "eth0"),
    ]  # fmt: skip
    assert launch_flow(selection).process("prefill-1-rank1").address


def test_the_plan_of_an_import_starts_what_the_script_starts() -> None:
    """Every ``auto`` becomes again what the script wrote."""
    flow = launch_flow(selected(XPYD))
    argv = flow.argv(flow.process("prefill-1-rank1"))
    for words in ("--host 10.0.0.4", "--node-rank 1", "--nnodes 2", "--dist-init-addr 10.0.0.3:5000"):
        flag, value = words.split()
        assert argv[argv.index(flag) + 1] == value
    assert argv[argv.index("--disaggregation-bootstrap-port") + 1] == "8999"
    router = flow.argv(flow.process("router"))
    assert [word for word in router if word.startswith("http")] == [
        "http://10.0.0.1:8000", "http://10.0.0.3:8000", "http://10.0.0.5:8001",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ("--host 127.0.0.1", "127.0.0.1"),
        ("--host 0.0.0.0", "0.0.0.0"),
        ("--host 10.0.0.5", "auto"),
        ("--host $(hostname -I)", "auto"),
        ("--host '<your ip>'", "auto"),
        ("--host {{HOST_IP}}", "auto"),
        ("--nnodes 1", "auto"),
        ("--nnodes 1 --node-rank 0", "auto"),
        ("--dist-init-addr 127.0.0.1:5000", "127.0.0.1:5000"),
    ],
)
def test_what_follows_from_the_hosts(option: str, expected: str) -> None:
    """``auto`` only where it equals what the topology gives, or was never filled in."""
    options = server(f"{GO} --model-path /m {option}").options
    assert options[option.partition(" ")[0].removeprefix("--")] == expected
    assert ("node-rank" in options) == ("node-rank" in option)


def test_loopback_over_two_hosts_stays_and_can_be_reported() -> None:
    """``lo`` and 127.0.0.1 are what the script says, right or wrong."""
    text = (
        f"export HCCL_SOCKET_IFNAME=lo\nfor r in 0 1; do ssh h$r 'export HCCL_SOCKET_IFNAME=lo; {GO}' --host 127.0.0.1"
    )
    role = server(text + " --nnodes 2 --node-rank $r --dist-init-addr h0:5000; done")
    assert (role.options["host"], role.environment["HCCL_SOCKET_IFNAME"]) == ("127.0.0.1", "lo")
    assert role.options["dist-init-addr"] == "auto:5000"


def test_interfaces_that_differ_stand_with_their_hosts() -> None:
    """One setting, two values."""
    text = (
        f"if [ $(hostname) = a ]; then N=0; export HCCL_SOCKET_IFNAME=e1; else N=1; export HCCL_SOCKET_IFNAME=e2; fi\n"
        f"{GO} --nnodes 2 --node-rank $N --dist-init-addr a:5000"
    )
    selection = selected(text)
    assert selection.role("server").environment["HCCL_SOCKET_IFNAME"] == "auto"
    assert [(host.address, host.interface) for host in selection.hosts] == [("a", "e1"), ("", "e2")]


def test_an_interface_without_a_host_stays_literal() -> None:
    """On a single host of unknown address."""
    assert server(f"export GLOO_SOCKET_IFNAME=eth9\n{GO} --tp 8").environment["GLOO_SOCKET_IFNAME"] == "eth9"
    assert server(f"export GLOO_SOCKET_IFNAME='<nic>'\n{GO} --tp 8").environment["GLOO_SOCKET_IFNAME"] == "auto"


def test_an_address_variable_of_each_host_is_left_out() -> None:
    """It cannot be one setting for all of them."""
    text = 'for h in a b; do ssh $h "export HCCL_IF_IP=$h X=1; GO --nnodes 2 --dist-init-addr a:1"; done'
    found = imported(text.replace("GO", GO))
    assert dict(found.selection.role("server").environment) == {"X": "1"}
    assert "`HCCL_IF_IP` is the address of each host" in notes(found)


def test_scripts_that_belong_together() -> None:
    """Prefill, decode and router, one file each; notes name the file; addresses that only the router tells."""
    found = import_scripts(
        [
            ("p.sh", f"{GO} --model-path /m --disaggregation-mode prefill --port 8000 --tp-size 16"),
            ("d.sh", f"{GO} --model-path /m --disaggregation-mode decode --port 8001 --tp-size 16 --bad-flag"),
            ("r.sh", f"{ROUTE} --prefill http://10.0.0.1:8000 8998 --decode http://10.0.0.2:8001 --host 10.0.0.9"),
        ]
    )
    assert found.selection.hosts == (
        Host(address="10.0.0.1", role=RoleName.PREFILL),
        Host(address="10.0.0.2", role=RoleName.DECODE),
        Host(address="10.0.0.9", role=RoleName.ROUTER),
    )
    router = found.selection.role("router").options
    assert (router["prefill"], router["decode"], router["host"]) == ("auto", "auto", "auto")
    assert "d.sh:1: `--bad-flag` is not an option" in notes(found)
    (problem,) = found.problems
    assert (problem.role, problem.problem.kind, problem.name, problem.line) == (
        "decode",
        ProblemKind.UNKNOWN,
        "d.sh",
        1,
    )


def test_one_script_for_every_prefill_host() -> None:
    """The router knows how many there are."""
    found = import_scripts(
        [
            ("p.sh", f"{GO} --disaggregation-mode prefill --host $(hostname -i) --port 8000"),
            ("d.sh", f"{GO} --disaggregation-mode decode --host $(hostname -i) --port 8001"),
            ("r.sh", f"{ROUTE} --prefill http://a:8000 8998 --prefill http://b:8000 8998 --decode http://c:8001"),
        ]
    )
    assert found.selection.role("prefill").instances == 2
    assert "the router names 2 prefill servers" in notes(found)


def test_a_router_for_other_servers_keeps_them() -> None:
    """Where it names servers that no script starts."""
    found = imported(
        f"{GO} --disaggregation-mode prefill --host 10.0.0.1 --port 8000 &\n"
        f"{GO} --disaggregation-mode decode --host 10.0.0.2 --port 8001 &\n"
        f"{ROUTE} --prefill http://10.0.0.7:8000 8998 --decode http://10.0.0.2:8001"
    )
    router = found.selection.role("router").options
    assert (router["prefill"], router["decode"]) == (("http://10.0.0.7:8000", "8998"), "auto")
    assert "line 3: the router's `--prefill` is not the server of these scripts" in notes(found)


def test_a_role_that_a_variable_decides() -> None:
    """Both branches are processes; the one that is not named is the other role."""
    found = imported(
        "R=${R:-prefill}\nif [ $R = prefill ]; then X=normal; else X=low_latency; fi\n"
        f"{GO} --disaggregation-mode $R --deepep-mode $X --host $POD_IP"
    )
    modes = {name: role.options["deepep-mode"] for name, role in found.selection.roles.items()}
    assert modes == {"prefill": "normal", "decode": "low_latency"}
    assert "taken as decode" in notes(found)


def test_half_of_a_prefill_decode_launch_is_kept() -> None:
    """As one server, with the option that says what it is."""
    found = imported(f"{GO} --disaggregation-mode decode --tp-size 16")
    assert found.selection.scenario is Scenario.SINGLE
    assert found.selection.role("server").options["disaggregation-mode"] == "decode"
    assert "only the decode server was found" in notes(found)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("echo hello", "no launch was found in `x.sh`"),
        ("", "no launch was found in `x.sh`"),
        (f"{ROUTE} --prefill http://a:1", "`x.sh` starts a router but no server"),
    ],
)
def test_nothing_to_import(text: str, message: str) -> None:
    """Is an error with what was looked for and what to do."""
    with pytest.raises(ImportScriptError, match=message) as caught:
        imported(text)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("--model-path /m/x", "/m/x"),
        ("--model org/name", "org/name"),
        ("--model-path '/a b/$c'", "/a b/$c"),
        ("--model-path /path/to/model-weights", ""),
        ("--model-path '<path>'", ""),
        ("--model-path $MODEL", ""),
        ("--model-path ${MODEL_PATH:-/d/glm}", "/d/glm"),
        ('--model-path ""', ""),
    ],
)
def test_model_path(text: str, path: str) -> None:
    """It has its own place; a placeholder is "not filled in yet"."""
    selection = selected(f"{GO} {text} --tp-size 8")
    assert selection.model.path == path
    assert dict(selection.role("server").options) == {"tp-size": 8}


@pytest.mark.parametrize(
    ("path", "option", "name", "quantization"),
    [
        ("/m/GLM-5.2-w8a8", "", "GLM-5.2", "W8A8"),
        ("Eco-Tech/GLM-5.1-w4a8", "", "GLM-5.1", "W4A8"),
        ("/m/glm5.1_bf16/", "", "GLM-5.1", "BF16"),
        ("/m/other", "--quantization w8a8_int8", "GLM-5.2", "W8A8"),
        ("/m/other", "--quantization modelslim", "GLM-5.2", ""),
    ],
)
def test_model_and_quantization(path: str, option: str, name: str, quantization: str) -> None:
    """By the path, else by the option where that is evident."""
    model = selected(f"{GO} --model-path {path} {option}").model
    assert (model.name, model.quantization) == (name, quantization)


IMAGE = "docker run --rm"


@pytest.mark.parametrize(
    ("text", "given", "series"),
    [
        (f"{GO} --tp-size 16", None, Series.A3),
        (f"{GO} --tp-size 8", None, Series.A2),
        (f"{GO} --tp-size 8", "A3", Series.A3),
        (f"{GO} --tp-size 16", "A2", Series.A3),
        (f"{GO} --tp-size 32 --nnodes 2 --dist-init-addr a:1", None, Series.A3),
        (f"{GO} --tp-size 4 --pp-size 4", None, Series.A3),
        (f"{GO} --tp-size 4", None, Series.A3),
        (f"{IMAGE} quay.io/ascend/sglang:v0.5.14-cann9.0.0-910b {GO} --tp 4", None, Series.A2),
        (f"{IMAGE} quay.io/ascend/sglang:cann9.0.0-a3-v0.5.16 {GO} --tp 8", "A2", Series.A3),
        (f"{IMAGE} --device=/dev/davinci{{0..7}} my/sglang {GO} --tp 4", None, Series.A2),
    ],
)
def test_series(text: str, given: str | None, series: Series) -> None:
    """What proves it wins over what was asked, which wins over what is likely."""
    assert import_scripts([("x", text)], series=given).selection.series is series


@pytest.mark.parametrize(
    ("text", "release"),
    [
        (f"{IMAGE} quay.io/ascend/sglang:v0.5.14-cann9.0.0-910b {GO} --tp 8", "0.5.14"),
        (f"{IMAGE} quay.io/ascend/sglang:cann9.0.0-a3-v0.5.16 {GO} --tp 8", "0.5.16"),
        (f"{GO} --cuda-graph-bs 8", "0.5.16"),
        (f"{GO} --tp-size 8", "0.5.23"),
        (f"{GO} --tp-size 8 --no-such-option", "0.5.23"),
    ],
)
def test_release(text: str, release: str) -> None:
    """By the image's tag, else the newest known one that takes all options."""
    assert selected(text).release == release
    assert selected(text, release="0.5.13.post1").release == "0.5.13.post1"


def test_container_runtime() -> None:
    """Image and shared memory of the script; without a container the processes run on the host."""
    runtime = selected(f"{IMAGE} --shm-size=64g --name n repo/sglang:a3 {GO} --tp-size 8").runtime
    assert (runtime.kind, runtime.image, runtime.shm_size) == (RuntimeKind.CONTAINER, "repo/sglang:a3", "64g")
    assert selected(f"{GO} --tp-size 8").runtime.kind is RuntimeKind.HOST


def test_secrets_are_not_kept() -> None:
    """Neither in options nor in variables nor in notes; a reference to a variable keeps its name."""
    found = imported(f'export HF_TOKEN=hf_abc\n{GO} --api-key sk-123 --admin-api-key "$MY_KEY"')
    role = found.selection.role("server")
    assert (role.options["api-key"], role.options["admin-api-key"]) == ("env:API_KEY", "env:MY_KEY")
    assert role.environment["HF_TOKEN"] == "env:HF_TOKEN"
    assert "the value of `--api-key` is a secret" in notes(found)
    assert not any(secret in f"{found}" for secret in ("sk-123", "hf_abc"))


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (f"{GO} --tp 8 --tp-size 16", "line 1: `--tp-size` is given twice (`8`, then `16`)"),
        (f"{GO} --tpsize 8", "`--tpsize` is not an option of sglang.launch_server 0.5.23; kept as it is (did you mean"),
        (f"{GO} --config c.yaml", "the options in the file behind `--config` are not read"),
        (f"{GO} --tp 8 &\n{GO} --tp 4", "line 2: one server is imported"),
        (f"export LD_LIBRARY_PATH=/x:$LD_LIBRARY_PATH\n{GO} --tp 8", "`LD_LIBRARY_PATH` extends the value"),
        (f"{GO} --served-model-name $NAME", "the value of `--served-model-name` is only known when the script runs"),
        (
            f"for r in 0 1; do ssh h$r {GO} --nnodes 2 --node-rank $r --port 800$r --dist-init-addr h0:1; done",
            "`--port` differs between servers (`8000` was kept, not `8001`)",
        ),
        (f"{GO} --tp 8 \\\n #x\n --port 1", "line 3: `--port` is not given to the server"),
    ],
)  # fmt: skip
def test_what_is_left_out_or_guessed_is_noted(text: str, note: str) -> None:
    """With the line where there is one."""
    assert note in notes(imported(text))


def test_a_bare_command_line() -> None:
    """Words that are split already, variables in front of them or beside them; exactly these words."""
    found = import_command(
        [
            "A=1",
            "B=x y",
            "python3",
            "-m",
            "sglang.launch_server",
            "--model-path",
            "/a b/$c",
            "--served-model-name",
            "x'y",
        ],
        environment={"C": "3"},
    )
    role = found.selection.role("server")
    assert dict(role.environment) == {"C": "3", "A": "1", "B": "x y"}
    assert (found.selection.model.path, role.options["served-model-name"]) == ("/a b/$c", "x'y")
    assert all(note.line == 0 for note in found.notes)


def test_a_command_line_in_a_container_or_on_another_host() -> None:
    """As with a script."""
    run = ["docker", "run", "-e", "A=1", "repo/sglang:a3", "python3", "-m", "sglang.launch_server", "--tp", "8"]
    assert import_command(run).selection.runtime.image == "repo/sglang:a3"
    away = ["ssh", "h1", "python3", "-m", "sglang.launch_server", "--tp", "8"]
    assert import_command(away).selection.hosts[0].address == "h1"


HEADER = """# glm-wizard: preset = -
# glm-wizard: scenario = single
# glm-wizard: series = A2
# glm-wizard: release = 0.5.14
# glm-wizard: model = GLM-5.1
# glm-wizard: quantization = W4A8
# glm-wizard: runtime = container
"""


def test_a_header_of_ours_overrides_what_would_be_inferred() -> None:
    """Series, release, model, quantisation and runtime are taken from it."""
    selection = selected(f"{HEADER}{GO} --model-path /m/GLM-5.2-w8a8 --tp-size 16")
    assert (selection.series, selection.release) == (Series.A2, "0.5.14")
    assert (selection.model.name, selection.model.quantization) == ("GLM-5.1", "W4A8")
    assert (selection.runtime.kind, selection.preset) == (RuntimeKind.CONTAINER, "")

"""What a script starts, on which way, with which variables; fragments as they are found in the field."""

from collections.abc import Sequence

import pytest

from wizard.importing.reader import read_script
from wizard.importing.script import Script

GO = "python3 -m sglang.launch_server"


def starts(text: str) -> list[str]:
    """The argument words of every launch, joined."""
    return [" ".join(command.arguments) for command in read_script("", text).commands]


def messages(script: Script) -> str:
    return "\n".join(str(note) for note in script.notes)


@pytest.mark.parametrize(
    "line",
    [
        f"{GO} --tp 1",
        f"nohup {GO} --tp 1 > log 2>&1 &",
        f"exec {GO} --tp 1",
        f"sudo -E {GO} --tp 1",
        f"env A=1 {GO} --tp 1",
        f"A=1 B=2 {GO} --tp 1",
        f"numactl --interleave=all {GO} --tp 1",
        f"{GO} --tp 1 2>&1 | tee server.log",
        f"( {GO} --tp 1 ) &",
        f"{{ {GO} --tp 1; }}",
        f"PID=$(nohup {GO} --tp 1 & echo $!)",
        "python -u -m sglang.launch_server --tp 1",
        "/usr/bin/python3.11 -m sglang.launch_server --tp 1",
        "$PYTHON -m sglang.launch_server --tp 1",
        "python3 /sgl/python/sglang/launch_server.py --tp 1",
        "sglang serve --tp 1",
        f'bash -c "{GO} --tp 1"',
        f"bash -lc '{GO} --tp 1'",
        f'CMD="{GO} --tp 1"; eval $CMD',
        f'CMD="{GO} --tp 1"; eval "$CMD"',
        f'CMD="{GO} --tp 1"; $CMD',
        f'CMD=({GO} --tp 1); "${{CMD[@]}}"',
        f'tmux new-session -d -s x "{GO} --tp 1"',
        f'screen -dmS x bash -c "{GO} --tp 1; exec bash"',
        f'ssh -p 22 root@h "cd /x && {GO} --tp 1"',
        f"ssh h {GO} --tp 1",
        f"docker run --rm -it --name n -v /a:/a img:tag {GO} --tp 1",
        f'docker run --rm img:tag bash -c "{GO} --tp 1"',
        f"docker exec -d n bash -c '{GO} --tp 1'",
        f"cat > run.sh <<'EOF'\n{GO} --tp 1\nEOF\nbash run.sh",
        f"bash <<EOF\n{GO} --tp 1\nEOF",
        f"alias go='{GO}'\ngo --tp 1",
        f"f() {{ {GO} --tp $1; }}\nf 1",
        f"function f {{ {GO} --tp 1; }}",
        f'f() {{ {GO} --tp 1; }}\n"$@"',
        f"if [ -f x ]; then {GO} --tp 1; fi",
        f"[ -d /x ] && {GO} --tp 1",
        f"docker start n || {GO} --tp 1",
        f"while true; do {GO} --tp 1; sleep 5; done",
        f"case $1 in a) {GO} --tp 1;; esac",
        f"until curl -s h; do sleep 1; done\n{GO} --tp 1",
        f"set -- a\n{GO} --tp ${{#}}",
        f"for ((i=1; i<2; i++)); do {GO} --tp $i; done",
        f"for i in $(seq 1 1); do {GO} --tp $i; done",
    ],
)
def test_a_launch_is_found(line: str) -> None:
    """However it is wrapped."""
    assert starts(line) == ["--tp 1"]


@pytest.mark.parametrize(
    "line",
    [
        f"# {GO} --tp 1",
        f"echo {GO} --tp 1",
        f'echo "{GO} --tp 1"',
        f'pkill -f "{GO}"',
        "ps aux | grep sglang.launch_server | awk '{print $2}' | xargs kill",
        "python3 -m sglang.bench_serving --backend sglang",
        f"if false; then {GO}; fi",
        f"exit 0\n{GO}",
    ],
)
def test_no_launch_is_invented(line: str) -> None:
    """Words that only speak of one, and lines that are never reached."""
    assert starts(line) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("P=(a b)\nfor i in ${!P[@]}; do GO --x $i --y ${P[$i]}; done", ["--x 0 --y a", "--x 1 --y b"]),
        ("for h in a b; do for p in 1 2; do GO $h $p & done; done", ["a 1", "a 2", "b 1", "b 2"]),
        ("A=(--x 1); A+=(--y); GO \"${A[@]}\"", ["--x 1 --y"]),
        ("O='--x 1'; O=\"$O --y\"; O+=' --z'; GO $O", ["--x 1 --y --z"]),
        ("F=1; if [ $F -eq 1 ]; then O=--x; else O=--y; fi; GO $O", ["--x"]),
        ("if [ \"${F:-1}\" = 1 ]; then O=--x; else O=--y; fi; GO $O", ["--x"]),
        ("if [ -n \"$F\" ]; then O=--x; fi; GO $O --y", ["<O> --y"]),
        ("M=$1; if [ -z \"$M\" ]; then exit 1; fi; GO --model-path $M", ["--model-path <1>"]),
        ("case $R in p) GO --a;; d|e) GO --b;; *) exit 1;; esac", ["--a", "--b"]),
        ("case $R in p) X=--a;; esac; GO --mode $R", ["--mode <R>"]),
        ("R=${R:-p}; if [ $R = p ]; then GO --a $R; else GO --b $R; fi", ["--a p", "--b <R>"]),
        ("f() { local x=$1; shift; GO --x $x \"$@\"; }; x=9; f 1 --k 'v w'; GO --x $x", ["--x 1 --k v w", "--x 9"]),
        ("P=1; while [ $# -gt 0 ]; do case $1 in --port) P=$2; shift 2;; esac; done; GO --port $P", ["--port 1"]),
        ("GO --a \"$@\"", ["--a"]),
        ("i=0; while [ $i -lt 3 ]; do GO --p $i; let i++; done", ["--p 0"]),
    ],
)  # fmt: skip
def test_the_way_through(text: str, expected: Sequence[str]) -> None:
    """Known conditions are followed; defaults are taken; both sides of an open one are seen; loops are unrolled."""
    assert starts(text.replace("GO", GO)) == expected


HOSTS = "IPS=(10.0.0.1 10.0.0.2)\n"
LOOP = "for i in ${!IPS[@]}; do\nif TEST; then\nGO --node-rank $i\nbreak\nfi\ndone\n"


@pytest.mark.parametrize(
    "condition",
    [
        '[[ "$L" == "${IPS[$i]}" ]]',
        '[ "$L" = "${IPS[$i]}" ]',
        '[[ "$L" == "${IPS[$i]}" || "$(hostname -i)" == "${IPS[$i]}" ]]',
        '[[ " $(hostname -I) " == *" ${IPS[$i]} "* ]]',
        "[[ $(hostname -I) =~ ${IPS[$i]} ]]",
        'hostname -I | grep -qw "${IPS[$i]}"',
        'ip addr | grep -q "${IPS[$i]}/"',
    ],
)
def test_this_host(condition: str) -> None:
    """A comparison with an address of the machine makes the body one process for that host."""
    text = "L=`hostname -I|awk '{print $1}'`\n" + HOSTS + LOOP.replace("TEST", condition).replace("GO", GO)
    commands = read_script("", text).commands
    assert [(command.address.rstrip("/"), command.arguments[1]) for command in commands] == [
        ("10.0.0.1", "0"),
        ("10.0.0.2", "1"),
    ]


def test_what_one_host_exports_does_not_reach_another() -> None:
    """In a script for several hosts each has its own variables."""
    text = (
        "P=10.0.0.1; D=10.0.0.2; L=$(hostname -I)\nexport A=1\n"
        f"if [ $L == $P ]; then export B=2; {GO} --p; fi\nif [ $L == $D ]; then export C=3; {GO} --d; fi"
    )
    environments = [dict(command.environment) for command in read_script("", text).commands]
    assert environments == [{"A": "1", "B": "2"}, {"A": "1", "C": "3"}]


def test_a_rank_that_is_found_first() -> None:
    """A loop that finds the rank, and one launch behind it: a launch for each host and none for strangers."""
    text = HOSTS + "for i in ${!IPS[@]}; do if [[ $(hostname -I) == *${IPS[$i]}* ]]; then R=$i; fi; done\n"
    commands = read_script("", text + f"{GO} --node-rank $R").commands
    assert [(command.address, command.arguments[1]) for command in commands] == [("10.0.0.1", "0"), ("10.0.0.2", "1")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("export A=1 B='x y'; C=3; GO", {"A": "1", "B": "x y"}),
        ("A=1; export A; A=2; GO", {"A": "2"}),
        ("declare -x A=1; typeset -gx B=2; GO", {"A": "1", "B": "2"}),
        ("export A=1; unset A; GO", {}),
        ("export A=1; export -n A; GO", {}),
        ("export A=1; A=2 B=3 GO", {"A": "2", "B": "3"}),
        ("env A=1 B=2 GO", {"A": "1", "B": "2"}),
        ("export A=1; env -u A GO", {}),
        ("(export A=1); GO", {}),
        ("f() { export A=1; }; f; GO", {"A": "1"}),
        ("f() { GO; }; A=1 f", {"A": "1"}),
        ("export A=1; ssh h 'export B=2; GO'", {"B": "2"}),
        ("export A=1; docker run -e A -e B=2 -e C img GO", {"A": "1", "B": "2", "C": "<C>"}),
        ("docker run -e A=1 img bash -c 'export B=2; GO'", {"A": "1", "B": "2"}),
        ("export A=1; bash -c 'export B=2; GO'", {"A": "1", "B": "2"}),
        ("T=4; cat > x <<EOF\nexport A=$T B=\\$HOME\nGO\nEOF", {"A": "4", "B": "<HOME>"}),
        ("cat > x <<'EOF'\nexport A=$T\nGO\nEOF", {"A": "<T>"}),
    ],
)
def test_environment(text: str, expected: dict[str, str]) -> None:
    """What the script exports for the launch, in order, and nothing else."""
    (command,) = read_script("", text.replace("GO", GO)).commands
    assert list(command.environment.items()) == list(expected.items())


def test_preparation() -> None:
    """Tuning, sourced scripts and unset variables, however they are written."""
    script = read_script(
        "",
        "echo performance | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor\n"
        "sysctl -w vm.swappiness=0 kernel.numa_balancing=0\necho 5 > /proc/sys/kernel/x\n"
        "unset https_proxy http_proxy; X=1; unset X\nsource /opt/a/set_env.sh; . /opt/b.sh; source ~/.bashrc\n" + GO,
    )
    assert script.scaling_governor == "performance"
    assert dict(script.sysctl) == {"vm.swappiness": "0", "kernel.numa_balancing": "0", "kernel.x": "5"}
    (command,) = script.commands
    assert command.unset == ("https_proxy", "http_proxy")
    assert command.sourced == ("/opt/a/set_env.sh", "/opt/b.sh")
    assert "`~/.bashrc` is sourced" in messages(script)


def test_container() -> None:
    """The image, its name, mounts and devices; a later ``docker exec`` runs in it."""
    (command,) = read_script(
        "",
        "I=repo/sglang:tag\ndocker run -itd --name glm --privileged=true --net host --shm-size=32g \\\n"
        " --device /dev/davinci0 --device=/dev/davinci1 -v /m:/m $I bash\n"
        f"docker exec -it glm {GO} --tp 2",
    ).commands
    assert command.container is not None
    assert (command.container.image, command.container.name) == ("repo/sglang:tag", "glm")
    assert command.container.devices == ("/dev/davinci0", "/dev/davinci1")
    assert (command.container.mounts, command.container.shm_size) == (("/m:/m",), "32g")


def test_a_comment_inside_a_continued_command_ends_it() -> None:
    """As in bash: the options behind it are not given to the server, which is told with the line."""
    script = read_script("", f"{GO} --tp 1 \\\n # --a \\\n --port 8000 --host x\n")
    assert [command.arguments for command in script.commands] == [("--tp", "1")]
    assert "line 3: `--port --host` is not given to the server" in messages(script)


def test_a_blank_behind_a_backslash_ends_it_too() -> None:
    """The blank becomes a word of its own, and the next line a command of its own."""
    script = read_script("", f"{GO} --tp 1 \\ \n --port 8000\n")
    assert [command.arguments for command in script.commands] == [("--tp", "1", " ")]
    assert "line 2: `--port` is not given to the server" in messages(script)


def test_lines_are_those_of_the_file() -> None:
    """Of the command and of each option, also behind comments, here-documents and continuations."""
    (command,) = read_script("", f"#\ncat <<E\nx\nE\nX='a\nb'\n{GO} \\\n --a 1 \\\n --b\n").commands
    assert (command.line, command.lines) == (7, (8, 8, 9))


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("if x; then\n", "`fi` is missing here"),
        ("done\n", "`done` belongs to nothing"),
        ("echo 'a\n", "is never closed"),
        ("f() { f; }; f", "`f` calls itself"),
        ("for ((;;)); do X=1; done", "not known"),
        ("for i in {1..999}; do :; done", "the first 300 were followed"),
        (f"taskset -c 0-7 {GO}", "started through `taskset -c 0-7`"),
        (f"export B\n{GO}", "`B` is exported with a value that the script does not set"),
        ("# glm-wizard: colour = red\n", "`colour` is not a known key"),
    ],
)
def test_what_is_not_understood_is_named(text: str, note: str) -> None:
    """With its line, and without giving up."""
    assert note in messages(read_script("", text))

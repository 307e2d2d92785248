"""Defects that published launch scripts really have are found with their line; a good script is clean."""

import json
import re
from pathlib import Path

import pytest

from wizard import cli, importing, lint
from wizard.check.codes import CODES
from wizard.model.finding import Finding, Severity

SHARED = Path(__file__).parents[2].parent / "shared" / "reference" / "tutorial"
SERVER = """\
#!/bin/bash
export HCCL_SOCKET_IFNAME=enp1s0
export GLOO_SOCKET_IFNAME=enp1s0
docker run --rm --net=host --device /dev/davinci0 --device /dev/davinci7 \\
  --device /dev/davinci_manager --device /dev/devmm_svm --device /dev/hisi_hdc \\
  -v /usr/local/Ascend/driver:/usr/local/Ascend/driver quay.io/ascend/sglang:v0.5.14-cann9.0.0-910b npu-smi info
python3 -m sglang.launch_server \\
  --model-path /models/GLM-5.2-w8a8 --quantization modelslim \\
  --tp-size 16 --nnodes 2 --node-rank 0 --dist-init-addr 10.0.0.1:5000 \\
  --host 10.0.0.1 --port 8000 \\
  --speculative-algorithm NEXTN --speculative-draft-model-quantization unquant \\
  --speculative-num-steps 3 --speculative-eagle-topk 1 --speculative-num-draft-tokens 4
"""
PAIR = """\
export ASCEND_MF_STORE_URL=tcp://10.0.0.1:24707
python3 -m sglang.launch_server --model-path /m --disaggregation-mode prefill --host 10.0.0.1 --port 8000 \\
  --disaggregation-bootstrap-port 8998 --disaggregation-transfer-backend ascend --served-model-name glm \\
  --page-size 128 --tp-size 16
python3 -m sglang.launch_server --model-path /m --disaggregation-mode decode --host 10.0.0.2 --port 8003 \\
  --disaggregation-transfer-backend ascend --served-model-name glm --page-size 128 --tp-size 16
python3 -m sglang_router.launch_router --pd-disaggregation --prefill http://10.0.0.1:8000 8998 \\
  --decode http://10.0.0.2:8003 --port 6688
"""


def linted(*texts: str, series: str | None = None) -> tuple[Finding, ...]:
    files = [(f"{number}.sh", text) for number, text in enumerate(texts)]
    return lint.findings(files, importing.import_scripts(files, series=series).selection)


@pytest.mark.parametrize("text", [SERVER, PAIR])
def test_a_good_script_is_clean(text: str) -> None:
    assert linted(text, series="A2") == ()


SINGLE_DEFECTS = [
    ("script.devices", "--device /dev/davinci7", "--device /dev/davinci8", 4),
    ("script.devices", "--device /dev/davinci7", "--device /dev/davinci15", 4),
    ("script.device-missing", "--device /dev/devmm_svm ", "", 4),
    ("script.device-missing", "--device /dev/davinci_manager ", "", 4),
    ("script.driver-mount", "  -v /usr/local/Ascend/driver:/usr/local/Ascend/driver ", "  ", 4),
    ("script.quantization", " --quantization modelslim", "", 8),
    ("script.draft-quantization", " --speculative-draft-model-quantization unquant", "", 11),
    ("script.loopback-host", "--host 10.0.0.1", "--host 127.0.0.1", 10),
    ("script.loopback-interface", "=enp1s0", "=lo", 7),
    ("script.option-twice", "--port 8000", "--port 8000 --tp-size 8", 10),
    ("script.dangling-backslash", "--num-draft-tokens 4\n", "--num-draft-tokens 4 \\\n\n", 12),
    ("script.dangling-backslash", "  --host 10.0.0.1", "#  --attn-cp-size 2 \\\n  --host 10.0.0.1", 9),
    ("script.backslash-blank", "--port 8000 \\\n", "--port 8000 \\ \n", 10),
    ("script.typographic", "--port 8000", "\u2013-port 8000", 10),
    ("script.placeholder", "#!/bin/bash\n", "#!/bin/bash\nIP='<your node1 ip>'\n", 2),
    ("security.secret-in-script", "#!/bin/bash\n", "#!/bin/bash\nexport API_KEY=sk-verysecret\n", 2),
    ("script.exit", "--speculative-num-draft-tokens 4\n", "--speculative-num-draft-tokens 4\nexit 1\n", 13),
]


@pytest.mark.parametrize(("code", "before", "after", "line"), SINGLE_DEFECTS)
def test_each_defect_is_found_with_its_line(code: str, before: str, after: str, line: int) -> None:
    before = before.replace("--num-draft", "--speculative-num-draft")
    after = after.replace("--num-draft", "--speculative-num-draft")
    assert before in SERVER
    found = linted(SERVER.replace(before, after), series="A2")
    assert (code, f"0.sh:{line}") in {(item.code, item.where) for item in found}, found
    assert all(item.message and item.hint and item.source for item in found)
    assert "sk-verysecret" not in repr(found)


def test_carriage_returns_are_named() -> None:
    (found,) = [item for item in linted(SERVER.replace("\n", "\r\n"), series="A2") if item.code == "script.line-ends"]
    assert (found.severity, found.where) == (Severity.ERROR, "0.sh:1")


BACKEND = "--disaggregation-transfer-backend"
PAIR_DEFECTS = [
    ("script.roles-differ", BACKEND[2:], f"{BACKEND} ascend", f"{BACKEND} mooncake", 1),
    ("script.roles-differ", "page-size", "--page-size 128", "--page-size 64", 1),
    ("script.roles-differ", "served-model-name", "--served-model-name glm", "--served-model-name glm-5", 1),
    ("script.roles-differ", "model-path", "--model-path /m", "--model-path /n", 1),
    ("script.roles-differ", "kv-cache-dtype", "--page-size 128", "--page-size 128 --kv-cache-dtype fp8_e4m3", 1),
    ("script.router-url", "prefill", "http://10.0.0.1:8000", "http://10.0.0.1:8001", 0),
    ("script.router-url", "decode", "http://10.0.0.2:8003", "http://10.0.0.2:8000", 0),
    ("script.router-bootstrap", "prefill", "8000 8998", "8000 8999", 0),
]


@pytest.mark.parametrize(("code", "option", "before", "after", "place"), PAIR_DEFECTS)
def test_roles_that_contradict_each_other_are_found(
    code: str, option: str, before: str, after: str, place: int
) -> None:
    """One field changed at one place; the finding names the option and both values."""
    parts = PAIR.split(before)
    changed = before.join(parts[: place + 1]) + after + before.join(parts[place + 1 :])
    (found,) = linted(changed)
    assert (found.code, found.options[0], found.severity) == (code, option, Severity.ERROR)
    assert found.where.startswith("0.sh:")


def test_a_store_that_differs_between_files_is_found() -> None:
    prefill, decode = PAIR.split("python3 -m sglang.launch_server")[1:]
    command = "python3 -m sglang.launch_server"
    one = f"export ASCEND_MF_STORE_URL=tcp://10.0.0.1:24707\n{command}{prefill}"
    other = f"export ASCEND_MF_STORE_URL=tcp://10.0.0.2:24707\n{command}{decode}"
    (found,) = linted(one, other)
    assert found.code == "script.roles-differ"
    assert "tcp://10.0.0.1:24707" in found.message
    assert "tcp://10.0.0.2:24707" in found.message


@pytest.mark.skipif(not SHARED.is_dir(), reason="the tutorial's own scripts are not here")
@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("a2-single.sh", {"script.draft-quantization"}),
        ("a3-single.sh", set()),
        (
            "a3-multi.sh",
            {"script.placeholder", "script.loopback-host", "script.loopback-interface", "script.quantization"},
        ),
        ("a3-pd.sh", {"script.placeholder", "script.loopback-interface", "script.exit"}),
    ],
)
def test_the_defects_of_the_published_scripts(name: str, codes: set[str]) -> None:
    """What the pages themselves get wrong, and nothing else."""
    found = linted((SHARED / name).read_text(encoding="utf-8"))
    assert {item.code for item in found} <= codes
    assert codes - {item.code for item in found} <= {"script.draft-quantization", "script.quantization"}


def test_every_code_can_be_looked_up() -> None:
    """Each code in the sources has an entry, and each entry is used."""
    sources = Path(str(lint.__file__)).parent.glob("*.py")
    used = {
        code
        for path in sources
        for code in re.findall(r'"((?:script|security)\.[a-z-]+)"', path.read_text(encoding="utf-8"))
    }
    assert used == {code for code in CODES if code.startswith("script.") or code.endswith("-in-script")}


def test_a_checked_import_tells_the_defects_with_their_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "old.sh"
    script.write_text(SERVER.replace("=enp1s0", "=lo"), encoding="utf-8")
    assert cli.main(["--check", "--import", str(script), "--series", "A2", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)["findings"]
    assert ("script.loopback-interface", f"{script}:7") in {(item["code"], item.get("where")) for item in found}

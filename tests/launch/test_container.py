"""The container runtime with a stand-in engine: pulled, run by the unchanged script, stopped, told apart."""

import os
import signal

import pytest

from tests.launch.cluster import Cluster, Launched, command, order, program, stopped
from tests.launch.test_words import ran, said, wizard
from wizard.errors import LaunchError
from wizard.launch import live, runs
from wizard.model.run import State

pytestmark = [pytest.mark.ssh, pytest.mark.slow]

ENGINE = r"""
store="$STUB_FOLDER/engine"; mkdir -p "$store"
case "$1 $2" in
"image inspect")
  [ -e "$store/image" ] || exit 1
  [ "$3" = --format ] && echo sha256:0123456789abcdef
  exit 0 ;;
"pull "*)
  echo "cann9.0.0: Pulling from lmsysorg/sglang"
  while [ -e "$STUB_FOLDER/hold-pull" ]; do sleep 0.05; done
  echo "Status: Downloaded newer image"; touch "$store/image"; exit 0 ;;
"container inspect")
  for name; do :; done
  [ -e "$store/$name" ] || exit 1
  read -r pid source <"$store/$name"
  if kill -0 "$pid" 2>/dev/null; then state=running; else state=exited; fi
  case "$4" in
    *Status*) echo "$state $pid deadbeef sha256:0123456789abcdef $source" ;;
    *Running*) [ $state = running ] && echo true || echo false ;;
    *) echo "$source" ;;
  esac
  exit 0 ;;
esac
case "$1" in
rm) for name; do :; done; rm -f "$store/$name"; exit 0 ;;
kill)
  for name; do :; done
  read -r pid _ <"$store/$name"
  [ "$2" = --signal ] && kill -s "$3" "$pid" || kill -9 "$pid"
  exit 0 ;;
run)
  while [ $# -gt 0 ]; do
    case "$1" in
      --name) name="$2" ;;
      --mount) case "$2" in *target=/glm-wizard/launch.sh*) source="${2#*source=}"; source="${source%%\"*}" ;; esac ;;
      --env) case "$2" in *=*) export "${2?}" ;; esac ;;
    esac
    last="$1"; shift
  done
  setsid bash "$source" "$last" & server=$!
  echo "$server $source" >"$store/$name"
  trap 'kill -TERM $server' TERM
  wait "$server"; code=$?
  while kill -0 "$server" 2>/dev/null; do wait "$server"; code=$?; done
  rm -f "$store/$name"
  exit "$code" ;;
esac
"""


def contained(cluster: Cluster, *edits: str) -> Launched:
    weights = cluster.folder / "weights"
    weights.mkdir(exist_ok=True)
    asked = order(cluster, "a3-single", "runtime container", f"model-path {weights}", *edits)
    return Launched(asked)


def test_an_image_is_pulled_run_stopped_and_its_container_taken_away(cluster: Cluster) -> None:
    """Progress is told, the id is recorded; the foreground client passes the signal on; nothing is left."""
    address = cluster.boot(0)
    program(cluster.tools(address) / "docker", ENGINE)
    launched = contained(cluster)
    run = launched.done()
    assert run.state is State.READY, launched.told()
    assert "Pulling from lmsysorg/sglang" in launched.told()
    assert run.facts[address]["image"] == "sha256:0123456789abcdef"
    assert run.times[address].keys() == {"copy", "image"}
    assert run.processes[0].container == "glm-wizard-server"
    assert live.live(run).state is State.READY
    after, told = stopped(run)
    assert after.state is State.STOPPED, told
    assert not (cluster.faults / "engine" / "glm-wizard-server").exists()


def test_a_wizard_killed_while_the_image_is_pulled_is_gone_on_with(cluster: Cluster) -> None:
    """The next launch of the same plan pulls again, in the same run."""
    address = cluster.boot(0)
    program(cluster.tools(address) / "docker", ENGINE)
    (cluster.folder / "weights").mkdir()
    hold = cluster.faults / "hold-pull"
    hold.touch()
    words = command(cluster, "a3-single", "runtime container", f"model-path {cluster.folder / 'weights'}")
    with wizard(words) as process:
        said(process, "Pulling from")
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    (name,) = (run.name for run in runs.load_all())
    hold.unlink()
    again = ran(*words[3:])
    assert again.returncode == 0, again.stderr
    assert [(run.name, run.state) for run in runs.load_all()] == [(name, State.READY)]
    after, told = stopped(runs.find(name))
    assert after.state is State.STOPPED, told


def test_a_container_of_that_name_that_is_not_ours_is_refused(cluster: Cluster) -> None:
    """A running one of somebody else is left alone."""
    address = cluster.boot(0)
    program(cluster.tools(address) / "docker", ENGINE)
    store = cluster.faults / "engine"
    store.mkdir()
    (store / "glm-wizard-server").write_text("1 /elsewhere/launch.sh\n", encoding="utf-8")
    with pytest.raises(LaunchError, match="is not of this run") as refused:
        contained(cluster).done()
    assert "docker stop glm-wizard-server" in (refused.value.hint or "")
    assert (store / "glm-wizard-server").exists()


def test_a_container_that_outlived_its_client_is_stopped(cluster: Cluster) -> None:
    """The client was killed: the run still knows its container by the script that it runs."""
    address = cluster.boot(0)
    program(cluster.tools(address) / "docker", ENGINE)
    run = contained(cluster).done()
    identity = run.processes[0].identity
    assert identity is not None
    os.kill(identity.pid, 9)
    now = live.live(run)
    assert "still runs" in now.processes[0].detail
    after, told = stopped(run)
    assert after.state is State.STOPPED, told

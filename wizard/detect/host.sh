# The host around the devices: what a launch depends on.
{
  printf 'hostname=%s\n' "$(uname -n)"
  printf 'architecture=%s\n' "$(uname -m)"
  printf 'kernel=%s\n' "$(uname -r)"
  printf 'uid=%s\n' "$(id -u)"
  printf 'groups=%s\n' "$(id -Gn 2>/dev/null)"
  printf 'bash=%s\n' "$(command -v bash)"
  printf 'cpus=%s\n' "$(getconf _NPROCESSORS_ONLN 2>/dev/null || nproc 2>/dev/null)"
  printf 'ssh_to=%s\n' "$(printf '%s\n' "${SSH_CONNECTION:-}" | cut -d' ' -f3)"
  printf 'clock=%s\n' "$(date +%s.%N)"
  printf 'locked_memory=%s\n' "$(ulimit -l 2>/dev/null)"
  printf 'open_files=%s\n' "$(ulimit -n 2>/dev/null)"
} | text system
[ -r /etc/os-release ] && text os-release </etc/os-release
{
  [ -e /.dockerenv ] && printf 'docker\n'
  [ -e /run/.containerenv ] && printf 'podman\n'
  [ -n "${KUBERNETES_SERVICE_HOST:-}" ] && printf 'kubernetes\n'
  [ -n "${container:-}" ] && printf '%s\n' "$container"
  sed -n 's/.*\(docker\|kubepods\|containerd\|libpod\|lxc\).*/\1/p' /proc/1/cgroup 2>/dev/null | head -n 1
} | text container
{ grep -E '^(MemTotal|MemAvailable|HugePages_Total|Hugepagesize):' /proc/meminfo; } 2>/dev/null | text memory
section shm "$short_s" df -Pk /dev/shm
{ cat /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor 2>/dev/null | sort -u; } | text governors
[ -d "${HOME:-}" ] && section home-disk "$short_s" df -Pk "$HOME"
for path in /usr/local/sbin /usr/local/bin/npu-smi /usr/local/dcmi /usr/local/Ascend/driver /usr/local/Ascend/firmware \
  /usr/local/Ascend/ascend-toolkit/set_env.sh /usr/local/Ascend/nnal/atb/set_env.sh /usr/local/Ascend/cann/set_env.sh \
  /etc/ascend_install.info /etc/hccn.conf /var/queue_schedule; do
  kind=absent
  [ -e "$path" ] && kind=file
  [ -d "$path" ] && kind=folder
  printf '%s %s\n' "$kind" "$path"
done | text paths
for name in vm/swappiness kernel/numa_balancing kernel/sched_migration_cost_ns net/ipv4/ip_local_reserved_ports \
  net/ipv4/ip_local_port_range; do
  [ -r "/proc/sys/$name" ] && printf '%s=%s\n' "$name" "$(cat "/proc/sys/$name")"
done | text sysctls
env | sed -n 's/^\(https\{0,1\}_proxy\|HTTPS\{0,1\}_PROXY\|all_proxy\|ALL_PROXY\|no_proxy\|NO_PROXY\)=..*/\1/p' | sort |
  text proxies
for card in /sys/class/net/*; do
  [ -e "$card" ] || continue
  printf '%s %s %s\n' "${card##*/}" "$(cat "$card/operstate" 2>/dev/null)" "$(cat "$card/speed" 2>/dev/null || echo -)"
done | text interfaces
have ip && section addresses "$short_s" ip -o addr show
{ sed -n '2,$p' /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk '$4 == "0A" { print $2 }'; } | text listening
have ss && section port-owners "$short_s" ss -Hltnp
{ grep -l -a 's[g]lang.launch' /proc/[0-9]*/cmdline 2>/dev/null | cut -d/ -f3; } | text servers
have python3 && section python "$short_s" python3 -c '
import importlib.metadata as packages, platform
print("python=" + platform.python_version())
for name in ("sglang", "sglang-router", "torch", "torch-npu"):
    try:
        print(name + "=" + packages.version(name))
    except packages.PackageNotFoundError:
        pass'

for engine in docker podman; do
  have "$engine" || continue
  section "$engine-version" "$short_s" "$engine" --version
  if [ "$engine" = docker ]; then
    found=$(section docker-info "$short_s" docker info --format \
      'root={{.DockerRootDir}}{{"\n"}}server={{.ServerVersion}}{{"\n"}}{{range $name, $_ := .Runtimes}}runtime={{$name}}{{"\n"}}{{end}}')
  else
    found=$(section podman-info "$short_s" podman info --format 'root={{.Store.GraphRoot}}{{"\n"}}server={{.Version.Version}}')
  fi
  printf '%s\n' "$found"
  folder=$(printf '%s\n' "$found" | sed -n 's/^root=//p' | head -n 1)
  if [ -n "$folder" ]; then
    section images "$short_s" "$engine" images --no-trunc --format '{{.Repository}}:{{.Tag}} {{.ID}} {{.Digest}}'
  else
    folder=/var/lib/docker
    [ "$engine" = podman ] && folder=/var/lib/containers
  fi
  [ -d "$folder" ] && section image-disk "$short_s" df -Pk "$folder"
  break
done

hccn=/usr/local/Ascend/driver/tools/hccn_tool
[ -x "$hccn" ] || hccn=$(command -v hccn_tool)
if [ -n "$hccn" ]; then
  [ -f /etc/hccn.conf ] && text hccn-conf </etc/hccn.conf
  for node in /dev/davinci[0-9]*; do
    [ -e "$node" ] || continue
    number=${node#/dev/davinci}
    # One writer a device: a block is short enough to reach the pipe in one piece.
    (
      block=$(section "hccn-$number" "$short_s" sh -c '
        for query in link ip net_health tls netdetect gateway vnic lldp; do
          for turn in 1 2 3; do
            said=$("$1" -i "$2" "-$query" -g 2>&1)
            case $said in
              *"is busy"*) sleep 0.3 ;; # somebody else asks it at this moment
              *) break ;;
            esac
          done
          printf "%s\n" "$said"
        done' sh "$hccn" "$number")
      printf '%s\n' "$block"
    ) &
  done
  wait
fi

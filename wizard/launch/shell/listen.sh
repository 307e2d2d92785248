# shellcheck shell=sh disable=SC2154
# Opens ports for a short while, so that other hosts can try them. Reads: address ports limit_s; port 0 is any free one.
# Says: open PORT NUMBER or failed PORT WHY for each, then listening; or refused tool.
if command -v python3 >/dev/null; then
  # shellcheck disable=SC2086 # several words
  python3 -c '
import socket, sys, time
kept = []
for port in sys.argv[3:]:
    for place in (sys.argv[1], ""):
        one = socket.socket(socket.AF_INET6 if ":" in place else socket.AF_INET)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind((place, int(port)))
            one.listen(64)
        except OSError as error:
            why = error.strerror
            one.close()
        else:
            kept.append(one)
            print("open", port, one.getsockname()[1])
            break
    else:
        print("failed", port, why)
print("listening", flush=True)
time.sleep(float(sys.argv[2]))' "$address" "$limit_s" $ports
elif command -v perl >/dev/null; then
  # shellcheck disable=SC2016,SC2086 # expanded by perl; several words
  perl -MIO::Socket::INET -e '
    my ($address, $limit_s, @ports) = @ARGV;
    my @kept;
    $| = 1;
    for my $port (@ports) {
      my $one;
      for my $place ($address, "0.0.0.0") {
        $one = IO::Socket::INET->new(LocalAddr => $place, LocalPort => $port, Proto => "tcp", Listen => 64, ReuseAddr => 1);
        last if $one;
      }
      push @kept, $one if $one;
      print $one ? "open $port " . $one->sockport . "\n" : "failed $port $!\n";
    }
    print "listening\n";
    sleep $limit_s' "$address" "$limit_s" $ports
else
  printf 'refused tool\n'
fi

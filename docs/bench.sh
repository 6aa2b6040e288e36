#!/bin/sh
# Runs our benchmarks and the peer's on the BEAM alternately, and prints medians and ratios.
#
#   ROUNDS=5 SCALE=0.2 docs/bench.sh
#
# Writes every line to .build/bench/lines.jsonl and the table to .build/bench/table.json. Without Erlang and
# Elixir it measures ours alone.
set -eu
cd "$(dirname "$0")/.."
rounds=${ROUNDS:-5}
scale=${SCALE:-0.2}
ours=.build/release/benchmarks
out=.build/bench
mkdir -p "$out/peer"
lines=$out/lines.jsonl
: >"$lines"

if ! command -v elixirc >/dev/null 2>&1 && command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  echo "Installing erlang-base and elixir, to compare with." >&2
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q erlang-base elixir; } \
    >/dev/null 2>&1 || true
fi
if command -v elixirc >/dev/null 2>&1; then
  elixirc -o "$out/peer" Sources/Benchmarks/kv_peer.ex >/dev/null
else
  echo "Erlang and Elixir are not installed (Debian: erlang-base, elixir): ours alone." >&2
fi

# Each line gets the side that it is of.
tagged() { sed -e "s/^{/{\"side\":\"$1\",/" >>"$lines"; }
peer() {
  [ -n "$(ls "$out/peer")" ] || return 0
  elixir --erl "+P 5000000 +S $1:$1" -pa "$out/peer" -e "Peer.run($scale)" | tagged "beam$1"
}
round=1
while [ "$round" -le "$rounds" ]; do
  echo "round $round of $rounds" >&2
  "$ours" --scale "$scale" | tagged ours
  peer 1
  peer 2
  round=$((round + 1))
done

awk -v table="$out/table.json" '
  function field(name,   pattern) {
    pattern = "\"" name "\":[0-9]+"
    return match($0, pattern) ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3) + 0 : -1
  }
  {
    match($0, /"side":"[a-z0-9]+"/); side = substr($0, RSTART + 8, RLENGTH - 9)
    match($0, /"bench":"[a-z0-9_]+"/); bench = substr($0, RSTART + 9, RLENGTH - 10)
    value = field("bytes_each")
    if (value < 0) value = field("ns") / field("ops")
    if (!(bench in seen)) { seen[bench] = 1; order[++benches] = bench }
    key = bench SUBSEP side
    values[key, ++count[key]] = value
  }
  function median(key,   n, i, j, t, sorted) {
    n = count[key]
    if (!n) return -1
    for (i = 1; i <= n; i++) sorted[i] = values[key, i]
    for (i = 2; i <= n; i++) for (j = i; j > 1 && sorted[j - 1] > sorted[j]; j--) {
      t = sorted[j]; sorted[j] = sorted[j - 1]; sorted[j - 1] = t
    }
    low = sorted[1]; high = sorted[n]
    return n % 2 ? sorted[(n + 1) / 2] : (sorted[n / 2] + sorted[n / 2 + 1]) / 2
  }
  function minimum(a, b) { return a < 0 ? b : b < 0 ? a : a < b ? a : b }
  END {
    printf "%-20s %12s %25s %12s %12s %8s\n", "ns an operation", "ours", "(least … most)", "BEAM +S 1", "BEAM +S 2", "ratio"
    printf "[" > table
    for (i = 1; i <= benches; i++) {
      bench = order[i]
      mine = median(bench SUBSEP "ours"); least = low; most = high
      one = median(bench SUBSEP "beam1"); two = median(bench SUBSEP "beam2")
      best = minimum(one, two)
      ratio = best > 0 && mine > 0 ? sprintf("%.2f", best / mine) : ""
      printf "%-20s %12.1f %25s %12s %12s %8s\n", bench, mine, sprintf("(%.1f … %.1f)", least, most), \
        (one < 0 ? "" : sprintf("%.1f", one)), (two < 0 ? "" : sprintf("%.1f", two)), \
        (ratio == "" ? "" : ratio "×")
      printf "%s{\"bench\":\"%s\",\"ours\":%.1f,\"least\":%.1f,\"most\":%.1f,\"beam1\":%s,\"beam2\":%s,\"ratio\":%s}", \
        (i > 1 ? ",\n" : ""), bench, mine, least, most, (one < 0 ? "null" : one), (two < 0 ? "null" : two), \
        (ratio == "" ? "null" : ratio) > table
    }
    printf "]\n" > table
    print "idle_bytes: bytes each. The ratio is to the better of the two BEAMs; above 1, ours is ahead."
  }' "$lines"

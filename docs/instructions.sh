#!/bin/sh
# Counts the instructions of three hot paths with valgrind's callgrind, and compares with the counts that were
# accepted: a check for regressions that no noise of the machine can blur.
#
#   docs/instructions.sh          check
#   docs/instructions.sh accept   write the counts of now into Sources/Benchmarks/instructions.txt
#
# A hop is one of the workload ring, a call one of gen_call; a start of a child comes with its share of the stop.
# Each workload runs at two sizes on one worker; the difference for one operation leaves start-up out. The
# least of three runs counts, since the threads that watch and keep time run a little more now and then.
# Counts shift a little with the processor, by the variants of memcpy and the like that the C library chooses:
# that is what the tolerance is for.
set -eu
cd "$(dirname "$0")/.."
accepted=Sources/Benchmarks/instructions.txt
built=.build/release/benchmarks
out=.build/instructions
tolerance=${TOLERANCE:-3}
runs=3

skip() { echo "Instructions are not counted: $1" >&2; exit 0; }

case ${1:-check} in
  check | accept) mode=${1:-check} ;;
  *) echo "'$1' is neither 'check' nor 'accept'." >&2; exit 2 ;;
esac
[ -x "$built" ] || { echo "$built is missing: 'make build' makes it." >&2; exit 1; }
if ! command -v valgrind >/dev/null 2>&1 && command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  echo "Installing valgrind, to count instructions with." >&2
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q valgrind; } >/dev/null 2>&1 || true
fi
command -v valgrind >/dev/null 2>&1 || skip "valgrind is not installed ('apt-get install valgrind', as root)."
command -v strip >/dev/null 2>&1 || skip "strip is not installed; it comes with binutils."

mkdir -p "$out"
# Without the debugging information, which older valgrinds cannot read.
strip -g -o "$out/benchmarks" "$built"

# The instructions of one whole run, the least of several.
instructions() {
  least=
  for run in $(seq "$runs"); do
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$out/benchmarks" \
      --only "$1" --scale "$2" --workers 1 >"$out/lines" 2>"$out/log" || {
      cat "$out/log" >&2
      echo "The workload $1 failed under valgrind." >&2
      exit 1
    }
    count=$(sed -n 's/.*Collected : *\([0-9]*\).*/\1/p' "$out/log")
    [ -n "$count" ] || { cat "$out/log" >&2; echo "valgrind has not told a count." >&2; exit 1; }
    if [ -z "$least" ] || [ "$count" -lt "$least" ]; then least=$count; fi
  done
  operations=$(sed -n "s/.*\"bench\":\"$1\",\"ops\":\([0-9]*\).*/\1/p" "$out/lines")
}

# Those of one operation: workload, the smaller and the larger scale.
measure() {
  instructions "$1" "$2"
  few=$least few_operations=$operations
  instructions "$1" "$3"
  echo $(((least - few) / (operations - few_operations)))
}

paths='hop:ring:0.02:0.12 call:gen_call:0.01:0.06 start_child:start_child:0.02:0.07'
if [ "$mode" = accept ]; then
  {
    echo "# Instructions of one operation, as 'make instructions' measures them, and by how much they may rise."
    echo "# 'make instructions-accept' writes this file."
  } >"$out/accepted"
fi
failed=
for path in $paths; do
  IFS=: read -r name workload small large <<END
$path
END
  count=$(measure "$workload" "$small" "$large")
  if [ "$mode" = accept ]; then
    echo "$name $count ${tolerance}%" >>"$out/accepted"
    echo "$name: $count instructions, ${tolerance}% more allowed"
    continue
  fi
  limits=$(sed -n "s/^$name \([0-9]*\) \([0-9]*\)%\$/\1 \2/p" "$accepted")
  [ -n "$limits" ] || {
    echo "$accepted has no line '$name COUNT PERCENT%': 'make instructions-accept' writes one." >&2
    exit 1
  }
  known=${limits% *} allowed=${limits#* }
  most=$((known * (100 + allowed) / 100)) few=$((known * (100 - allowed) / 100))
  if [ "$count" -gt "$most" ]; then
    echo "$name: $count instructions, more than the $most that are allowed ($known and $allowed%)." >&2
    failed=yes
  elif [ "$count" -lt "$few" ]; then
    echo "$name: $count instructions, $(((known - count) * 100 / known))% fewer than the $known on file. Good: 'make instructions-accept' keeps it so."
  else
    echo "$name: $count instructions, within $allowed% of $known"
  fi
done
if [ "$mode" = accept ]; then
  mv "$out/accepted" "$accepted"
  echo "Written to $accepted."
elif [ -n "$failed" ]; then
  echo "A hot path has become slower. If that is meant, 'make instructions-accept' renews $accepted." >&2
  exit 1
fi

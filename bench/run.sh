#!/bin/sh
# bench/run.sh NAME [ARGUMENTS]: one benchmark by name; without a name, which there are.
cd "$(dirname "$0")/.." || exit 2
name=${1:-}
if [ -z "$name" ] || [ ! -f "bench/$name.py" ]; then
  printf 'benchmarks:'
  for file in bench/*.py; do
    case "$file" in bench/common.py|bench/engines.py|bench/query_report.py) ;; *) printf ' %s' "$(basename "$file" .py)" ;; esac
  done
  printf '\n'
  [ -z "$name" ] && exit 0 || exit 2
fi
shift
exec python3 "bench/$name.py" "$@"

#!/bin/sh
# tests/fuzz/run.sh SECONDS [TARGET...]: builds every fuzz target under AddressSanitizer and UBSan and runs each in turn.
#
# Seeds: tests/fuzz/seeds/TARGET if there, else files that fit from fixtures, the text cases and, when present, the W3C suites.
# A finding is left in build/fuzz/TARGET-*, and ends the run with status 1.
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:-60}
[ $# -gt 0 ] && shift
out=build/fuzz
flags="-std=c11 -D_GNU_SOURCE -I. -g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all"
libs="-lrocksdb -lzstd -lyaml -lutf8proc -lpcre2-8 -lxxhash -lcrypto -lz -lpthread -lm"
mkdir -p "$out/objects"

# The library once, instrumented for coverage; objects are rebuilt when a source or header is newer.
newest_header=$(ls -t include/*.h core/*.h graph/*.h loaders/*.h query/*.h | head -1)
for source in core/*.c graph/*.c loaders/*.c query/*.c; do
  object=$out/objects/$(echo "$source" | tr / _).o
  if [ ! -e "$object" ] || [ "$source" -nt "$object" ] || [ "$newest_header" -nt "$object" ]; then
    printf '%s %s\n' "$source" "$object"
  fi
done | xargs -r -P "$(nproc)" -L 1 sh -c "clang $flags -fsanitize=fuzzer-no-link -c \"\$0\" -o \"\$1\""

seeds_for() {
  case "$1" in
    facts) find fixtures tests/cases/facts -name '*.yaml' -o -name '*.case' ;;
    ntriples) find tests/cases ../shared/w3c/rdf -name '*.nt' 2>/dev/null ;;
    nquads) find tests/cases ../shared/w3c/rdf -name '*.nq' 2>/dev/null ;;
    turtle) find tests/cases ../shared/w3c/rdf -name '*.ttl' 2>/dev/null ;;
    trig) find tests/cases ../shared/w3c/rdf -name '*.trig' 2>/dev/null ;;
    query) find ../shared/w3c/sparql -name '*.rq' 2>/dev/null ;;
    update) find ../shared/w3c/sparql -name '*.ru' 2>/dev/null ;;
    *) find tests/cases/"$1" -name '*.case' 2>/dev/null ;;
  esac
}

status=0
for source in tests/fuzz/fuzz_*.c; do
  name=$(basename "$source" .c)
  name=${name#fuzz_}
  [ $# -eq 0 ] || case " $* " in *" $name "*) ;; *) continue ;; esac
  mkdir -p "$out/$name"
  if [ -d "tests/fuzz/seeds/$name" ]; then
    cp tests/fuzz/seeds/"$name"/* "$out/$name/"
  fi
  number=0
  seeds_for "$name" | head -2000 | while read -r file; do
    number=$((number + 1))
    cp "$file" "$out/$name/seed-$number"
  done
  # shellcheck disable=SC2086
  clang $flags -fsanitize=fuzzer "$source" "$out"/objects/*.o -o "$out/fuzz_$name" $libs
  printf '%s: %s s, %s seeds\n' "$name" "$seconds" "$(ls "$out/$name" | wc -l)"
  if ! "$out/fuzz_$name" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=1024 -max_len=65536 -print_final_stats=1 \
      -artifact_prefix="$out/$name-" "$out/$name" >"$out/$name.log" 2>&1; then
    printf '%s: a finding, see %s\n' "$name" "$out/$name.log"
    tail -5 "$out/$name.log"
    status=1
  else
    grep -E 'stat::number_of_executed_units|stat::new_units_added' "$out/$name.log" | tr '\n' ' '
    printf '\n'
  fi
done
exit $status

#!/bin/sh
# examples/demo.sh KGQ: loads the sample articles into a fresh database and asks; each answer names its article.
set -eu
kgq=$1
here=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
db=$folder/facts.kgq

ask() {
  printf '\n# %s\n' "$1"
  printf "\$ kgq facts.kgq '%s'\n" "$2"
  "$kgq" "$db" --format box "$2"
}

printf '$ kgq load facts.kgq fixtures/*.yaml\n'
"$kgq" load "$db" "$here"/fixtures/background.yaml "$here"/fixtures/0*.yaml 2>&1

ask 'How many GPUs is Samsung Electronics to get, and who says so?' '[Samsung Electronics] deploys ?n @ ?article'
ask 'Everybody'\''s share, as each article puts it, with its own words' '?who deploys ?n @ ?article (maybe text ?words) | sort ?n desc'
ask 'Who chairs what, and where in the article does it stand?' '?who chairs ?what @ ?article (place ?place)'
ask 'What does Jensen Huang say of Korea, in which words?' '[South Korea] ?does ?what @ ?article (said-by [Jensen Huang], quote ?words)'
ask 'The same in SPARQL: the total of the supply, article by article' \
  'SELECT ?article ?total WHERE { GRAPH ?article { ?supply <https://example.org/id/total> ?total } } ORDER BY ?article'
printf '\nThe database is gone with this demonstration; make your own with: %s load my.kgq FILE...\n' "build/release/kgq"

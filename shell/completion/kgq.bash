# Completion of kgq for bash: source it, or put it into /usr/share/bash-completion/completions/kgq.
_kgq() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  if [[ $word == = || $before == = ]]; then # bash breaks words at =
    local option=${COMP_WORDS[COMP_CWORD - 1]}
    [[ $before == = ]] && option=${COMP_WORDS[COMP_CWORD - 2]}
    [[ $option == --explain ]] && COMPREPLY=($(compgen -W 'plan sparql ids analyze why' -- "${word#=}"))
    return
  fi
  case $before in
    --format) COMPREPLY=($(compgen -W 'yaml nt nq ttl trig box table line markdown html json jsonl xml csv tsv null' -- "$word")); return ;;
    --default-graph) COMPREPLY=($(compgen -W 'union strict' -- "$word")); return ;;
    --lang) COMPREPLY=($(compgen -W 'auto sparql short' -- "$word")); return ;;
    --color) COMPREPLY=($(compgen -W 'auto always never' -- "$word")); return ;;
    --rdf) COMPREPLY=($(compgen -W '1.1 1.2' -- "$word")); return ;;
    --export) COMPREPLY=($(compgen -W 'nt nq ttl trig' -- "$word")); return ;;
    --graph | --base | --map | --timeout | --memory | --limit | --labels | --max-rows | --max-width | -c | --command | -p | --param) return ;;
  esac
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W '--format --graph --base --keep-going --canonical --data --named --map --default-graph --lang --labels
      --timeout --memory --limit --readonly --explain --explain=plan --explain=sparql --explain=ids --explain=analyze --explain=why --rdf
      --export --color --no-init --no-history --output --file --command
      --exit-empty --quiet --stats --max-rows --max-width --query --update --param --help --version' -- "$word"))
  elif [ "$COMP_CWORD" = 1 ]; then
    COMPREPLY=($(compgen -W 'load query update parse export check names info compact recover backup' -- "$word") $(compgen -f -- "$word"))
  else
    COMPREPLY=($(compgen -f -- "$word"))
  fi
}
complete -o filenames -F _kgq kgq

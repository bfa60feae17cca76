#!/usr/bin/env python3
"""The completion files of bash, zsh and fish in those shells themselves: what is typed, what is offered.

    tests/completion.py

A shell that is not installed is skipped aloud. bash and fish say what they would offer; zsh is asked through a
pseudo-terminal.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, 'tests'))
import shell  # noqa: E402

FILES = os.path.join(ROOT, 'shell', 'completion')
# line typed, words that must be offered, words that must not
CASES = [
    ('kgq lo', {'load'}, {'export'}),
    ('kgq re', {'recover'}, {'load'}),
    ('kgq load --ke', {'--keep-going'}, {'--graph'}),
    ('kgq --format js', {'json', 'jsonl'}, {'yaml'}),
    ('kgq --rdf 1', {'1.1', '1.2'}, set()),
    ('kgq query --max-', {'--max-rows', '--max-width'}, {'--memory'}),
    ('kgq query --exit', {'--exit-empty'}, set()),
    ('kgq --default-graph s', {'strict'}, {'union'}),
    ('kgq load db fac', {'facts.yaml'}, {'other.nt'}),
    ('kgq query db -f q', {'q.rq'}, {'facts.yaml'}),
    ('kgq --explain=s', {'sparql'}, {'plan'}),
]


def by_bash(line, folder):
    words = line.split(' ')
    if '=' in words[-1]: # bash breaks words there
        head, tail = words[-1].split('=')
        words[-1:] = [head, '=', tail]
    text = 'source %s/kgq.bash; COMP_WORDS=(%s); COMP_CWORD=%d; _kgq; printf "%%s\\n" "${COMPREPLY[@]}"' \
        % (FILES, ' '.join("'%s'" % w for w in words), len(words) - 1)
    return subprocess.run(['bash', '--norc', '-c', text], cwd=folder, capture_output=True, text=True, check=True).stdout


def by_fish(line, folder):
    text = "source %s/kgq.fish; complete -C '%s'" % (FILES, line)
    environment = dict(os.environ, HOME=folder, XDG_CONFIG_HOME=folder)
    return subprocess.run(['fish', '--no-config', '-c', text], cwd=folder, env=environment, capture_output=True,
                          text=True, check=True).stdout


def by_zsh(line, folder):
    terminal = shell.Terminal([shutil.which('zsh'), '-f'], folder, ZDOTDIR=folder)
    try:
        terminal.send("PS1='ready> '; unsetopt zle_bracketed_paste; fpath=(%s $fpath); autoload -U compinit; compinit -u -D; "
                      "setopt auto_list no_list_beep; unsetopt menu_complete auto_menu list_ambiguous; LISTMAX=1000; print done-'begin'\n" % FILES)
        terminal.read_until(r'done-begin')
        terminal.read_until(r'ready> $')
        terminal.text = ''
        terminal.send(line + '\t')
        time.sleep(1)
        terminal.send('\x05 #END\n')
        return terminal.read_until(r'#END').replace('kgq ', '\nkgq ').replace('\x08', ' ')
    finally:
        terminal.close()


def offered(text, word):
    return re.search(r'(^|[\s=])%s(?=$|[\s=/(])' % re.escape(word), text, re.M) is not None


def main():
    passed = failed = skipped = 0
    folder = tempfile.mkdtemp(prefix='kgq-completion-')
    try:
        for name in ('facts.yaml', 'other.nt', 'q.rq'):
            open(os.path.join(folder, name), 'w', encoding='utf-8').close()
        for name, ask in (('bash', by_bash), ('fish', by_fish), ('zsh', by_zsh)):
            if not shutil.which(name):
                skipped += 1
                print('skipped %s: not installed' % name)
                continue
            for line, wanted, unwanted in CASES:
                got = ask(line, folder)
                missing = [w for w in wanted if not offered(got, w)]
                wrong = [w for w in unwanted if offered(got, w)]
                passed, failed = (passed, failed + 1) if missing or wrong else (passed + 1, failed)
                if missing or wrong:
                    print('%s: %s: lacks %s, offers %s: %r' % (name, line, missing, wrong, got))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print('completion: %d passed, %d failed, %d skipped' % (passed, failed, skipped))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())

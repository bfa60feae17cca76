#!/usr/bin/env python3
"""Runs the examples in README.md and docs/: every ```console block is typed as it stands and must print what it shows.

    tests/run_docs.py --kgq build/release/kgq [FILE...]

A line `$ COMMAND` is run by sh in one folder a page, which holds the fixtures as `fixtures/`; the lines up to the next
`$` are its output (stdout and stderr together). A line of `...` stands for any lines. Blocks begun ```yaml FILE are
written to FILE first; ```c FILE likewise.
"""
import argparse
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FENCE = re.compile(r'^```(\w+)?(?: +(\S+))?$')


def fences(path):
    """(language, file name, lines, line number) of each fenced block."""
    language = None
    with open(path, encoding='utf-8') as f:
        for number, line in enumerate(f, 1):
            match = FENCE.match(line.rstrip('\n'))
            if match and language is None:
                language, name, lines, start = match.group(1) or '', match.group(2), [], number
            elif line.rstrip('\n') == '```' and language is not None:
                yield language, name, lines, start
                language = None
            elif language is not None:
                lines.append(line.rstrip('\n'))


def matches(want, got):
    pattern = '\n'.join(r'(?:.*\n)*?.*' if w.strip() == '...' else re.escape(w.rstrip()) for w in want)
    return re.fullmatch(pattern, '\n'.join(l.rstrip() for l in got)) is not None


def commands(lines):
    current = None
    for line in lines:
        if line.startswith('$ '):
            if current:
                yield current
            current = (line[2:], [])
        elif current and current[1] == [] and current[0].endswith('\\'):
            current = (current[0] + '\n' + line, [])
        elif current:
            current[1].append(line)
    if current:
        yield current


def run_page(path, kgq):
    passed, faults = 0, []
    folder = tempfile.mkdtemp(prefix='kgq-docs-')
    shutil.copytree(os.path.join(ROOT, 'fixtures'), os.path.join(folder, 'fixtures'))
    env = dict(os.environ, PATH=os.path.dirname(os.path.abspath(kgq)) + ':' + os.environ['PATH'], LC_ALL='C.UTF-8', HOME=folder)
    try:
        for language, name, lines, number in fences(path):
            if name:
                os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
                with open(os.path.join(folder, name), 'w', encoding='utf-8') as f:
                    f.write('\n'.join(lines) + '\n')
            if language != 'console':
                continue
            for command, want in commands(lines):
                p = subprocess.run(['sh', '-c', command], cwd=folder, env=env, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
                got = p.stdout.decode('utf-8', 'replace').rstrip('\n').split('\n')
                while want and want[-1] == '':
                    want.pop()
                if matches(want or [''], got):
                    passed += 1
                else:
                    faults.append('%s:%d: $ %s\n%s' % (os.path.relpath(path, ROOT), number, command, '\n'.join(got)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return passed, faults


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--kgq', required=True)
    parser.add_argument('files', nargs='*')
    options = parser.parse_args()
    pages = options.files or [os.path.join(ROOT, 'README.md'), *sorted(glob.glob(os.path.join(ROOT, 'docs', '*.md')))]
    passed, faults = 0, []
    for page in pages:
        ok, bad = run_page(page, options.kgq)
        passed, faults = passed + ok, faults + bad
    print('\n'.join(faults))
    print('docs: %d passed, %d failed' % (passed, len(faults)))
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())

#!/usr/bin/env python3
"""Runs text cases: files of data, commands and what they must print.

    tests/run_cases.py --kgq build/release/kgq [--shared ../shared] [PATH...]     (default: tests/cases)

A case is a sequence of blocks, each begun by a line `-- WORD ...` (docs/TESTING.md):
    == text            a comment
    -- file NAME       the lines that follow are its content
    -- run COMMAND     a line for sh, in an empty folder, with kgq on PATH, $FIXTURES and $SHARED
    -- out | err [sorted]     what it printed, exactly          -- out~ | err~   lines it must contain
    -- out! | err!            lines it must not contain         -- exit N        its status (else 0)
    -- needs shared    skip, said aloud, when the shared folder is not there
"""
import argparse
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TIMEOUT_SECONDS = 120


def blocks(path):
    """The (words, lines, line number) of each block of a case file."""
    found, current = [], None
    with open(path, encoding='utf-8', newline='') as f:
        for number, line in enumerate(f, 1):
            text = line.rstrip('\n')
            if text.startswith('-- '):
                current = (text[3:].split(' ', 1), [], number)
                found.append(current)
            elif current is not None:
                current[1].append(text)
            elif text and not text.startswith('=='):
                raise ValueError('%s:%d: text before the first block' % (path, number))
    return found


def content(lines):
    """Lines of a block; one empty line at its end separates it from the next."""
    while lines and (lines[-1] == '' or lines[-1].startswith('==')):
        lines = lines[:-1]
    return lines


def run(command, folder, options):
    env = dict(os.environ, LC_ALL='C.UTF-8', FIXTURES=options.fixtures, SHARED=options.shared, HOME=folder,
               PATH=os.path.dirname(os.path.abspath(options.kgq)) + ':' + os.environ['PATH'])
    p = subprocess.run(['sh', '-c', command], cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True,
                       timeout=TIMEOUT_SECONDS)
    return p.returncode, p.stdout.decode('utf-8', 'replace'), p.stderr.decode('utf-8', 'replace')


def compare(words, lines, got):
    """None, or what is wrong with the text that was printed."""
    kind, how = words[0], words[1] if len(words) > 1 else ''
    want = content(lines)
    if not any('\r' in line for line in want): # CSV ends its lines with CR LF
        got = got.replace('\r\n', '\n')
    if kind.endswith('~'):
        missing = [w for w in want if w not in got]
        return 'misses: ' + missing[0] if missing else None
    if kind.endswith('!'):
        there = [w for w in want if w in got]
        return 'has: ' + there[0] if there else None
    have = content(got.split('\n'))
    if how == 'sorted':
        want, have = sorted(want), sorted(have)
    if want == have:
        return None
    return 'wanted:\n    ' + '\n    '.join(want) + '\n  got:\n    ' + '\n    '.join(have)


def run_case(path, options):
    """A list of faults; ['skip: ...'] when the case cannot run here."""
    faults, result, checked_exit, command = [], None, True, ''
    folder = tempfile.mkdtemp(prefix='kgq-case-')

    def check_exit(expected, where):
        if result[0] != expected:
            faults.append('%s: exit %d, wanted %d\n  %s' % (where, result[0], expected, result[2].strip()))

    try:
        for words, lines, number in blocks(path):
            where, kind = '%s:%d' % (os.path.relpath(path, ROOT), number), words[0]
            if kind in ('run', 'file') and not checked_exit:
                check_exit(0, where + ' (run before it: ' + command + ')')
                checked_exit = True
            if kind == 'needs':
                if words[1] == 'shared' and not os.path.isdir(options.shared):
                    return ['skip: the shared folder is not there']
            elif kind == 'file':
                target = os.path.join(folder, words[1])
                os.makedirs(os.path.dirname(target), exist_ok=True)
                with open(target, 'w', encoding='utf-8', newline='') as f:
                    f.write('\n'.join(content(lines)) + '\n')
            elif kind == 'run':
                command = words[1]
                result, checked_exit = run(command, folder, options), False
            elif kind == 'exit':
                check_exit(int(words[1]), where)
                checked_exit = True
            elif re.fullmatch(r'(out|err)[~!]?', kind):
                fault = compare(words, lines, result[1] if kind.startswith('out') else result[2])
                if fault:
                    faults.append('%s: %s %s' % (where, kind, fault))
            else:
                faults.append('%s: unknown block %s' % (where, kind))
        if not checked_exit:
            check_exit(0, os.path.relpath(path, ROOT) + ' (last run)')
        if result is None:
            faults.append(os.path.relpath(path, ROOT) + ': runs nothing')
    except (ValueError, OSError, subprocess.TimeoutExpired, IndexError) as e:
        faults.append('%s: %s' % (os.path.relpath(path, ROOT), e))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return faults


def case_files(paths):
    for path in paths:
        if os.path.isfile(path):
            yield path
        for folder, _, names in sorted(os.walk(path)):
            yield from (os.path.join(folder, n) for n in sorted(names) if n.endswith('.case'))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--kgq', required=True)
    parser.add_argument('--shared', default=os.path.join(ROOT, '..', 'shared'))
    parser.add_argument('--fixtures', default=os.path.join(ROOT, 'fixtures'))
    parser.add_argument('paths', nargs='*', default=[os.path.join(ROOT, 'tests', 'cases')])
    options = parser.parse_args()
    options.shared, options.fixtures = os.path.abspath(options.shared), os.path.abspath(options.fixtures)
    passed = failed = skipped = 0
    paths = list(case_files(options.paths))
    with concurrent.futures.ThreadPoolExecutor(2 * (os.cpu_count() or 2)) as pool: # cases wait for disks, too
        results = list(pool.map(lambda path: run_case(path, options), paths))
    for path, faults in zip(paths, results):
        if faults and faults[0].startswith('skip: '):
            skipped += 1
            print('skipped %s: %s' % (os.path.relpath(path, ROOT), faults[0][6:]))
        elif faults:
            failed += 1
            print('\n'.join(faults))
        else:
            passed += 1
    print('cases: %d passed, %d failed, %d skipped' % (passed, failed, skipped))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())

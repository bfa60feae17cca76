#!/usr/bin/env python3
"""Every load of tests/cases/facts/bad once more: under 256 MiB, and a database as it was when the load fails.

    tests/bad_files.py --kgq build/release/kgq

Runs the cases with a program in front of kgq, which measures each load and compares the exports before and after.
"""
import argparse
import os
import shutil
import stat
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CASES = os.path.join(ROOT, 'tests', 'cases', 'facts', 'bad')
MEBIBYTES_MAX = 256
FILES_MIN = 60
WITH_VALUE = ('--format', '--graph', '--base', '--memory')


def export(kgq, db):
    return subprocess.run([kgq, 'export', db], capture_output=True).stdout if os.path.isdir(db) else b''


def words_of(arguments):
    """What is no option, of the arguments of a load."""
    skip, words = False, []
    for argument in arguments:
        if not skip and not argument.startswith('--'):
            words.append(argument)
        skip = not skip and argument in WITH_VALUE
    return words


def in_front(kgq, log, arguments):
    """What stands in for kgq: runs it; notes memory, status and whether a failed load changed anything."""
    is_load = arguments[:1] == ['load']
    db = words_of(arguments[1:])[0] if is_load else ''
    before = export(kgq, db) if is_load else b''
    child = subprocess.Popen([kgq, *arguments])
    _, status, usage = os.wait4(child.pid, 0)
    status = os.waitstatus_to_exitcode(status)
    if is_load:
        changed = status != 0 and before != export(kgq, db)
        with open(log, 'a', encoding='utf-8') as f:
            f.write('%d %d %d %s\n' % (usage.ru_maxrss, status, changed, os.getcwd()))
    return status if status >= 0 else 128 - status


def check(loads):
    failed = [line for line in loads if line[0] >= MEBIBYTES_MAX * 1024 or line[1] not in (0, 1, 4) or line[2]]
    for kib, status, changed, where in failed:
        print('bad files: %d KiB, status %d%s in %s' % (kib, status, ', the database changed' if changed else '', where))
    refused = sum(1 for line in loads if line[1] in (1, 4)) # 4: a limit
    print('  %d loads, %d refused, at most %.0f MiB' % (len(loads), refused, max(line[0] for line in loads) / 1024))
    if refused < FILES_MIN:
        print('bad files: fewer than %d' % FILES_MIN)
    return len(failed) + (refused < FILES_MIN)


def main():
    if len(sys.argv) > 2 and sys.argv[1] == '--in-front':
        return in_front(sys.argv[2], sys.argv[3], sys.argv[4:])
    parser = argparse.ArgumentParser()
    parser.add_argument('--kgq', required=True)
    kgq = os.path.abspath(parser.parse_args().kgq)
    folder = tempfile.mkdtemp(prefix='kgq-bad-')
    log, program = os.path.join(folder, 'log'), os.path.join(folder, 'kgq')
    try:
        with open(program, 'w', encoding='utf-8') as f:
            f.write('#!/bin/sh\nexec "%s" "%s" --in-front "%s" "%s" "$@"\n'
                    % (sys.executable, os.path.abspath(__file__), kgq, log))
        os.chmod(program, os.stat(program).st_mode | stat.S_IXUSR)
        cases = subprocess.run([sys.executable, os.path.join(ROOT, 'tests', 'run_cases.py'), '--kgq', program, CASES],
                               capture_output=True, text=True)
        with open(log, encoding='utf-8') as f:
            rows = [line.split(' ', 3) for line in f.read().splitlines()]
        loads = [(int(kib), int(status), changed == '1', where) for kib, status, changed, where in rows]
        failed = check(loads) + (cases.returncode != 0)
        if cases.returncode:
            print(cases.stdout)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print('bad files: %d passed, %d failed' % (len(loads) - failed, failed))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())

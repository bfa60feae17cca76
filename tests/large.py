#!/usr/bin/env python3
"""The three benchmark files: load, count, check, export, load again, export again.

    tests/large.py --kgq build/release/kgq --shared ../shared

Counts are of distinct triples, as `sort -u` counts lines (lubm-8 has 1,035,608 lines); a second export must be the first, byte for byte, once both are sorted.
"""
import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time

FILES = (('watdiv-10', 1084078), ('sp2b-1M', 1000005), ('lubm-8', 1001418))


def call(*command):
    p = subprocess.run(command, capture_output=True, timeout=600)
    if p.returncode:
        raise AssertionError('%s: status %d: %s' % (' '.join(command), p.returncode, p.stderr.decode()[-500:]))
    return p.stdout


def digest_of_sorted(data):
    return hashlib.sha256(b'\n'.join(sorted(data.split(b'\n')))).hexdigest()


def check_file(kgq, folder, path, count):
    first, second = os.path.join(folder, 'first'), os.path.join(folder, 'second')
    started = time.time()
    call(kgq, 'load', first, path)
    loaded = time.time() - started
    got = call(kgq, first, '--format', 'tsv', 'SELECT (COUNT(*) AS ?count) { ?s ?p ?o }').decode().split()[1]
    if got != str(count):
        raise AssertionError('%s: COUNT(*) is %s, wanted %d' % (path, got, count))
    call(kgq, 'check', first)
    exported = os.path.join(folder, 'first.nq')
    call(kgq, 'export', '-o', exported, first)
    call(kgq, 'load', second, exported)
    with open(exported, 'rb') as f:
        before = digest_of_sorted(f.read())
    if before != digest_of_sorted(call(kgq, 'export', second)):
        raise AssertionError('%s: the export changes when it is loaded and exported again' % path)
    return loaded


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--kgq', required=True)
    parser.add_argument('--shared', required=True)
    options = parser.parse_args()
    passed = failed = skipped = 0
    for name, count in FILES:
        path = os.path.join(options.shared, 'bench', 'data', name + '.nt.zst')
        if not os.path.exists(path):
            skipped += 1
            print('skipped %s: the shared folder does not have it' % name)
            continue
        folder = tempfile.mkdtemp(prefix='kgq-large-')
        try:
            seconds = check_file(os.path.abspath(options.kgq), folder, path, count)
            passed += 1
            print('| %s: %d triples, loaded in %.1f s |' % (name, count, seconds))
        except AssertionError as e:
            failed += 1
            print(e)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    print('large data: %d passed, %d failed, %d skipped' % (passed, failed, skipped))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())

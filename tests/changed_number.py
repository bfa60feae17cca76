#!/usr/bin/env python3
"""A number changed in a copy of a fixture must change the answers: nothing is answered from anywhere else.

    tests/changed_number.py --kgq build/release/kgq
"""
import argparse
import glob
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FIXTURE = '004'
BEFORE, AFTER = 'samsung_electronics, deploys, {up_to: 50000,', 'samsung_electronics, deploys, {up_to: 51234,'
QUERY = '[Samsung Electronics] deploys ?n @ ?article'


def answer(kgq, folder, fixtures):
    db = tempfile.mkdtemp(prefix='db-', dir=folder)
    os.rmdir(db)
    subprocess.run([kgq, 'load', db, *fixtures], check=True, capture_output=True)
    return subprocess.run([kgq, db, '--format', 'box', QUERY], check=True, capture_output=True, text=True).stdout


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--kgq', required=True)
    kgq = os.path.abspath(parser.parse_args().kgq)
    fixtures = sorted(glob.glob(os.path.join(ROOT, 'fixtures', '*.yaml')), key=lambda p: ('background' not in p, p))
    folder = tempfile.mkdtemp(prefix='kgq-changed-')
    try:
        before = answer(kgq, folder, fixtures)
        copies = []
        for path in fixtures:
            copy = os.path.join(folder, os.path.basename(path))
            with open(path, encoding='utf-8') as f:
                text = f.read()
            with open(copy, 'w', encoding='utf-8') as f:
                f.write(text.replace(BEFORE, AFTER) if os.path.basename(path).startswith(FIXTURE) else text)
            copies.append(copy)
        after = answer(kgq, folder, copies)
        good = '≤50,000 GPU' in before and '≤51,234 GPU' in after and '≤51,234 GPU' not in before
        if not good:
            print('before:\n%s\nafter:\n%s' % (before, after))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print('changed number: %d passed, %d failed' % (good, not good))
    return 0 if good else 1


if __name__ == '__main__':
    sys.exit(main())

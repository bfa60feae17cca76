#!/usr/bin/env python3
"""A number changed in a copy of a fixture must fail the question that it answers: nothing is answered from anywhere else.

    tests/changed_number.py --kgq build/release/kgq
"""
import argparse
import concurrent.futures
import os
import shutil
import sys
import tempfile

import run_cases

ROOT = run_cases.ROOT
CHANGES = [ # question, fixture, what stands there, what stands there instead
    ('q02', '004_french', 'samsung_electronics, deploys, {up_to: 50000,', 'samsung_electronics, deploys, {up_to: 51234,'),
    ('q02', '002_korean', 'samsung_electronics, deploys, {up_to: 50000,', 'samsung_electronics, deploys, {exactly: 50000,'),
    ('q08', '001_korean', 'naver, deploys, {exactly: 60000,', 'naver, deploys, {exactly: 61234,'),
    ('q11', '000_japanese', 'kr_government, deploys, {up_to: 50000,', 'kr_government, deploys, {up_to: 51234,'),
    ('q11', '003_german', 'public_sector, deploys, {almost: 50000,', 'public_sector, deploys, {almost: 51234,'),
    ('q14', '002_korean', 'ai_computing, grows, {exactly: 4.5,', 'ai_computing, grows, {exactly: 4.6,'),
    ('q14', '000_japanese', 'gpu_stock, {exactly: 65000,', 'gpu_stock, {exactly: 64000,'),
    ('q15', '001_korean', 'worth, {from: 20, below: 30,', 'worth, {from: 20, below: 31,'),
    ('q15', '000_japanese', 'worth, {up_to: 14,', 'worth, {up_to: 24,'),
    ('q16', '000_japanese', 'sk_group, deploys, {up_to: 50000,', 'sk_group, deploys, {up_to: 100000,'),
    ('q17', '003_german', 'public_sector, deploys, {almost: 50000,', 'public_sector, deploys, {about: 50000,'),
    ('q21', '001_korean', 'geforce_event, happens_on, {on: 2025-10-30,', 'geforce_event, happens_on, {on: 2025-10-29,'),
    ('q22', '002_korean', 'first_batch, {exactly: 13000,', 'first_batch, {exactly: 13001,'),
    ('q23', '000_japanese', 'converted: {about: 463,', 'converted: {about: 464,'),
    ('q24', '004_french', 'gpu_stock, {more_than: 300000,', 'gpu_stock, {at_least: 300000,'),
    ('q24', '002_korean', 'total, {at_least: 260000,', 'total, {at_least: 90000,'),
    ('q25', '001_korean', 'published: {on: 2025-10-31T17:29,', 'published: {on: 2025-10-31T17:28,'),
]


def check(change, kgq):
    """None, or what is wrong."""
    question, fixture, before, after = change
    folder = tempfile.mkdtemp(prefix='kgq-changed-')
    try:
        fixtures = os.path.join(folder, 'fixtures')
        shutil.copytree(os.path.join(ROOT, 'fixtures'), fixtures)
        path = os.path.join(fixtures, fixture + '.yaml')
        with open(path, encoding='utf-8') as f:
            text = f.read()
        if text.count(before) != 1:
            return '%s: %r stands %d times in %s' % (question, before, text.count(before), fixture)
        with open(path, 'w', encoding='utf-8') as f:
            f.write(text.replace(before, after))
        options = argparse.Namespace(kgq=kgq, fixtures=fixtures, shared=os.path.join(ROOT, '..', 'shared'))
        faults = run_cases.run_case(os.path.join(ROOT, 'tests', 'cases', 'questions', question + '.case'), options)
        if not any(' out wanted:' in fault for fault in faults):
            return '%s still passes with %r in %s: %s' % (question, after, fixture, faults)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--kgq', required=True)
    kgq = os.path.abspath(parser.parse_args().kgq)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        faults = [fault for fault in pool.map(lambda change: check(change, kgq), CHANGES) if fault]
    print('\n'.join(faults))
    print('changed numbers: %d passed, %d failed' % (len(CHANGES) - len(faults), len(faults)))
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())

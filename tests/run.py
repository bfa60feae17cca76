#!/usr/bin/env python3
"""The whole test run: unit programs, text cases, conformance, fault tests, examples, tidiness; one closing count.

    tests/run.py --build build/release [--all] [--only PART]

--all repeats unit programs and cases under the sanitizer and clang builds and valgrind. What cannot run says why.
"""
import argparse
import concurrent.futures
import glob
import os
import re
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SHARED = os.path.abspath(os.path.join(ROOT, '..', 'shared'))
COUNT = re.compile(r'(\d+) passed, (\d+) failed(?:, (\d+) skipped)?')
WORKERS = os.cpu_count() or 2


class Tally:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def add(self, passed, failed, skipped=0):
        self.passed, self.failed, self.skipped = self.passed + passed, self.failed + failed, self.skipped + skipped


def call(command, timeout=600, env=None):
    try:
        p = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, timeout=timeout, env=env)
        return p.returncode, p.stdout.decode('utf-8', 'replace')
    except subprocess.TimeoutExpired as e:
        return -1, (e.stdout or b'').decode('utf-8', 'replace') + '\ntimed out'


def sanitizer_env():
    return dict(os.environ, ASAN_OPTIONS='detect_leaks=1:abort_on_error=0', UBSAN_OPTIONS='print_stacktrace=1',
                TSAN_OPTIONS='suppressions=' + os.path.join(ROOT, 'tests', 'tsan.supp') + ':halt_on_error=0',
                LSAN_OPTIONS='suppressions=' + os.path.join(ROOT, 'tests', 'lsan.supp') + ':print_suppressions=0')


def run_units(build, tally, wrapper=()):
    """cmocka says `[  PASSED  ] N test(s)`; a program that dies counts as one failure."""
    programs = sorted(glob.glob(os.path.join(ROOT, build, 'tests', 'test_*')))
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        results = list(pool.map(lambda p: call([*wrapper, p], env=sanitizer_env()), programs))
    passed = failed = 0
    for program, (code, out) in zip(programs, results):
        ok = sum(int(n) for n in re.findall(r'\[  PASSED  \] (\d+) test', out))
        bad = len(re.findall(r'\[  FAILED  \] \S+$', out, re.M)) // 2 or (1 if code else 0)
        if bad or code:
            bad = max(bad, 1)
            print('--- %s (status %d)\n%s' % (os.path.relpath(program, ROOT), code, out[-4000:]))
        passed, failed = passed + ok, failed + bad
    print('unit tests in %s%s: %d passed, %d failed' % (build, ' under ' + wrapper[0] if wrapper else '', passed, failed))
    tally.add(passed, failed)


def run_counted(name, command, tally, timeout=900):
    """A program that closes with `N passed, N failed[, N skipped]`."""
    started = time.time()
    code, out = call(command, timeout, sanitizer_env())
    counts = COUNT.findall(out)
    passed, failed, skipped = (int(x or 0) for x in counts[-1]) if counts else (0, 1, 0)
    if code and not failed:
        failed = 1
    shown = out if failed else '\n'.join(l for l in out.split('\n') if 'skipped' in l or '|' in l)
    print('%s%s: %d passed, %d failed, %d skipped (%.0f s)'
          % (shown.strip() + '\n' if shown.strip() else '', name, passed, failed, skipped, time.time() - started))
    tally.add(passed, failed, skipped)


def run_plain(name, command, tally, expect=None):
    code, out = call(command)
    good = code == 0 and (expect is None or re.search(expect, out))
    print('%s: %s%s' % (name, 'passed' if good else 'failed', '' if good else '\n' + out[-3000:]))
    tally.add(1 if good else 0, 0 if good else 1)


FAULTS = ('readers', 'kill', 'powercut', 'diskfull', 'flips', 'memory')


def run_faults(build, tally, self_test=False):
    """Short runs; the long ones are `./dev bench fault`. With self_test each has to notice that a guard is gone.

    `sync` is left to the long runs: a sync that fails once at some points of a flush leaves a database that reports
    KGQ_CORRUPT (a file is missing) instead of opening, in about one run of 200 points.
    """
    for name in FAULTS + (('sync',) if self_test else ()):
        command = [build + '/tests/fault_' + name] + (['--self-test'] if self_test else [])
        run_counted('fault: %s%s' % (name, ', guards taken away' if self_test else ''), command, tally)


def run_examples(build, tally):
    fixtures = sorted(glob.glob(os.path.join(ROOT, 'fixtures', '*.yaml')), key=lambda p: ('background' not in p, p))
    for name in ('embed_c99', 'embed_cxx'):
        run_plain('example ' + name, [os.path.join(ROOT, build, 'tests', name), *fixtures], tally, r'GPU')


def run_default(build, tally):
    python = sys.executable
    run_units(build, tally)
    run_counted('text cases', [python, 'tests/run_cases.py', '--kgq', build + '/kgq'], tally)
    run_counted('examples in docs', [python, 'tests/run_docs.py', '--kgq', build + '/kgq'], tally)
    run_counted('shell', [python, 'tests/shell.py', '--kgq', build + '/kgq'], tally)
    run_counted('grammar', [python, 'tests/grammar.py', '--kgq', build + '/kgq'], tally)
    run_counted('fixtures', [python, 'tests/fixtures.py', '--kgq', build + '/kgq', '--shared', SHARED], tally)
    run_counted('reload', [python, 'tests/reload.py', '--kgq', build + '/kgq'], tally)
    run_counted('bad files', [python, 'tests/bad_files.py', '--kgq', build + '/kgq'], tally)
    run_counted('changed number', [python, 'tests/changed_number.py', '--kgq', build + '/kgq'], tally)
    run_counted('conformance', [build + '/tests/conformance', SHARED + '/w3c'], tally)
    run_counted('differential', [build + '/tests/differential', '--count', '2000'], tally)
    run_counted('large data', [python, 'tests/large.py', '--kgq', build + '/kgq', '--shared', SHARED], tally)
    run_faults(build, tally)
    run_examples(build, tally)
    run_counted('tidy', [python, 'tests/tidy/tidy.py'], tally)


def run_all(tally):
    for name, options in (('in batches of 1', ['--batch', '1']), ('in batches of 7', ['--batch', '7']),
                          ('with plain plans', ['--off', '0x3fff', '--batch', '2'])):
        run_counted('conformance ' + name, ['build/release/tests/conformance', *options, SHARED + '/w3c'], tally)
    for build in ('build/asan', 'build/release-clang'):
        run_units(build, tally)
        run_counted('text cases in ' + build, [sys.executable, 'tests/run_cases.py', '--kgq', build + '/kgq'], tally, 1800)
        run_counted('conformance in ' + build, [build + '/tests/conformance', SHARED + '/w3c'], tally, 3600)
    run_plain('10,000 round trips a format', ['env', 'KGQ_ROUND_TRIPS=10000', 'build/release/tests/test_writer'], tally)
    run_counted('other RDF tools', [sys.executable, 'tests/peers.py', '--kgq', 'build/release/kgq', '--shared', SHARED], tally, 7200)
    run_counted('beside pyoxigraph', [sys.executable, 'tests/oxigraph.py', '--answers', 'build/release/tests/oxigraph_answers'],
                tally)
    run_units('build/tsan', tally)
    run_faults('build/release', tally, True)
    run_counted('fault: memory in build/asan', ['build/asan/tests/fault_memory'], tally)
    run_units('build/release', tally, ('valgrind', '-q', '--error-exitcode=9', '--leak-check=full',
                                       '--suppressions=tests/valgrind.supp'))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--build', default='build/release')
    parser.add_argument('--all', action='store_true')
    options = parser.parse_args()
    tally = Tally()
    started = time.time()
    if not os.path.isdir(SHARED):
        print('the shared folder is not there: article texts, W3C suites and benchmark data are skipped')
    run_default(options.build, tally)
    if options.all:
        run_all(tally)
    print('in %.0f s' % (time.time() - started))
    print('%d passed, %d failed%s' % (tally.passed, tally.failed, ', %d skipped' % tally.skipped if tally.skipped else ''))
    return 1 if tally.failed else 0


if __name__ == '__main__':
    sys.exit(main())

#!/usr/bin/env python3
"""The whole test run: unit programs, text cases, conformance, fault tests, examples, tidiness; one closing count.

    tests/run.py --build build/release [--all] [--only STEP]... [--list] [--queries N] [--seed S]

--all goes on with the steps of ALL: sanitizers, clang, valgrind, the long run. --only runs the steps named, or those that
begin so; --list names them. --queries and --seed are those of the long run. What cannot run says why.
"""
import argparse
import concurrent.futures
import glob
import io
import os
import re
import subprocess
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SHARED = os.path.abspath(os.path.join(ROOT, '..', 'shared'))
COUNT = re.compile(r'(\d+) passed, (\d+) failed(?:, (\d+) skipped)?')
WORKERS = os.cpu_count() or 2


class Tally:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.lock = threading.Lock()

    def add(self, passed, failed, skipped=0):
        with self.lock:
            self.passed, self.failed, self.skipped = self.passed + passed, self.failed + failed, self.skipped + skipped


class StepOutput:
    """In place of sys.stdout: what a step prints is held by its thread and goes out in one piece when the step ends."""

    def __init__(self, real):
        self.real, self.lock, self.own = real, threading.Lock(), threading.local()

    def write(self, text):
        held = getattr(self.own, 'held', None)
        return (self.real if held is None else held).write(text)

    def flush(self):
        self.real.flush()

    def run(self, step, *arguments):
        self.own.held = io.StringIO()
        try:
            step(*arguments)
        finally:
            text, self.own.held = self.own.held.getvalue(), None
            with self.lock:
                self.real.write(text)
                self.real.flush()


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
    started = time.time()
    programs = sorted(glob.glob(os.path.join(ROOT, build, 'tests', 'test_*')))
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        results = list(pool.map(lambda p: call([*wrapper, p], env=sanitizer_env()), programs))
    passed, failed = 0, 0 if programs else 1  # none there: not built
    for program, (code, out) in zip(programs, results):
        ok = sum(int(n) for n in re.findall(r'\[  PASSED  \] (\d+) test', out))
        bad = len(re.findall(r'\[  FAILED  \] \S+$', out, re.M)) // 2 or (1 if code else 0)
        if bad or code:
            bad = max(bad, 1)
            print('--- %s (status %d)\n%s' % (os.path.relpath(program, ROOT), code, out[-4000:]))
        passed, failed = passed + ok, failed + bad
    print('unit tests in %s%s: %d passed, %d failed (%.0f s)'
          % (build, ' under ' + wrapper[0] if wrapper else '', passed, failed, time.time() - started))
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


FAULTS = ('powercut', 'kill', 'readers', 'sync', 'diskfull', 'flips', 'memory')
QUICK_SELF_TESTS = ('readers', 'kill', 'flips', 'memory')


def fault_steps(build, names, self_test=False):
    """Short runs; the long ones are `./dev bench fault`. With self_test each has to notice that a guard is gone."""
    ending, more = (', guards taken away', ['--self-test']) if self_test else ('', [])
    return [program('fault: ' + name + ending, [build + '/tests/fault_' + name, *more]) for name in names]


def run_examples(build, tally):
    fixtures = sorted(glob.glob(os.path.join(ROOT, 'fixtures', '*.yaml')), key=lambda p: ('background' not in p, p))
    for name in ('embed_c99', 'embed_cxx'):
        run_plain('example ' + name, [os.path.join(ROOT, build, 'tests', name), *fixtures], tally, r'GPU')


def program(name, command, timeout=900):
    return name, lambda tally, options: run_counted(name, command, tally, timeout)


def plain(name, command, expect=None):
    return name, lambda tally, options: run_plain(name, command, tally, expect)


def script(name, file, build, *more, timeout=900):
    return program(name, [sys.executable, 'tests/' + file, '--kgq', build + '/kgq', *more], timeout)


def default_steps(build):
    return [
        ('units', lambda tally, options: run_units(build, tally)),
        script('text cases', 'run_cases.py', build),
        script('examples in docs', 'run_docs.py', build),
        script('shell', 'shell.py', build),
        script('grammar', 'grammar.py', build),
        script('fixtures', 'fixtures.py', build, '--shared', SHARED),
        script('reload', 'reload.py', build),
        script('bad files', 'bad_files.py', build),
        script('changed number', 'changed_number.py', build),
        program('conformance', [build + '/tests/conformance', SHARED + '/w3c']),
        program('differential', [build + '/tests/differential', '--count', '2000']),
        script('large data', 'large.py', build, '--shared', SHARED),
        *fault_steps(build, FAULTS),
        *fault_steps(build, QUICK_SELF_TESTS, True),
        ('examples', lambda tally, options: run_examples(build, tally)),
        program('tidy', [sys.executable, 'tests/tidy/tidy.py']),
    ]


def run_long(tally, options):
    """Generated queries by engine and model, in as many processes as there are processors."""
    share = -(-options.queries // WORKERS)
    # A process takes about 1.03 seeds for one answer that the standard determines: shares do not meet.
    commands = [['nice', 'build/release/tests/differential', '--count', str(share), '--seed', str(options.seed + i * share * 2)]
                for i in range(WORKERS)]
    started = time.time()
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        results = list(pool.map(lambda c: call(c, 7200), commands))
    passed = failed = 0
    for command, (code, out) in zip(commands, results):
        counts = COUNT.findall(out)
        good, bad = (int(counts[-1][0]), int(counts[-1][1])) if counts else (0, 1)
        bad = bad or (1 if code else 0)
        if bad:
            print('--- %s\n%s' % (' '.join(command), out[-20000:]))
        passed, failed = passed + good, failed + bad
    print('the long run from seed %d: %d passed, %d failed (%.0f s)' % (options.seed, passed, failed, time.time() - started))
    tally.add(passed, failed)


def sanitizer_steps(build, name):
    return [
        (name + ': units', lambda tally, options: run_units(build, tally)),
        script(name + ': text cases', 'run_cases.py', build, timeout=1800),
        program(name + ': conformance', [build + '/tests/conformance', SHARED + '/w3c'], 1800),
        program(name + ': differential', [build + '/tests/differential', '--count', '5000', '--seed', '20000'], 1800),
        program(name + ': memory fault', [build + '/tests/fault_memory']),
    ]


def all_steps():
    release = 'build/release'
    valgrind = ('valgrind', '-q', '--error-exitcode=9', '--leak-check=full', '--suppressions=tests/valgrind.supp')
    ways = (('in batches of 1', ['--batch', '1']), ('in batches of 7', ['--batch', '7']),
            ('with plain plans', ['--off', '0xffffffff', '--batch', '2']))
    return [
        *[program('conformance ' + way, [release + '/tests/conformance', *options, SHARED + '/w3c']) for way, options in ways],
        *sanitizer_steps('build/asan', 'asan'),
        *sanitizer_steps('build/release-clang', 'clang'),
        ('tsan: units', lambda tally, options: run_units('build/tsan', tally)),
        plain('10,000 round trips a format', ['env', 'KGQ_ROUND_TRIPS=10000', release + '/tests/test_writer']),
        script('hostile gigabytes', 'hostile.py', release),
        program('installed, and embedded with pkg-config', [sys.executable, 'tests/install.py']),
        program('completion in the shells themselves', [sys.executable, 'tests/completion.py']),
        script('other RDF tools', 'peers.py', release, '--shared', SHARED, timeout=7200),
        program('beside pyoxigraph', [sys.executable, 'tests/oxigraph.py', '--answers', release + '/tests/oxigraph_answers']),
        *fault_steps(release, [name for name in FAULTS if name not in QUICK_SELF_TESTS], True),
        program('fault: eight readers for a minute', [release + '/tests/fault_readers', '--seconds', '60']),
        ('valgrind: units', lambda tally, options: run_units(release, tally, valgrind)),
        ('the long run', run_long),
    ]


def chosen(options):
    steps = default_steps(options.build)
    if options.all or options.only or options.list:
        steps += all_steps()
    return [(n, f) for n, f in steps if not options.only or any(n == o or n.startswith(o + ':') for o in options.only)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--build', default='build/release')
    parser.add_argument('--all', action='store_true')
    parser.add_argument('--only', action='append', default=[], metavar='STEP')
    parser.add_argument('--list', action='store_true')
    parser.add_argument('--queries', type=int, default=1000000)
    parser.add_argument('--seed', type=int, default=1000000)
    options = parser.parse_args()
    steps = chosen(options)
    if options.list or not steps:
        print('\n'.join(name for name, _ in steps or chosen(argparse.Namespace(build=options.build, all=True, only=[]))))
        return 0 if options.list else 2
    tally = Tally()
    started = time.time()
    if not os.path.isdir(SHARED):
        print('the shared folder is not there: article texts, W3C suites and benchmark data are skipped')
    sys.stdout = output = StepOutput(sys.stdout)
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:  # most steps keep one processor busy, or wait for the disk
        for done in [pool.submit(output.run, run, tally, options) for _, run in steps]:
            done.result()
    print('in %.0f s' % (time.time() - started))
    print('%d passed, %d failed%s' % (tally.passed, tally.failed, ', %d skipped' % tally.skipped if tally.skipped else ''))
    return 1 if tally.failed else 0


if __name__ == '__main__':
    sys.exit(main())

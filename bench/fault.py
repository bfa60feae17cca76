"""./dev bench fault: the long runs of the fault tests, with seeds of this moment.

What `./dev test` does in seconds is done here for as long as the figures of docs/TESTING.md say. A failure prints the
seed that repeats it. --only NAME: one of them; --share N: the Nth part of each count; --self-test: first, each has to
notice that a guard of the library is gone.
"""
import argparse
import os
import re
import subprocess
import time

import common

# name, count, what is counted
RUNS = [('kill', 10000, 'kills'), ('powercut', 100000, 'images'), ('flips', 300000, 'flips and cuts'),
        ('diskfull', 1000, 'disk sizes'), ('sync', 1000, 'failing syncs'), ('memory', 0, 'failing allocations'),
        ('readers', 20000, 'opens beside a writer')]
COUNT = re.compile(r'(\d+) passed, (\d+) failed(?:, (\d+) skipped)?')


def program(name):
    return os.path.join(common.ROOT, 'build', 'release', 'tests', 'fault_' + name)


def run(name, arguments):
    started = time.time()
    child = subprocess.run([program(name), *arguments], cwd=common.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    out = child.stdout.decode('utf-8', 'replace')
    counts = COUNT.findall(out)
    passed, failed, skipped = (int(n or 0) for n in counts[-1]) if counts else (0, 1, 0)
    if child.returncode and not failed:
        failed = 1
    if failed:
        print('--- %s\n%s' % (name, out[-6000:]))
    seed = re.search(r'seed (\d+)', out)
    return {'passed': passed, 'failed': failed, 'skipped': skipped, 'seed': int(seed.group(1)) if seed else 0,
            'seconds': time.time() - started, 'output': out}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--only')
    parser.add_argument('--share', type=int, default=1)
    parser.add_argument('--self-test', action='store_true')
    options = parser.parse_args()
    subprocess.run(['scons', '-Q', '-s', '-j', str(os.cpu_count() or 2), 'tests=1'], cwd=common.ROOT, check=True)
    rows, figures = [], {}
    for name, count, what in RUNS:
        if options.only and options.only != name:
            continue
        if options.self_test:
            seen = run(name, ['--self-test'])
            rows.append([name, 'guards taken away', seen['passed'], seen['failed'], '%.0f' % seen['seconds'], seen['seed']])
        count = max(count // options.share, 1) if count else (400 // options.share if options.share > 1 else 0)
        f = figures[name] = run(name, ['--count', str(count)])
        rows.append([name, what, f['passed'], f['failed'], '%.0f' % f['seconds'], f['seed']])
        print('%s: %d right, %d not (%.0f s)' % (name, f['passed'], f['failed'], f['seconds']), flush=True)
    common.table(['test', 'counted', 'right', 'not', 's', 'seed'], rows)
    common.save('fault', figures)
    return 1 if any(row[3] for row in rows) else 0


if __name__ == '__main__':
    raise SystemExit(main())

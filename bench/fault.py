"""./dev bench fault: the long runs of the fault tests, with seeds of this moment.

What `./dev test` does in seconds is done here for as long as the figures of docs/TESTING.md say, in parts with a seed
each, which are printed as they end; a failure prints what repeats it. --only NAME: one of them (may be repeated);
--share N: the Nth part of each count; --seed N: the seed of the first part; --go-on: parts that an earlier run of the
same seed has finished are not run again; --workers N: so many processes at once; --self-test: first, each has to notice
that a guard of the library is gone.
"""
import argparse
import json
import os
import re
import resource
import subprocess
import time

import common

# name, count, count of a part, what is counted
RUNS = [('kill', 10000, 500, 'kills'), ('powercut', 100000, 5000, 'images'), ('flips', 300000, 15000, 'flips and cuts'),
        ('diskfull', 1000, 50, 'disk sizes'), ('sync', 1000, 1000, 'failing syncs'), ('memory', 0, 0, 'failing allocations'),
        ('readers', 20000, 20000, 'opens beside a writer')]
COUNT = re.compile(r'(\d+) passed, (\d+) failed(?:, (\d+) skipped)?')
STATE = os.path.join(common.ROOT, 'build', 'bench', 'fault-parts.json')


def program(name):
    return os.path.join(common.ROOT, 'build', 'release', 'tests', 'fault_' + name)


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(name, arguments):
    started, cpu = time.time(), cpu_seconds()
    child = subprocess.run([program(name), *arguments], cwd=common.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    out = child.stdout.decode('utf-8', 'replace')
    counts = COUNT.findall(out)
    passed, failed, skipped = (int(n or 0) for n in counts[-1]) if counts else (0, 1, 0)
    if child.returncode and not failed:
        failed = 1
    if failed:
        print('--- %s %s\n%s' % (name, ' '.join(arguments), out[-6000:]), flush=True)
    return {'passed': passed, 'failed': failed, 'skipped': skipped, 'seconds': time.time() - started,
            'cpu_seconds': cpu_seconds() - cpu, 'output': out[-6000:]}


def read_state():
    try:
        with open(STATE, encoding='utf-8') as file:
            return json.load(file)
    except (OSError, ValueError):
        return {}


def write_state(state):
    os.makedirs(os.path.dirname(STATE), exist_ok=True)
    with open(STATE + '.new', 'w', encoding='utf-8') as file:
        json.dump(state, file, indent=1)
    os.replace(STATE + '.new', STATE)


def run_parts(name, count, part, what, options, state):
    """All parts of one test; what they add up to."""
    total = {'passed': 0, 'failed': 0, 'skipped': 0, 'seconds': 0.0, 'cpu_seconds': 0.0}
    parts = max(-(-count // part), 1) if part else 1
    for i in range(parts):
        key = '%s %d %d %d' % (name, options.seed + i, count, part)
        if not (options.go_on and key in state):
            some = min(part, count - i * part) if part else count
            more = ['--workers', str(options.workers)] if options.workers else []
            state[key] = run(name, ['--count', str(some), '--seed', str(options.seed + i), *more])
            write_state(state)
        for figure in total:
            total[figure] += state[key][figure]
        print('%s: part %d of %d, seed %d: %d %s right, %d not; %.0f s, %.1f ms of processor each'
              % (name, i + 1, parts, options.seed + i, total['passed'], what, total['failed'], total['seconds'],
                 1000 * total['cpu_seconds'] / max(total['passed'], 1)), flush=True)
    return total


def read_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--only', action='append', choices=[name for name, *_ in RUNS])
    parser.add_argument('--share', type=int, default=1)
    parser.add_argument('--seed', type=int, default=int(time.time()) % 1000000 * 1000)
    parser.add_argument('--go-on', action='store_true')
    parser.add_argument('--workers', type=int, default=0)
    parser.add_argument('--self-test', action='store_true')
    return parser.parse_args()


def main():
    options = read_options()
    subprocess.run(['scons', '-Q', '-s', '-j', str(os.cpu_count() or 2), 'tests=1'], cwd=common.ROOT, check=True)
    state = read_state() if options.go_on else {}
    rows, figures = [], {}
    for name, count, part, what in RUNS:
        if options.only and name not in options.only:
            continue
        if options.self_test:
            seen = run(name, ['--self-test'])
            rows.append([name, 'guards taken away', seen['passed'], seen['failed'], '%.0f' % seen['seconds'], '', ''])
        count = max(count // options.share, 1) if count else (400 // options.share if options.share > 1 else 0)
        f = figures[name] = run_parts(name, count, part, what, options, state)
        rows.append([name, what, f['passed'], f['failed'], '%.0f' % f['seconds'],
                     '%.1f' % (1000 * f['cpu_seconds'] / max(f['passed'], 1)), options.seed])
    common.table(['test', 'counted', 'right', 'not', 's', 'CPU ms each', 'first seed'], rows)
    common.save('fault', figures)
    return 1 if any(row[3] for row in rows) else 0


if __name__ == '__main__':
    raise SystemExit(main())

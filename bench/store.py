"""./dev bench store: the storage layer alone: scans, ranges, look-ups, counts, opening; bench/store_probe.c does the work.

Rates are of CPU time of one thread, warm, medians; opening is wall time of a fresh process, also after a kill of a
process that had the database open for writing. What must be reached stands beside each figure.
"""
import os
import shutil
import signal
import statistics
import subprocess
import time

import common

PROBE = os.path.join(common.TOOLS, 'store_probe')
WANTED = {  # name: (at least or at most, stretch)
    'scan SPOG': (100e6, 200e6), 'scan POSG': (100e6, 200e6), 'scan OSPG': (100e6, 200e6),
    'ranges (s ? ?)': (200e3, 300e3), 'term to id': (120e3, 250e3), 'id to term': (200e3, 300e3),
    'count of all, s': (1e-3, None), 'count of one predicate, longest, s': (1e-3, None),
    'count of one article, longest, s': (1e-3, None), 'sources of a triple, s': (200e-6, 50e-6),
    'open and first answer, s': (20e-3, 5e-3), 'open after a kill, s': (20e-3, 5e-3), 'resident after it, MiB': (64, None),
}


def probe(db, what):
    out = subprocess.run([PROBE, db, what], check=True, capture_output=True, text=True).stdout
    return {name: float(value) for name, value in (line.split('\t') for line in out.split('\n') if line)}


def repeat(make, times):
    found = [make() for _ in range(times)]
    return {name: statistics.median(one[name] for one in found) for name in found[0]}


def open_after_kill(db, small):
    """A load is killed a moment after it began; then opening to read, then to write."""
    child = subprocess.Popen([common.KGQ, 'load', db, small], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    time.sleep(0.05)
    child.send_signal(signal.SIGKILL)
    child.wait()
    reading, writing = probe(db, 'open'), probe(db, 'open-writing')
    return {'open after a kill, s': reading['open and first answer, s'],
            'open after a kill, CPU s': reading['open and first answer, CPU s'],
            'open for writing after a kill, s': writing['open and first answer, s']}


def measure(name, path, count, runs):
    db = os.path.join(common.CACHE, 'db-store')
    shutil.rmtree(db, ignore_errors=True)
    common.run([common.KGQ, 'load', db, path])
    if common.info(db)['triples'] != count:
        raise common.Failed('%s: %d triples in the database, wanted %d' % (name, common.info(db)['triples'], count))
    figures = probe(db, 'rates')
    figures.update(repeat(lambda: probe(db, 'open'), runs))
    figures['open for writing, s'] = repeat(lambda: probe(db, 'open-writing'), runs)['open and first answer, s']
    small = common.generated('things', 100000, 5000000)
    figures.update(repeat(lambda: open_after_kill(db, small), runs))
    shutil.rmtree(db)
    return figures


def reached(name, value):
    if name not in WANTED:
        return '', ''
    least, stretch = WANTED[name]
    smaller = least < 1 or 'MiB' in name
    good = value <= least if smaller else value >= least
    best = stretch and (value <= stretch if smaller else value >= stretch)
    return '%g' % least, 'stretch' if best else 'yes' if good else 'NO'


def show(value):
    if value >= 1e6:
        return '%.1f M' % (value / 1e6)
    if value >= 1e3:
        return '%.0f k' % (value / 1e3)
    return '%.1f' % value if value >= 1 else '%.3f ms' % (value * 1e3)


def main():
    options = common.arguments(__doc__)
    rows, figures = [], {}
    sets = [(name, common.plain_data(name), count) for name, count in common.TRIPLES.items()]
    sets.append(('facts', common.generated('facts', 10 ** 6), 6 * 10 ** 6))
    for name, path, count in sets:
        if not path or (options.only and options.only != name):
            continue
        figures[name] = measure(name, path, count, options.runs)
        for what, value in figures[name].items():
            rows.append([name, what, show(value), *reached(what, value)])
    common.table(['data', 'what', 'figure', 'must', 'reached'], rows)
    common.save('store', figures)


if __name__ == '__main__':
    main()

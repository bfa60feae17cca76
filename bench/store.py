"""./dev bench store: the storage layer alone: scans, ranges, look-ups, counts, opening; bench/store_probe.c does the work.
Then small commits into WatDiv and what they leave behind (bench/commit_probe.c), and 10,000 separate `kgq update`.

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
COMMITS = os.path.join(common.TOOLS, 'commit_probe')
UPDATES = 10000
WANTED = {  # name: (at least or at most, stretch)
    'scan SPOG': (100e6, 200e6), 'scan POSG': (100e6, 200e6), 'scan OSPG': (100e6, 200e6),
    'ranges (s ? ?)': (200e3, 300e3), 'term to id': (120e3, 250e3), 'id to term': (200e3, 300e3),
    'count of all, s': (1e-3, None), 'count of one predicate, longest, s': (1e-3, None),
    'count of one article, longest, s': (1e-3, None), 'sources of a triple, s': (200e-6, 50e-6),
    'inserts in batches of 1': (50e3, 80e3), 'inserts in batches of 1000': (80e3, 120e3),
    'inserts in batches of 1000, last against first tenth': (0.8, None),
    'N-Quads text in batches of 1000': (25e3, 40e3), 'ranges (s ? ?), 10 % in the delta': (80e3, 150e3),
    'scan SPOG after 10,000 updates': (50e6, None), 'bytes a quad after 10,000 updates, against a load': (2, None),
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


def commit_probe(db, *what):
    out = subprocess.run([COMMITS, db, *map(str, what)], check=True, capture_output=True, text=True).stdout
    return {name: float(value) for name, value in (line.split('\t') for line in out.split('\n') if line)}


def fresh(path):
    db = os.path.join(common.CACHE, 'db-commits')
    shutil.rmtree(db, ignore_errors=True)
    common.run([common.KGQ, 'load', db, path])
    return db


def commits(path, runs):
    """Each on a database loaded anew."""
    figures = {}
    for what in (('inserts', 1, 50000), ('inserts', 1000, 10 ** 6), ('text', 200000), ('ranges', 10)):
        found = repeat(lambda: commit_probe(fresh(path), *what), 1 if what[-1] == 10 ** 6 else runs)
        figures.update((key, value) for key, value in found.items() if key not in ('quads', 'delta rows', 'scan SPOG'))
        if what[0] == 'ranges':
            figures['scan SPOG, 10 % in the delta'] = found['scan SPOG']
    shutil.rmtree(fresh(path))
    return figures


def update_text(i):
    return ('INSERT DATA { GRAPH <http://example.org/graph/%d> { <http://example.org/s/%d> <http://example.org/p/1> "value %d" ; '
            '<http://example.org/p/2> %d ; <http://example.org/p/3> <http://example.org/s/%d> } }' % (i % 100, i, i, i, i // 2))


def many_updates():
    """10,000 processes, one update of three quads each; beside them the same quads loaded at once."""
    db, other = os.path.join(common.CACHE, 'db-updates'), os.path.join(common.CACHE, 'db-at-once')
    for path in (db, other):
        shutil.rmtree(path, ignore_errors=True)
    common.run([common.KGQ, 'load', '--format', 'nq', db, '/dev/null'])
    started = time.perf_counter()
    for i in range(UPDATES):
        common.run([common.KGQ, 'update', db, update_text(i)])
    each = (time.perf_counter() - started) / UPDATES
    text = os.path.join(common.CACHE, 'updates.nq')
    with open(text, 'wb') as out:
        subprocess.run([common.KGQ, 'export', db], check=True, stdout=out)
    common.run([common.KGQ, 'load', other, text])
    ours, theirs = common.info(db), common.info(other)
    if ours['quads'] != theirs['quads'] or ours['quads'] != 3 * UPDATES:
        raise common.Failed('%d and %d quads, wanted %d' % (ours['quads'], theirs['quads'], 3 * UPDATES))
    per_quad = [common.folder_bytes(path) / ours['quads'] for path in (db, other)]
    scan = commit_probe(db, 'scan')
    for path in (db, other):
        shutil.rmtree(path)
    return {'kgq update, wall s each': each, 'bytes a quad after 10,000 updates': per_quad[0],
            'bytes a quad after 10,000 updates, against a load': per_quad[0] / per_quad[1],
            'scan SPOG after 10,000 updates': scan['scan SPOG'], 'delta rows after 10,000 updates': scan['delta rows']}


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
    smaller = name.endswith(', s') or 'MiB' in name or 'bytes' in name
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
    path = common.plain_data('watdiv-10')
    if path and options.only in (None, 'commits'):
        figures['commits'] = {**commits(path, options.runs), **many_updates()}
        for what, value in figures['commits'].items():
            rows.append(['commits', what, show(value) if value >= 1000 else '%.3f' % value, *reached(what, value)])
    common.table(['data', 'what', 'figure', 'must', 'reached'], rows)
    common.save('store', figures)


if __name__ == '__main__':
    main()

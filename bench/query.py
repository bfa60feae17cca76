"""./dev bench query: the WatDiv, SP2Bench and LUBM queries, beside pyoxigraph, rows checked against expected.tsv first.

A time is that of one query in a process that has the database open, from its text to the last row written as TSV to nowhere,
warm: the median of several. The process for kgq is query_probe, for pyoxigraph a small Python loop; the peer's time for a
query without work is printed beside, since it is in each of its times.
"""
import csv
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

import common

PROBE = os.path.join(common.TOOLS, 'query_probe')
OXIGRAPH = '''
import sys, time, pyoxigraph
store = pyoxigraph.Store.read_only(sys.argv[1])
class Sink:
    def write(self, b): return len(b)
    def flush(self): pass
runs = int(sys.argv[2])
for path in sys.stdin.read().split():
    text = open(path).read()
    for i in range(runs):
        t = time.perf_counter()
        try:
            r = store.query(text)
            rows = str(bool(r)) if isinstance(r, pyoxigraph.QueryBoolean) else r.serialize(format=pyoxigraph.QueryResultsFormat.TSV).count(b"\\n") - 1
        except Exception as e:
            rows = "error"
        print(path, rows, time.perf_counter() - t, flush=True)
        if time.perf_counter() - t > 20: break
'''
SETS = (('watdiv-10', 'watdiv'), ('sp2b-1M', 'sp2b'), ('lubm-8', 'lubm'))


def expected():
    with open(os.path.join(common.SHARED, 'bench', 'expected.tsv'), encoding='utf-8') as f:
        return {(row['data'], row['query']): row['rows'] for row in csv.DictReader(f, delimiter='\t')}


def run_kgq(db, paths, runs):
    """{path: (rows or answer, median seconds)}, all in one process of query_probe; and its peak in MiB."""
    found, peak = {}, 0
    rest = list(paths)
    while rest:
        out = tempfile.TemporaryFile('w+')
        ask = subprocess.Popen([PROBE, db, str(runs), '10'], stdin=subprocess.PIPE, stdout=out, text=True)
        try:
            ask.communicate('\n'.join(rest) + '\n', timeout=60 * len(rest))
            failed = 'error'
        except subprocess.TimeoutExpired:
            ask.kill()
            ask.wait()
            failed = 'timeout'
        out.seek(0)
        for line in out.read().split('\n'):
            cells = line.split('\t')
            if cells[0] in rest and len(cells) > 2:
                found[cells[0]] = (cells[1], statistics.median(float(t) for t in cells[2:]) / 1e6)
            elif cells[0] == 'peak KiB':
                peak = max(peak, int(cells[1]) / 1024)
        out.close()
        rest = [path for path in rest if path not in found]
        if rest: # the query at which the process ended has no answer; the others get a new process
            found[rest.pop(0)] = (failed, 60.0)
    return found, peak


def run_oxigraph(db, paths, runs):
    found = {}
    for path in paths:
        try:
            p = subprocess.run([common.peer_python(), '-c', OXIGRAPH, db, str(runs)], input=path, capture_output=True, text=True, timeout=70)
        except subprocess.TimeoutExpired:
            found[path] = ('timeout', 60.0)
            continue
        lines = [l.split() for l in p.stdout.split('\n') if l]
        if lines:
            times = sorted(float(l[2]) for l in lines)
            found[path] = (lines[0][1].lower(), times[len(times) // 2])
    return found


def database(name, plain, loader):
    db = os.path.join(common.CACHE, name + loader)
    if loader == '.kgq':
        shutil.rmtree(db, ignore_errors=True)
        common.run([common.KGQ, 'load', db, plain])
    elif not os.path.exists(db):
        common.run([common.peer_python(), '-c', 'import sys, pyoxigraph\ns = pyoxigraph.Store(sys.argv[2])\n'
                    's.bulk_load(path=sys.argv[1], format=pyoxigraph.RdfFormat.N_TRIPLES)\ns.optimize(); s.flush()', plain, db])
    return db


def empty_query():
    """A query without work: its time is what a process asks of every query."""
    path = os.path.join(common.CACHE, 'empty.rq')
    with open(path, 'w', encoding='utf-8') as f:
        f.write('ASK {}\n')
    return path


def geometric_mean(values):
    return math.exp(sum(math.log(max(v, 1e-6)) for v in values) / len(values)) if values else float('nan')


def main():
    options = common.arguments(__doc__, 5)
    want, figures, wrong = expected(), {}, 0
    for name, folder in SETS:
        plain = common.plain_data(name)
        if not plain or (options.only and options.only != name):
            continue
        queries = os.path.join(common.SHARED, 'bench', 'queries', folder)
        paths = [os.path.join(queries, q) for q in sorted(os.listdir(queries)) if q.endswith('.rq')]
        floor = empty_query()
        ours, peak = run_kgq(database(name, plain, '.kgq'), paths + [floor], options.runs)
        peer = run_oxigraph(database(name, plain, '.oxigraph'), paths + [floor], min(options.runs, 3)) if common.peer_python() else {}
        rows, both = [], []
        for path in paths:
            query = os.path.basename(path)
            got, seconds = ours[path]
            right = got not in ('error', 'timeout') and want.get((name, query), got).lower() == got.lower()
            wrong += not right
            other = peer.get(path)
            if right and other and got.lower() == str(other[0]).lower() and not str(other[0]).startswith(('timeout', 'error')):
                both.append((seconds, other[1]))
            rows.append([query, got if right else 'WRONG %s, not %s' % (got, want.get((name, query))), '%.6f' % seconds,
                         '%.6f' % other[1] if other else '-', '%.1f' % (other[1] / max(seconds, 1e-6)) if other else '-'])
        common.table([name, 'rows', 'kgq s', 'pyoxigraph s', 'x'], rows)
        ratio = geometric_mean([b / max(a, 1e-6) for a, b in both])
        print('%s: geometric mean %.1f x faster than pyoxigraph over %d queries that both finish' % (name, ratio, len(both)))
        with_constant = [ours[p][1] for p in paths if name == 'watdiv-10' and os.path.basename(p)[0] in 'LSF' and 'all' not in p]
        if with_constant:
            print('L, S, F with a constant: median %.0f us, slowest %.0f us' %
                  (statistics.median(with_constant) * 1e6, max(with_constant) * 1e6))
        print('a query without work: kgq %.0f us, pyoxigraph %s' %
              (ours[floor][1] * 1e6, '%.0f us' % (peer[floor][1] * 1e6) if floor in peer else '-'))
        print('peak memory of kgq: %.0f MiB' % peak)
        figures[name] = {'ratio': ratio, 'peak_mib': peak, 'queries': {os.path.basename(p): ours[p] for p in paths}}
    common.save('query', figures)
    sys.exit(1 if wrong else 0)


if __name__ == '__main__':
    main()

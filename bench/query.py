"""./dev bench query: the WatDiv, SP2Bench and LUBM queries, beside pyoxigraph, rows checked against expected.tsv first.

A time is that of one query in a process that has the database open, all rows written as TSV to nowhere, warm: the median of
several. The process for kgq is the shell with .timer over standard input; for pyoxigraph a small Python loop.
"""
import csv
import math
import os
import re
import shutil
import subprocess
import sys

import common

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
    """{path: (rows or answer, median seconds)}; one process a query, so that a slow one costs only itself."""
    found = {}
    for path in paths:
        with open(path, encoding='utf-8') as f:
            text = f.read().rstrip().rstrip(';')
        script = '.timer on\n.mode tsv\n' + (text + '\n;\n') * runs
        try:
            p = subprocess.run([common.KGQ, db, '--timeout', '60'], input=script, capture_output=True, text=True, timeout=60 * runs + 20)
        except subprocess.TimeoutExpired:
            found[path] = ('timeout', 60.0)
            continue
        times = [float(t) for t in re.findall(r'^(\d+\.\d+) s$', p.stderr, re.M)]
        if p.returncode or not times:
            found[path] = ('error ' + p.stderr.strip()[-200:], 60.0)
            continue
        lines = p.stdout.count('\n')
        is_ask = p.stdout.strip().split('\n')[0] in ('true', 'false')
        rows = p.stdout.split('\n')[0] if is_ask else str(lines // runs - 1)
        found[path] = (rows, sorted(times)[len(times) // 2])
    return found


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
        ours = run_kgq(database(name, plain, '.kgq'), paths, options.runs)
        peer = run_oxigraph(database(name, plain, '.oxigraph'), paths, min(options.runs, 3)) if common.peer_python() else {}
        rows, both = [], []
        for path in paths:
            query = os.path.basename(path)
            got, seconds = ours[path]
            right = str(want.get((name, query), got)).lower() == str(got).lower()
            wrong += not right
            other = peer.get(path)
            if right and other and not str(other[0]).startswith(('timeout', 'error')):
                both.append((seconds, other[1]))
            rows.append([query, got if right else 'WRONG %s, not %s' % (got, want.get((name, query))), '%.4f' % seconds,
                         '%.4f' % other[1] if other else '-', '%.1f' % (other[1] / max(seconds, 1e-6)) if other else '-'])
        common.table([name, 'rows', 'kgq s', 'pyoxigraph s', 'x'], rows)
        ratio = geometric_mean([b / max(a, 1e-6) for a, b in both])
        print('%s: geometric mean %.1f x faster than pyoxigraph over %d queries that both finish\n' % (name, ratio, len(both)))
        figures[name] = {'ratio': ratio, 'queries': {os.path.basename(p): ours[p] for p in paths}}
    common.save('query', figures)
    sys.exit(1 if wrong else 0)


if __name__ == '__main__':
    main()

"""./dev bench load: loading N-Triples, durable, beside pyoxigraph's bulk loader and Jena TDB2.

CPU seconds per million triples, wall seconds, peak memory and bytes on disk per triple; the count of triples in the
database is checked first. pyoxigraph bulk-loads, then optimizes and flushes; Jena uses tdb2.tdbloader with its default
loader. Then what only we are asked for: 10 million triples with 256 MiB of memory, facts with source and qualifiers,
100,000 triples into the 10 million, and compaction of that.
"""
import os
import shutil
import subprocess

import common

OXIGRAPH = '''
import sys, pyoxigraph
store = pyoxigraph.Store(sys.argv[2])
try:
    store.bulk_load(path=sys.argv[1], format=pyoxigraph.RdfFormat.N_TRIPLES)
except (AttributeError, TypeError):  # before 0.4 formats were media types, before 0.3.23 path was input
    store.bulk_load(sys.argv[1], "application/n-triples")
store.optimize(); store.flush()
'''
OXIGRAPH_COUNT = '''
import sys, pyoxigraph
print(len(pyoxigraph.Store.read_only(sys.argv[1])))
'''
OXIGRAPH_VERSION = 'import pyoxigraph; print(getattr(pyoxigraph, "__version__", "?"))'
JENA_COUNT = 'SELECT (COUNT(*) AS ?c) { ?s ?p ?o }'


def kgq(path, db):
    return common.run([common.KGQ, 'load', db, path]), common.info(db)['triples']


def oxigraph(path, db):
    python = common.peer_python()
    figures = common.run([python, '-c', OXIGRAPH, path, db])
    out = subprocess.run([python, '-c', OXIGRAPH_COUNT, db], check=True, capture_output=True)
    return figures, int(out.stdout)


def jena(path, db):
    java = ['java', '-cp', common.jena_classes()]
    figures = common.run([*java, 'tdb2.tdbloader', '--loc', db, path])
    out = subprocess.run([*java, 'tdb2.tdbquery', '--loc', db, '--results', 'tsv', JENA_COUNT], check=True, capture_output=True)
    return figures, int(out.stdout.split()[1])


def loaders():
    found = {'kgq': kgq}
    if common.peer_python():
        version = subprocess.run([common.peer_python(), '-c', OXIGRAPH_VERSION], capture_output=True, text=True).stdout.strip()
        found['pyoxigraph ' + version] = oxigraph
    if common.jena_classes(install=True):
        found['jena tdb2'] = jena
    else:
        print('skipped Jena: Maven cannot fetch it here')
    return found


def measure(load, path, count, runs):
    samples, size = [], 0
    for _ in range(runs):
        db = os.path.join(common.CACHE, 'db')
        shutil.rmtree(db, ignore_errors=True)
        figures, got = load(path, db)
        if got != count:
            raise common.Failed('%d triples in the database, wanted %d' % (got, count))
        samples.append(figures)
        size = common.folder_bytes(db)
        shutil.rmtree(db)
    wall, cpu, peak = common.medians(samples)
    return {'wall_s': wall, 'cpu_s': cpu, 'cpu_s_per_million': cpu / count * 1e6, 'peak_mib': peak, 'bytes_per_triple': size / count}


def compare(options, figures):
    rows = []
    for name, count in common.TRIPLES.items():
        path = common.plain_data(name)
        if not path or (options.only and options.only != name):
            continue
        figures[name] = {}
        for peer, load in loaders().items():
            try:
                f = figures[name][peer] = measure(load, path, count, options.runs)
            except (common.Failed, subprocess.CalledProcessError, ValueError, IndexError, KeyError) as e:
                print('%s fails on %s: %s' % (peer, name, e))
                continue
            ours = figures[name].get('kgq', f)
            rows.append([name, peer, '%.2f' % f['cpu_s_per_million'], '%.2f' % f['wall_s'], '%.1f' % (f['wall_s'] / ours['wall_s']),
                         '%.0f' % f['peak_mib'], '%.1f' % f['bytes_per_triple'], '%.2f' % (ours['bytes_per_triple'] / f['bytes_per_triple'])])
    common.table(['data', 'program', 'CPU-s/M', 'wall s', 'x kgq', 'peak MiB', 'B/triple', 'kgq disk share'], rows)


def ours_alone(command, db, count):
    wall, cpu, peak = common.run(command)
    got = common.info(db)['quads']
    if got != count:
        raise common.Failed('%d quads in the database, wanted %d' % (got, count))
    return {'wall_s': wall, 'cpu_s': cpu, 'peak_mib': peak, 'bytes_per_quad': common.folder_bytes(db) / count}


def large(figures):
    """10 M triples within 256 MiB, 100,000 more into them, compaction; and a million facts of six quads."""
    db, facts = os.path.join(common.CACHE, 'db-large'), os.path.join(common.CACHE, 'db-facts')
    for path in (db, facts):
        shutil.rmtree(path, ignore_errors=True)
    million = 10 ** 6
    figures['10 M, --memory 256M'] = ours_alone([common.KGQ, 'load', '--memory', '256M', db, common.generated('things', 10 * million)],
                                                db, 10 * million)
    figures['100,000 into 10 M'] = ours_alone([common.KGQ, 'load', db, common.generated('things', 100000, 1100000)], db, 10100000)
    shutil.copytree(db, db + '-copy')
    figures['compact, --memory 256M'] = ours_alone([common.KGQ, 'compact', '--memory', '256M', db + '-copy'], db + '-copy', 10100000)
    shutil.rmtree(db + '-copy')
    figures['compact'] = ours_alone([common.KGQ, 'compact', db], db, 10100000)
    figures['1 M facts, 6 M quads'] = ours_alone([common.KGQ, 'load', facts, common.generated('facts', million)], facts, 6 * million)
    for path in (db, facts):
        shutil.rmtree(path)
    common.table(['kgq alone', 'CPU s', 'wall s', 'peak MiB', 'B/quad'],
                 [[name, '%.1f' % f['cpu_s'], '%.1f' % f['wall_s'], '%.0f' % f['peak_mib'], '%.1f' % f['bytes_per_quad']]
                  for name, f in figures.items()])


def main():
    options = common.arguments(__doc__)
    figures = {'large': {}}
    compare(options, figures)
    if not options.only or options.only == 'large':
        large(figures['large'])
    common.save('load', figures)


if __name__ == '__main__':
    main()

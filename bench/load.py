"""./dev bench load: loading N-Triples, durable, beside pyoxigraph's bulk loader and Jena TDB2.

CPU seconds per million triples, wall seconds, peak memory and bytes on disk per triple; the count of triples in the
database is checked first. pyoxigraph bulk-loads and then optimizes; Jena uses tdb2.tdbloader with its default loader.
"""
import os
import shutil
import subprocess

import common

OXIGRAPH = '''
import sys, pyoxigraph
store = pyoxigraph.Store(sys.argv[2])
store.bulk_load(path=sys.argv[1], format=pyoxigraph.RdfFormat.N_TRIPLES)
store.optimize(); store.flush()
'''
OXIGRAPH_COUNT = '''
import sys, pyoxigraph
print(len(pyoxigraph.Store.read_only(sys.argv[1])))
'''
JENA = '/usr/share/java'


def kgq(path, db):
    figures = common.run([common.KGQ, 'load', db, path])
    out = subprocess.run([common.KGQ, db, '--format', 'tsv', 'SELECT (COUNT(*) AS ?c) { ?s ?p ?o }'], check=True, capture_output=True)
    return figures, int(out.stdout.split()[1])


def oxigraph(path, db):
    python = common.peer_python()
    figures = common.run([python, '-c', OXIGRAPH, path, db])
    out = subprocess.run([python, '-c', OXIGRAPH_COUNT, db], check=True, capture_output=True)
    return figures, int(out.stdout)


def jena(path, db):
    classpath = ':'.join([JENA + '/*', '/usr/share/maven-repo/*'])
    figures = common.run(['java', '-cp', classpath, 'tdb2.tdbloader', '--loc', db, path])
    out = subprocess.run(['java', '-cp', classpath, 'tdb2.tdbquery', '--loc', db, '--results', 'tsv',
                          'SELECT (COUNT(*) AS ?c) { ?s ?p ?o }'], check=True, capture_output=True)
    return figures, int(out.stdout.split()[1])


def loaders():
    found = {'kgq': kgq}
    if common.peer_python():
        found['pyoxigraph'] = oxigraph
    if shutil.which('java') and (os.path.exists(JENA + '/jena-tdb2.jar') or
                                 not subprocess.run(['apt-get', 'install', '-y', '-qq', '--no-install-recommends', 'libapache-jena-java'],
                                                    capture_output=True).returncode):
        found['jena'] = jena
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


def main():
    options = common.arguments(__doc__)
    rows, figures = [], {}
    for name, count in common.TRIPLES.items():
        path = common.plain_data(name)
        if not path or (options.only and options.only != name):
            continue
        figures[name] = {}
        for peer, load in loaders().items():
            try:
                f = figures[name][peer] = measure(load, path, count, options.runs)
            except (common.Failed, subprocess.CalledProcessError, ValueError, IndexError) as e:
                print('%s fails on %s: %s' % (peer, name, e))
                continue
            ours = figures[name]['kgq']
            rows.append([name, peer, '%.2f' % f['cpu_s_per_million'], '%.2f' % f['wall_s'], '%.1f' % (f['wall_s'] / ours['wall_s']),
                         '%.0f' % f['peak_mib'], '%.1f' % f['bytes_per_triple'], '%.2f' % (ours['bytes_per_triple'] / f['bytes_per_triple'])])
    common.table(['data', 'program', 'CPU-s/M', 'wall s', 'x kgq', 'peak MiB', 'B/triple', 'kgq disk share'], rows)
    common.save('load', figures)


if __name__ == '__main__':
    main()

"""./dev bench parse: reading RDF syntax with full validation, MB/s of CPU time, beside serdi and rapper.

N-Triples of the three data sets, N-Quads made of them, and Turtle that our own writer makes of SP2Bench and WatDiv.
Every program reads the same file and writes N-Triples or N-Quads to nowhere; kgq also with no output at all.
"""
import os
import subprocess

import common

FORMATS = {'nt': ('ntriples', 'ntriples'), 'nq': ('nquads', 'nquads'), 'ttl': ('turtle', 'turtle')}


def nquads_of(plain):
    path = plain[:-3] + '.nq'
    if not os.path.exists(path):
        with open(plain, 'rb') as source, open(path, 'wb') as out:
            for number, line in enumerate(source):
                out.write(line.rstrip()[:-1].rstrip() + b' <http://example.org/graph/%d> .\n' % (number % 7))
    return path


def turtle_of(plain):
    path = plain[:-3] + '.ttl'
    if not os.path.exists(path):
        db = plain[:-3] + '.kgq'
        common.run([common.KGQ, 'load', db, plain])
        with open(path, 'wb') as out:
            common.run([common.KGQ, 'export', '--format', 'ttl', db], stdout=out)
        subprocess.run(['rm', '-rf', db], check=True)
    return path


def measure(name, path, kind, runs):
    megabytes = os.path.getsize(path) / 1e6
    programs = {'kgq parse': [common.KGQ, 'parse', '--format', kind, path]}
    if common.have('serdi', 'serdi'):
        target = 'ntriples' if kind != 'nq' else 'nquads'
        programs['serdi'] = ['serdi', '-i', FORMATS[kind][0], '-o', target, path]
    if common.have('rapper', 'raptor2-utils'):
        programs['rapper'] = ['rapper', '-q', '-i', FORMATS[kind][1], '-o', 'ntriples' if kind != 'nq' else 'nquads', path]
    figures = {}
    for program, command in programs.items():
        try:
            wall, cpu, peak = common.repeat(runs, lambda c=command: common.run(c))
            figures[program] = {'wall_s': wall, 'cpu_s': cpu, 'peak_mib': peak, 'mb_per_cpu_s': megabytes / cpu}
        except common.Failed as e:
            print('%s fails on %s: %s' % (program, name, e))
    return figures


def main():
    options = common.arguments(__doc__)
    rows, figures = [], {}
    for name in common.TRIPLES:
        plain = common.plain_data(name)
        if not plain or (options.only and options.only != name):
            continue
        files = [('nt', plain), ('nq', nquads_of(plain))] + ([('ttl', turtle_of(plain))] if name != 'lubm-8' else [])
        for kind, path in files:
            got = measure(name, path, kind, options.runs)
            figures[name + '.' + kind] = got
            base = got.get('serdi', {}).get('mb_per_cpu_s')
            for program, f in got.items():
                ratio = '%.1f' % (f['mb_per_cpu_s'] / base) if base else '-'
                rows.append([name + '.' + kind, program, '%.0f' % f['mb_per_cpu_s'], ratio, '%.2f' % f['cpu_s'],
                             '%.2f' % f['wall_s'], '%.0f' % f['peak_mib']])
    common.table(['file', 'program', 'MB/CPU-s', 'x serdi', 'CPU s', 'wall s', 'peak MiB'], rows)
    common.save('parse', figures)


if __name__ == '__main__':
    main()

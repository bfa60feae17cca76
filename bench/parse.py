"""./dev bench parse: reading RDF syntax with full validation and writing it, MB/s of CPU time, beside serdi and rapper.

N-Triples of the three data sets, N-Quads made of them, and Turtle that our own writer makes of SP2Bench and WatDiv. Every
program reads the same file and writes N-Triples or N-Quads to nowhere: what is written is counted first and must agree.
serdi runs as it comes and with its options for speed (-b bulk output, -f no names shortened). The programs take turns, so
that a noisy minute hits all of them; figures are medians. Last, peak memory for a file and for ten times as much of it.
"""
import os
import subprocess

import common

SERDI = {'nt': 'ntriples', 'nq': 'nquads', 'ttl': 'turtle'}
TIMES_LARGER = 10


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
        subprocess.run(['rm', '-rf', db], check=True)
        common.run([common.KGQ, 'load', db, plain])
        with open(path, 'wb') as out:
            common.run([common.KGQ, 'export', '--format', 'ttl', db], stdout=out)
        subprocess.run(['rm', '-rf', db], check=True)
    return path


def larger(path):
    """The file ten times over; Turtle and the line formats may be joined like that."""
    target = path + '.x%d' % TIMES_LARGER
    if not os.path.exists(target):
        with open(target, 'wb') as out:
            for _ in range(TIMES_LARGER):
                with open(path, 'rb') as source:
                    while piece := source.read(1 << 20):
                        out.write(piece)
    return target


def programs_for(kind, path):
    programs = {'kgq': [common.KGQ, 'parse', '--format', kind, path]}
    output = 'nquads' if kind == 'nq' else 'ntriples'
    if common.have('serdi', 'serdi'):
        programs['serdi'] = ['serdi', '-i', SERDI[kind], '-o', output, path]
        programs['serdi -b -f'] = ['serdi', '-b', '-f', '-i', SERDI[kind], '-o', output, path]
    if common.have('rapper', 'raptor2-utils'):
        programs['rapper'] = ['rapper', '-q', '-i', SERDI[kind], '-o', output, path]
    return programs


def lines_written(command):
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        return sum(piece.count(b'\n') for piece in iter(lambda: child.stdout.read(1 << 20), b''))


def measure(name, kind, path, runs):
    """Median figures of each program that writes as many statements as we do."""
    programs = programs_for(kind, path)
    counts = {program: lines_written(command) for program, command in programs.items()}
    for program in [p for p in programs if counts[p] != counts['kgq']]:
        print('%s writes %d statements of %s, kgq %d: not compared' % (program, counts[program], name, counts['kgq']))
        del programs[program]
    samples = {program: [] for program in programs}
    for _ in range(runs):
        for program, command in programs.items():
            samples[program].append(common.run(command))
    megabytes = os.path.getsize(path) / 1e6
    figures = {}
    for program, taken in samples.items():
        wall, cpu, peak = common.medians(taken)
        figures[program] = {'wall_s': wall, 'cpu_s': cpu, 'peak_mib': peak, 'mb_per_cpu_s': megabytes / cpu,
                            'statements': counts[program]}
    return figures


def speed(files, runs, figures):
    rows = []
    for name, kind, path in files:
        got = figures[name] = measure(name, kind, path, runs)
        base = got.get('serdi', {}).get('mb_per_cpu_s')
        for program, f in got.items():
            ratio = '%.1f' % (f['mb_per_cpu_s'] / base) if base else '-'
            rows.append([name, '%.0f' % (os.path.getsize(path) / 1e6), program, '%.0f' % f['mb_per_cpu_s'], ratio,
                         '%.2f' % f['cpu_s'], '%.2f' % f['wall_s'], '%.0f' % f['peak_mib']])
    common.table(['file', 'MB', 'program', 'MB/CPU-s', 'x serdi', 'CPU s', 'wall s', 'peak MiB'], rows)


def memory(files, figures):
    rows = []
    for name, kind, path in files:
        peaks = [common.run([common.KGQ, 'parse', '--format', kind, p])[2] for p in (path, larger(path))]
        os.remove(larger(path))
        figures[name]['peak_mib_of_%d' % TIMES_LARGER] = peaks[1]
        rows.append([name, '%.1f' % peaks[0], '%.1f' % peaks[1]])
    print()
    common.table(['file', 'peak MiB', 'peak MiB of %d times as much' % TIMES_LARGER], rows)


def main():
    options = common.arguments(__doc__, runs=5)
    files, figures = [], {}
    for name in common.TRIPLES:
        plain = None if options.only and options.only != name else common.plain_data(name)
        if plain:
            files += [(name + '.nt', 'nt', plain), (name + '.nq', 'nq', nquads_of(plain))]
            files += [(name + '.ttl', 'ttl', turtle_of(plain))] if name != 'lubm-8' else []
    speed(files, options.runs, figures)
    memory([f for f in files if f[0].startswith('sp2b') or options.only], figures)
    common.save('parse', figures)


if __name__ == '__main__':
    main()

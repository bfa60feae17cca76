#!/usr/bin/env python3
"""Do others read what we export? Every format of every data set through every RDF tool that is installed, counts compared.

    tests/peers.py --kgq build/release/kgq [--shared ../shared] [--only fixtures|watdiv-10|sp2b-1M] [--tool NAME]

Tools: rapper, serdi, Jena's riot (on the path, else fetched by Maven to build/bench/jena: the classes of Debian's package do not
start), and from a Python environment of their own below build/bench rdflib and pyoxigraph. What is not installed is skipped
aloud. The exact form holds RDF 1.2 when the data do; then only tools that know it are asked.
"""
import argparse
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, 'bench'))
import common  # noqa: E402

FORMATS = ('nt', 'nq', 'ttl', 'trig')
GRAPH = 'https://example.org/article/003-de'  # of the fixtures: formats without graphs take one
NAMES = {'nt': 'ntriples', 'nq': 'nquads', 'ttl': 'turtle', 'trig': 'trig'}

OXIGRAPH = '''
import sys, pyoxigraph
kind = {'nt': 'N_TRIPLES', 'nq': 'N_QUADS', 'ttl': 'TURTLE', 'trig': 'TRIG'}[sys.argv[1]]
print(sum(1 for _ in pyoxigraph.parse(path=sys.argv[2], format=getattr(pyoxigraph.RdfFormat, kind))))
'''
RDFLIB = '''
import logging, sys, rdflib
class Complaint(logging.Handler):
    def emit(self, record):
        sys.exit('rdflib: ' + record.getMessage())
kind = {'nt': 'nt', 'nq': 'nquads', 'ttl': 'turtle', 'trig': 'trig'}[sys.argv[1]]
rdflib.NORMALIZE_LITERALS = False
data = rdflib.Dataset() if kind in ('nquads', 'trig') else rdflib.Graph()
data.parse(sys.argv[2], format=kind)
print(sum(1 for _ in data.quads()) if kind in ('nquads', 'trig') else len(data))
'''


class Refused(Exception):
    pass


def output_of(command, **more):
    p = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)
    out, err = p.stdout.decode('utf-8', 'replace'), p.stderr.decode('utf-8', 'replace')
    if p.returncode:
        raise Refused('status %d: %s' % (p.returncode, (err + out).strip()[-500:]))
    return out, err


# ---- tools: (format, path) -> number of statements, or Refused ------------------------------------------------------


def rapper(kind, path):
    _, err = output_of(['rapper', '-c', '-i', NAMES[kind], path])
    complaints = [l for l in err.split('\n') if re.search(r'[Ww]arning|[Ee]rror', l)]
    if complaints:
        raise Refused(complaints[0])
    return int(re.search(r'Parsing returned (\d+) triple', err).group(1))


def serdi(kind, path):
    with subprocess.Popen(['serdi', '-i', NAMES[kind], '-o', 'nquads', path], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as child:
        count = sum(piece.count(b'\n') for piece in iter(lambda: child.stdout.read(1 << 20), b''))
        err = child.stderr.read().decode('utf-8', 'replace')
    if child.returncode or err.strip():
        raise Refused('status %d: %s' % (child.returncode, err.strip()[-500:]))
    return count


def jena():
    """The command line of riot, or None."""
    if shutil.which('riot'):
        return ['riot']
    jars = common.jena_classes()
    return ['java', '-Xmx3g', '-cp', jars, 'riotcmd.riot'] if jars else None


def riot(command, kind, path):
    out, err = output_of([*command, '--count', '--syntax=' + NAMES[kind], path])
    text = out + err
    complaints = [l for l in text.split('\n') if re.search(r'\b(WARN|ERROR)\b', l) ]
    if complaints:
        raise Refused(complaints[0])
    found = re.search(r'(?:Triples|Quads)\s*=\s*([\d,]+)', text) or re.search(r'([\d,]+)\s+(?:triples|quads)', text)
    if not found:
        raise Refused('no count in: ' + text[-300:])
    return int(found.group(1).replace(',', ''))


def by_python(python, program):
    return lambda kind, path: int(output_of([python, '-c', program, kind, path])[0].split()[-1])


def tools(tally):
    """Name -> (function, knows RDF 1.2)."""
    found = {}
    for name, function in (('rapper', rapper), ('serdi', serdi)):
        if shutil.which(name):
            found[name] = (function, False)
    command = jena()
    if command:
        found['riot'] = (lambda kind, path: riot(command, kind, path), command[0] == 'java')
    python = common.peer_python()
    for name, program in (('pyoxigraph', OXIGRAPH), ('rdflib', RDFLIB)):
        if python and subprocess.run([python, '-c', 'import ' + name], capture_output=True).returncode == 0:
            found[name] = (by_python(python, program), name == 'pyoxigraph')
    for name in ('rapper', 'serdi', 'riot', 'pyoxigraph', 'rdflib'):
        if name not in found:
            tally['skipped'] += 1
            print('skipped %s: not installed' % name)
    return found


# ---- data -----------------------------------------------------------------------------------------------------------


def load(kgq, name, db):
    if name == 'fixtures':
        files = sorted(glob.glob(os.path.join(ROOT, 'fixtures', '*.yaml')), key=lambda p: ('background' not in p, p))
    else:
        plain = common.plain_data(name)
        files = [plain] if plain else []
    if files:
        output_of([kgq, 'load', db, *files])
    return bool(files)


def export(kgq, db, path, *flags):
    with open(path, 'wb') as out:
        subprocess.run([kgq, 'export', *flags, db], stdout=out, check=True)


def lines_of(path):
    with open(path, 'rb') as f:
        return sum(1 for _ in f)


def cases(kgq, name, db, folder):
    """(title, format, path, statements, needs RDF 1.2) of each export."""
    for version in ('1.2', '1.1'):
        for kind in FORMATS:
            graph = ['--graph', GRAPH] if name == 'fixtures' and kind in ('nt', 'ttl') else []
            path = os.path.join(folder, 'export.' + kind)
            lines = os.path.join(folder, 'lines.' + kind)
            export(kgq, db, path, '--rdf', version, '--format', kind, *graph)
            export(kgq, db, lines, '--rdf', version, '--format', 'nt' if graph else 'nq', *graph)
            with open(lines, 'rb') as f:
                new = any(b'<<(' in line for line in f)
            yield '%s, %s, RDF %s' % (name, kind, version), kind, path, lines_of(lines), new
            os.remove(path)
            os.remove(lines)


def ask(tool, function, case, tally):
    title, kind, path, expected, _ = case
    try:
        count = function(kind, path)
        fault = None if count == expected else 'counts %d, we %d' % (count, expected)
    except Refused as e:
        fault = str(e)
    tally['failed' if fault else 'passed'] += 1
    print('%-10s %-28s %9d statements %s' % (tool, title, expected, 'FAILED: ' + fault if fault else 'equal'), flush=True)


def run(options, tally):
    common.SHARED = os.path.abspath(options.shared)
    found = tools(tally)
    for name in ('fixtures', 'watdiv-10', 'sp2b-1M'):
        if options.only and options.only != name:
            continue
        with tempfile.TemporaryDirectory(prefix='kgq-peers-') as folder:
            db = os.path.join(folder, 'db')
            if not load(options.kgq, name, db):
                tally['skipped'] += 1
                continue
            for case in cases(options.kgq, name, db, folder):
                for tool, (function, modern) in found.items():
                    if (not options.tool or options.tool == tool) and (modern or not case[4]):
                        ask(tool, function, case, tally)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--kgq', required=True)
    parser.add_argument('--shared', default=common.SHARED)
    parser.add_argument('--only')
    parser.add_argument('--tool')
    options = parser.parse_args()
    tally = {'passed': 0, 'failed': 0, 'skipped': 0}
    run(options, tally)
    print('peers: %(passed)d passed, %(failed)d failed, %(skipped)d skipped' % tally)
    return 1 if tally['failed'] else 0


if __name__ == '__main__':
    sys.exit(main())

"""bench/common.py: what the benchmarks share: timing of whole processes, medians, tables, peers, data.

Machines are noisy, so figures are medians of several runs, CPU seconds beside wall seconds, and what is quoted is the
ratio against a peer of the same run. Counts are checked before any time counts.
"""
import argparse
import glob
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SHARED = os.path.abspath(os.path.join(ROOT, '..', 'shared'))
CACHE = os.path.join(ROOT, 'build', 'bench')
KGQ = os.environ.get('KGQ') or os.path.join(ROOT, 'build', 'release', 'kgq')
TOOLS = os.environ.get('KGQ_BENCH_TOOLS') or os.path.join(ROOT, 'build', 'release', 'bench')
TRIPLES = {'watdiv-10': 1084078, 'sp2b-1M': 1000005, 'lubm-8': 1001418}


class Failed(Exception):
    pass


def run(command, stdout=subprocess.DEVNULL, cwd=None, env=None, timeout=1800):
    """(wall s, CPU s, peak MiB) of one process; raises Failed when its status is not 0."""
    started = time.perf_counter()
    with tempfile.TemporaryFile() as err:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=err, cwd=cwd, env=env)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        if status:
            err.seek(0)
            raise Failed('%s: status %d: %s' % (' '.join(command)[:200], status, err.read().decode('utf-8', 'replace')[-400:]))
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def medians(samples):
    return [statistics.median(column) for column in zip(*samples)]


def repeat(times, make):
    return medians([make() for _ in range(times)])


def plain_data(name):
    """The data set as plain N-Triples, expanded once; None (said aloud) without the shared folder."""
    packed = os.path.join(SHARED, 'bench', 'data', name + '.nt.zst')
    plain = os.path.join(CACHE, name + '.nt')
    if not os.path.exists(packed):
        print('skipped %s: the shared folder does not have it' % name)
        return None
    if not os.path.exists(plain):
        os.makedirs(CACHE, exist_ok=True)
        subprocess.run(['zstd', '-q', '-d', '-f', packed, '-o', plain], check=True)
    return plain


def generated(kind, count, first=0):
    """A file of bench/generate.c, made once: things are N-Triples, facts are N-Quads."""
    path = os.path.join(CACHE, '%s-%d-%d.%s' % (kind, count, first, 'nt' if kind == 'things' else 'nq'))
    if not os.path.exists(path):
        os.makedirs(CACHE, exist_ok=True)
        with open(path + '.part', 'wb') as out:
            subprocess.run([os.path.join(TOOLS, 'generate'), kind, str(count), str(first)], stdout=out, check=True)
        os.rename(path + '.part', path)
    return path


def info(db):
    """What kgq info says of a database, numbers as numbers."""
    out = subprocess.run([KGQ, 'info', db], check=True, capture_output=True, text=True).stdout
    found = {}
    for line in out.split('\n'):
        words = re.split(r'[ :\t]{2,}|\t|: +', line.strip(), maxsplit=1)
        if len(words) == 2:
            digits = words[1].replace(',', '')
            found[words[0]] = int(digits) if digits.isdigit() else words[1]
    return found


def peer_python():
    """A Python with pyoxigraph in an environment of our own, made once; None (said aloud) when it cannot be had."""
    python = os.path.join(CACHE, 'venv', 'bin', 'python')
    if not os.path.exists(python):
        os.makedirs(CACHE, exist_ok=True)
        subprocess.run([sys.executable, '-m', 'venv', os.path.join(CACHE, 'venv')], check=True)
    if not os.path.exists(os.path.join(CACHE, 'venv', 'newest')):
        subprocess.run([python, '-m', 'pip', 'install', '-q', '-U', 'pyoxigraph', 'rdflib'], capture_output=True)
        open(os.path.join(CACHE, 'venv', 'newest'), 'w').close()
    if subprocess.run([python, '-c', 'import pyoxigraph'], capture_output=True).returncode:
        if subprocess.run([python, '-m', 'pip', 'install', '-q', 'pyoxigraph', 'rdflib'], capture_output=True).returncode:
            print('skipped pyoxigraph: it cannot be installed here')
            return None
    return python


JENA = os.path.join(CACHE, 'jena')
JENA_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>kgq</groupId><artifactId>peers</artifactId><version>1</version><dependencies><dependency>
<groupId>org.apache.jena</groupId><artifactId>jena-cmds</artifactId><version>5.6.0</version></dependency><dependency>
<groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>2.0.17</version></dependency></dependencies></project>
"""


def jena_classes(install=False):
    """The class path of Jena, fetched by Maven once (the classes of Debian's package do not start); None when it cannot be had."""
    if install:
        have('java', 'default-jre-headless')
        have('mvn', 'maven')
    if not shutil.which('java'):
        return None
    jars = os.path.join(JENA, 'lib', '*')
    if not glob.glob(jars) and shutil.which('mvn'):
        os.makedirs(JENA, exist_ok=True)
        with open(os.path.join(JENA, 'pom.xml'), 'w', encoding='utf-8') as f:
            f.write(JENA_POM)
        subprocess.run(['mvn', '-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=lib'], cwd=JENA, capture_output=True)
    return jars if glob.glob(jars) else None


def have(tool, package):
    if shutil.which(tool):
        return True
    subprocess.run(['apt-get', 'install', '-y', '-qq', '--no-install-recommends', package], capture_output=True)
    if not shutil.which(tool):
        print('skipped %s: package %s cannot be installed here' % (tool, package))
        return False
    return True


def folder_bytes(path):
    return sum(os.lstat(os.path.join(folder, name)).st_size for folder, _, names in os.walk(path) for name in names)


def table(head, rows):
    rows = [[str(cell) for cell in row] for row in [head, *rows]]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    for number, row in enumerate(rows):
        print('| ' + ' | '.join(cell.ljust(width) for cell, width in zip(row, widths)) + ' |')
        if number == 0:
            print('|' + '|'.join('-' * (width + 2) for width in widths) + '|')


def save(name, figures):
    os.makedirs(CACHE, exist_ok=True)
    path = os.path.join(CACHE, name + '.json')
    with open(path, 'w', encoding='utf-8') as f:
        json.dump(figures, f, indent=1)
    print('figures: ' + os.path.relpath(path, ROOT))


def arguments(description, runs=3):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument('--runs', type=int, default=runs)
    parser.add_argument('--only', help='one data set')
    return parser.parse_args()

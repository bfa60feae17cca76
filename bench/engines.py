"""bench/engines.py: the databases that `./dev bench query` compares: kgq, pyoxigraph, Jena TDB2 and Virtuoso.

Each engine can be set up (installed when it is a peer), loads a data set once into a folder below build/bench, and then answers
queries in one long-lived process: ask() gives the answer and the seconds of each run, rows written as TSV. kgq, pyoxigraph and
Jena are asked through a pipe (query_probe.c says how), Virtuoso through HTTP on a loopback port, as it is used. What cannot be
set up says so and is left out.
"""
import glob
import http.client
import os
import select
import shutil
import socket
import subprocess
import sys
import time
import urllib.parse

import common

LIMIT_SECONDS = 60
GRAPH = 'http://example.org/data'
OXIGRAPH = '''
import sys, time, pyoxigraph
TSV = pyoxigraph.QueryResultsFormat.TSV
started = time.perf_counter()
store = pyoxigraph.Store.read_only(sys.argv[1])
print('ready\\t%.1f' % ((time.perf_counter() - started) * 1e6), flush=True)
for line in sys.stdin:
    runs, seconds, out, path = line.rstrip('\\n').split('\\t')
    text, total, answer, times = open(path).read(), 0, None, []
    while len(times) < int(runs) and total < float(seconds):
        started, tsv = time.perf_counter(), b''
        try:
            result = store.query(text)
            if isinstance(result, pyoxigraph.QueryBoolean):
                rows = str(bool(result)).lower()
            else:
                tsv = result.serialize(format=TSV)
                rows = None
        except Exception as e:
            rows = 'error'
        times.append(time.perf_counter() - started)
        total += times[-1]
        answer = answer or rows or str(tsv.count(b'\\n') - 1)
        if out != '-':
            open(out, 'wb').write(tsv)
    print('\\t'.join([answer] + ['%.1f' % (t * 1e6) for t in times]), flush=True)
'''


class Pipe:
    """An engine as a process that answers one line for each line; it is started again when a query had to be ended."""
    name, cold_by_process = '', True

    def __init__(self):
        self.child, self.peak_mib, self.opened, self.database, self.why = None, 0.0, 0.0, None, ''

    def command(self, database):
        raise NotImplementedError

    def start(self, database):
        self.database = database
        self.child = subprocess.Popen(self.command(database), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.DEVNULL, bufsize=0)
        self.opened = float(self.read(120)[1]) / 1e6

    def read(self, seconds):
        line, until = b'', time.monotonic() + seconds
        while not line.endswith(b'\n'):
            ready, _, _ = select.select([self.child.stdout], [], [], max(until - time.monotonic(), 0))
            piece = self.child.stdout.read(65536) if ready else None
            if piece is None:
                raise TimeoutError
            if not piece:
                raise BrokenPipeError
            line += piece
        return line.decode().rstrip('\n').split('\t')

    def ask(self, path, runs=1, seconds=10.0, out='-', prepared=False):
        """(answer, [seconds of each run]); the answer is rows, true, false, error or timeout."""
        try:
            if self.child is None:
                self.start(self.database)
            request = '%s%d\t%g\t%s\t%s\n' % ('p' if prepared else '', runs, seconds, out, path)
            self.child.stdin.write(request.encode())
            cells = self.read(seconds + LIMIT_SECONDS + 10)
            self.measure()
            return cells[0], [float(c) / 1e6 for c in cells[1:]]
        except (TimeoutError, BrokenPipeError) as e:
            self.measure()
            self.stop()
            return 'timeout' if isinstance(e, TimeoutError) else 'error', [float(LIMIT_SECONDS)]

    def measure(self):
        self.peak_mib = max(self.peak_mib, peak_mib(self.child.pid))

    def stop(self):
        if self.child:
            self.child.kill()
            self.child.wait()
            self.child = None


class Kgq(Pipe):
    name = 'kgq'

    def set_up(self):
        return True

    def folder(self, name):
        return os.path.join(common.CACHE, name + '.kgq')

    def load(self, name, plain):
        shutil.rmtree(self.folder(name), ignore_errors=True)
        common.run([common.KGQ, 'load', self.folder(name), plain])

    def command(self, database):
        return [os.path.join(common.TOOLS, 'query_probe'), database]


class Oxigraph(Pipe):
    name = 'pyoxigraph'

    def set_up(self):
        return common.peer_python() is not None

    def folder(self, name):
        return os.path.join(common.CACHE, name + '.oxigraph')

    def load(self, name, plain):
        if not os.path.exists(self.folder(name)):
            common.run([common.peer_python(), '-c', 'import sys, pyoxigraph\ns = pyoxigraph.Store(sys.argv[2])\n'
                        's.bulk_load(path=sys.argv[1], format=pyoxigraph.RdfFormat.N_TRIPLES)\ns.optimize(); s.flush()',
                        plain, self.folder(name)])

    def command(self, database):
        return [os.path.join(common.CACHE, 'venv', 'bin', 'python'), '-c', OXIGRAPH, database]


class Jena(Pipe):
    name = 'jena'

    def set_up(self):
        jars = common.jena_classes(install=True)
        if not jars or not common.have('javac', 'default-jdk-headless'):
            print('skipped jena: its classes cannot be had here (javac and Maven are needed)')
            return False
        built = os.path.join(common.CACHE, 'jena', 'probe')
        made = subprocess.run(['javac', '-cp', jars, '-d', built, os.path.join(common.ROOT, 'bench', 'JenaProbe.java')],
                              capture_output=True, text=True)
        if made.returncode:
            print('skipped jena: ' + made.stderr.strip()[-300:])
            return False
        self.classes = built + ':' + jars
        return True

    def folder(self, name):
        return os.path.join(common.CACHE, name + '.tdb2')

    def load(self, name, plain):
        if not os.path.exists(self.folder(name)):
            common.run(['java', '-Xmx3g', '-cp', self.classes, 'tdb2.tdbloader', '--loader=parallel', '--loc',
                        self.folder(name) + '.part', plain])
            os.rename(self.folder(name) + '.part', self.folder(name))

    def command(self, database):
        return ['java', '-Xmx3g', '-cp', self.classes, 'JenaProbe', database]


VIRTUOSO_INI = '''[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
FileExtend = 200
MaxCheckpointRemap = 2000
TempStorage = TempDatabase
[TempDatabase]
DatabaseFile = virtuoso-temp.db
TransactionFile = virtuoso-temp.trx
MaxCheckpointRemap = 2000
[Parameters]
ServerPort = 127.0.0.1:%(sql)d
DisableUnixSocket = 1
CheckpointInterval = 0
DirsAllowed = ., %(data)s
NumberOfBuffers = 170000
MaxDirtyBuffers = 130000
MaxQueryMem = 2G
ThreadsPerQuery = 4
AsyncQueueMaxThreads = 10
[HTTPServer]
ServerPort = 127.0.0.1:%(http)d
ServerRoot = .
ServerThreads = 5
KeepAliveTimeout = 100
MaxKeepAlives = 10
EnabledGzipContent = 0
[SPARQL]
ResultSetMaxRows = 100000000
MaxQueryExecutionTime = 60
[Client]
SQL_QUERY_TIMEOUT = 0
'''


class Virtuoso:
    """A server of its own for each data set, on a loopback port, in a folder below build/bench."""
    name, cold_by_process = 'virtuoso', False

    def __init__(self):
        self.server, self.link, self.peak_mib, self.database, self.opened, self.why = None, None, 0.0, None, 0.0, ''

    def set_up(self):
        return common.have('virtuoso-t', 'virtuoso-opensource') and common.have('isql-vt', 'virtuoso-opensource')

    def folder(self, name):
        return os.path.join(common.CACHE, name + '.virtuoso')

    def load(self, name, plain):
        folder = self.folder(name)
        if os.path.exists(os.path.join(folder, 'loaded')):
            return
        shutil.rmtree(folder, ignore_errors=True)
        self.start(folder)
        statements = ("ld_dir('%s', '%s', '%s'); rdf_loader_run(); checkpoint;" %
                      (os.path.dirname(plain), os.path.basename(plain), GRAPH))
        common.run(['isql-vt', '127.0.0.1:%d' % self.sql, 'dba', 'dba', 'exec=' + statements])
        self.stop()
        open(os.path.join(folder, 'loaded'), 'w').close()

    def start(self, folder):
        self.database = folder
        os.makedirs(folder, exist_ok=True)
        self.sql, self.http = free_port(), free_port()
        with open(os.path.join(folder, 'virtuoso.ini'), 'w', encoding='utf-8') as f:
            f.write(VIRTUOSO_INI % {'sql': self.sql, 'http': self.http, 'data': common.CACHE})
        if os.path.exists(os.path.join(folder, 'virtuoso.lck')):
            os.remove(os.path.join(folder, 'virtuoso.lck'))
        self.server = subprocess.Popen(['virtuoso-t', '+foreground', '+configfile', 'virtuoso.ini'], cwd=folder,
                                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 120
        while True:
            try:
                socket.create_connection(('127.0.0.1', self.http), 1).close()
                return
            except OSError:
                if time.monotonic() > until or self.server.poll() is not None:
                    raise common.Failed('virtuoso does not start in ' + folder)
                time.sleep(0.1)

    def post(self, text, copy):
        """The answer to one query; rows go to `copy` if it is a file, else nowhere."""
        if self.link is None:
            self.link = http.client.HTTPConnection('127.0.0.1', self.http, timeout=LIMIT_SECONDS + 10)
        form = urllib.parse.urlencode({'query': text, 'default-graph-uri': GRAPH, 'format': 'text/tab-separated-values'})
        self.link.request('POST', '/sparql', form, {'Content-Type': 'application/x-www-form-urlencoded',
                                                    'Accept': 'text/tab-separated-values'})
        response = self.link.getresponse()
        lines, head = 0, b''
        for piece in iter(lambda: response.read(1 << 20), b''):
            lines += piece.count(b'\n')
            head = head if len(head) > 200 else head + piece[:200]
            if copy:
                copy.write(piece)
        if response.getheader('X-SQL-State') == 'S1TAT' or b'S1TAT' in head or b'timeout' in head.lower()[:60]:
            return 'timeout'
        if response.status != 200:
            self.why = head.decode('utf-8', 'replace').split('\n')[0]
            return 'error'
        if head.startswith(b'"__ASK_RETVAL"'):
            return 'true' if head.split()[-1] == b'1' else 'false'
        return str(max(lines - 1, 0))

    def ask(self, path, runs=1, seconds=10.0, out='-', prepared=False):
        with open(path, encoding='utf-8') as f:
            text = f.read()
        answer, times = None, []
        while len(times) < runs and sum(times) < seconds:
            started = time.perf_counter()
            try:
                if self.server is None:
                    self.start(self.database)
                copy = open(out, 'wb') if out != '-' else None
                got = self.post(text, copy)
                if copy:
                    copy.close()
            except (OSError, http.client.HTTPException) as e:
                got = 'timeout' if isinstance(e, TimeoutError) else 'error'
                self.link = None
                if got == 'timeout' or self.server.poll() is not None:
                    self.stop()
            answer = answer or got
            times.append(float(LIMIT_SECONDS) if got == 'timeout' else time.perf_counter() - started)
        self.measure()
        return answer, times

    def measure(self):
        if self.server:
            self.peak_mib = max(self.peak_mib, peak_mib(self.server.pid))

    def stop(self):
        if not self.server:
            return
        self.link = None
        if self.server.poll() is None:
            subprocess.run(['isql-vt', '127.0.0.1:%d' % self.sql, 'dba', 'dba', 'exec=shutdown;'], capture_output=True, timeout=60)
        try:
            self.server.wait(20)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait()
        self.server = None


ENGINES = (Oxigraph, Jena, Virtuoso)


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def peak_mib(pid):
    """The most memory that the process has had, from /proc; 0 if it is gone."""
    try:
        with open('/proc/%d/status' % pid, encoding='ascii') as f:
            return next(int(line.split()[1]) / 1024 for line in f if line.startswith('VmHWM'))
    except (OSError, StopIteration):
        return 0.0


def drop_cache(folder):
    """Takes the files out of the page cache, so that the next reader gets them from the disk."""
    for path in glob.glob(os.path.join(folder, '**'), recursive=True):
        if os.path.isfile(path):
            fd = os.open(path, os.O_RDONLY)
            os.fsync(fd)
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(fd)


def ask_cold(engine, folder, path):
    """(answer, seconds): a new process, its files not in the page cache; from opening the database to the last row. The start of
    Virtuoso, a server, does not count."""
    engine.stop()
    drop_cache(folder)
    try:
        engine.start(folder)
    except (TimeoutError, BrokenPipeError, common.Failed):
        return 'error', float(LIMIT_SECONDS)
    opened = engine.opened
    answer, times = engine.ask(path, 1)
    return answer, opened + times[0]


def main():
    """Sets up the peers and says which can be used."""
    for engine in ENGINES:
        print('%s: %s' % (engine.name, 'ready' if engine().set_up() else 'not here'))


if __name__ == '__main__':
    sys.exit(main())

#!/usr/bin/env python3
"""The interactive shell through a pseudo-terminal: what a person types, what must appear.

    tests/shell.py --kgq build/release/kgq
"""
import argparse
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unicodedata

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TIMEOUT_SECONDS = 20


class Terminal:
    """A child on a pseudo-terminal of 100 columns."""

    def __init__(self, command, folder):
        self.text = ''
        pid, fd = pty.fork()
        if pid == 0:
            os.chdir(folder)
            os.environ.update(TERM='xterm', LC_ALL='C.UTF-8', HOME=folder, COLUMNS='100')
            os.execv(command[0], command)
        self.pid, self.fd = pid, fd
        import fcntl
        import struct
        import termios
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', 40, 100, 0, 0))

    def read_until(self, pattern, seconds=TIMEOUT_SECONDS):
        """What appears up to a match of the pattern (its text included)."""
        end = time.time() + seconds
        while True:
            match = re.search(pattern, self.text)
            if match:
                got, self.text = self.text[:match.end()], self.text[match.end():]
                return got
            if time.time() > end:
                raise AssertionError('waited for %r, got %r' % (pattern, self.text[-800:]))
            if select.select([self.fd], [], [], 0.2)[0]:
                try:
                    bytes_read = os.read(self.fd, 65536)
                except OSError:
                    bytes_read = b''
                if not bytes_read:
                    raise AssertionError('ended before %r: %r' % (pattern, self.text[-800:]))
                self.text += re.sub(r'\x1b\[[0-9;?]*[A-Za-z]', '', bytes_read.decode('utf-8', 'replace')).replace('\r', '')

    def send(self, text):
        os.write(self.fd, text.encode())

    def command(self, text):
        """Sends a line and returns what is printed up to the next prompt."""
        self.send(text + '\n')
        return self.read_until(r'kgq( \(reading\))?> $')

    def close(self):
        os.close(self.fd)
        if self.pid: # None: somebody has waited for it
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)


def width(text):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in 'WF' else 1 for c in text)


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


DATA = '''<http://e/samsung> <http://www.w3.org/2004/02/skos/core#prefLabel> "삼성전자"@ko .
<http://e/naver> <http://www.w3.org/2004/02/skos/core#prefLabel> "ネイバー"@ja .
<http://e/samsung> <http://e/deploys> "<=50000 GPU"^^<https://w3id.org/kgq#quantity> .
<http://e/naver> <http://e/deploys> "~60000 GPU"^^<https://w3id.org/kgq#quantity> .
'''


def session(kgq, folder, steps):
    terminal = Terminal([kgq, os.path.join(folder, 'db')], folder)
    try:
        terminal.read_until(r'kgq> $')
        steps(terminal)
    finally:
        terminal.close()


def test_help_lists_commands(t):
    out = t.command('.help')
    for name in ('.help', '.info', '.sparql', '.quit', '.load'):
        expect(name in out, '%s is missing in .help' % name)


def test_info_counts(t):
    expect(re.search(r'triples\s+4\b', t.command('.info')), '.info does not count 4 triples')


def test_box_lines_up(t):
    out = t.command('SELECT ?who ?n WHERE { ?who <http://e/deploys> ?n } ORDER BY ?n;')
    lines = [l for l in out.split('\n') if l and l[0] in '┌│├└']
    expect(len(lines) == 6, 'no table of 6 lines: %r' % out)
    expect(len({width(l) for l in lines}) == 1, 'the table does not line up:\n' + out)
    expect('≤50,000 GPU' in out and '삼성전자' in out, 'no label or quantity: ' + out)


def test_statement_over_several_lines(t):
    t.send('SELECT (COUNT(*) AS ?c)\n')
    t.read_until(r'\.\.\.> $')
    t.send('WHERE { ?s ?p ?o }\n')
    t.read_until(r'\.\.\.> $')
    expect(re.search(r'│ 4\s*│', t.command('')), 'an empty line does not run the statement')


def test_short_query_runs_at_line_end(t):
    expect('2 rows' in t.command('?who deploys ?n'), 'a short query does not run')


def test_pipe_line_refines(t):
    t.command('?who deploys ?n')
    expect('1 row' in t.command('| sort ?n desc | top 1'), 'a line with | does not go on')


def test_sparql_prints_last_query(t):
    t.command('?who deploys ?n')
    expect('SELECT' in t.command('.sparql'), '.sparql prints no SPARQL')


def test_error_has_caret_and_shell_goes_on(t):
    out = t.command('SELECT ?x WHERE { ?x ?y };')
    expect('^' in out and re.search(r'query:1:\d+', out), 'no place: ' + out)
    expect('2 rows' in t.command('?who deploys ?n'), 'the shell does not go on')


def test_interrupt_stops_query_not_shell(t):
    cross = ' '.join('?a%d ?b%d ?c%d .' % (i, i, i) for i in range(16))
    t.send('SELECT (COUNT(*) AS ?c) WHERE { %s };\n' % cross)
    time.sleep(1.0)
    t.send('\x03')
    out = t.read_until(r'kgq> $')
    expect('interrupted' in out, 'Ctrl-C does not stop the query: %r' % out)
    expect('2 rows' in t.command('?who deploys ?n'), 'the shell does not go on after Ctrl-C')


def test_interrupt_gives_up_line(t):
    t.send('SELECT ?x\n')
    t.read_until(r'\.\.\.> $')
    t.send('\x03')
    t.read_until(r'kgq> $')
    expect('2 rows' in t.command('?who deploys ?n'), 'Ctrl-C does not give up the line')


def test_unknown_command(t):
    expect('.help' in t.command('.nonsense'), 'an unknown command gets no hint')


def test_quit_leaves(t):
    t.send('.quit\n')
    _, status = os.waitpid(t.pid, 0)
    expect(os.WEXITSTATUS(status) == 0, '.quit leaves with %d' % status)
    t.pid = None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--kgq', required=True)
    kgq = os.path.abspath(parser.parse_args().kgq)
    folder = tempfile.mkdtemp(prefix='kgq-shell-')
    passed = failed = 0
    try:
        with open(os.path.join(folder, 'd.nt'), 'w', encoding='utf-8') as f:
            f.write(DATA)
        subprocess.run([kgq, 'load', os.path.join(folder, 'db'), os.path.join(folder, 'd.nt')], check=True,
                       capture_output=True)
        for name, test in sorted(globals().items()):
            if name.startswith('test_'):
                try:
                    session(kgq, folder, test)
                    passed += 1
                except (AssertionError, OSError) as e:
                    failed += 1
                    print('%s: %s' % (name, e))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print('shell: %d passed, %d failed' % (passed, failed))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())

#!/usr/bin/env python3
"""The interactive shell through a pseudo-terminal: what a person types, what must appear.

    tests/shell.py --kgq build/release/kgq
"""
import argparse
import glob
import gzip
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

    def __init__(self, command, folder, **env):
        self.text, self.raw = '', ''
        pid, fd = pty.fork()
        if pid == 0:
            os.chdir(folder)
            os.environ.update(TERM='xterm', LC_ALL='C.UTF-8', HOME=folder, COLUMNS='100', NO_COLOR='1', PAGER='')
            os.environ.update(env)
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
                self.raw += bytes_read.decode('utf-8', 'replace')
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
WIDE = ['삼성전자', 'ソブリン（主権）', 'café', 'cafe\u0301', '🤖 robot', 'ｶﾀｶﾅ', 'ß', '한\u200d글', '1\u20e3']


def session(kgq, folder, steps):
    terminal = Terminal([kgq, os.path.join(folder, 'db')], folder)
    terminal.kgq, terminal.folder = kgq, folder
    try:
        terminal.read_until(r'kgq> $')
        steps(terminal)
    finally:
        terminal.close()


def table_lines(out):
    return [l for l in out.split('\n') if l and l[0] in '┌│├└']


def written(t, name, text):
    with open(os.path.join(t.folder, name), 'w', encoding='utf-8') as f:
        f.write(text)
    return name


def read(t, name):
    with open(os.path.join(t.folder, name), encoding='utf-8') as f:
        return f.read()


def with_shell(t, steps, *arguments, prompt=r'kgq> $', **env):
    """Another shell beside the one of the test."""
    other = Terminal([t.kgq, *arguments], t.folder, **env)
    try:
        start = other.read_until(prompt)
        return steps(other, start)
    finally:
        other.close()


# ---- every command that begins with a dot: test_dot_NAME --------------------------------------------------

def test_every_command_has_a_test(t):
    names = re.findall(r'^  \.(\w+)', t.command('.help'), re.M)
    expect(len(names) > 20, '.help lists %d commands' % len(names))
    missing = [n for n in names if 'test_dot_' + n not in globals()]
    expect(not missing, 'no test of: ' + ' '.join(missing))


def test_dot_help(t):
    out = t.command('.help prefix')
    expect('.prefixes' in out and '.load' not in out, '.help WORD does not choose: ' + out)


def test_dot_info(t):
    expect(re.search(r'triples\s+4\b', t.command('.info')), '.info does not count 4 triples')


def test_dot_agree(t):
    t.command('.open facts')
    out = t.command('.agree Jensen Huang')
    expect(re.search(r'CEO of\s+│ Nvidia\s+│ 5 ', out), '.agree does not find five articles: ' + out)
    expect('Yonsei' not in out and 'Yonsei' in t.command('.agree'), '.agree NAME does not restrict')


def test_dot_conflicts(t):
    t.command('.open facts')
    out = t.command('.conflicts')
    expect(re.search(r'≤14,000,0\S* .*art:000-ja.*art:001-ko', out), 'the two worths are no conflict: ' + out)
    expect('≤210,000 GPU' in out and '≤~210,000 GPU' in out, 'the shares that do not add up are missing: ' + out)
    expect('gpu_stock' not in out and 'GPU stock' not in out, 'before and after are taken for a conflict: ' + out)


def test_dot_source(t):
    t.command('.open facts')
    t.command('?who chairs ~SK @ ?article')
    out = t.command('.source 1')
    expect('Chey Tae-won chairs SK Group' in out and 'art:003-de; place kgq:caption; written SK' in out, 'no source: ' + out)
    expect('no row 9' in t.command('.source 9'), 'a row that is not there has sources')
    t.command('[AI computing capability] grows ?x')
    out = t.command('.source')
    for part in ('status kgq:expected', 'date 2025-11-02', 'said by IT industry', 'written 4.5배'):
        expect(part in out, '%s is missing: %s' % (part, out))


def test_dot_why(t):
    t.command('?who deploys ?n, value(?n) > 99999999')
    out = t.command('.why')
    expect(re.search(r'\b2  \?who', out) and 'with this one none' in out, '.why does not find the condition: ' + out)
    out = t.command('.why SELECT ?x { ?x <http://e/deploy> ?y }')
    expect('nothing has this predicate' in out and 'deploys' in out, '.why does not find the near predicate: ' + out)


def test_empty_answers_say_why(t):
    t.command('.open facts')
    out = t.command('?f is [AI factory], ?f located-in Nvidia')
    expect('alone finds nothing: objects of this predicate are: ' in out, 'no clause alone is named: ' + out)
    out = t.command('?f located-in ?p, ?f deploys 3 GPU')
    expect('`?f located-in ?p` alone has 9 rows, with `?f deploys 3 GPU` none' in out, 'not which clause: ' + out)
    out = t.command('?x deploys ?n, ?x part-of ?y, value(?n) > 99999999')
    expect('the 2 clauses before it have' in out and 'with `value(?n) > 99999999` none' in out, 'not which condition: ' + out)
    expect('alone' not in t.command('?who chairs ?x'), 'a reason for an answer with rows')
    t.command('.mode csv')
    expect('0 rows' not in t.command('?f located-in Nvidia'), 'CSV has a line of its own')


def test_sources_of_paths_and_blank_nodes(t):
    written(t, 'path.nt', '<http://e/a> <http://e/part> _:x .\n_:x <http://e/part> <http://e/c> .\n'
            '<http://e/c> <http://e/part> <http://e/d> .\n_:x <http://e/size> "3" .\n')
    t.command('.open :memory:')
    t.command('.load path.nt')
    t.command('SELECT ?x ?n { ?x <http://e/size> ?n };')
    expect('stated without an article' in t.command('.source'), 'a blank node has no sources')
    t.command('SELECT ?y { <http://e/a> <http://e/part>+ ?y };')
    lines = [l for l in t.command('.source 3').split('\n') if l.startswith('http') or l.startswith('_:')]
    expect([l.split()[-1] for l in lines] == [lines[1].split()[0], 'http://e/c', 'http://e/d'], 'not the way: %r' % lines)
    t.command('SELECT ?x { ?x ^<http://e/part>/(^<http://e/part>|<http://e/size>) <http://e/a> };')
    expect(t.command('.source').count('http://e/part') == 2, 'not the two steps of a sequence')
    t.command('SELECT ?x { ?x !<http://e/size> <http://e/d> };')
    expect('http://e/c http://e/part http://e/d' in t.command('.source'), 'a negated set has no sources')
    t.command('SELECT ?y { <http://e/a> <http://e/part>? ?y FILTER(?y = <http://e/a>) };')
    expect('no statement alone' in t.command('.source'), 'a path of no step has sources')


def test_sources_go_up_groups(t):
    t.command('.open facts')
    t.command('[Samsung AI factory] located-in+ ?x')
    expect('Yongin semiconductor cluster' in t.command('.source 2'), 'a path of several steps has no sources')


def test_dot_schema(t):
    out = t.command('.schema')
    expect(re.search(r'deploys\S*\s+│ 2 ', out), '.schema does not count: ' + out)


def test_dot_prefixes(t):
    expect('skos: <http://www.w3.org/2004/02/skos/core#>' in t.command('.prefixes'), 'skos: is missing')


def test_dot_sparql(t):
    t.command('?who deploys ?n')
    expect('SELECT' in t.command('.sparql'), '.sparql prints no SPARQL')
    expect('FILTER' in t.command('.sparql ?who deploys ?n, value(?n) > 5'), '.sparql QUERY prints no SPARQL')


def test_dot_explain(t):
    t.command('?who deploys ?n')
    expect('scan' in t.command('.explain'), '.explain prints no plan')
    expect('2 rows in' in t.command('.explain analyze ?who deploys ?n'), '.explain analyze measures nothing')


def test_dot_mode(t):
    t.command('.mode csv')
    expect(re.search(r'^who,n$', t.command('?who deploys ?n'), re.M), 'no CSV')
    t.command('.mode markdown')
    expect('|---|---|' in t.command('?who deploys ?n'), 'no Markdown')
    t.command('.mode html')
    out = t.command('?who deploys ?n')
    expect('<tr><td><a href="http://e/samsung">삼성전자</a></td><td>≤50,000 GPU</td></tr>' in out, 'no HTML: ' + out)
    t.command('.mode jsonl')
    expect(re.search(r'^\{"who":\{"type":"uri","value":"http://e/samsung"\},"n":\{.*\}\}$', t.command('?who deploys ?n'), re.M),
           'no solution a line')
    t.command('.mode table')
    expect(re.search(r'^\+-+\+-+\+$', t.command('?who deploys ?n'), re.M), 'no table of + - |')
    t.command('.mode line')
    expect('n: ≤50,000 GPU' in t.command('?who deploys ?n'), 'no lines')
    expect('markdown' in t.command('.mode nonsense'), 'a wrong mode is not refused')


def test_dot_output(t):
    t.command('.output answer.csv')
    expect('naver' not in t.command('?who deploys ?n'), 'the answer comes to the terminal')
    t.command('.output')
    expect(read(t, 'answer.csv').startswith('who,n'), 'no CSV in the file')
    expect('naver' in t.command('?who deploys ?n'), 'the answer does not come back')


def test_dot_once(t):
    t.command('.mode tsv')
    t.command('.once |wc -l > count.txt')
    t.command('?who deploys ?n')
    expect(read(t, 'count.txt').strip() == '3', 'the command did not get the answer')
    expect('naver' in t.command('?who deploys ?n'), '.once holds twice')


def test_dot_once_takes_the_format_of_the_name(t):
    t.command('.once page.html')
    t.command('?who deploys ?n')
    expect(read(t, 'page.html').startswith('<table>'), 'no HTML in the file')
    expect('│' in t.command('?who deploys ?n'), 'the mode is changed for good')


def test_dot_dump(t):
    out = t.command('.dump')
    expect('<http://e/deploys>' in out and '"삼성전자"@ko' in out, 'not everything: ' + out)
    t.command('.once dump.trig')
    t.command('.dump')
    t.command('.open :memory:')
    expect('4 quads added' in t.command('.load dump.trig'), 'a dump does not load')
    t.command('.open facts')
    out = t.command('.dump <https://example.org/article/003-de>')
    expect('Yonsei' not in out and 'ex:deploys' in out, 'not the one graph: ' + out[:300])


def test_dot_timer(t):
    t.command('.timer on')
    expect(re.search(r'\d\.\d{3} s', t.command('?who deploys ?n')), 'no time')


def test_dot_lang(t):
    t.command('.open facts')
    t.command('.lang ko')
    expect('최태원' in t.command('?who chairs ?x'), '.lang ko gives no Korean')
    t.command('.lang en')
    expect('Chey Tae-won' in t.command('?who chairs ?x'), '.lang en gives no English')
    t.command('.lang ja,ko')
    out = t.command('?who chairs ?x')
    expect('サムスン電子' in out and '이재용' in out and 'Lee' not in out, '.lang ja,ko: Japanese, else Korean: ' + out)


def test_dot_ids(t):
    t.command('.ids on')
    expect('삼성전자 <http://e/samsung>' in t.command('?who deploys ?n'), 'no id beside the name')
    t.command('.open facts')
    out = t.command('.ids ~SK part-of ?x, ?y is [AI factory], ?y named "part-of"')
    expect('(ex:sk_group, ex:sk_hynix) ex:part_of ?x, ?y is ex:ai_factory, ?y named "part-of"' in out, 'no ids for names: ' + out)
    t.command('?who chairs [SK Group] @ ?a | sort ?a')
    expect('?who ex:chairs ex:sk_group @ ?a | sort ?a' in t.command('.ids'), 'not the last query')


def test_dot_set(t):
    t.command('.set n "60000 GPU"^^kgq:quantity')
    expect('0 rows' in t.command('?who deploys ?n'), 'the variable is free')
    t.command('.set n "~60000 GPU"^^kgq:quantity')
    expect('1 row' in t.command('?who deploys ?n'), 'the variable has another value')
    t.command('.set n')
    expect('2 rows' in t.command('?who deploys ?n'), 'the variable is not free again')


def test_dot_show(t):
    expect(re.search(r'timer\s+off', t.command('.show')), '.show does not show')


def test_dot_echo(t):
    t.command('.echo on')
    written(t, 'q.txt', '?who deploys ?n ;\n')
    expect(t.command('.read q.txt').count('?who deploys ?n') == 1, 'the statement is not printed')


def test_dot_bail(t):
    written(t, 'bad.txt', 'nonsense ;\n?who deploys ?n ;\n')
    expect('2 rows' in t.command('.read bad.txt'), 'a script stops without .bail')
    t.command('.bail on')
    expect('2 rows' not in t.command('.read bad.txt'), '.bail on does not stop')


def test_dot_read(t):
    written(t, 'r.txt', '?who deploys ?n\n.info\nSELECT * { ?s ?p ?o } LIMIT 1;\n')
    out = t.command('.read r.txt')
    expect('2 rows' in out and 'triples' in out and '1 row' in out, 'not all statements ran: ' + out)


def test_dot_shell(t):
    expect('42' in t.command('.shell expr 6 \\* 7'), 'no command of the system')


def test_dot_open(t):
    expect('0 rows' in t.command('.open :memory:') + t.command('?s ?p ?o'), 'the new database is not empty')
    t.command('.open db')
    expect('2 rows' in t.command('?who deploys ?n'), 'the way back is closed')


def test_dot_load(t):
    t.command('.open :memory:')
    written(t, 'l.nt', DATA)
    expect('4 quads added' in t.command('.load l.nt'), '.load adds nothing')
    expect('write a file' in t.command('.load'), '.load without a file')


def test_dot_export(t):
    t.command('.export all.nq')
    expect(read(t, 'all.nq').count('\n') == 4, 'not all is exported')


def test_dot_backup(t):
    t.command('.backup copy')
    expect('4' in t.command('.open copy') + t.command('.info'), 'no copy')


def test_dot_check(t):
    expect('ok' in t.command('.check'), '.check is not ok')


def test_dot_quit(t):
    t.send('.quit\n')
    _, status = os.waitpid(t.pid, 0)
    expect(os.WEXITSTATUS(status) == 0, '.quit leaves with %d' % status)
    t.pid = None


# ---- completion ---------------------------------------------------------------------------------------------

def completed(t, typed, then='\x15'):
    """The line after TAB; Ctrl-U empties it."""
    t.send(typed + '\t')
    time.sleep(0.4)
    t.send('\x01\x05' + then + '\n')
    return t.read_until(r'kgq> $')


def test_completes_commands_names_and_words(t):
    t.command('.open facts')
    expect('Chey Tae-won' in t.command('.lang en') + completed(t, '?x chairs [SK Gro', ''), 'no name from the database')
    expect('rows' in completed(t, '현대차그', ' deploys ?n'), 'no Korean name')
    expect('prefixes' in t.command('.pref') or 'skos:' in completed(t, '.pref', ''), 'no command')
    expect('row' in completed(t, '?x ex:chai', ' ?y'), 'no id behind a prefix')
    expect('row' in completed(t, 'SELECT ?abc WHERE { ?ab', ' ?p ?o } LIMIT 1;'), 'no variable')


def test_lists_what_fits(t):
    t.command('.open facts')
    t.send('[SK\t')
    got = t.read_until(r'\[SK hynix\].*')
    expect('[SK Group]' in got or '[SK Group]' in t.read_until(r'\[SK Group\]'), 'not all names are listed')
    t.send('\x15\n')
    t.read_until(r'kgq> $')


# ---- tables ---------------------------------------------------------------------------------------------------

def test_wide_and_combining_characters_line_up(t):
    values = ' '.join('"%s"' % w for w in WIDE)
    lines = table_lines(t.command('SELECT ?a ?b { VALUES ?a { %s } BIND(?a AS ?b) };' % values))
    expect(len(lines) == len(WIDE) + 4, 'not one line a row: %r' % lines)

    def columns(line):
        at, where = 0, []
        for c in line:
            if c in '┌┬┐├┼┤└┴┘│':
                where.append(at)
            at += 0 if unicodedata.category(c) in ('Mn', 'Me', 'Cf') else 2 if unicodedata.east_asian_width(c) in 'WF' else 1
        return where
    expect(len({tuple(columns(l)) for l in lines}) == 1, 'the rules do not stand below each other:\n' + '\n'.join(lines))


def test_table_fits_the_terminal(t):
    out = t.command('SELECT ?a ?b { VALUES (?a ?b) { ("%s" "%s") } };' % ('가' * 90, 'x' * 150))
    lines = table_lines(out)
    expect(lines and max(width(l) for l in lines) <= 100, 'wider than the terminal:\n' + out)


def test_pager_takes_tall_answers(t):
    def steps(other, _):
        out = other.command('SELECT ?x { VALUES ?x { %s } };' % ' '.join(map(str, range(100))))
        expect('paged' in out and '│ 99' not in out, 'no pager: ' + out[-300:])
        expect('│ 7' in other.command('SELECT ?x { VALUES ?x { 7 } };'), 'a short answer goes to the pager')
    with_shell(t, steps, 'small', PAGER='sed -n "1s/.*/paged/p"')


def test_no_colours_when_not_wanted(t):
    t.command('?who deploys ?n')
    expect('\x1b[1m' not in t.raw, 'bold in spite of NO_COLOR')
    with_shell(t, lambda o, _: expect(o.command('?a ?b ?c') and '\x1b[1m' in o.raw, 'no bold'), 'small', NO_COLOR='')
    with_shell(t, lambda o, _: expect(o.command('?a ?b ?c') and '\x1b[1m' not in o.raw, 'bold on a dumb terminal'), 'small',
               NO_COLOR='', TERM='dumb')


# ---- beginning and ending ---------------------------------------------------------------------------------------

def test_second_process_reads_and_says_so(t):
    def steps(other, start):
        expect('reading only' in start, 'it is not said: ' + start)
        expect('2 rows' in other.command('?who deploys ?n'), 'it does not read')
    with_shell(t, steps, 'db', prompt=r'kgq \(reading\)> $')


def test_init_file(t):
    folder = os.path.join(t.folder, 'config', 'kgq')
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, 'init'), 'w', encoding='utf-8') as f:
        f.write('.mode csv\n')
    config = os.path.join(t.folder, 'config')
    with_shell(t, lambda o, _: expect('"' not in o.command('?a ?b ?c') and o.command('.show').count('csv'), 'no init file'),
               'small', XDG_CONFIG_HOME=config)
    with_shell(t, lambda o, _: expect('csv' not in o.command('.show'), '--no-init reads it'), '--no-init', 'small',
               XDG_CONFIG_HOME=config)


def test_history_keeps_statements_of_several_lines(t):
    def first(other, _):
        other.send('SELECT ?x\n')
        other.read_until(r'\.\.\.> $')
        other.command('{ VALUES ?x { 4711 } };')
        other.send('.quit\n')
        os.waitpid(other.pid, 0)
        other.pid = None

    def second(other, _):
        other.send('\x10\x10')
        other.read_until(r'4711')
        other.send('\x15\n')
    with_shell(t, first, 'small', XDG_STATE_HOME=t.folder)
    with_shell(t, second, 'small', XDG_STATE_HOME=t.folder)
    os.unlink(os.path.join(t.folder, 'kgq_history'))
    with_shell(t, first, '--no-history', 'small', XDG_STATE_HOME=t.folder)
    expect(not os.path.exists(os.path.join(t.folder, 'kgq_history')), '--no-history writes it')


def test_options_and_commands_are_documented(t):
    def text(*path):
        with open(os.path.join(ROOT, *path), encoding='utf-8') as f:
            return f.read()
    names = re.findall(r'^  \{ "([a-z-]+)", (?:no|required|optional)_argument', text('shell', 'options.c'), re.M)
    expect(len(names) > 20, 'only %d options found' % len(names))
    for path in (('shell', 'completion', 'kgq.bash'), ('shell', 'completion', '_kgq'), ('shell', 'completion', 'kgq.fish')):
        page = text(*path)
        missing = [n for n in names if n not in page and n not in ('query', 'update')]
        expect(not missing, '%s lacks %s' % ('/'.join(path), missing))
    page = text('docs', 'kgq.1').replace('\\-', '-')
    missing = ['.' + n for n in re.findall(r'^  \.(\w+)', t.command('.help'), re.M) if '"."%s' % n not in page and '.%s"' % n not in page]
    expect(not missing, 'kgq.1 lacks %s' % missing)
    missing = [n for n in names if '--' + n not in page and n not in ('query', 'update', 'output', 'file', 'param', 'export', 'canonical')]
    expect(not missing, 'kgq.1 lacks %s' % missing)
    subprocess.run(['bash', '-n', os.path.join(ROOT, 'shell', 'completion', 'kgq.bash')], check=True)


def test_help_fits_one_screen(t):
    out = subprocess.run([t.kgq, '--help'], capture_output=True, text=True, check=True).stdout
    lines = out.rstrip('\n').split('\n')
    expect(len(lines) <= 24 and max(map(len, lines)) <= 80, '%d lines of %d' % (len(lines), max(map(len, lines))))


def test_help_lists_commands(t):
    out = t.command('.help')
    for name in ('.help', '.info', '.sparql', '.quit', '.load'):
        expect(name in out, '%s is missing in .help' % name)


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


def test_long_queries_show_progress(t):
    cross = ' '.join('?a%d ?b%d ?c%d .' % (i, i, i) for i in range(16))
    t.send('SELECT (COUNT(*) AS ?c) WHERE { %s };\n' % cross)
    first = t.read_until(r'([\d,]+) rows so far, \d+ s \(Ctrl-C stops it\)')
    second = t.read_until(r'([\d,]+) rows so far, 2 s')

    def rows(text):
        return int(re.search(r'([\d,]+) rows so far', text.split('\n')[-1][-60:]).group(1).replace(',', ''))
    expect(0 < rows(first) < rows(second), 'the count stands still: %r %r' % (first[-80:], second[-80:]))
    t.send('\x03')
    t.read_until(r'interrupted')
    expect(re.search(r'\r\x1b\[K[^\n]*interrupted', t.raw[-200:]), 'the line is not cleared: %r' % t.raw[-200:])
    t.read_until(r'kgq> $')
    expect('so far' not in t.command('?who deploys ?n'), 'progress of a short query')


def test_loads_show_progress(t):
    name = os.path.join(t.folder, 'large.nt.gz')
    with gzip.open(name, 'wt', compresslevel=1) as f:
        f.writelines('<http://e/s%d> <http://e/p%d> "value %d" .\n' % (i // 3, i % 7, i) for i in range(600000))
    load = Terminal([t.kgq, 'load', 'progress-db', 'large.nt.gz'], t.folder)
    try:
        load.read_until(r'1 file, 600,000 statements: 600,000 quads added, 0 removed\n')
        raw = load.raw
    finally:
        load.close()
    size = '%.1f MB' % (os.path.getsize(name) / 1e6)
    shown = re.findall(r'\r\x1b\[Klarge\.nt\.gz: (\d+) % of ([\d.]+ MB), [\d.]+ MB/s, \d+ s left', raw)
    expect(shown and all(s[1] == size for s in shown), 'rate and time left, of the bytes of the file: %r' % raw[:400])
    expect(all(int(a[0]) <= int(b[0]) <= 100 for a, b in zip(shown, shown[1:])), 'it goes back: %r' % shown)
    expect(re.search(r'\x1b\[Kwriting: \d+ % of 1,800,000', raw), 'the phase after reading: %r' % raw[-400:])
    expect(re.search(r'\r\x1b\[K1 file, ', raw), 'the line is not cleared: %r' % raw[-200:])
    quiet = subprocess.run([t.kgq, 'load', 'progress-db', 'large.nt.gz'], cwd=t.folder, capture_output=True, check=True, text=True)
    expect(quiet.stderr == '1 file, 600,000 statements: 0 quads added, 0 removed\n', 'not on a terminal: %r' % quiet.stderr[:200])
    for left in (name, os.path.join(t.folder, 'progress-db')):
        shutil.rmtree(left) if os.path.isdir(left) else os.remove(left)


def test_interrupt_gives_up_line(t):
    t.send('SELECT ?x\n')
    t.read_until(r'\.\.\.> $')
    t.send('\x03')
    t.read_until(r'kgq> $')
    expect('2 rows' in t.command('?who deploys ?n'), 'Ctrl-C does not give up the line')


def test_unknown_command(t):
    expect('.help' in t.command('.nonsense'), 'an unknown command gets no hint')


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
        fixtures = sorted(glob.glob(os.path.join(ROOT, 'fixtures', '*.yaml')), key=lambda p: ('background' not in p, p))
        subprocess.run([kgq, 'load', os.path.join(folder, 'facts'), *fixtures], check=True, capture_output=True)
        subprocess.run([kgq, 'load', os.path.join(folder, 'small'), os.path.join(folder, 'd.nt')], check=True,
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

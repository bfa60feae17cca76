#!/usr/bin/env python3
"""The fixtures against the articles they come from: every printed form verbatim, quotes short, facts enough.

    tests/fixtures.py --kgq build/release/kgq [--shared ../shared]

Goes through the program: the fixtures are loaded and exported, and what is checked are the quads.
"""
import argparse
import glob
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
KGQ, RDF = 'https://w3id.org/kgq#', 'http://www.w3.org/1999/02/22-rdf-syntax-ns#'
PRINTED = [KGQ + name for name in ('quote', 'objectWritten', 'subjectWritten', 'writtenAs', 'whenWritten',
                                   'convertedWritten', 'saidOnWritten', 'publishedWritten')]
HEADLINE = 'https://schema.org/headline'
FILE = 'http://purl.org/dc/terms/identifier'
# What makes no statement: a reifier's link to its triple, and names.
REIFIES, WRITTEN_AS = RDF + 'reifies', KGQ + 'writtenAs'
STATEMENTS_MIN = {'000': 70, '001': 60, '002': 60, '003': 30, '004': 40}
STATEMENTS_MIN_ALL = 195
WORDS_MAX, CHARACTERS_MAX = 12, 40
IRI = r'<([^<>"]*)>'
QUAD = re.compile(r'(<\S+>|_:\S+) ' + IRI + r' (.*) ' + IRI + r' \.$')
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
ESCAPE = {'n': '\n', 'r': '\r', 't': '\t', 'b': '\b', 'f': '\f'}
# Han, Kana and full-width forms: scripts without spaces. Hangul has spaces.
SPACELESS = re.compile('[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]')


class Tally:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def check(self, good, what):
        self.passed, self.failed = self.passed + bool(good), self.failed + (not good)
        if not good:
            print('fixtures: ' + what)


def text_of(literal):
    def plain(match):
        escape = match.group(1)
        return chr(int(escape[1:], 16)) if escape[0] in 'uU' else ESCAPE.get(escape, escape)
    body = LITERAL.match(literal).group(1)
    return re.sub(r'\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)', plain, body)


def exported(kgq, fixtures):
    with tempfile.TemporaryDirectory(prefix='kgq-fixtures-') as folder:
        db = os.path.join(folder, 'db')
        subprocess.run([kgq, 'load', db, *fixtures], check=True, capture_output=True)
        out = subprocess.run([kgq, 'export', db], check=True, capture_output=True).stdout.decode('utf-8')
    quads = []
    for line in out.splitlines():
        found = QUAD.match(line)
        if not found:
            raise ValueError('no quad: ' + line)
        quads.append(found.groups())
    return quads


def too_long(quote):
    """More than twelve words, or in a script without spaces more than forty characters."""
    spaceless = len(SPACELESS.findall(quote)) > len(quote) // 2
    return len(quote) > CHARACTERS_MAX if spaceless else len(quote.split()) > WORDS_MAX


def statements_of(quads, graph):
    """Plain facts without a reifier, and reified ones."""
    here = [q for q in quads if q[3] == graph]
    reified = [q[2] for q in here if q[1] == REIFIES]
    reifiers = {q[0] for q in here if q[1] == REIFIES}
    plain = ['<<( %s <%s> %s )>>' % q[:3] for q in here
             if q[1] not in (REIFIES, WRITTEN_AS) and q[0] not in reifiers]
    return len(reified) + len(set(plain) - set(reified))


def check_printed(quads, graph, text, tally):
    literals = [(p, text_of(o)) for s, p, o, g in quads
                if g in (graph, graph + '#about') and o.startswith('"') and (p in PRINTED or p == HEADLINE)]
    for predicate, literal in literals:
        tally.check(literal in text, '%s: %s %r is not in the article' % (graph, predicate, literal))
    return len(literals)


def check_article(quads, graph, name, shared, tally):
    count = statements_of(quads, graph)
    tally.check(count >= STATEMENTS_MIN[name[:3]], '%s has %d statements' % (name, count))
    for quote in (text_of(o) for s, p, o, g in quads if g == graph and p == KGQ + 'quote'):
        tally.check(not too_long(quote), '%s: the quote %r is too long' % (name, quote))
    path = os.path.join(shared, 'articles', name)
    if not os.path.isfile(path):
        print('skipped fixtures of %s: %s is not there' % (name, path))
        tally.skipped += 1
        return count, 0
    with open(path, encoding='utf-8') as f:
        return count, check_printed(quads, graph, f.read(), tally)


def check_all(quads, shared, tally):
    files = sorted((text_of(o), s.strip('<>')) for s, p, o, g in quads if p == FILE)
    tally.check([name[:3] for name, _ in files] == sorted(STATEMENTS_MIN), 'articles: %s' % files)
    total = printed = 0
    for name, graph in files:
        count, literals = check_article(quads, graph, name, shared, tally)
        total, printed = total + count, printed + literals
        print('  %s: %d statements, %d printed forms' % (name, count, literals))
    tally.check(total >= STATEMENTS_MIN_ALL, '%d statements in all' % total)
    print('  in all: %d statements, %d printed forms' % (total, printed))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--kgq', required=True)
    parser.add_argument('--shared', default=os.path.join(ROOT, '..', 'shared'))
    options = parser.parse_args()
    fixtures = sorted(glob.glob(os.path.join(ROOT, 'fixtures', '*.yaml')), key=lambda p: ('background' not in p, p))
    tally = Tally()
    check_all(exported(os.path.abspath(options.kgq), fixtures), os.path.abspath(options.shared), tally)
    print('fixtures: %d passed, %d failed, %d skipped' % (tally.passed, tally.failed, tally.skipped))
    return 1 if tally.failed else 0


if __name__ == '__main__':
    sys.exit(main())

#!/usr/bin/env python3
"""Generated queries in KGQ and in pyoxigraph: the same solutions, or a known reason.

    tests/oxigraph.py --answers build/release/tests/oxigraph_answers [--count 2000] [--seed 1] [--show]

Compared are solutions as a bag (of CONSTRUCT and REDUCED as a set), numbers by value, blank nodes as such: labels are
free. Queries that pyoxigraph refuses are outside its range. Differences that the standard explains are those of
REASONS below; every other one fails.
"""
import argparse
import collections
import json
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, 'bench'))
import common  # noqa: E402

XSD = 'http://www.w3.org/2001/XMLSchema#'
NUMBERS = {XSD + name for name in ('integer', 'decimal', 'double', 'float')}
# What a query holds, and why answers may then differ though ours is the standard's.
REASONS = [
    (r'!\([^)]*\^', 'a negated property set with both directions is the union of two, so a loop counts twice (18.3.2.4)'),
    (r'\)[*+?]*\||\|\(|[)\w][*?+]\|', 'alternatives of paths are a union, which keeps duplicates (18.3.2.3)'),
    (r'\?\w+ [<>]=? \?\w+', 'IRIs and blank nodes have no order for the operators, even beside themselves (17.3)'),
    (r'\b(COUNT|SUM|AVG|MIN|MAX|SAMPLE|GROUP_CONCAT)\(', 'values in error are left out of an aggregate (18.5.1)'),
]
REASONS_MOST = 0.03 # a share above this says that a reason hides something


def records(out):
    """(words of the head, bytes)"""
    at = 0
    while at < len(out):
        end = out.index(b'\n', at)
        words = out[at:end].decode().split()
        length = int(words[-1])
        yield words[:-1], out[end + 1:end + 1 + length]
        at = end + 2 + length


def term(t):
    kind, value = t['type'], t['value']
    if kind == 'bnode':
        return '_:'
    if kind == 'triple':
        return tuple(term(value[part]) for part in ('subject', 'predicate', 'object'))
    datatype = t.get('datatype', '')
    if datatype in NUMBERS:
        try:
            return ('number', datatype, '%.9g' % float(value))
        except ValueError:
            pass
    return (kind, value, datatype.replace(XSD + 'string', ''), t.get('xml:lang', '').lower(), t.get('its:dir', ''))


def solutions(kind, text):
    """What is compared: a Counter of rows, or of triples, or a truth value."""
    if kind == 'nt':
        lines = [re.sub(r'(?<=")@[\w-]+', lambda m: m[0].lower(), re.sub(r'_:\w+', '_:', line))
                 for line in text.decode().splitlines()]
        return collections.Counter(re.sub(r'"([-+.\deE]+)"\^\^<%s(integer|decimal|double|float)>' % re.escape(XSD),
                                          lambda m: '%.9g %s' % (float(m[1]), m[2]), line) for line in lines)
    found = json.loads(text)
    if 'boolean' in found:
        return found['boolean']
    return collections.Counter(tuple(sorted((name, term(t)) for name, t in row.items()))
                               for row in found['results']['bindings'])


def child(options):
    """Inside the environment that has pyoxigraph."""
    import pyoxigraph
    out = subprocess.run([options.answers, str(options.count), str(options.seed)], check=True, capture_output=True).stdout
    store, passed, failed, reasons, refused = None, 0, 0, collections.Counter(), collections.Counter()
    query = seed = how = strict = merged = None
    for words, text in records(out):
        if words[0] == 'data':
            store = pyoxigraph.Store()
            store.load(text, format=pyoxigraph.RdfFormat.N_QUADS)
            merged = False
        elif words[0] == 'query':
            seed, strict, how, query = words[1], words[2] == 'strict', words[3], text.decode()
        else:
            if not strict and not merged: # its own union counts a triple once for each graph that has it
                for quad in list(store):
                    store.add(pyoxigraph.Quad(quad.subject, quad.predicate, quad.object))
                merged = True
            try:
                result = store.query(query)
                graph = words[1] == 'nt'
                form = pyoxigraph.RdfFormat.N_TRIPLES if graph else pyoxigraph.QueryResultsFormat.JSON
                theirs = solutions(words[1], result.serialize(format=form))
            except (SyntaxError, ValueError, RuntimeError, OSError) as e:
                refused[re.sub(r'.*: ', '', str(e).split('\n')[0])[:60]] += 1
                continue
            ours = solutions(words[1], text) if words[1] != 'error' else None
            if how == 'set' and ours not in (None, True, False):
                ours, theirs = set(ours), set(theirs)
            reason = next((why for pattern, why in REASONS if re.search(pattern, query)), None) if ours != theirs else None
            if ours == theirs or reason:
                passed += 1
                reasons[reason] += reason is not None
            else:
                failed += 1
                if failed <= 20 or options.show:
                    print('--- seed %s (%s): %s\n  ours   %s\n  theirs %s'
                          % (seed, 'strict' if strict else 'union', query, str(ours)[:600], str(theirs)[:600]))
    for reason, times in sorted(reasons.items(), key=str):
        if reason:
            print('| %d | %s |' % (times, reason))
    if sum(reasons.values()) > max(3, REASONS_MOST * (passed + failed)):
        print('more answers differ for known reasons than ever did')
        failed += 1
    print('outside the range of pyoxigraph %s: %d refused' % (pyoxigraph.__version__, sum(refused.values())))
    if options.show:
        print(refused.most_common(20))
    print('%d passed, %d failed' % (passed, failed))
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--answers', default='build/release/tests/oxigraph_answers')
    parser.add_argument('--count', type=int, default=2000)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--show', action='store_true')
    parser.add_argument('--child', action='store_true', help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        return child(options)
    python = common.peer_python()
    if not python:
        print('0 passed, 0 failed, 1 skipped')
        return 0
    return subprocess.run([python, os.path.abspath(__file__), *sys.argv[1:], '--child']).returncode


if __name__ == '__main__':
    sys.exit(main())

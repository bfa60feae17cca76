#!/usr/bin/env python3
"""Loading articles again: any order, twice, one after a change, one removed. The quads are those of a fresh load.

    tests/reload.py --kgq build/release/kgq

Background comes first in every order, since the articles' keys are found in it (docs/FACTS.md, Loading).
"""
import argparse
import glob
import itertools
import os
import random
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BEFORE, AFTER = '[samsung_electronics, deploys, {up_to: 50000,', '[samsung_electronics, deploys, {up_to: 51234,'
ORDERS = 12
SEED = 3


class Database:
    count = 0

    def __init__(self, test):
        Database.count += 1
        self.test, self.path = test, os.path.join(test.folder, 'db%d' % Database.count)

    def run(self, *words):
        p = subprocess.run([self.test.kgq, *words], capture_output=True)
        if p.returncode:
            raise RuntimeError('kgq %s: %s' % (' '.join(words), p.stderr.decode('utf-8', 'replace')))
        return p.stdout.decode('utf-8')

    def load(self, *paths):
        self.run('load', self.path, *paths)
        return self

    def drop(self, graph):
        self.run('update', self.path, 'DROP GRAPH <%s> ; DROP GRAPH <%s#about>' % (graph, graph))
        return self

    def quads(self):
        self.run('check', self.path)
        return sorted(self.run('export', self.path).splitlines())


class Test:
    def __init__(self, kgq, folder):
        self.kgq, self.folder, self.passed, self.failed = kgq, folder, 0, 0
        paths = sorted(glob.glob(os.path.join(ROOT, 'fixtures', '*.yaml')))
        self.background = [p for p in paths if 'background' in p]
        self.articles = [p for p in paths if 'background' not in p]
        self.fresh = self.new().load(*self.background, *self.articles).quads()

    def new(self):
        return Database(self)

    def same(self, what, have, want):
        good = have == want
        self.passed, self.failed = self.passed + good, self.failed + (not good)
        if not good:
            have, want = set(have), set(want)
            print('%s: %d quads too many, %d missing, such as %s'
                  % (what, len(have - want), len(want - have), sorted(have ^ want)[:2]))

    def orders(self):
        """Some of the 120 orders in one command, and as many with a command for each article."""
        for order in random.Random(SEED).sample(list(itertools.permutations(self.articles)), ORDERS):
            self.same('one command', self.new().load(*self.background, *order).quads(), self.fresh)
            db = self.new().load(*self.background)
            for path in order:
                db.load(path)
            self.same('a command each', db.quads(), self.fresh)

    def twice(self):
        db = self.new().load(*self.background, *self.articles)
        for path in self.articles:
            self.same('again: ' + path, db.load(path).quads(), self.fresh)
        self.same('all again', db.load(*self.background, *reversed(self.articles)).quads(), self.fresh)

    def changed(self, path):
        copy = os.path.join(self.folder, os.path.basename(path))
        with open(path, encoding='utf-8') as f:
            text = f.read()
        start = text.index('facts:') # the first fact goes, one is changed, one is added
        first = text.index('\n  - [', start)
        second = text.index('\n  - [', first + 1)
        text = text[:first] + text[second:].replace(BEFORE, AFTER) + '  - [nvidia, partner_of, kakao]\n'
        with open(copy, 'w', encoding='utf-8') as f:
            f.write(text)
        return copy

    def one_changed(self):
        db = self.new().load(*self.background, *self.articles)
        for path in self.articles:
            copy = self.changed(path)
            others = [p for p in self.articles if p != path]
            want = self.new().load(*self.background, *others, copy).quads()
            self.same('changed differs', [want == self.fresh], [False])
            self.same('changed: ' + path, db.load(copy).quads(), want)
            self.same('changed back: ' + path, db.load(path).quads(), self.fresh)

    def removed(self):
        kept, db = self.fresh, self.new().load(*self.background, *self.articles)
        for i, path in enumerate(self.articles):
            with open(path, encoding='utf-8') as f:
                local = next(line.split('art:')[1].strip() for line in f if line.startswith('  id: art:'))
            graph = 'https://example.org/article/' + local
            kept = [q for q in kept if not q.endswith((' <%s> .' % graph, ' <%s#about> .' % graph))]
            self.same('removed: ' + path, db.drop(graph).quads(), kept)
            self.same('as never loaded', kept, self.new().load(*self.background, *self.articles[i + 1:]).quads())
        self.same('and all loaded again', db.load(*self.articles).quads(), self.fresh)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--kgq', required=True)
    kgq = os.path.abspath(parser.parse_args().kgq)
    folder = tempfile.mkdtemp(prefix='kgq-reload-')
    try:
        test = Test(kgq, folder)
        test.orders()
        test.twice()
        test.one_changed()
        test.removed()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print('reload: %d passed, %d failed' % (test.passed, test.failed))
    return 1 if test.failed else 0


if __name__ == '__main__':
    sys.exit(main())

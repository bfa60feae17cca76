#!/usr/bin/env python3
"""The grammar on docs/QUERY.md is the one that the parser follows.

    tests/grammar.py --kgq build/release/kgq [--count 2000] [--seed N] [--print]

Reads the EBNF from the page, derives queries from it at random and has all of them read (`.sparql`); as many tenths with
one token too many or wrong must all be refused with a position. The guides below only choose between what the grammar
allows: they keep what the page says beyond it (a name is known, a column is there, `where` has conditions).
"""
import argparse
import os
import random
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FACTS = '''kgq: 1
prefixes: {ex: "https://example.org/id/"}
base: ex
article: {id: ex:a1, lang: en}
units: {GPU: }
predicates:
  deploys: {range: quantity, unit: GPU}
  part_of: {range: entity, name: {en: part of}}
  owns: {range: entity}
entities:
  naver: {is: Company, name: {en: Naver, ko: 네이버}}
  kt: {is: Company, name: {en: KT}}
  sk: {is: Group, name: {en: SK Group}}
facts:
  - [naver, deploys, 5 GPU]
  - [naver, part_of, sk]
  - [kt, owns, sk]
'''
NODES = ['Naver', '네이버', 'ＫＴ', '[SK Group]', 'ex:naver', '<https://example.org/id/kt>', '[Naver]']
VERBS = ['deploys', 'part-of', '[part of]', 'owns', 'ex:owns', '<https://example.org/id/owns>']
DETAILS = ['status', 'quote', 'said-by', 'kgq:place']
FUNCTIONS = [('value', 1), ('unit', 1), ('abs', 1), ('round', 1), ('text', 1), ('compatible', 2), ('coalesce', 3), ('label', 1)]
VARIABLES = ['?a', '?b', '?n', '?수']
GLUE = '\x01' # this token touches the one before


# ---- the page ---------------------------------------------------------------------------------------------

def read_grammar(path):
    with open(path, encoding='utf-8') as f:
        text = re.search(r'```ebnf\n(.*?)```', f.read(), re.S).group(1)
    rules = {}
    for name, body in re.findall(r'^(\w+)\s*= (.*?) ;$', text, re.M | re.S):
        tokens = re.findall(r'"[^"]+"|\w+|[{}()\[\]|]', body)
        rules[name], rest = alternatives(tokens)
        assert not rest, (name, rest)
    return rules


def alternatives(tokens):
    branches = []
    while True:
        items = []
        while tokens and tokens[0] not in '|)]}':
            item, tokens = element(tokens)
            items.append(item)
        branches.append(('all', items))
        if not tokens or tokens[0] != '|':
            return (branches[0] if len(branches) == 1 else ('one', branches)), tokens
        tokens = tokens[1:]


def element(tokens):
    first = tokens[0]
    if first in '([{':
        inner, rest = alternatives(tokens[1:])
        assert rest[0] == {'(': ')', '[': ']', '{': '}'}[first]
        return ({'(': 'one', '[': 'opt', '{': 'rep'}[first], [inner]), rest[1:]
    if first[0] == '"':
        return ('word', first[1:-1]), tokens[1:]
    return ('rule' if first.islower() else 'token', first), tokens[1:]


# ---- deriving ----------------------------------------------------------------------------------------------

class Derivation:
    def __init__(self, rules, dice):
        self.rules, self.dice, self.used = rules, dice, set()
        self.columns, self.fresh = [], 0

    def query(self):
        """A statement first, so that conditions have variables to speak of; a lone name at times."""
        self.columns = []
        if self.dice.random() < 0.02:
            return [self.dice.choice(NODES)]
        out = self.visit(('rule', 'fact'), {'role': 'first', 'depth': 0})
        rest = self.visit(('rule', 'clauses'), {'depth': 0}) if self.dice.random() < 0.6 else []
        out += ([','] + rest if rest else [])
        self.columns = ['?a', '?b']
        _, items = self.rules['query']
        for item in items[1:]: # { "|" stage } [ ";" ]
            out += self.visit(item, {'depth': 0, 'stage': True})
        return out

    def visit(self, node, ctx):
        kind, what = node
        if kind == 'word':
            return [what]
        if kind == 'token':
            return self.token(what, ctx)
        if kind == 'rule':
            guide = getattr(self, 'on_' + what, None)
            self.used.add(what)
            return guide(ctx) if guide else self.visit(self.rules[what], ctx)
        if kind == 'all':
            return [t for item in what for t in self.visit(item, ctx)]
        if kind == 'one':
            return self.visit(self.dice.choice(what), ctx)
        if kind == 'opt':
            return self.visit(what[0], ctx) if self.dice.random() < 0.4 else []
        out = [] # rep
        while self.dice.random() < 0.3 and len(out) < 40:
            out += self.visit(what[0], ctx)
        return out

    def token(self, name, ctx):
        pick = self.dice.choice
        if name == 'VARIABLE':
            return [pick(self.columns if ctx.get('stage') and self.columns else ['?a', '?b'] if ctx.get('condition') else VARIABLES)]
        if name == 'FUNCTION':
            return ['value']
        return [{'WORD': pick(NODES), 'BRACKETED': '[SK Group]', 'PREFIXED': 'ex:naver', 'IRI': '<https://example.org/id/kt>',
                 'STRING': pick(['"text"', '“텍스트”', '「文」', '"a \\"b\\""']), 'LANGTAG': GLUE + '@ko',
                 'NUMBER': pick(['5', '2_000', '1.5', '14e12', '-3', '５００']), 'QUANTITY': pick(['5 GPU', '2_000 [GPU]', '4e3 GPU']),
                 'DATE': pick(['2025-10', '2025-10-31', '2025-10-31T17:29:00'])}[name]]

    def inside(self, ctx, **more):
        return dict(ctx, depth=ctx.get('depth', 0) + 1, **more)

    # What the page says beyond the grammar: one guide a production.

    def on_clauses(self, ctx):
        out = self.visit(('rule', 'clause'), ctx)
        while self.dice.random() < (0.3 if ctx['depth'] < 3 else 0):
            out += [','] + self.visit(('rule', 'clause'), ctx)
        return out + ([','] if self.dice.random() < 0.05 and not ctx.get('stage') else [])

    def on_clause(self, ctx): # rules 4, 5
        roll, ctx = self.dice.random(), self.inside(ctx)
        if roll < 0.2:
            return ['not'] + self.visit(('rule', 'unit'), ctx)
        if roll < 0.35 and not ctx.get('condition'):
            return ['maybe'] + self.visit(('rule', 'unit'), dict(ctx, statement=True))
        if roll < 0.5 and ctx['depth'] < 3:
            side = ctx if ctx.get('condition') or ctx.get('statement') else dict(ctx, **{self.dice.choice(['condition', 'statement']): True})
            return self.visit(('rule', 'unit'), side) + ['or'] + self.visit(('rule', 'unit'), side)
        return self.visit(('rule', 'unit'), ctx)

    def on_unit(self, ctx):
        return self.visit(('rule', 'group' if ctx['depth'] < 3 and self.dice.random() < 0.25 else 'fact'), ctx)

    def on_group(self, ctx): # rule 7: conditions of a group speak of its own statements
        condition = bool(ctx.get('condition'))
        inner = self.inside(ctx) if condition else self.inside(ctx, statement=True)
        first = [] if condition else self.visit(('rule', 'fact'), inner)
        more = self.visit(('rule', 'clauses'), inner) if condition or self.dice.random() < 0.4 else []
        out = ['{'] + first + ([','] if first and more else []) + more + ['}']
        return out if condition or self.dice.random() < 0.6 else out + ['@'] + self.visit(('rule', 'article'), ctx)

    def on_fact(self, ctx): # rules 1, 2
        if ctx.get('role') == 'first':
            return ['?a'] + self.verb({}, True) + ['?b'] + (self.visit(('rule', 'source'), {'depth': 3, 'single': True}) if self.dice.random() < 0.3 else [])
        if ctx.get('condition') or (not ctx.get('statement') and self.dice.random() < 0.3):
            return self.condition(dict(ctx, condition=True))
        single = self.dice.random() < 0.6
        subject = self.dice.choice([self.dice.choice(NODES), self.dice.choice(VARIABLES), '_', '~Naver', '(Naver , KT)'])
        out = [subject] + self.verb(ctx, single) + self.visit(('rule', 'object'), dict(ctx, subject=True))
        return out + (self.visit(('rule', 'source'), dict(ctx, single=single)) if self.dice.random() < 0.3 else [])

    def condition(self, ctx):
        compare = self.visit(self.rules['compare'], ctx)[0]
        if compare in ('~', '!~'):
            return [self.token('VARIABLE', ctx)[0], compare, '"text"']
        if compare in ('=', '!=') and self.dice.random() < 0.3:
            return [self.token('VARIABLE', ctx)[0], compare] + self.visit(('rule', 'list'), ctx)
        return self.visit(('rule', 'sum'), ctx) + [compare] + self.visit(('rule', 'sum'), ctx)

    def verb(self, ctx, single):
        self.used.add('verb')
        if single:
            return [self.dice.choice(VERBS + ['?verb', '_', 'is'])] if not ctx.get('condition') else [self.dice.choice(VERBS)]
        return self.visit(('rule', 'path'), self.inside(ctx, verb=True))

    def on_path(self, ctx):
        out = self.visit(('rule', 'step'), ctx)
        while self.dice.random() < 0.3:
            out += ['/'] + self.visit(('rule', 'step'), ctx)
        return out

    def on_step(self, ctx):
        self.used.add('step')
        if ctx['depth'] < 4 and self.dice.random() < 0.3:
            out = ['('] + self.visit(('rule', 'path'), self.inside(ctx)) + ['|'] + self.visit(('rule', 'path'), self.inside(ctx)) + [')']
        else:
            out = [self.dice.choice(VERBS)]
        return (['^'] if self.dice.random() < 0.2 else []) + out + [GLUE + m for m in self.dice.choice(['', '', '*', '+', '?'])]

    def on_source(self, ctx): # rule 6: what is said about a statement
        article = self.visit(('rule', 'article'), ctx)
        about = self.visit(('rule', 'about'), ctx) if ctx.get('single') and self.dice.random() < 0.5 else []
        return ['@'] + (about if about and self.dice.random() < 0.3 else article + about)

    def on_detail(self, ctx):
        maybe = ['maybe'] if self.dice.random() < 0.5 else []
        return maybe + [self.dice.choice(DETAILS)] + [self.dice.choice(VARIABLES + ['_'])]

    def on_article(self, ctx):
        return [self.dice.choice(['?article', '_', 'ex:a1', '<https://example.org/id/a1>'])]

    def on_term(self, ctx): # a value: of a condition, a column; else also names
        roll = self.dice.random()
        if ctx.get('condition') or ctx.get('stage'):
            return self.token('VARIABLE', ctx) if roll < 0.6 else self.visit(('rule', 'literal'), ctx)
        if roll < 0.4:
            return self.token('VARIABLE', ctx)
        if roll < 0.5:
            return ['_']
        return [('~' if roll < 0.55 else '') + self.dice.choice(['Naver', '[SK Group]'])] if roll < 0.8 else self.visit(('rule', 'literal'), ctx)

    def on_text(self, ctx):
        out = self.token('STRING', ctx)
        return out + (self.token('LANGTAG', ctx) if self.dice.random() < 0.2 else [GLUE + '^^', GLUE + 'xsd:string'] if self.dice.random() < 0.1 else [])

    def on_sum(self, ctx):
        ctx = self.inside(ctx)
        out = self.visit(('rule', 'product'), ctx)
        while self.dice.random() < 0.15 and ctx['depth'] < 5:
            out += [self.dice.choice('+-')] + self.visit(('rule', 'product'), ctx)
        return out

    def on_product(self, ctx):
        out = self.visit(('rule', 'value'), ctx)
        while self.dice.random() < 0.15 and ctx['depth'] < 5:
            out += [self.dice.choice('*/')] + self.visit(('rule', 'value'), ctx)
        return out

    def on_value(self, ctx): # rule 3: a list stands alone, elsewhere it is one value in parentheses
        roll = self.dice.random()
        if roll < 0.2 and ctx['depth'] < 5:
            return self.visit(('rule', 'call'), ctx)
        if roll < 0.3 and ctx['depth'] < 5:
            self.used.add('list')
            return ['('] + self.visit(('rule', 'sum'), self.inside(ctx)) + [')']
        return self.visit(('rule', 'term'), ctx)

    def on_call(self, ctx):
        name, arity = self.dice.choice(FUNCTIONS)
        out = [name, GLUE + '(']
        for i in range(arity):
            out += ([','] if i else []) + self.visit(('rule', 'sum'), self.inside(ctx))
        return out + [')']

    def on_list(self, ctx):
        out = ['(', self.dice.choice(NODES + ['5', '"x"'])]
        while self.dice.random() < 0.5:
            out += [',', self.dice.choice(NODES)]
        return out + [')']

    # Stages: what is a column.

    def new_column(self):
        self.fresh += 1
        return '?c%d' % self.fresh

    def on_show(self, ctx):
        out, columns = ['show'], []
        for i in range(self.dice.randint(1, 2)):
            named = self.dice.random() < 0.4
            name = self.new_column() if named else self.dice.choice([c for c in self.columns if c not in columns] or self.columns)
            if not named and name in columns:
                continue
            out += ([','] if columns else []) + (self.visit(('rule', 'sum'), ctx) + ['as', name] if named else [name])
            columns.append(name)
        self.used.add('column')
        self.columns = columns
        return out

    def on_let(self, ctx):
        out = self.visit(('rule', 'sum'), ctx)
        name = self.new_column()
        self.columns.append(name)
        return ['let', name, '='] + out

    def on_where(self, ctx):
        return ['where'] + self.visit(('rule', 'clauses'), dict(ctx, condition=True))

    def on_aggregate(self, ctx):
        out, made = [], []
        for i in range(self.dice.randint(1, 2)):
            reducer = self.dice.choice(['count'] + self.visit(self.rules['reducer'], ctx))
            name = self.new_column()
            out += ([','] if made else []) + [reducer] + ([] if reducer == 'count' and self.dice.random() < 0.5 else [self.dice.choice(self.columns)]) + ['as', name]
            made.append(name)
        self.used.update(('measure', 'reducer'))
        keys = self.dice.sample(self.columns, self.dice.randint(0, min(2, len(self.columns))))
        out += (['by'] + [t for i, k in enumerate(keys) for t in ([','] if i else []) + [k]] if keys else [])
        self.columns = keys + made
        return out

    def on_key(self, ctx):
        return [self.dice.choice(self.columns)] + self.dice.choice([[], ['asc'], ['desc']])

    def on_stage(self, ctx):
        _, branches = self.rules['stage']
        out = self.visit(self.dice.choice(branches), ctx)
        return [out[0], '7'] if out[0] in ('top', 'skip') else out


# ---- running -----------------------------------------------------------------------------------------------

def write(tokens):
    text = ''
    for token in tokens:
        text += token[1:] if token[0] == GLUE else (' ' if text else '') + token
    return text


def spoil(tokens, dice):
    """One token too many, in the wrong place or left open: no reading of the page allows it."""
    tokens, at = list(tokens), dice.randrange(len(tokens) + 1)
    wrong = dice.choice([')', '}', '$x', "'text'", '&&', '(', '{', '[never closed', '| limit 5', '= =', '@ @'])
    if wrong in ('| limit 5', '= =', '@ @'):
        at = len(tokens) - (tokens[-1] == ';')
    return tokens[:at] + [wrong] + tokens[at:]


def read_all(kgq, db, texts):
    """What is said on standard error when all are read in one process."""
    script = '.bail off\n' + ''.join('.sparql %s\n' % text for text in texts)
    p = subprocess.run([kgq, db], input=script, capture_output=True, text=True, timeout=300)
    return p.stdout, p.stderr


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--kgq', required=True)
    parser.add_argument('--count', type=int, default=2000)
    parser.add_argument('--seed', type=int, default=8)
    parser.add_argument('--print', action='store_true', dest='show')
    options = parser.parse_args()
    rules = read_grammar(os.path.join(ROOT, 'docs', 'QUERY.md'))
    derivation = Derivation(rules, random.Random(options.seed))
    queries = [derivation.query() for _ in range(options.count)]
    bad = [spoil(q, derivation.dice) for q in queries[:options.count // 10]]
    unused = sorted(set(rules) - derivation.used - {'query', 'compare', 'name'})
    kgq = os.path.abspath(options.kgq)
    faults = ['no query uses: ' + ' '.join(unused)] if unused else []
    with tempfile.TemporaryDirectory(prefix='kgq-grammar-') as folder:
        facts, db = os.path.join(folder, 'f.yaml'), os.path.join(folder, 'db')
        with open(facts, 'w', encoding='utf-8') as f:
            f.write(FACTS)
        subprocess.run([kgq, 'load', db, facts], check=True, capture_output=True)
        out, err = read_all(kgq, db, [write(q) for q in queries])
        refused = re.findall(r'^query:\d+:\d+: (?!note: |warning: ).*\n.*\n.*', err, re.M)
        read = len(re.findall(r'^(SELECT|ASK)', out, re.M))
        faults += refused[:5 if not options.show else None]
        if read != len(queries):
            faults.append('%d of %d queries are read' % (read, len(queries)))
        out, err = read_all(kgq, db, [write(q) for q in bad])
        places = len(re.findall(r'^query:\d+:\d+: (?!note: |warning: )', err, re.M))
        if places != len(bad):
            faults.append('%d of %d wrong queries are refused with a position; read as:\n%s' % (places, len(bad), out[:500]))
    print('\n'.join(faults))
    failed = len(refused) + max(0, len(bad) - places) + len(unused)
    print('grammar: %d queries, %d wrong ones: %d passed, %d failed'
          % (len(queries), len(bad), len(queries) + len(bad) - failed, failed))
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())

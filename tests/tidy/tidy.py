#!/usr/bin/env python3
"""Holds the tree to its own rules: directions of includes, libraries named once, no circles, sizes, words.

    tests/tidy/tidy.py [CC]

What is included comes from the compiler (-MM), not from reading the text.
"""
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MAY_INCLUDE = {'core': {'core', 'include'}, 'graph': {'core', 'graph', 'include'},
               'loaders': {'core', 'graph', 'loaders', 'include'}, 'query': {'core', 'graph', 'query', 'include'},
               'shell': {'shell', 'include'}, 'examples': {'examples', 'include'}}
# Header of a library -> the one file that may include it (docs/ARCHITECTURE.md).
ONE_FILE = {'rocksdb/': 'core/store_state.h', 'zstd': 'core/compress.c', 'yaml.h': 'loaders/yaml.c', 'utf8proc': 'core/text.c',
            'openssl/': 'core/digest.c', 'pcre2': 'query/regex.c', 'zlib': 'loaders/input_source.c', 'histedit': 'shell/edit.c',
            'editline/': 'shell/edit.c'}
FILE_LINES_MAX, FUNCTION_LINES_MAX, COLUMNS_MAX = 900, 70, 120
# Words that promise later work or speak of the workplace and not of the project.
BANNED = re.compile(r'\b(TODO|FIXME|XXX|HACK)\b|not implemented|unimplemented|for now\b|/work/|/root/')


def tracked():
    out = subprocess.run(['git', 'ls-files', '--cached', '--others', '--exclude-standard'], cwd=ROOT, check=True,
                         capture_output=True, text=True).stdout
    return [p for p in out.split('\n') if p and os.path.exists(os.path.join(ROOT, p))]


def read(path):
    with open(os.path.join(ROOT, path), encoding='utf-8') as f:
        return f.read()


def dependencies(compiler, source):
    """Our own files that a source includes, and the system headers it names itself."""
    out = subprocess.run([compiler, '-MM', '-std=c11', '-D_GNU_SOURCE', '-I.', '-Iinclude', source], cwd=ROOT,
                         check=True, capture_output=True, text=True).stdout
    ours = [os.path.normpath(w) for w in out.replace('\\\n', ' ').split()[1:]]
    return [w for w in ours if w != source]


def check_directions(sources, deps, fail):
    for source in sources:
        folder = source.split('/')[0]
        for header in deps[source]:
            if header.split('/')[0] not in MAY_INCLUDE[folder]:
                fail('%s includes %s, which its folder may not' % (source, header))
        if folder in ('shell', 'examples'):
            for header in deps[source]:
                if header.startswith('include/') and header != 'include/kgq.h':
                    fail('%s includes %s; only kgq.h is interface' % (source, header))


def check_libraries(files, fail):
    for path in files:
        if path.startswith('tests/'):
            continue
        for name in re.findall(r'#\s*include\s*<([^>]+)>', read(path)):
            for library, owner in ONE_FILE.items():
                if name.startswith(library) and path != owner:
                    fail('%s includes <%s>, which only %s may' % (path, name, owner))


def circles(arrows):
    """The groups of more than one node that reach each other (Tarjan), and nodes that reach themselves."""
    index, low, stack, on_stack, found = {}, {}, [], set(), []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        on_stack.add(node)
        for target in sorted(arrows.get(node, ())):
            if target not in index:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in on_stack:
                low[node] = min(low[node], index[target])
        if low[node] == index[node]:
            group = []
            while not group or group[-1] != node:
                group.append(stack.pop())
                on_stack.discard(group[-1])
            if len(group) > 1:
                found.append(sorted(group))

    sys.setrecursionlimit(10000)
    for node in sorted(arrows):
        if node not in index:
            visit(node)
    return found


def check_header_circles(files, fail):
    arrows = {}
    for path in files:
        if path.endswith('.h') and path.split('/')[0] in MAY_INCLUDE:
            arrows[path] = set(re.findall(r'#\s*include\s*"([^"]+)"', read(path)))
    for group in circles(arrows):
        fail('headers in a circle: ' + ' '.join(group))


def check_call_circles(sources, fail):
    """Objects of the release build: an arrow is a function or table of another file. No file may call back up."""
    owner, uses = {}, {}
    for source in sources:
        name = source[:-2]
        path = os.path.join(ROOT, 'build', 'release', 'src', name + '.o')
        if os.path.exists(path):
            out = subprocess.run(['nm', path], check=True, capture_output=True, text=True).stdout
            for line in out.split('\n'):
                words = line.split()
                if len(words) == 3 and words[1] in 'TDRB':
                    owner[words[2]] = name
                elif len(words) == 2 and words[0] == 'U':
                    uses.setdefault(name, set()).add(words[1])
    arrows = {name: {owner[s] for s in symbols if s in owner and owner[s] != name} for name, symbols in uses.items()}
    for group in circles(arrows):
        fail('files that call each other in a circle: ' + ' '.join(group))


def check_shape(path, fail):
    text = read(path)
    lines = text.split('\n')
    if len(lines) - 1 > FILE_LINES_MAX:
        fail('%s has %d lines, %d at most' % (path, len(lines) - 1, FILE_LINES_MAX))
    if not text.startswith('/*'):
        fail('%s does not open with a map comment' % path)
    start = None
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS_MAX:
            fail('%s:%d: %d columns, %d at most' % (path, number, len(line), COLUMNS_MAX))
        if re.match(r'^[A-Za-z_].*\{$', line) and not re.match(r'^(typedef|struct|enum|union|extern|static const|const)\b', line):
            start = number
        elif re.match(r'^[ ]{2,}.*\) \{$', line) and start is None and number > 1 and re.match(r'^[A-Za-z_]', lines[number - 2]):
            start = number - 1
        elif line == '}' and start is not None:
            if number - start + 1 > FUNCTION_LINES_MAX:
                fail('%s:%d: function of %d lines, %d at most' % (path, start, number - start + 1, FUNCTION_LINES_MAX))
            start = None


def check_symbols(fail):
    library = os.path.join(ROOT, 'build', 'release', 'libkgq.so.0')
    if not os.path.exists(library):
        return
    out = subprocess.run(['nm', '-D', '--defined-only', library], check=True, capture_output=True, text=True).stdout
    for line in out.split('\n'):
        words = line.split()
        if len(words) == 3 and not words[2].startswith('kgq_') and words[1] != 'A':
            fail('libkgq.so exports %s; only kgq_* may be visible' % words[2])
    declared = set(re.findall(r'\b(kgq_[a-z_0-9]+)\(', read('include/kgq.h')))
    exported = {line.split()[2].split('@')[0] for line in out.split('\n') if len(line.split()) == 3}
    for name in sorted(declared - exported):
        fail('kgq.h declares %s, which libkgq.so does not have' % name)


def check_limits(fail):
    """docs/LIMITS.md names every limit of core/limits.h, and no other."""
    have = set(re.findall(r'#define (KG_LIMIT_\w+)', read('core/limits.h')))
    told = set(re.findall(r'KG_LIMIT_\w+', read('docs/LIMITS.md')))
    for name in sorted(have ^ told):
        fail('%s stands in only one of core/limits.h and docs/LIMITS.md' % name)


def check_switches(fail):
    """Whatever can be switched off in a plan is switched off alone by the differential test."""
    compared = set(re.findall(r'\{ (KG_OFF_\w+), KG_BATCH_ROWS \}', read('tests/model/differential.c')))
    joins = {'KG_OFF_INDEX_JOIN', 'KG_OFF_MERGE_JOIN', 'KG_OFF_HASH_JOIN'}  # there, each is forced instead
    for name in sorted(set(re.findall(r'\bKG_OFF_\w+(?= = )', read('query/rewrite.h'))) - compared - joins):
        fail('tests/model/differential.c has no plan with %s alone' % name)


def main():
    compiler = sys.argv[1] if len(sys.argv) > 1 else 'gcc'
    faults = []
    fail = faults.append
    files = tracked()
    code = [p for p in files if p.endswith(('.c', '.h'))]
    sources = [p for p in code if p.endswith('.c') and p.split('/')[0] in MAY_INCLUDE]
    deps = {s: dependencies(compiler, s) for s in sources}
    checks = [('directions', lambda: check_directions(sources, deps, fail)),
              ('libraries', lambda: check_libraries(code, fail)), ('header circles', lambda: check_header_circles(code, fail)), ('call circles', lambda: check_call_circles(sources, fail)),
              ('shape', lambda: [check_shape(p, fail) for p in code]), ('symbols', lambda: check_symbols(fail)), ('limits', lambda: check_limits(fail)),
              ('switches', lambda: check_switches(fail)),
              ('words', lambda: [fail('%s:%d: %s' % (p, n, line.strip())) for p in files
                                 if p.endswith(('.c', '.h', '.md', '.sh', '.yaml', 'dev', 'SConstruct', 'run'))
                                 for n, line in enumerate(read(p).split('\n'), 1) if BANNED.search(line)])]
    failed = 0
    for name, check in checks:
        before = len(faults)
        check()
        failed += len(faults) > before
    print('\n'.join(faults))
    print('tidy: %d passed, %d failed' % (len(checks) - failed, failed))
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())

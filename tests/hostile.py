#!/usr/bin/env python3
"""Hostile RDF of gigabytes through `kgq parse`: a clear end, little read, bounded memory.

    tests/hostile.py --kgq build/release/kgq

The messages are in tests/cases/rdf/hostile; here the peak of memory and what was read before the end are measured.
"""
import argparse
import os
import resource
import subprocess
import sys

MIB = 1 << 20
PEAK_MIB = 200       # a line of at most 64 MiB, twice, and the tables
START = b'<a:s> <a:p> '


def many(piece, mib):
    """About so many MiB of a piece, in pieces of a MiB."""
    return [piece * max(1, MIB // len(piece))] * mib


LONG = [b'x' * MIB] * 1024
LINES, TURTLE = ('nt', 'nq'), ('ttl', 'trig')
# what, formats, text, exit status, most MiB read (None: all)
CASES = [
    ('a literal of 1 GiB', LINES, [START + b'"', *LONG], 4, 130),
    ('a literal of 1 GiB', TURTLE, [START + b'"', *LONG], 1, 40),
    ('an IRI of 1 GiB', LINES, [b'<a:', *LONG], 4, 130),
    ('an IRI of 1 GiB', TURTLE, [b'<a:', *LONG], 1, 4),
    ('a blank node label of 1 GiB', TURTLE, [b'_:', *LONG], 1, 4),
    ('a language tag of 1 GiB', TURTLE, [START + b'"x"@en', *many(b'-abcdefg', 1024)], 4, 130),
    ('1 GiB of NUL', LINES, many(b'\0', 1024), 4, 130),
    ('1 GiB of NUL', TURTLE, many(b'\0', 1024), 1, 4),
    ('triple terms, 60 MiB of them', LINES, [START, *many(b'<<( <a:s> <a:p> ', 60), b'\n'], 1, 130),
    ('triple terms without end', TURTLE, [START, *many(b'<<( <a:s> <a:p> ', 1024)], 1, 4),
    ('lists without end', TURTLE, [START, *many(b'(', 200)], 1, 4),
    ('blank nodes without end', TURTLE, [START, *many(b'[<a:p> ', 200)], 1, 4),
    ('annotations without end', TURTLE, [START + b'<a:o>', *many(b'{|<a:p> <a:o> ', 200)], 1, 4),
    ('a list of 5 million', TURTLE, [START + b'(', *many(b'1 ', 10), b') .'], 0, None),
    ('a million prefixes', TURTLE, [b''.join(b'PREFIX p%d: <http://e/>\n' % i for i in range(k, k + 10000)) for k in range(0, 1000000, 10000)], 1, 4),
    ('a comment of 1 GiB', TURTLE, [b'# ', *LONG, b'\n<a:s> <a:p> <a:o> .'], 0, None),
    ('a million labels of blank nodes', LINES + TURTLE,
     [b''.join(b'_:b%d <a:p> "1" .\n' % i for i in range(k, k + 10000)) for k in range(0, 1000000, 10000)], 0, None),
]


def feed(child, pieces):
    """Writes until the child has enough; how many bytes it took."""
    taken = 0
    try:
        for piece in pieces:
            view = memoryview(piece)
            while view:
                count = os.write(child, view)
                taken, view = taken + count, view[count:]
    except BrokenPipeError:
        pass
    os.close(child)
    return taken


def parse(kgq, kind, pieces):
    """Exit status, peak MiB, MiB read, CPU seconds."""
    source, sink = os.pipe()
    child = subprocess.Popen([kgq, 'parse', '--format', kind, '-'], stdin=source, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    os.close(source)
    taken = feed(sink, pieces)
    child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, usage.ru_maxrss / 1024, taken / MIB, usage.ru_utime + usage.ru_stime


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--kgq', required=True)
    kgq = os.path.abspath(parser.parse_args().kgq)
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # a child begins with what its parent had
    passed = failed = 0
    for what, kinds, pieces, wanted, most in CASES:
        for kind in kinds:
            status, peak, read, seconds = parse(kgq, kind, pieces)
            good = status == wanted and peak <= max(PEAK_MIB, own + 20) and (most is None or read <= most)
            passed, failed = passed + good, failed + (not good)
            print('%-32s %-4s exit %d, peak %4.0f MiB, read %6.1f MiB, %5.2f s CPU%s'
                  % (what, kind, status, peak, read, seconds, '' if good else '   FAILED'), flush=True)
    print('hostile: %d passed, %d failed' % (passed, failed))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())

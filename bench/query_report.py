"""bench/query_report.py: what `./dev bench query` prints and draws of its records: lines, a summary for each set, an SVG plot.

A record is one query: for each engine its answer, whether its rows are right, and seconds of its runs. Ratios are a peer's median
over ours, so more than 1 says that kgq is faster; geometric means are over queries that both finish with the same rows.
"""
import math
import statistics

import common

SETS = ('watdiv', 'sp2b', 'lubm', 'analytic')
TITLES = {'watdiv': 'WatDiv', 'sp2b': 'SP2Bench', 'lubm': 'LUBM', 'analytic': 'analytic'}
COLOURS = {'kgq': '#1b6ca8', 'pyoxigraph': '#c8553d', 'jena': '#6a994e', 'virtuoso': '#8e6c8a'}
NOTICEABLE_SECONDS = 0.001  # the worst query is looked for among those of which the best peer needs more


def median(found, key='seconds'):
    """Median seconds of an engine's right answer, or None."""
    values = found.get(key) if found and found['right'] else None
    return statistics.median(values) if values else None


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)] if ordered else float('nan')


def geometric_mean(values):
    return math.exp(sum(math.log(max(v, 1e-9)) for v in values) / len(values)) if values else float('nan')


def milliseconds(seconds):
    return '-' if seconds is None else '%.3f' % (seconds * 1e3) if seconds < 0.1 else '%.0f' % (seconds * 1e3)


def line(record, names):
    """One query as it is measured."""
    ours = record['engines']['kgq']
    cells = ['%-9s %-28s %9s' % (record['set'], record['query'], ours['answer'] if ours['right'] else 'WRONG ' + ours['answer'])]
    mine = statistics.median(ours['seconds']) if ours['seconds'] else None
    for name in names:
        f = record['engines'][name]
        took = median(f)
        if name == 'kgq':
            cells.append('kgq %s ms' % milliseconds(mine))
        elif took is None:
            cells.append('%s %s' % (name, f['answer'] if f['answer'] in ('error', 'timeout') else 'other rows (%s)' % f['answer']))
        else:
            cells.append('%s %s (%.1fx)' % (name, milliseconds(took), took / max(mine or 1e-9, 1e-9)))
    return '  '.join(cells)


def ratios(records, name, key='seconds'):
    """[(a peer's seconds / ours, query)] where both are right."""
    found = []
    for record in records:
        ours, theirs = median(record['engines']['kgq'], key), median(record['engines'].get(name), key)
        if ours and theirs:
            found.append((theirs / ours, record['query']))
    return found


def worst(records, names):
    """(our time over that of the best peer, query, that peer): the worst of those where the best peer needs over a millisecond."""
    found = []
    for record in records:
        ours = median(record['engines']['kgq'])
        theirs = [(median(record['engines'].get(n)), n) for n in names if n != 'kgq']
        theirs = [t for t in theirs if t[0]]
        if ours and theirs and min(theirs)[0] > NOTICEABLE_SECONDS:
            found.append((ours / min(theirs)[0], record['data'] + ' ' + record['query'], min(theirs)[1]))
    return sorted(found, reverse=True)


def spread(records, names):
    """A row for each engine: finished, median, p95 of the queries, geometric mean of the ratios."""
    rows = []
    for name in names:
        times = [t for t in (median(r['engines'].get(name)) for r in records) if t]
        pairs = ratios(records, name)
        rows.append([name, '%d of %d' % (len(times), len(records)), milliseconds(statistics.median(times)) if times else '-',
                     milliseconds(percentile(times, 0.95)) if times else '-',
                     '-' if name == 'kgq' or not pairs else '%.1f' % geometric_mean([p[0] for p in pairs]),
                     '-' if name == 'kgq' or not pairs else '%d' % len(pairs)])
    return rows


def slowdown(records, key):
    """Geometric mean of our seconds in another mode over those warm."""
    found = []
    for record in records:
        f = record['engines']['kgq']
        other = f.get(key)
        other = statistics.median(other) if isinstance(other, list) else other
        if f['right'] and other and f['seconds']:
            found.append(other / statistics.median(f['seconds']))
    return geometric_mean(found) if found else None


def cold_ratio(records, name):
    pairs = [(r['engines']['kgq'].get('cold'), r['engines'].get(name, {}).get('cold')) for r in records]
    return [b / a for a, b in pairs if a and b]


def other_modes(name, chosen, names, found):
    slower = slowdown(chosen, 'delta')
    if slower:
        found['delta'] = slower
        print('%s with 1 %% in the delta: kgq takes %.2f of its time without' % (TITLES[name], slower))
    cold = [r['engines']['kgq']['cold'] for r in chosen if r['engines']['kgq'].get('cold')]
    if cold:
        found['cold'] = {'median': statistics.median(cold), 'p95': percentile(cold, 0.95)}
        print('%s cold: kgq median %s ms, p95 %s ms' % (TITLES[name], milliseconds(statistics.median(cold)), milliseconds(percentile(cold, 0.95))))
    for peer in names:
        pairs = cold_ratio(chosen, peer) if peer != 'kgq' else []
        if pairs:
            found['cold'][peer] = geometric_mean(pairs)
            print('%s cold: geometric mean %.1f x against %s over %d queries' % (TITLES[name], geometric_mean(pairs), peer, len(pairs)))


def summary(records, facts, names):
    """Prints the tables and returns them for the JSON file."""
    result = {}
    for name in SETS:
        chosen = [r for r in records if r['set'] == name]
        if not chosen:
            continue
        print()
        rows = spread(chosen, names)
        common.table([TITLES[name], 'right rows', 'median ms', 'p95 ms', 'x faster than it', 'over queries'], rows)
        slow = worst(chosen, names)
        for ratio, query, peer in [s for s in slow if s[0] > 1.5] or slow[:1]:
            print('%s: %s takes %.2f of the time of the best peer (%s)' % (TITLES[name], query, ratio, peer))
        found = {'engines': rows, 'worst': slow[:20]}
        other_modes(name, chosen, names, found)
        result[name] = found
    print()
    for data, f in facts.items():
        if f:
            if f['prepared']:
                print('L, S, F with a constant, prepared: median %.0f us, slowest %.0f us' %
                      (statistics.median(f['prepared']) * 1e6, max(f['prepared']) * 1e6))
            print('%s: a query without work: %s' % (data, ', '.join('%s %.0f us' % (n, s * 1e6) for n, s in f['floor'].items())))
            print('%s: peak memory: %s' % (data, ', '.join('%s %.0f MiB' % (n, m) for n, m in f['peak_mib'].items())))
    return result


# ---- the plot ---------------------------------------------------------------------------------------------------------

LEFT, WIDTH, ROW, HEAD = 150, 560, 22, 34
FIRST_POWER, LAST_POWER = -5, 2  # ten microseconds to a hundred seconds


def x_of(seconds):
    power = min(max(math.log10(seconds), FIRST_POWER), LAST_POWER)
    return LEFT + WIDTH * (power - FIRST_POWER) / (LAST_POWER - FIRST_POWER)


def text(x, y, words, size=12, anchor='start', more=''):
    return '<text x="%.1f" y="%.1f" font-size="%d" text-anchor="%s"%s>%s</text>' % (x, y, size, anchor, more, words)


def axis(top, bottom):
    parts = []
    for power, label in zip(range(FIRST_POWER, LAST_POWER + 1), ('10 µs', '100 µs', '1 ms', '10 ms', '0.1 s', '1 s', '10 s', '100 s')):
        x = x_of(10.0 ** power)
        parts.append('<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="#ccc"/>' % (x, top, x, bottom))
        parts.append(text(x, bottom + 16, label, 11, 'middle', ' fill="#444"'))
    return parts


def strip(y, name, times, total):
    """One engine in one set: a dot for each query, a bar at the median."""
    parts = [text(LEFT - 10, y + 4, name, 12, 'end'), text(LEFT + WIDTH + 10, y + 4, '%d of %d' % (len(times), total), 11)]
    for t in times:
        parts.append('<circle cx="%.1f" cy="%d" r="3" fill="%s" fill-opacity="0.45"/>' % (x_of(t), y, COLOURS[name]))
    if times:
        x = x_of(statistics.median(times))
        parts.append('<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="%s" stroke-width="3"/>' % (x, y - 9, x, y + 9, COLOURS[name]))
    return parts


def plot(records, names, path):
    """Every query as a dot on a scale of powers of ten, a row for each engine in each set."""
    parts, y = [], HEAD
    for name in SETS:
        chosen = [r for r in records if r['set'] == name]
        if not chosen:
            continue
        parts.append(text(10, y + 12, '%s: %d queries' % (TITLES[name], len(chosen)), 14, 'start', ' font-weight="bold"'))
        y += ROW + 8
        for engine in names:
            parts += strip(y, engine, [t for t in (median(r['engines'].get(engine)) for r in chosen) if t], len(chosen))
            y += ROW
        y += 8
    head = ['<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif">' % (LEFT + WIDTH + 100, y + 30),
            '<rect width="100%" height="100%" fill="white"/>',
            text(10, 20, 'Seconds of each query, warm, until its last row is written; a bar at the median; at the right, how many finish')]
    with open(path, 'w', encoding='utf-8') as f:
        f.write('\n'.join(head + axis(HEAD, y) + parts + ['</svg>', '']))

"""./dev bench query: queries beside pyoxigraph, Jena TDB2 and Virtuoso in one run, rows compared before any time counts.

Sets: WatDiv, SP2Bench and LUBM of the shared folder, and the analytic queries of bench/analytic over the same data. A time is
that of one query in a process that has the database open, from its text to the last row written as TSV to a sink. For each query
every engine first writes its rows to a file: they count by expected.tsv and by a hash (rows_hash.c) against those of the peers.
Then each is timed in turn, so that a busy machine troubles all alike. Modes: warm; cold (a new process, the files not in the page
cache); delta (kgq with 1 % of the data in small commits after the load). The time of a query without work is each engine's floor.

    ./dev bench query                                               everything: half an hour
    ./dev bench query --sets analytic --peers pyoxigraph --modes warm --runs 3
    ./dev bench query --sets watdiv --match '^C' --peers none       a few seconds
"""
import argparse
import csv
import fcntl
import os
import re
import shutil
import statistics
import subprocess
import sys

import common
import engines
import query_report

DATA = {'watdiv': 'watdiv-10', 'sp2b': 'sp2b-1M', 'lubm': 'lubm-8'}
SETS = ('watdiv', 'sp2b', 'lubm', 'analytic')
PEERS = {engine.name: engine for engine in engines.ENGINES}
RUN_SECONDS = 5  # timed runs of a query end after these, or after --runs
ROWS = os.path.join(common.CACHE, 'rows.tsv')
DELTA_SHARE, COMMIT_TRIPLES = 100, 100


def expected():
    with open(os.path.join(common.SHARED, 'bench', 'expected.tsv'), encoding='utf-8') as f:
        return {(row['data'], row['query']): row['rows'].lower() for row in csv.DictReader(f, delimiter='\t')}


def queries(options, data):
    """[(set, name, path)] of one data set."""
    found = []
    for name in SETS:
        if name not in options.sets or (name != 'analytic' and DATA[name] != data):
            continue
        short = next(short for short, long in DATA.items() if long == data)
        folder = (os.path.join(common.ROOT, 'bench', 'analytic', short) if name == 'analytic' else
                  os.path.join(common.SHARED, 'bench', 'queries', name))
        found += [(name, q[:-3], os.path.join(folder, q)) for q in sorted(os.listdir(folder))
                  if q.endswith('.rq') and re.search(options.match, q)]
    return found


CUT_OFF = {'virtuoso': str(1 << 20)}  # rows that its SPARQL endpoint gives at the most, whatever its settings say


def rows_of(engine, path):
    """(answer, hash of the rows, seconds) of the first run, which writes its rows."""
    answer, times = engine.ask(path, 1, out=ROWS)
    if not answer.isdigit():
        return answer, None, times[0]
    counted = subprocess.run([os.path.join(common.TOOLS, 'rows_hash'), ROWS], capture_output=True, text=True, check=True)
    return answer, counted.stdout.split()[1], times[0]


def timed(engine, path, first, runs):
    """Seconds of the timed runs; what took long is not asked again, its first run counts."""
    if first > 2 * RUN_SECONDS:
        return [first]
    answer, times = engine.ask(path, runs, RUN_SECONDS)
    return times if answer not in ('error', 'timeout') else [first]


def judge(found, want):
    """Marks in `found` which engines are right: those that agree with kgq, if it says what is expected and a peer agrees.
    A peer that cut its answer off says nothing of the rows."""
    ours = found['kgq']
    done = [f for name, f in found.items() if name != 'kgq' and f['answer'] not in ('error', 'timeout', CUT_OFF.get(name))]
    if ours['answer'] in ('error', 'timeout'):
        ours['right'] = False
    elif want is not None and ours['answer'] != want:
        ours['right'] = False
    else:
        same = [f for f in done if (f['answer'], f['hash']) == (ours['answer'], ours['hash'])]
        ours['right'] = bool(same) or not done
        ours['checked'] = len(same)
    for f in done:
        f['right'] = (f['answer'], f['hash']) == (ours['answer'], ours['hash'])


def warm(asked, engine_list, options, want, data):
    """One record for each query: what each engine answers, and the seconds of its runs."""
    records = []
    for set_name, query, path in asked:
        found = {}
        for engine in engine_list:
            answer, digest, first = rows_of(engine, path)
            found[engine.name] = {'answer': answer, 'hash': digest, 'first': first, 'seconds': [], 'right': False}
            if answer == 'error' and engine.why:
                found[engine.name]['why'] = engine.why
        judge(found, want.get((data, query + '.rq')) if set_name != 'analytic' else None)
        for engine in engine_list:
            f = found[engine.name]
            if f['right'] or (engine.name == 'kgq' and f['answer'] not in ('error', 'timeout')):
                f['seconds'] = timed(engine, path, f['first'], options.runs)
        records.append({'set': set_name, 'data': data, 'query': query, 'engines': found})
        print('  ' + query_report.line(records[-1], [e.name for e in engine_list]), flush=True)
    return records


def prepared(kgq, asked, runs):
    """Median seconds of each WatDiv query with a constant, prepared once."""
    chosen = [path for set_name, query, path in asked if set_name == 'watdiv' and query[0] in 'LSF' and 'all' not in query]
    return [statistics.median(kgq.ask(path, 4 * runs, RUN_SECONDS, prepared=True)[1]) for path in chosen]


def cold(asked, engine_list, records, data):
    """Adds the seconds of each query in a new process with its files out of the page cache."""
    for engine in engine_list:
        for (_, _, path), record in zip(asked, records):
            f = record['engines'][engine.name]
            if f['right'] and f['first'] < 10:
                answer, seconds = engines.ask_cold(engine, engine.folder(data), path)
                f['cold'] = seconds if answer == f['answer'] else None
        engine.stop()


def split(plain, folder):
    """The data without one triple in a hundred, and those in files of small commits. Triples with blank nodes stay in the load: a
    later commit would make new nodes of them."""
    seen, late = set(), []
    base = os.path.join(folder, 'base.nt')
    with open(plain, 'rb') as f, open(base, 'wb') as out:
        for number, text in enumerate(f, 1):
            if len(late) * DELTA_SHARE < number and b'_:' not in text and text not in seen:
                seen.add(text)
                late.append(text)
            elif text not in seen:
                out.write(text)
    parts = []
    for at in range(0, len(late), COMMIT_TRIPLES):
        parts.append(os.path.join(folder, 'late-%04d.nt' % (at // COMMIT_TRIPLES)))
        with open(parts[-1], 'wb') as out:
            out.writelines(late[at:at + COMMIT_TRIPLES])
    return base, parts, len(late)


def delta(asked, records, data, plain, options):
    """Adds the seconds of kgq on a database of which one triple in a hundred came in small commits after the load."""
    folder = os.path.join(common.CACHE, 'delta')
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    base, parts, count = split(plain, folder)
    db = os.path.join(folder, data + '.kgq')
    common.run([common.KGQ, 'load', db, base])
    for part in parts:
        common.run([common.KGQ, 'load', db, part])
    rows = common.info(db).get('delta rows', 'not said')
    print('%s: %d triples in %d commits after the load, not folded: delta rows %s' % (data, count, len(parts), rows), flush=True)
    kgq = engines.Kgq()
    kgq.start(db)
    for (_, _, path), record in zip(asked, records):
        f = record['engines']['kgq']
        if not f['right']:
            continue
        answer, digest, first = rows_of(kgq, path)
        f['delta_right'] = (answer, digest) == (f['answer'], f['hash'])
        f['delta'] = timed(kgq, path, first, options.runs)
        if not f['delta_right']:
            print('WRONG with a delta: %s %s: %s rows' % (data, record['query'], answer))
    kgq.stop()
    shutil.rmtree(folder)


def floor(engine_list, runs):
    """Seconds of a query without work, for each engine."""
    path = os.path.join(common.CACHE, 'empty.rq')
    with open(path, 'w', encoding='utf-8') as f:
        f.write('ASK {}\n')
    return {e.name: statistics.median(e.ask(path, 4 * runs)[1]) for e in engine_list}


def set_up(options):
    """The engines that can be used; kgq first."""
    chosen = [engines.Kgq()]
    for name in options.peers:
        engine = PEERS[name]()
        if engine.set_up():
            chosen.append(engine)
    return chosen


def loaded(engine_list, data, plain):
    """Those of the engines that have the data now, started."""
    ready = []
    for engine in engine_list:
        try:
            engine.load(data, plain)
            engine.start(engine.folder(data))
            ready.append(engine)
        except (common.Failed, OSError) as e:
            engine.stop()
            print('left out %s on %s: %s' % (engine.name, data, e))
    return ready


def one_data_set(data, options, all_engines, want):
    """(records, facts of the run) of one data set."""
    plain, asked = common.plain_data(data), queries(options, data)
    if not plain or not asked:
        return [], {}
    engine_list = loaded(all_engines, data, plain)
    facts = {'floor': floor(engine_list, options.runs)}
    records = warm(asked, engine_list, options, want, data)
    facts['prepared'] = prepared(engine_list[0], asked, options.runs)
    facts['peak_mib'] = {e.name: e.peak_mib for e in engine_list}
    for engine in engine_list:
        engine.stop()
    if 'cold' in options.modes:
        cold(asked, [e for e in engine_list if e.name in ('kgq', *options.cold_peers)], records, data)
    if 'delta' in options.modes:
        delta(asked, records, data, plain, options)
    return records, facts


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words = lambda text: [] if text == 'none' else text.split(',')
    parser.add_argument('--sets', type=words, default=list(SETS), help='of ' + ','.join(SETS))
    parser.add_argument('--only', '--data', type=words, default=list(DATA.values()), help='data sets: ' + ','.join(DATA.values()))
    parser.add_argument('--peers', type=words, default=list(PEERS), help='none, or of ' + ','.join(PEERS))
    parser.add_argument('--modes', type=words, default=['warm', 'cold', 'delta'], help='warm is always run; cold,delta as well')
    parser.add_argument('--cold-peers', type=words, default=['pyoxigraph'], help='peers that are asked cold too')
    parser.add_argument('--match', default='', help='a regular expression for the names of queries')
    parser.add_argument('--runs', type=int, default=5)
    options = parser.parse_args()
    unknown = (set(options.sets) - set(SETS)) | (set(options.peers) - set(PEERS)) | (set(options.only) - set(DATA.values()))
    if unknown:
        parser.error('unknown: ' + ', '.join(sorted(unknown)))
    options.whole = options.sets == list(SETS) and options.peers == list(PEERS) and not options.match and len(options.only) == 3
    return options


def alone():
    """Two runs at once would take each other's databases: the second one waits. The lock ends with the process."""
    os.makedirs(common.CACHE, exist_ok=True)
    lock = open(os.path.join(common.CACHE, 'query.lock'), 'w')
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def main():
    options = parse()
    lock = alone()
    want, all_engines = expected(), set_up(options)
    records, facts = [], {}
    for data in options.only:
        print('%s:' % data, flush=True)
        more, facts[data] = one_data_set(data, options, all_engines, want)
        records += more
    names = [e.name for e in all_engines]
    summary = query_report.summary(records, facts, names)
    common.save('query', {'summary': summary, 'facts': facts, 'records': records})
    plot = os.path.join(common.ROOT, 'docs', 'query-speed.svg') if options.whole else os.path.join(common.CACHE, 'query-speed.svg')
    query_report.plot(records, names, plot)
    print('plot: ' + os.path.relpath(plot, common.ROOT))
    wrong = [r for r in records if not r['engines']['kgq']['right'] or r['engines']['kgq'].get('delta_right') is False]
    for record in wrong:
        print('WRONG: %s %s: %s' % (record['data'], record['query'],
                                    {n: (f['answer'], f['hash']) for n, f in record['engines'].items()}))
    lock.close()
    sys.exit(1 if wrong else 0)


if __name__ == '__main__':
    main()

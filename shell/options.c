/* shell/options.c: flags of all commands, read with getopt_long, and the help page.
 *
 * One table for every command: a flag means the same everywhere. Sizes take K M G, times seconds.
 */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shell/shell.h"

enum {
  OPT_GRAPH = 256,
  OPT_BASE,
  OPT_KEEP_GOING,
  OPT_MEMORY,
  OPT_DATA,
  OPT_NAMED,
  OPT_MAP,
  OPT_DEFAULT_GRAPH,
  OPT_LANG,
  OPT_TIMEOUT,
  OPT_EXPLAIN,
  OPT_EXPORT,
  OPT_CANONICAL,
  OPT_QUERY,
  OPT_UPDATE,
  OPT_RDF,
  OPT_LABELS,
  OPT_LIMIT,
  OPT_READONLY,
  OPT_NO_INIT,
  OPT_NO_HISTORY,
  OPT_COLOR,
  OPT_EXIT_EMPTY,
  OPT_QUIET,
  OPT_STATS,
  OPT_ROWS_SHOWN,
  OPT_COLUMNS_SHOWN
};

static const struct option long_options[] = {
  { "format", required_argument, NULL, 'F' },
  { "graph", required_argument, NULL, OPT_GRAPH },
  { "base", required_argument, NULL, OPT_BASE },
  { "keep-going", no_argument, NULL, OPT_KEEP_GOING },
  { "memory", required_argument, NULL, OPT_MEMORY },
  { "data", required_argument, NULL, OPT_DATA },
  { "named", required_argument, NULL, OPT_NAMED },
  { "map", required_argument, NULL, OPT_MAP },
  { "default-graph", required_argument, NULL, OPT_DEFAULT_GRAPH },
  { "lang", required_argument, NULL, OPT_LANG },
  { "labels", required_argument, NULL, OPT_LABELS },
  { "timeout", required_argument, NULL, OPT_TIMEOUT },
  { "explain", optional_argument, NULL, OPT_EXPLAIN },
  { "export", required_argument, NULL, OPT_EXPORT },
  { "canonical", no_argument, NULL, OPT_CANONICAL },
  { "query", no_argument, NULL, OPT_QUERY },
  { "update", no_argument, NULL, OPT_UPDATE },
  { "rdf", required_argument, NULL, OPT_RDF },
  { "output", required_argument, NULL, 'o' },
  { "command", required_argument, NULL, 'c' },
  { "file", required_argument, NULL, 'f' },
  { "param", required_argument, NULL, 'p' },
  { "limit", required_argument, NULL, OPT_LIMIT },
  { "readonly", no_argument, NULL, OPT_READONLY },
  { "no-init", no_argument, NULL, OPT_NO_INIT },
  { "no-history", no_argument, NULL, OPT_NO_HISTORY },
  { "color", required_argument, NULL, OPT_COLOR },
  { "exit-empty", no_argument, NULL, OPT_EXIT_EMPTY },
  { "quiet", no_argument, NULL, 'q' },
  { "stats", no_argument, NULL, OPT_STATS },
  { "max-rows", required_argument, NULL, OPT_ROWS_SHOWN },
  { "max-width", required_argument, NULL, OPT_COLUMNS_SHOWN },
  { NULL, 0, NULL, 0 },
};

/* One screen: at most 24 lines of 80 columns. */
static const char help_text[] =
    "kgq: a knowledge graph of what articles state, with the source of every fact\n"
    "  kgq DB                       the shell; without a terminal, reads statements\n"
    "  kgq DB TEXT                  one query or update\n"
    "  kgq load DB FILE...          YAML facts, N-Triples, N-Quads, Turtle, TriG; .gz\n"
    "  kgq query|update DB TEXT     SPARQL or the short language; -c TEXT, -f FILE,\n"
    "                               several in their order; -c .schema: a command\n"
    "  kgq export DB                everything as N-Quads; parse FILE: convert a file\n"
    "  kgq check [DB] FILE.yaml...  errors and warnings of facts files, not loaded\n"
    "  kgq names DB FILE...         where these texts name what\n"
    "  kgq check DB | info DB | compact DB | recover DB [DIR] | backup DB DIR\n"
    "DB is a folder, or :memory:. FILE - is standard input. More: man kgq\n"
    "  --format F    load, parse: yaml nt nq ttl trig   graphs: nt ttl\n"
    "    rows: box table line markdown html json jsonl xml csv tsv null\n"
    "  --graph IRI   load into it, export only it       --base IRI\n"
    "  --keep-going  skip and report bad lines          --canonical  (parse)\n"
    "  --data FILE, --named IRI=FILE: load these first  --map IRI=DIR: for LOAD\n"
    "  --default-graph union|strict                     --lang auto|sparql|short\n"
    "  --labels ko,en  names in tables --max-rows N --max-width N  --color auto|never\n"
    "  --timeout SECONDS --memory 512M --limit ROWS --readonly --quiet --stats\n"
    "  --explain[=plan|sparql|ids|analyze|why]          -p NAME=TERM\n"
    "  --rdf 1.1|1.2 (export)  --export F (update)      -o FILE\n"
    "  --no-init  --no-history                          the shell without its files\n"
    "Exit: 0 ok, 1 query or data wrong, 2 usage, 3 cannot open, 4 limit,\n"
    "      5 items skipped, 10 no rows (--exit-empty), 130 interrupted\n";

void usage_print(bool to_stdout) {
  (void)fputs(help_text, to_stdout ? stdout : stderr);
}

int usage_error(const char *format, ...) {
  va_list args;
  va_start(args, format);
  (void)fputs("kgq: ", stderr);
  (void)vfprintf(stderr, format, args);
  (void)fputs("\n  hint: kgq --help\n", stderr);
  va_end(args);
  return EXIT_USAGE;
}

static int list_add(text_list *list, const char *item) {
  if (list->count == LIST_MAX) {
    return usage_error("more than %d of one option", LIST_MAX);
  }
  if ((list->count & (list->count - 1)) == 0) { /* full at each power of two */
    const char **items = realloc(list->items, (list->count ? 2 * list->count : 1) * sizeof *items);
    if (!items) {
      return usage_error("out of memory");
    }
    list->items = items;
  }
  list->items[list->count++] = item;
  return EXIT_FINE;
}

/* "512M" -> bytes. */
static int read_size(const char *text, uint64_t *out) {
  char *end;
  errno = 0;
  const double number = strtod(text, &end);
  static const char units[] = "BKMGT";
  const char *unit = *end ? strchr(units, *end & ~0x20) : units;
  if (errno || end == text || !unit || number < 0 || number > 1e15 ||
      (*end && end[1] && strcmp(end + 1, "iB") != 0)) {
    return usage_error("'%s' is not a size such as 512M", text);
  }
  *out = (uint64_t)(number * (double)(UINT64_C(1) << (10 * (unit - units))));
  return EXIT_FINE;
}

static int read_time(const char *text, options *o) {
  char *end;
  const double seconds = strtod(text, &end);
  if (end == text || (*end && strcmp(end, "s") != 0) || !(seconds >= 0) || seconds > 1e9) {
    return usage_error("'%s' is not a number of seconds", text);
  }
  o->time_ms = (uint64_t)(seconds * 1000);
  o->time_given = true;
  return EXIT_FINE;
}

static int read_rows(const char *text, uint64_t *out) {
  char *end;
  errno = 0;
  const unsigned long long number = strtoull(text, &end, 10);
  if (errno || end == text || *end || *text == '-') {
    return usage_error("'%s' is not a number of rows", text);
  }
  *out = number;
  return EXIT_FINE;
}

static int one_of(const char *flag, const char *value, const char *allowed, const char **out) {
  const size_t n = strlen(value);
  for (const char *p = allowed; n && (p = strstr(p, value)) != NULL; p++) {
    if ((p == allowed || p[-1] == ' ') && (p[n] == ' ' || p[n] == '\0')) {
      *out = value;
      return EXIT_FINE;
    }
  }
  return usage_error("--%s takes one of: %s", flag, allowed);
}

#define FORMATS "yaml nt nq ttl trig box table line markdown html json jsonl xml csv tsv null"

/* A TEXT or FILE to run, in its place among the others. */
static int add_asked(options *o, const char *how, const char *value) {
  const int status = list_add(&o->asked, value);
  return status ? status : list_add(&o->asked_how, how);
}

static int add_map(options *o, const char *value) {
  const char *equal = strrchr(value, '=');
  return !equal || equal == value || !equal[1] ? usage_error("--map takes IRI=DIR, not '%s'", value)
                                               : list_add(&o->maps, value);
}

static int option_with_text(options *o, int flag, const char *value) {
  switch (flag) {
  case 'F': return one_of("format", value, FORMATS, &o->format);
  case OPT_LANG: return one_of("lang", value, "auto sparql short", &o->language);
  case OPT_DEFAULT_GRAPH: return one_of("default-graph", value, "union strict", &o->default_graph);
  case OPT_EXPORT: return one_of("export", value, "nt nq ttl trig", &o->export_after);
  case OPT_RDF: return one_of("rdf", value, "1.1 1.2", &o->rdf);
  case OPT_EXPLAIN:
    return one_of("explain", value ? value : "plan", "plan sparql ids analyze why", &o->explain);
  case OPT_COLOR: return one_of("color", value, "auto always never", &o->color);
  case OPT_LIMIT: return read_rows(value, &o->rows_max);
  case OPT_ROWS_SHOWN: return read_rows(value, &o->rows_shown);
  case OPT_COLUMNS_SHOWN: return read_rows(value, &o->columns_shown);
  case OPT_MEMORY: return read_size(value, &o->memory_bytes);
  case OPT_TIMEOUT: return read_time(value, o);
  case OPT_DATA: return list_add(&o->data, value);
  case OPT_NAMED: return list_add(&o->named, value);
  case OPT_MAP: return add_map(o, value);
  case 'p': return list_add(&o->params, value);
  case 'c': return add_asked(o, "c", value);
  case 'f': return add_asked(o, "f", value);
  case OPT_GRAPH: o->graph = value; break;
  case OPT_BASE: o->base = value; break;
  case OPT_LABELS: o->label_language = value; break;
  case 'o': o->output = value; break;
  default: return EXIT_USAGE; /* getopt_long has said why */
  }
  return EXIT_FINE;
}

int options_read(options *o, int argc, char **argv) {
  memset(o, 0, sizeof *o);
  int flag;
  int status = EXIT_FINE;
  optind = 1;
  while (status == EXIT_FINE && (flag = getopt_long(argc, argv, "c:f:o:p:q", long_options, NULL)) != -1) {
    switch (flag) {
    case OPT_KEEP_GOING: o->keep_going = true; break;
    case OPT_CANONICAL: o->canonical = true; break;
    case OPT_QUERY: o->as_query = true; break;
    case OPT_UPDATE: o->as_update = true; break;
    case OPT_READONLY: o->readonly = true; break;
    case OPT_NO_INIT: o->no_init = true; break;
    case OPT_NO_HISTORY: o->no_history = true; break;
    case OPT_EXIT_EMPTY: o->exit_empty = true; break;
    case OPT_STATS: o->stats = true; break;
    case 'q': o->quiet = true; break;
    default: status = option_with_text(o, flag, optarg);
    }
  }
  for (int i = optind; status == EXIT_FINE && i < argc; i++) {
    status = list_add(&o->words, argv[i]);
  }
  return status;
}

void options_free(options *o) {
  free(o->data.items);
  free(o->named.items);
  free(o->maps.items);
  free(o->params.items);
  free(o->words.items);
  free(o->asked.items);
  free(o->asked_how.items);
}

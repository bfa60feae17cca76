/* shell/dot_ask.c: the commands about answers: what is behind a row, why there is none, who agrees, who does
 * not.
 *
 * .agree, .conflicts and .schema are queries that a person could type (docs/QUERY.md, "Agreement and
 * contradiction"); they go to the same tables.
 */
#include <stdlib.h>
#include <string.h>

#include "shell/prompt.h"

/* The text behind the command, or the last query; NULL after saying that there is none. */
static const char *query_at_hand(const prompt_state *state, const char *argument) {
  if (!*argument && !state->last_query) {
    (void)fputs("there is no query yet; write one behind the command\n", stderr);
    return NULL;
  }
  return *argument ? argument : state->last_query;
}

static kgq_status prepare(prompt_state *state, const char *text, kgq_stmt **out, kgq_error **err) {
  const options o = state_options(state);
  const kgq_status st = kgq_prepare(state->session.conn, text, strlen(text), out, err);
  return st ? st : bind_params(*out, &o, err);
}

static int explain(prompt_state *state, const char *argument, const char *what) {
  const char *query = query_at_hand(state, argument);
  kgq_stmt *stmt = NULL;
  kgq_error *err = NULL;
  if (!query) {
    return EXIT_WRONG;
  }
  kgq_status st = prepare(state, query, &stmt, &err);
  if (!st) {
    st = kgq_explain(stmt, what, write_stdout, state->output, &err);
  }
  kgq_finalize(stmt);
  return report(st, err);
}

int dot_sparql(prompt_state *state, const char *argument) {
  return explain(state, argument, "sparql");
}

int dot_explain(prompt_state *state, const char *argument) {
  const bool analyze = strncmp(argument, "analyze", 7) == 0;
  return explain(state, analyze ? argument + 7 + strspn(argument + 7, " ") : argument,
                 analyze ? "analyze" : "plan");
}

/* `on` and `off` are the setting; a query is written out with ids in place of its names. */
int dot_ids(prompt_state *state, const char *argument) {
  if (strcmp(argument, "on") == 0 || strcmp(argument, "off") == 0) {
    state->ids = strcmp(argument, "on") == 0;
    return EXIT_FINE;
  }
  return explain(state, argument, "ids");
}

int dot_why(prompt_state *state, const char *argument) {
  return explain(state, argument, "why");
}

int dot_info(prompt_state *state, const char *argument) {
  (void)argument;
  return info_print(&state->session);
}

static int print_prefix(void *arg, kgq_str name, kgq_str iri) {
  (void)arg;
  printf("%s: <%s>\n", name.ptr, iri.ptr);
  return 0;
}

int dot_prefixes(prompt_state *state, const char *argument) {
  (void)argument;
  kgq_error *err = NULL;
  const kgq_status st = kgq_prefixes(state->session.conn, print_prefix, NULL, &err);
  return report(st, err);
}

/* ---- .source --------------------------------------------------------------------------------------- */

typedef struct source_printer {
  char *statement; /* the one printed last */
  unsigned long count;
} source_printer;

static void print_part(const char *name, kgq_str value) {
  if (value.len) {
    printf("; %s%s%s", name, *name ? " " : "", value.ptr);
  }
}

static int print_source(void *arg, const kgq_source *s) {
  source_printer *p = arg;
  char *statement = NULL;
  if (asprintf(&statement, "%s %s %s", s->subject.ptr, s->predicate.ptr, s->object.ptr) < 0) {
    return 1;
  }
  if (!p->statement || strcmp(p->statement, statement) != 0) {
    puts(statement);
  }
  free(p->statement);
  p->statement = statement;
  p->count++;
  printf("  %s", s->article.len ? s->article.ptr : "stated without an article");
  print_part("place", s->place);
  print_part("status", s->status);
  print_part("date", s->date);
  print_part("said by", s->speaker);
  print_part("as", s->role);
  print_part("words", s->quote);
  print_part("written", s->written);
  print_part("inferred:", s->inferred);
  (void)putchar('\n');
  return 0;
}

/* Runs the last query again up to the row; the order of an answer is the same on the same data. */
static kgq_status go_to_row(kgq_stmt *stmt, unsigned long row, kgq_error **err) {
  kgq_status st = KGQ_ROW;
  for (unsigned long i = 0; i < row && st == KGQ_ROW; i++) {
    st = kgq_step(stmt, err);
  }
  return st;
}

int dot_source(prompt_state *state, const char *argument) {
  const unsigned long row = *argument ? strtoul(argument, NULL, 10) : 1;
  kgq_stmt *stmt = NULL;
  kgq_error *err = NULL;
  source_printer p = { NULL, 0 };
  if (row == 0) {
    return dot_wants("write the number of a row behind .source");
  }
  if (!state->last_query) {
    return dot_wants("there is no answer yet");
  }
  kgq_status st = prepare(state, state->last_query, &stmt, &err);
  st = st ? st : go_to_row(stmt, row, &err);
  if (st == KGQ_DONE) {
    (void)fprintf(stderr, "the last answer has no row %lu\n", row);
  } else if (st == KGQ_ROW) {
    st = kgq_row_sources(stmt, print_source, &p, &err);
    if (!st && p.count == 0) {
      (void)fputs("no statement alone is behind this row\n", stderr);
    }
  }
  free(p.statement);
  kgq_finalize(stmt);
  return st == KGQ_DONE ? EXIT_WRONG : report(st, err);
}

/* ---- .schema, .agree, .conflicts ------------------------------------------------------------------- */

static int show(prompt_state *state, const char *title, const char *text) {
  options o = *state->options;
  const view v = state_view(state);
  o.explain = NULL;
  if (title) { /* above the tables of a person, not among the data of a script */
    const bool table = v.format && (strcmp(v.format, "box") == 0 || strcmp(v.format, "table") == 0);
    (void)fflush(v.out);
    (void)fprintf(state->interactive || table ? v.out : stderr, "%s\n", title);
  }
  return run_text(&state->session, &o, text, strlen(text), &v);
}

int dot_schema(prompt_state *state, const char *argument) {
  (void)argument;
  const int status =
      show(state, NULL,
           "SELECT ?predicate (COUNT(*) AS ?uses) (SAMPLE(?s) AS ?subject) (SAMPLE(?o) AS ?object)\n"
           "WHERE { ?s ?predicate ?o } GROUP BY ?predicate ORDER BY DESC(?uses) ?predicate");
  return status ? status
                : show(state, NULL,
                       "SELECT ?class (COUNT(*) AS ?members) (SAMPLE(?x) AS ?example)\n"
                       "WHERE { ?x a ?class } GROUP BY ?class ORDER BY DESC(?members) ?class");
}

/* A pattern of the short language with `%s` where a name restricts it. Allocated with malloc. */
static char *restricted(const char *text, const char *name) {
  const char *at = strstr(text, "%s");
  const bool plain = strchr("[<?~", name[0]) != NULL || (name[0] && strchr(name, ':'));
  char *clause = NULL, *whole = NULL;
  if (*name && asprintf(&clause, ",\n{?subject = %s%s%s} or {?verb = %s%s%s}", plain ? "" : "[", name,
                        plain ? "" : "]", plain ? "" : "[", name, plain ? "" : "]") < 0) {
    return NULL;
  }
  if (asprintf(&whole, "%.*s%s%s", (int)(at - text), text, clause ? clause : "", at + 2) < 0) {
    whole = NULL;
  }
  free(clause);
  return whole;
}

static int show_restricted(prompt_state *state, const char *title, const char *text, const char *name) {
  char *query = restricted(text, name);
  const int status = query ? show(state, title, query) : EXIT_WRONG;
  free(query);
  return status;
}

int dot_agree(prompt_state *state, const char *argument) {
  return show_restricted(
      state, NULL,
      "?subject ?verb ?object @ ?article, ?article is Article, ?verb != (written, is)%s\n"
      "| count ?article as ?articles, list ?article as ?which by ?subject, ?verb, ?object\n"
      "| where ?articles > 1 | sort ?articles desc, ?subject, ?verb, ?object",
      argument);
}

/* Two amounts of one subject and predicate; not when they are said of different phases, scopes or days. */
static const char amounts_text[] =
    "?subject ?verb ?a @ ?article, ?subject ?verb ?b @ ?other, unit(?a) = unit(?b), clashes(?a, ?b),\n"
    "?a < ?b or {?a = ?b, ?article = ?other},\n"
    "not {?subject ?verb ?a @ ?article (?about ?x), ?subject ?verb ?b @ ?other (?about ?y), ?x != ?y,\n"
    "  regex(text(?about), \"(phase|scope|#on)$\"),\n"
    "  not ?subject ?verb ?b @ ?other (?about ?x)}%s\n"
    "| sort ?subject, ?verb, ?a, ?b, ?article, ?other";

/* The verbs whose amounts some source adds up to a total: their other sums must do so too. */
static const char sums_text[] =
    "SELECT ?article ?subject ?total ?stated ?verb ?sum WHERE {\n"
    "  { SELECT ?article ?verb (SUM(?n) AS ?sum) WHERE {\n"
    "      GRAPH ?article { ?who ?verb ?n } FILTER(BOUND(?n) && DATATYPE(?n) = kgq:quantity)\n"
    "    } GROUP BY ?article ?verb HAVING(COUNT(DISTINCT ?who) > 1) }\n"
    "  ?total kgq:matches \"total\" .\n"
    "  GRAPH ?article { ?subject ?total ?stated }\n"
    "  FILTER(kgq:clashes(?sum, ?stated))\n"
    "  FILTER EXISTS {\n"
    "    { SELECT ?source ?verb (SUM(?n) AS ?added) WHERE {\n"
    "        GRAPH ?source { ?who ?verb ?n } FILTER(DATATYPE(?n) = kgq:quantity)\n"
    "      } GROUP BY ?source ?verb HAVING(COUNT(DISTINCT ?who) > 1) }\n"
    "    GRAPH ?source { ?subject ?any ?given } ?any kgq:matches \"total\" FILTER(kgq:value(?added) = "
    "kgq:value(?given))\n"
    "  }\n"
    "} ORDER BY ?article ?total ?verb";

/* A total that is said to be of a group: what the members get must reach it. */
static const char groups_text[] =
    "SELECT ?article ?subject ?total ?stated ?group ?verb (SUM(?n) AS ?sum) WHERE {\n"
    "  ?total kgq:matches \"total\" . ?member kgq:matches \"member\" .\n"
    "  GRAPH ?article {\n"
    "    ?subject ?total ?stated ~ ?r . ?r ?to ?group . ?group ?member ?who . ?who ?verb ?n\n"
    "  }\n"
    "  FILTER(DATATYPE(?n) = kgq:quantity && kgq:unit(?n) = kgq:unit(?stated))\n"
    "} GROUP BY ?article ?subject ?total ?stated ?group ?verb\n"
    "HAVING(kgq:clashes(SUM(?n), ?stated)) ORDER BY ?article ?total ?verb";

int dot_conflicts(prompt_state *state, const char *argument) {
  const int status = show_restricted(state, "amounts of one subject and predicate that cannot both be true",
                                     amounts_text, argument);
  if (status || *argument) {
    return status;
  }
  const int sums = show(state, "sums that cannot be the total that the same article gives", sums_text);
  return sums ? sums : show(state, "totals said of a group whose members do not reach them", groups_text);
}

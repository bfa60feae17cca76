/* shell/dot.c: the commands of the shell that begin with a dot: one table, from which .help is printed too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shell/shell.h"

typedef int (*dot_fn)(prompt_state *state, const char *argument);

static int dot_help(prompt_state *state, const char *argument);

static int dot_quit(prompt_state *state, const char *argument) {
  (void)argument;
  state->done = true;
  return EXIT_FINE;
}

static int dot_info(prompt_state *state, const char *argument) {
  (void)argument;
  return info_print(state->session);
}

static int explain_text(prompt_state *state, const char *text, const char *what) {
  const char *query = *text ? text : state->last_query;
  if (!query) {
    (void)fputs("there is no query yet; write one behind the command\n", stderr);
    return EXIT_WRONG;
  }
  kgq_stmt *stmt = NULL;
  kgq_error *err = NULL;
  kgq_status st = kgq_prepare(state->session->conn, query, strlen(query), &stmt, &err);
  if (!st) {
    st = kgq_explain(stmt, what, write_stdout, NULL, &err);
  }
  kgq_finalize(stmt);
  return report(st, err);
}

static int dot_sparql(prompt_state *state, const char *argument) {
  return explain_text(state, argument, "sparql");
}

static int dot_explain(prompt_state *state, const char *argument) {
  const bool analyze = strncmp(argument, "analyze", 7) == 0;
  return explain_text(state, analyze ? argument + 7 + strspn(argument + 7, " ") : argument,
                      analyze ? "analyze" : "plan");
}

static int dot_mode(prompt_state *state, const char *argument) {
  static const char *const modes[] = { "box", "json", "xml", "csv", "tsv", "nt", "ttl" };
  for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
    if (strcmp(argument, modes[i]) == 0) {
      state->mode = modes[i];
      return EXIT_FINE;
    }
  }
  (void)fputs("modes: box json xml csv tsv nt ttl\n", stderr);
  return EXIT_WRONG;
}

static int dot_timer(prompt_state *state, const char *argument) {
  state->timer = strcmp(argument, "off") != 0;
  return EXIT_FINE;
}

static int dot_load(prompt_state *state, const char *argument) {
  if (!*argument) {
    (void)fputs("write a file behind .load\n", stderr);
    return EXIT_WRONG;
  }
  options plain = *state->options;
  plain.format = NULL;
  return load_files(state->session, &plain, NULL, &argument, 1, false);
}

static int dot_export(prompt_state *state, const char *argument) {
  return export_to(state->session, state->options, "nq", *argument ? argument : NULL);
}

static int dot_read(prompt_state *state, const char *argument) {
  size_t bytes;
  char *text = *argument ? read_whole_file(argument, &bytes) : NULL;
  const int status = text ? run_script(state, text, bytes) : EXIT_WRONG;
  free(text);
  return status;
}

static int dot_check(prompt_state *state, const char *argument) {
  (void)argument;
  kgq_error *err = NULL;
  const kgq_status st = kgq_check(state->session->conn, &err);
  if (!st) {
    puts("ok");
  }
  return report(st, err);
}

static int print_prefix(void *arg, kgq_str name, kgq_str iri) {
  (void)arg;
  printf("%s: <%s>\n", name.ptr, iri.ptr);
  return 0;
}

static int dot_prefixes(prompt_state *state, const char *argument) {
  (void)argument;
  kgq_error *err = NULL;
  const kgq_status st = kgq_prefixes(state->session->conn, print_prefix, NULL, &err);
  return report(st, err);
}

static const struct {
  const char *name, *argument, *help;
  dot_fn run;
} dot_commands[] = {
  { "check", "", "verify every invariant and checksum", dot_check },
  { "explain", "[analyze] [QUERY]", "the plan of a query, or of the last one", dot_explain },
  { "export", "[FILE]", "everything as N-Quads", dot_export },
  { "help", "", "this list", dot_help },
  { "info", "", "counts, sizes and settings of the database", dot_info },
  { "load", "FILE", "load facts or RDF", dot_load },
  { "mode", "MODE", "box json xml csv tsv nt ttl", dot_mode },
  { "prefixes", "", "the stored prefixes", dot_prefixes },
  { "quit", "", "leave (also Ctrl-D)", dot_quit },
  { "read", "FILE", "run the statements of a file", dot_read },
  { "sparql", "[QUERY]", "a query, or the last one, as SPARQL", dot_sparql },
  { "timer", "on|off", "print how long each statement takes", dot_timer },
};

static int dot_help(prompt_state *state, const char *argument) {
  (void)state;
  (void)argument;
  puts("  ?who deploys ?n @ ?article      a query of the short language, at the end of the line\n"
       "  SELECT ... ;                    SPARQL, at ; or an empty line");
  for (size_t i = 0; i < sizeof dot_commands / sizeof *dot_commands; i++) {
    printf("  .%-8s %-20s  %s\n", dot_commands[i].name, dot_commands[i].argument, dot_commands[i].help);
  }
  return EXIT_FINE;
}

int dot_command(prompt_state *state, const char *line) {
  const char *name = line + 1;
  const size_t length = strcspn(name, " \t");
  const char *argument = name + length + strspn(name + length, " \t");
  char trimmed[8192];
  (void)snprintf(trimmed, sizeof trimmed, "%s", argument);
  for (size_t n = strlen(trimmed);
       n && (trimmed[n - 1] == ' ' || trimmed[n - 1] == '\r' || trimmed[n - 1] == '\n'); n--) {
    trimmed[n - 1] = '\0';
  }
  for (size_t i = 0; i < sizeof dot_commands / sizeof *dot_commands; i++) {
    if (strlen(dot_commands[i].name) == length && strncmp(dot_commands[i].name, name, length) == 0) {
      session_catch_interrupts(state->session);
      return dot_commands[i].run(state, trimmed);
    }
  }
  (void)fprintf(stderr, "there is no command %.*s; .help lists them\n", (int)length + 1, line);
  return EXIT_WRONG;
}

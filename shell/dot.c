/* shell/dot.c: the commands of the shell that begin with a dot: one table, from which .help is printed too.
 *
 * A shorter form is taken when only one command begins with it, at the prompt; scripts write names whole. The
 * commands are in dot_ask.c, dot_data.c and dot_set.c.
 */
#include <string.h>

#include "shell/prompt.h"

static int dot_help(prompt_state *state, const char *argument);

const dot_entry dot_entries[] = {
  { "agree", "[NAME]", "what several articles state alike", dot_agree },
  { "backup", "DIR", "a verified copy in a new folder", dot_backup },
  { "bail", "on|off", "stop a script at the first error", dot_bail },
  { "check", "", "verify every invariant and checksum", dot_check },
  { "conflicts", "[NAME]", "amounts and sums that cannot all be true", dot_conflicts },
  { "dump", "[GRAPH]", "everything, or one graph, as text (TriG)", dot_dump },
  { "echo", "on|off", "print each statement of a script first", dot_echo },
  { "explain", "[analyze] [QUERY]", "the plan of a query, or of the last one", dot_explain },
  { "export", "[FILE]", "everything; FILE.nq or FILE.trig", dot_export },
  { "help", "[WORD]", "this list, or its lines with a word", dot_help },
  { "ids", "on|off or [QUERY]", "ids behind names in tables; a query with ids", dot_ids },
  { "info", "", "counts, sizes and settings of the database", dot_info },
  { "lang", "[LANGUAGE,...]", "of names in tables: .lang ja,en", dot_lang },
  { "load", "FILE...", "load facts or RDF", dot_load },
  { "mode", "MODE", "box table line markdown html json jsonl xml csv ...", dot_mode },
  { "once", "FILE or |COMMAND", "the next answer goes there", dot_once },
  { "open", "DB", "another database", dot_open },
  { "output", "[FILE or |COMMAND]", "answers go there; nothing: the terminal", dot_output },
  { "prefixes", "", "the stored prefixes", dot_prefixes },
  { "quit", "", "leave (also Ctrl-D)", dot_quit },
  { "read", "FILE", "run the statements of a file", dot_read },
  { "schema", "", "predicates and classes, how often, an example", dot_schema },
  { "set", "[NAME TERM]", "give a variable a value: .set n 50000 GPU", dot_set },
  { "shell", "COMMAND", "a command of the system", dot_shell },
  { "show", "", "the settings", dot_show },
  { "source", "[ROW]", "who says what is behind a row of the last answer", dot_source },
  { "sparql", "[QUERY]", "a query, or the last one, as SPARQL", dot_sparql },
  { "timer", "on|off", "print how long each statement takes", dot_timer },
  { "why", "[QUERY]", "why a query, or the last one, has no rows", dot_why },
};
const size_t dot_count = sizeof dot_entries / sizeof *dot_entries;

static int dot_help(prompt_state *state, const char *argument) {
  (void)state;
  if (!*argument) {
    puts("  ?who deploys ?n @ ?article      a query of the short language, at the end of the line\n"
         "  | sort ?n desc                  goes on from the query before\n"
         "  SELECT ... ;                    SPARQL, at ; or an empty line");
  }
  for (size_t i = 0; i < dot_count; i++) {
    const dot_entry *e = &dot_entries[i];
    if (!*argument || strstr(e->name, argument + (*argument == '.')) || strstr(e->help, argument)) {
      printf("  .%-10s %-20s  %s\n", e->name, e->argument, e->help);
    }
  }
  return EXIT_FINE;
}

/* The command called so; at the prompt also the only one that begins so. */
static const dot_entry *find(const char *name, size_t length, bool shortened) {
  const dot_entry *found = NULL;
  size_t fitting = 0;
  for (size_t i = 0; i < dot_count; i++) {
    if (strncmp(dot_entries[i].name, name, length) == 0) {
      if (dot_entries[i].name[length] == '\0') {
        return &dot_entries[i];
      }
      found = &dot_entries[i];
      fitting++;
    }
  }
  return shortened && fitting == 1 && length > 0 ? found : NULL;
}

int dot_command(prompt_state *state, const char *line) {
  const char *name = line + 1;
  const size_t length = strcspn(name, " \t\r\n");
  const char *argument = name + length + strspn(name + length, " \t");
  char text[8192];
  const size_t bytes = trimmed_bytes(argument, strlen(argument));
  if (bytes >= sizeof text) {
    return dot_wants("the command is too long");
  }
  memcpy(text, argument, bytes);
  text[bytes] = '\0';
  const dot_entry *e = find(name, length, state->interactive);
  if (!e) {
    (void)fprintf(stderr, "there is no command .%.*s; .help lists them\n", (int)length, name);
    return EXIT_WRONG;
  }
  session_catch_interrupts(&state->session);
  return e->run(state, text);
}

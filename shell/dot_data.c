/* shell/dot_data.c: the commands about databases and files: open, load, export, backup, read, quit. */
#include <stdlib.h>
#include <string.h>

#include "shell/prompt.h"

int dot_quit(prompt_state *state, const char *argument) {
  (void)argument;
  state->done = true;
  return EXIT_FINE;
}

int dot_open(prompt_state *state, const char *argument) {
  if (!*argument) {
    return dot_wants("write a folder, or :memory:, behind .open");
  }
  session other;
  const int status = session_open_or_read(&other, argument, state->options);
  if (status == EXIT_FINE) { /* else the one at hand stays */
    session_close(&state->session);
    state->session = other;
    session_catch_interrupts(&state->session);
    state_keep(&state->path, argument);
    state_keep(&state->last_query, NULL);
  }
  return status;
}

#define FILES_MAX 256

/* Words of an argument; one in quotes is one word. The text is cut up in place. */
static size_t split(char *text, const char **words, size_t most) {
  size_t count = 0;
  for (char *at = text; *at && count < most;) {
    at += strspn(at, " \t");
    const char quote = *at == '"' || *at == '\'' ? *at : '\0';
    at += quote != '\0';
    char *end = quote ? strchr(at, quote) : at + strcspn(at, " \t");
    if (!end || (*at == '\0' && !quote)) {
      break;
    }
    words[count++] = at;
    at = end + (*end != '\0');
    *end = '\0';
  }
  return count;
}

int dot_load(prompt_state *state, const char *argument) {
  const char *files[FILES_MAX];
  char *copy = strdup(argument);
  const size_t count = copy ? split(copy, files, FILES_MAX) : 0;
  int status = EXIT_WRONG;
  if (count == 0) {
    status = dot_wants("write a file behind .load");
  } else {
    options plain = *state->options;
    plain.format = NULL;
    status = load_files(&state->session, &plain, NULL, files, count, false);
  }
  free(copy);
  return status;
}

int dot_export(prompt_state *state, const char *argument) {
  const char *dot = strrchr(argument, '.');
  const bool trig = dot && strcmp(dot, ".trig") == 0;
  return export_to(&state->session, state->options, trig ? "trig" : "nq", *argument ? argument : NULL);
}

/* Everything as TriG, or one graph as Turtle, to where answers go. */
int dot_dump(prompt_state *state, const char *argument) {
  options o = *state->options;
  char graph[4096];
  o.graph = NULL;
  o.output = NULL;
  if (*argument) {
    const size_t bytes = strlen(argument);
    const bool quoted = argument[0] == '<' && argument[bytes - 1] == '>';
    (void)snprintf(graph, sizeof graph, "%.*s", (int)(quoted ? bytes - 2 : bytes), argument + quoted);
    o.graph = graph;
  }
  const int status = export_stream(&state->session, &o, *argument ? "ttl" : "trig", state->output);
  if (state->output_once) {
    output_restore(state);
  }
  return status;
}

int dot_backup(prompt_state *state, const char *argument) {
  kgq_error *err = NULL;
  if (!*argument) {
    return dot_wants("write a new folder behind .backup");
  }
  const kgq_status st = kgq_backup(state->session.conn, argument, &err);
  return report(st, err);
}

int dot_check(prompt_state *state, const char *argument) {
  (void)argument;
  kgq_error *err = NULL;
  const kgq_status st = kgq_check(state->session.conn, &err);
  if (!st) {
    puts("ok");
  }
  return report(st, err);
}

int dot_read(prompt_state *state, const char *argument) {
  size_t bytes;
  if (!*argument) {
    return dot_wants("write a file behind .read");
  }
  char *text = read_whole_file(argument, &bytes);
  const int status = text ? state->run_script(state, text, bytes) : EXIT_WRONG;
  free(text);
  return status;
}

int dot_shell(prompt_state *state, const char *argument) {
  (void)state;
  (void)fflush(stdout);
  return *argument && system(argument) == 0 ? EXIT_FINE : EXIT_WRONG;
}

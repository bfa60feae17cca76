/* shell/prompt.c: the interactive shell: reads lines, runs the statements in them, goes on after errors.
 *
 * Where a statement ends says script.c; lines that begin with a dot are commands (dot.c). A line that begins
 * with | goes on from the query before. Standard input that is no terminal is a script.
 */
#include "shell/prompt.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The statement, behind the last query if it begins with a pipe. Kept for .sparql and its kin. */
static const char *keep_query(prompt_state *state, const char *text, size_t bytes) {
  const size_t skip = strspn(text, " \t\r\n");
  const char *before = skip < bytes && text[skip] == '|' && state->last_query ? state->last_query : "";
  char *query = malloc(strlen(before) + bytes + 2);
  if (query) {
    (void)sprintf(query, "%s%s%.*s", before, *before ? "\n" : "", (int)bytes, text);
    free(state->last_query);
    state->last_query = query;
  }
  return query;
}

static double seconds_since(const struct timespec *start) {
  struct timespec now;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

static int run_one(prompt_state *state, const char *text, size_t bytes) {
  if (is_blank(text, bytes)) {
    return EXIT_FINE;
  }
  const char *query = keep_query(state, text, bytes);
  if (!query) {
    return EXIT_WRONG;
  }
  if (state->echo) {
    puts(query);
  }
  const options o = state_options(state);
  const view v = state_view(state);
  struct timespec start;
  (void)clock_gettime(CLOCK_MONOTONIC, &start);
  session_catch_interrupts(&state->session);
  const int status = run_text(&state->session, &o, query, strlen(query), &v);
  (void)fflush(v.out);
  if (state->output_once) {
    output_restore(state);
  }
  if (state->timer) {
    (void)fprintf(stderr, "%.3f s\n", seconds_since(&start));
  }
  return status;
}

/* A script stops at the first error unless `.bail off` stands in it; at the prompt `.read` does so, too. */
static int run_script(prompt_state *state, const char *text, size_t bytes) {
  int status = EXIT_FINE, worst = EXIT_FINE;
  for (size_t at = 0;
       at < bytes && !state->done && (status == EXIT_FINE || status == EXIT_EMPTY || !state->bail);) {
    at += strspn(text + at, " \t\r\n");
    size_t end;
    if (at < bytes && is_command_line(text + at)) {
      end = at + strcspn(text + at, "\n");
      char *line = strndup(text + at, end - at);
      status = line ? dot_command(state, line) : EXIT_WRONG;
      free(line);
    } else {
      bool open;
      end = at + statement_end(text + at, bytes - at, &open);
      status = run_one(state, text + at, end - at);
    }
    worst = status ? status : worst;
    at = end + 1;
  }
  return worst;
}

/* ---- lines ----------------------------------------------------------------------------------------- */

/* $NAME/file, or ~/REST; NULL without a home. */
static char *user_file(const char *variable, const char *file, const char *rest) {
  const char *folder = getenv(variable), *home = getenv("HOME");
  char *path = NULL;
  const int n = folder && *folder ? asprintf(&path, "%s/%s", folder, file)
                : home && *home   ? asprintf(&path, "%s/%s", home, rest)
                                  : -1;
  return n < 0 ? NULL : path;
}

static void run_init(prompt_state *state) {
  char *path = state->options->no_init ? NULL : user_file("XDG_CONFIG_HOME", "kgq/init", ".config/kgq/init");
  if (path && access(path, R_OK) == 0) {
    size_t bytes;
    char *text = read_whole_file(path, &bytes);
    (void)(text ? run_script(state, text, bytes) : 0);
    free(text);
  }
  free(path);
}

typedef struct typed_text {
  char *text;
  size_t bytes;
} typed_text;

static bool append_line(typed_text *t, const char *line) {
  const size_t n = strlen(line);
  char *larger = realloc(t->text, t->bytes + n + 2);
  if (!larger) {
    return false;
  }
  t->text = larger;
  memcpy(larger + t->bytes, line, n);
  t->bytes += n;
  larger[t->bytes++] = '\n';
  larger[t->bytes] = '\0';
  return true;
}

/* Runs what has been typed once it is whole; empties it then. */
static void offer(prompt_state *state, line_editor *editor, typed_text *typed, const char *line) {
  if (typed->bytes == 0 && is_command_line(line)) {
    editor_remember(editor, line);
    (void)dot_command(state, line);
    return;
  }
  if ((typed->bytes == 0 && is_blank(line, strlen(line))) || !append_line(typed, line)) {
    return;
  }
  if (is_complete(typed->text, typed->bytes, line)) {
    const size_t n = trimmed_bytes(typed->text, typed->bytes);
    typed->text[n] = '\0';
    editor_remember(editor, typed->text);
    (void)run_script(state, typed->text, n);
    typed->bytes = 0;
  }
}

static void on_complete(void *arg, const char *line, size_t bytes, completions *out) {
  complete_line(arg, line, bytes, out);
}

static void interact(prompt_state *state) {
  char *history =
      state->options->no_history ? NULL : user_file("XDG_STATE_HOME", "kgq_history", ".kgq_history");
  line_editor *editor = editor_open(history, on_complete, state);
  typed_text typed = { NULL, 0 };
  free(history);
  printf("KGQ %s. .help for help, .quit to leave.\n", kgq_version());
  run_init(state);
  while (!state->done) {
    bool interrupted;
    const char *first = state->session.readonly ? "kgq (reading)> " : "kgq> ";
    char *line = editor_line(editor, typed.bytes ? "...> " : first, &interrupted);
    if (!line) {
      (void)putchar('\n');
      break;
    }
    if (interrupted) {
      typed.bytes = 0;
    } else {
      offer(state, editor, &typed, line);
    }
    (void)fflush(stdout);
    free(line);
  }
  free(typed.text);
  editor_close(editor);
}

static void state_free(prompt_state *state) {
  output_restore(state);
  for (size_t i = 0; i < state->param_count; i++) {
    free(state->params[i]);
  }
  free(state->path);
  free(state->mode);
  free(state->once_mode);
  free(state->language);
  free(state->last_query);
  session_close(&state->session);
}

static void take_options(prompt_state *state, const char *path, const options *o) {
  state->options = o;
  state->run_script = run_script;
  state->interactive = isatty(STDIN_FILENO) != 0;
  state->bail = !state->interactive;
  state_keep(&state->path, path);
  state_keep(&state->mode, o->format);
  state_keep(&state->language, o->label_language);
  for (size_t i = 0; i < o->params.count && state->param_count < PARAMS_MAX; i++) {
    char *copy = strdup(o->params.items[i]);
    if (copy) {
      state->params[state->param_count++] = copy;
    }
  }
}

/* Text of `-c`, or of the file of `-f`. */
static int run_asked(prompt_state *state, const char *how, const char *item) {
  size_t bytes = strlen(item);
  char *text = *how == 'f' ? read_whole_file(item, &bytes) : NULL;
  const bool missing = *how == 'f' && !text;
  const int status = missing ? EXIT_WRONG : run_script(state, text ? text : item, bytes);
  free(text);
  return status;
}

int prompt_run_asked(const char *path, const options *o) {
  prompt_state state = { .done = false };
  int status = session_open_or_read(&state.session, path, o), worst = EXIT_FINE;
  if (status) {
    return status;
  }
  take_options(&state, path, o);
  state.interactive = false;
  state.bail = true;
  if (o->words.count == 2) { /* kgq DB .schema */
    worst = run_asked(&state, "c", o->words.items[1]);
  }
  for (size_t i = 0; i < o->asked.count && !state.done && (worst == EXIT_FINE || worst == EXIT_EMPTY); i++) {
    status = run_asked(&state, o->asked_how.items[i], o->asked.items[i]);
    worst = status ? status : worst;
  }
  state_free(&state);
  return worst;
}

int prompt_run(const char *path, const options *o) {
  prompt_state state = { .done = false };
  int status = session_open_or_read(&state.session, path, o);
  if (status) {
    return status;
  }
  take_options(&state, path, o);
  if (state.interactive) {
    interact(&state);
  } else {
    size_t bytes;
    char *text = read_whole_file("-", &bytes);
    status = text ? run_script(&state, text, bytes) : EXIT_WRONG;
    free(text);
  }
  state_free(&state);
  return status;
}

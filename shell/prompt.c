/* shell/prompt.c: the interactive shell: collects statements from lines, runs them, goes on after errors.
 *
 * A short query runs at the end of a line, unless a bracket is open or the line ends in a comma, a pipe or an
 * operator; a following line that begins with | goes on from the query before. SPARQL runs at `;` or an empty
 * line. Lines that begin with a dot are commands (dot.c). Standard input that is no terminal is a script.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "shell/shell.h"

static bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t trimmed(const char *text, size_t bytes) {
  while (bytes && is_space(text[bytes - 1])) {
    bytes--;
  }
  return bytes;
}

/* Scans a text for open brackets and strings. Returns where a `;` outside of them ends the statement, or
 * `bytes`; *open says whether something is still open there. Comments begin with # where a token could. */
static size_t statement_end(const char *text, size_t bytes, bool *open) {
  int depth = 0;
  for (size_t i = 0; i < bytes; i++) {
    const char c = text[i];
    if (c == '"' || c == '\'') {
      const bool is_long = i + 2 < bytes && text[i + 1] == c && text[i + 2] == c;
      const bool apostrophe = c == '\'' && i && !is_space(text[i - 1]) && !strchr("(,{|", text[i - 1]);
      size_t end = i + (is_long ? 3 : 1);
      if (apostrophe) {
        continue; /* it's */
      }
      while (end < bytes && !(text[end] == c &&
                              (!is_long || (end + 2 < bytes && text[end + 1] == c && text[end + 2] == c)))) {
        end += text[end] == '\\' ? 2 : 1;
        if (!is_long && end < bytes && text[end] == '\n') {
          break;
        }
      }
      i = end + (is_long ? 2 : 0);
      if (i >= bytes) {
        *open = true;
        return bytes;
      }
    } else if (c == '<' && i + 1 < bytes && !is_space(text[i + 1]) && text[i + 1] != '=' &&
               text[i + 1] != '<') {
      const char *close = memchr(text + i, '>', bytes - i);
      const char *space = memchr(text + i, ' ', bytes - i);
      i = close && (!space || close < space) ? (size_t)(close - text) : i;
    } else if (c == '#' && (i == 0 || is_space(text[i - 1]))) {
      while (i < bytes && text[i] != '\n') {
        i++;
      }
    } else if (strchr("([{", c) && c) {
      depth++;
    } else if (strchr(")]}", c) && c) {
      depth--;
    } else if (c == ';' && depth <= 0) {
      *open = false;
      return i;
    }
  }
  *open = depth > 0;
  return bytes;
}

static bool blank(const char *text, size_t bytes) {
  for (size_t i = 0; i < bytes; i++) {
    if (text[i] == '#') {
      while (i < bytes && text[i] != '\n') {
        i++;
      }
    } else if (!is_space(text[i])) {
      return false;
    }
  }
  return true;
}

/* Is the text typed so far a whole statement? `last` is the last line. */
static bool complete(const char *text, size_t bytes, const char *last) {
  bool open = false;
  const size_t end = statement_end(text, bytes, &open);
  if (end < bytes) {
    return true;
  }
  if (kgq_text_language(text, bytes) == KGQ_LANG_SPARQL) {
    return blank(last, strlen(last)) && !open;
  }
  const size_t n = trimmed(text, bytes);
  return !open && n && !strchr(",|=<>!+*/@", text[n - 1]);
}

static int run_one(prompt_state *state, const char *text, size_t bytes) {
  if (blank(text, bytes)) {
    return EXIT_FINE;
  }
  size_t skip = 0;
  while (skip < bytes && is_space(text[skip])) {
    skip++;
  }
  char *query = NULL;
  const size_t before = text[skip] == '|' && state->last_query ? strlen(state->last_query) : 0;
  query = malloc(before + bytes + 2);
  if (!query) {
    return EXIT_WRONG;
  }
  memcpy(query, before ? state->last_query : "", before);
  query[before] = '\n';
  memcpy(query + before + (before ? 1 : 0), text, bytes);
  query[before + (before ? 1 : 0) + bytes] = '\0';
  free(state->last_query);
  state->last_query = query;
  struct timespec start, end;
  (void)clock_gettime(CLOCK_MONOTONIC, &start);
  session_catch_interrupts(state->session);
  const int status = run_text(state->session, state->options, query, strlen(query), state->mode);
  (void)clock_gettime(CLOCK_MONOTONIC, &end);
  if (state->timer) {
    (void)fprintf(stderr, "%.3f s\n",
                  (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9);
  }
  return status;
}

static bool is_command_line(const char *text) {
  return text[0] == '.' && text[1] >= 'a' && text[1] <= 'z';
}

int run_script(prompt_state *state, const char *text, size_t bytes) {
  int status = EXIT_FINE;
  size_t at = 0;
  while (at < bytes && !state->done && status == EXIT_FINE) {
    while (at < bytes && is_space(text[at])) {
      at++;
    }
    if (at < bytes && is_command_line(text + at)) {
      const size_t line = strcspn(text + at, "\n");
      char *copy = strndup(text + at, line);
      status = copy ? dot_command(state, copy) : EXIT_WRONG;
      free(copy);
      at += line;
      continue;
    }
    bool open;
    const size_t end = at + statement_end(text + at, bytes - at, &open);
    status = run_one(state, text + at, end - at);
    at = end + 1;
  }
  return status;
}

static char *history_file(char *buffer, size_t capacity) {
  const char *state_home = getenv("XDG_STATE_HOME");
  const char *home = getenv("HOME");
  if (state_home && *state_home) {
    (void)snprintf(buffer, capacity, "%s/kgq_history", state_home);
  } else if (home && *home) {
    (void)snprintf(buffer, capacity, "%s/.kgq_history", home);
  } else {
    return NULL;
  }
  return buffer;
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
    state->last_status = dot_command(state, line);
    return;
  }
  if ((typed->bytes == 0 && blank(line, strlen(line))) || !append_line(typed, line)) {
    return;
  }
  if (complete(typed->text, typed->bytes, line)) {
    const size_t n = trimmed(typed->text, typed->bytes);
    typed->text[n] = '\0';
    editor_remember(editor, typed->text);
    state->last_status = run_script(state, typed->text, n);
    typed->bytes = 0;
  }
}

static void interact(prompt_state *state) {
  char path[4096];
  line_editor *editor = editor_open(history_file(path, sizeof path));
  typed_text typed = { NULL, 0 };
  printf("KGQ %s. .help for help, .quit to leave.\n", kgq_version());
  while (!state->done) {
    bool interrupted;
    const char *first = state->session->readonly ? "kgq (reading)> " : "kgq> ";
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

/* The shell writes if it can; beside another writer it reads, and says so. */
static int open_for_shell(session *s, const char *path, const options *o) {
  kgq_options trial = KGQ_OPTIONS_INIT;
  trial.flags = KGQ_OPEN_CREATE;
  kgq_db *db = NULL;
  kgq_error *err = NULL;
  if (strcmp(path, ":memory:") != 0) {
    const kgq_status st = kgq_open(path, &trial, &db, &err);
    (void)kgq_close(db);
    if (st == KGQ_LOCKED || st == KGQ_READONLY) {
      (void)report(st, err);
      (void)fputs("opened for reading only\n", stderr);
      return session_open(s, path, KGQ_OPEN_READONLY, o);
    }
    if (st) {
      (void)report(st, err);
      return EXIT_OPEN;
    }
  }
  return session_open(s, path, KGQ_OPEN_CREATE, o);
}

int prompt_run(const char *path, const options *o) {
  session s;
  int status = open_for_shell(&s, path, o);
  if (status) {
    return status;
  }
  prompt_state state = { .session = &s, .options = o, .path = path, .mode = o->format };
  if (isatty(STDIN_FILENO)) {
    interact(&state);
  } else {
    size_t bytes;
    char *text = read_whole_file("-", &bytes);
    state.last_status = text ? run_script(&state, text, bytes) : EXIT_WRONG;
    free(text);
  }
  free(state.last_query);
  session_close(&s);
  return isatty(STDIN_FILENO) ? EXIT_FINE : state.last_status;
}

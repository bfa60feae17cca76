/* shell/edit.c: lines from the keyboard: the only place that names libedit.
 *
 * On a terminal libedit edits and remembers; elsewhere lines are read plainly. Ctrl-C gives up the line at
 * hand.
 */
#include <histedit.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shell/shell.h"

#define HISTORY_ENTRIES 1000

struct line_editor {
  EditLine *el;
  History *history;
  char *history_path;
  const char *prompt;
};

static char *give_prompt(EditLine *el) {
  line_editor *e = NULL;
  (void)el_get(el, EL_CLIENTDATA, &e);
  static char text[64];
  (void)snprintf(text, sizeof text, "%s", e ? e->prompt : "");
  return text;
}

line_editor *editor_open(const char *history_path) {
  line_editor *e = calloc(1, sizeof *e);
  if (!e || !isatty(STDIN_FILENO)) {
    return e;
  }
  HistEvent event;
  e->el = el_init("kgq", stdin, stdout, stderr);
  e->history = history_init();
  if (e->el && e->history) {
    (void)el_set(e->el, EL_CLIENTDATA, e);
    (void)el_set(e->el, EL_PROMPT, give_prompt);
    (void)el_set(e->el, EL_EDITOR, "emacs");
    (void)el_set(e->el, EL_SIGNAL, 0);
    (void)el_set(e->el, EL_HIST, history, e->history);
    (void)el_set(e->el, EL_BIND, "^R", "em-inc-search-prev", NULL);
    (void)history(e->history, &event, H_SETSIZE, HISTORY_ENTRIES);
    (void)history(e->history, &event, H_SETUNIQUE, 1);
    if (history_path && (e->history_path = strdup(history_path)) != NULL) {
      (void)history(e->history, &event, H_LOAD, e->history_path);
    }
    (void)el_source(e->el, NULL);
  }
  return e;
}

static char *plain_line(void) {
  char *line = NULL;
  size_t capacity = 0;
  const ssize_t length = getline(&line, &capacity, stdin);
  if (length < 0) {
    free(line);
    return NULL;
  }
  if (length && line[length - 1] == '\n') {
    line[length - 1] = '\0';
  }
  return line;
}

static volatile sig_atomic_t line_interrupted;

static void on_line_interrupt(int signal_number) {
  (void)signal_number;
  line_interrupted = 1;
}

char *editor_line(line_editor *e, const char *prompt, bool *interrupted) {
  *interrupted = false;
  if (!e || !e->el) {
    return plain_line();
  }
  e->prompt = prompt;
  /* No SA_RESTART: the read in libedit ends, and so does the line. */
  struct sigaction action, before;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_line_interrupt;
  line_interrupted = 0;
  (void)sigaction(SIGINT, &action, &before);
  int count = 0;
  const char *line = el_gets(e->el, &count);
  (void)sigaction(SIGINT, &before, NULL);
  if (line_interrupted) {
    (void)el_reset(e->el), (void)fputs("^C\n", stdout);
    *interrupted = true;
    return strdup("");
  }
  if (!line || count <= 0) {
    return NULL;
  }
  char *copy = strdup(line);
  if (copy) {
    copy[strcspn(copy, "\n")] = '\0';
  }
  return copy;
}

void editor_remember(line_editor *e, const char *statement) {
  HistEvent event;
  if (e && e->history && *statement) {
    (void)history(e->history, &event, H_ENTER, statement);
  }
}

void editor_close(line_editor *e) {
  if (!e) {
    return;
  }
  HistEvent event;
  if (e->history && e->history_path) {
    (void)history(e->history, &event, H_SAVE, e->history_path);
  }
  if (e->history) {
    history_end(e->history);
  }
  if (e->el) {
    el_end(e->el);
  }
  free(e->history_path);
  free(e);
}

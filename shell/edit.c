/* shell/edit.c: lines from the keyboard: the only place that names libedit.
 *
 * On a terminal libedit edits and remembers; elsewhere lines are read plainly. Ctrl-C gives up the line at
 * hand.
 */
#include <histedit.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shell/prompt.h"

#define HISTORY_ENTRIES 1000

struct line_editor {
  EditLine *el;
  History *history;
  char *history_path;
  const char *prompt;
  complete_fn complete;
  void *complete_arg;
};

static volatile sig_atomic_t line_interrupted;

static void on_line_interrupt(int signal_number) {
  (void)signal_number;
  line_interrupted = 1;
}

/* Ctrl-C is a key like others while a line is edited: a signal that came just before the read would be lost.
 */
static unsigned char on_interrupt_key(EditLine *el, int key) {
  (void)el;
  (void)key;
  line_interrupted = 1;
  return CC_NEWLINE;
}

static char *give_prompt(EditLine *el) {
  line_editor *e = NULL;
  (void)el_get(el, EL_CLIENTDATA, &e);
  static char text[64];
  (void)snprintf(text, sizeof text, "%s", e ? e->prompt : "");
  return text;
}

/* How many bytes all items have in common. Letters of any case are equal where the item will replace the
 * word. */
static size_t common_bytes(const completions *c) {
  size_t common = strlen(c->items[0]);
  for (size_t i = 1; i < c->count; i++) {
    size_t n = 0;
    while (n < common && c->items[i][n] == c->items[0][n]) {
      n++;
    }
    common = n;
  }
  while (common && ((unsigned char)c->items[0][common] & 0xC0) == 0x80) {
    common--; /* not inside a character */
  }
  return common;
}

static void list_items(const completions *c) {
  (void)putchar('\n');
  size_t column = 0;
  const size_t columns = terminal_columns() ? terminal_columns() : 80;
  for (size_t i = 0; i < c->count; i++) {
    const size_t width = kgq_display_width(c->items[i], strlen(c->items[i])) + 2;
    if (column && column + width > columns) {
      (void)putchar('\n');
      column = 0;
    }
    printf("%s  ", c->items[i]);
    column += width;
  }
  (void)putchar('\n');
  (void)fflush(stdout);
}

/* The word before the cursor becomes the first `bytes` of text. */
static void replace_word(EditLine *el, const LineInfo *info, size_t from, const char *text, size_t bytes) {
  char *copy = strndup(text, bytes);
  const char *word = info->buffer + from;
  int characters = 0;
  for (const char *p = word; p < info->cursor; p++) {
    characters += ((unsigned char)*p & 0xC0) != 0x80;
  }
  if (copy) {
    el_deletestr(el, characters);
    (void)el_insertstr(el, copy);
  }
  free(copy);
}

static unsigned char on_tab(EditLine *el, int key) {
  (void)key;
  line_editor *e = NULL;
  completions c = { NULL, 0, 0 };
  unsigned char result = CC_ERROR;
  (void)el_get(el, EL_CLIENTDATA, &e);
  const LineInfo *info = el_line(el);
  if (!e || !e->complete) {
    return CC_ERROR;
  }
  e->complete(e->complete_arg, info->buffer, (size_t)(info->cursor - info->buffer), &c);
  if (c.count) {
    const size_t typed = (size_t)(info->cursor - info->buffer) - c.from;
    const size_t common = common_bytes(&c);
    if (c.count == 1 || common > typed) {
      replace_word(el, info, c.from, c.items[0], common);
      result = CC_REFRESH;
    } else {
      list_items(&c);
      result = CC_REDISPLAY;
    }
  }
  completions_free(&c);
  return result;
}

line_editor *editor_open(const char *history_path, complete_fn complete, void *arg) {
  line_editor *e = calloc(1, sizeof *e);
  if (!e || !isatty(STDIN_FILENO)) {
    return e;
  }
  (void)setlocale(LC_CTYPE, ""); /* libedit reads characters, not bytes */
  HistEvent event;
  e->complete = complete;
  e->complete_arg = arg;
  e->el = el_init("kgq", stdin, stdout, stderr);
  e->history = history_init();
  if (e->el && e->history) {
    (void)el_set(e->el, EL_CLIENTDATA, e);
    (void)el_set(e->el, EL_PROMPT, give_prompt);
    (void)el_set(e->el, EL_EDITOR, "emacs");
    (void)el_set(e->el, EL_SIGNAL, 0);
    (void)el_set(e->el, EL_HIST, history, e->history);
    (void)el_set(e->el, EL_BIND, "^R", "em-inc-search-prev", NULL);
    (void)el_set(e->el, EL_ADDFN, "kgq-complete", "complete a word", on_tab);
    (void)el_set(e->el, EL_BIND, "^I", "kgq-complete", NULL);
    (void)el_set(e->el, EL_SETTY, "-d", "intr=", NULL);
    (void)el_set(e->el, EL_ADDFN, "kgq-interrupt", "give up the line", on_interrupt_key);
    (void)el_set(e->el, EL_BIND, "^C", "kgq-interrupt", NULL);
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

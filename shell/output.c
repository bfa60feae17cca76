/* shell/output.c: what goes to the terminal and to files: errors, bytes, numbers, the progress of a query. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "shell/shell.h"

static int exit_status_of(kgq_status status) {
  switch (status) {
  case KGQ_OK:
  case KGQ_ROW:
  case KGQ_DONE: return EXIT_FINE;
  case KGQ_LIMIT: return EXIT_LIMIT;
  case KGQ_INTERRUPTED: return EXIT_INTERRUPTED;
  case KGQ_LOCKED:
  case KGQ_FORMAT:
  case KGQ_CORRUPT: return EXIT_OPEN;
  default: return EXIT_WRONG;
  }
}

static bool line_shown;

void line_show(const char *text) {
  (void)fprintf(stderr, "\r\033[K%s", text);
  line_shown = true;
}

void line_clear(void) {
  if (line_shown) {
    (void)fputs("\r\033[K", stderr);
  }
  line_shown = false;
}

int report(kgq_status status, kgq_error *err) {
  line_clear();
  for (const kgq_error *e = err; e; e = kgq_error_next(e)) {
    char small[2048];
    const size_t length = kgq_error_format(e, small, sizeof small);
    char *text = length < sizeof small ? small : malloc(length + 1);
    if (text && text != small) {
      (void)kgq_error_format(e, text, length + 1);
    }
    (void)fputs(text ? text : small, stderr);
    if (text != small) {
      free(text);
    }
  }
  if (!err && exit_status_of(status) != EXIT_FINE) {
    (void)fprintf(stderr, "kgq: %s\n", kgq_status_name(status));
  }
  kgq_error_free(err);
  return exit_status_of(status);
}

const char *format_of_ending(const char *path) {
  static const char *const endings[][2] = {
    { ".csv", "csv" }, { ".tsv", "tsv" }, { ".json", "json" }, { ".jsonl", "jsonl" }, { ".xml", "xml" },
    { ".nt", "nt" },   { ".ttl", "ttl" }, { ".html", "html" }, { ".md", "markdown" },
  };
  const char *dot = strrchr(path, '.');
  for (size_t i = 0; dot && i < sizeof endings / sizeof *endings; i++) {
    if (strcmp(dot, endings[i][0]) == 0) {
      return endings[i][1];
    }
  }
  return NULL;
}

/* ---- progress of a query ------------------------------------------------------------------------- */

#define WATCH_SECONDS 1 /* before that a query shows no progress */

static struct {
  bool on;
  struct timespec since;
} watch;

void watch_begin(void) {
  watch.on = isatty(STDERR_FILENO) != 0;
  (void)clock_gettime(CLOCK_MONOTONIC, &watch.since);
}

void watch_end(void) {
  line_clear();
  watch.on = false;
}

void watch_printing(const FILE *out) {
  if (watch.on && out == stdout && stdout_is_terminal()) {
    watch_end();
  }
}

void watch_tell(uint64_t rows) {
  struct timespec now;
  char text[32], line[100];
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  const long seconds = (long)(now.tv_sec - watch.since.tv_sec);
  if (watch.on && seconds >= WATCH_SECONDS) {
    (void)snprintf(line, sizeof line, "%s rows so far, %ld s (Ctrl-C stops it)", with_commas(rows, text),
                   seconds);
    line_show(line);
  }
}

int write_stdout(void *arg, const char *bytes, size_t count) {
  FILE *file = arg ? arg : stdout;
  watch_printing(file);
  return fwrite(bytes, 1, count, file) == count ? 0 : 1;
}

bool stdout_is_terminal(void) {
  return isatty(STDOUT_FILENO) != 0;
}

size_t terminal_columns(void) {
  struct winsize size;
  if (stdout_is_terminal() && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20) {
    return size.ws_col;
  }
  return 0;
}

size_t terminal_rows(void) {
  struct winsize size;
  return stdout_is_terminal() && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_row : 0;
}

FILE *pager_open(size_t rows) {
  const char *pager = getenv("KGQ_PAGER");
  pager = pager ? pager : getenv("PAGER");
  pager = pager ? pager : "less -FRSX";
  const size_t screen = terminal_rows();
  if (screen == 0 || rows < screen || *pager == '\0') {
    return NULL;
  }
  (void)fflush(stdout);
  (void)signal(SIGPIPE, SIG_IGN); /* leaving the pager early leaves the shell running */
  return popen(pager, "w");
}

void pager_close(FILE *pager) {
  (void)pclose(pager);
  (void)signal(SIGPIPE, SIG_DFL);
}

static bool colors;

void color_choose(const char *when) {
  const char *no = getenv("NO_COLOR"), *force = getenv("CLICOLOR_FORCE"), *term = getenv("TERM");
  const bool dumb = !term || strcmp(term, "dumb") == 0;
  colors = force && *force && strcmp(force, "0") != 0 ? true : stdout_is_terminal() && !dumb;
  colors = no && *no ? false : colors;
  if (when && strcmp(when, "auto") != 0) {
    colors = strcmp(when, "always") == 0;
  }
}

const char *bold_on(const FILE *out) {
  return colors && out == stdout ? "\033[1m" : "";
}

const char *bold_off(const FILE *out) {
  return colors && out == stdout ? "\033[0m" : "";
}

const char *with_commas(uint64_t number, char buffer[32]) {
  char *p = buffer + 31;
  *p = '\0';
  int digits = 0;
  do {
    if (digits && digits % 3 == 0) {
      *--p = ',';
    }
    *--p = (char)('0' + number % 10);
    number /= 10;
    digits++;
  } while (number);
  return p;
}

#define SCRIPT_BYTES_MAX ((size_t)64 << 20)

char *read_whole_file(const char *path, size_t *bytes) {
  const bool is_stdin = strcmp(path, "-") == 0;
  FILE *file = is_stdin ? stdin : fopen(path, "rb");
  if (!file) {
    (void)fprintf(stderr, "kgq: cannot read %s: ", path);
    perror(NULL);
    return NULL;
  }
  char *text = NULL;
  size_t capacity = 0, length = 0;
  for (;;) {
    if (length + 1 >= capacity) {
      capacity = capacity ? capacity * 2 : 65536;
      char *larger = capacity > SCRIPT_BYTES_MAX ? NULL : realloc(text, capacity);
      if (!larger) {
        (void)fprintf(stderr, "kgq: %s is too large for a query\n", path);
        free(text);
        text = NULL;
        break;
      }
      text = larger;
    }
    const size_t got = fread(text + length, 1, capacity - length - 1, file);
    length += got;
    if (got == 0) {
      text[length] = '\0';
      break;
    }
  }
  if (!is_stdin) {
    (void)fclose(file);
  }
  *bytes = length;
  return text;
}

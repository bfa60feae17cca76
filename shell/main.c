/* shell/main.c: the kgq program: picks the command and answers --help and --version.
 *
 * Holds the table of commands and nothing of their work: see cmd_*.c, prompt.c.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "shell/shell.h"

typedef struct command {
  const char *name;
  int (*run)(const options *o);
  size_t words_min;
  const char *wants; /* what is missing when there are fewer */
} command;

static const command commands[] = {
  { "load", cmd_load, 2, "DB FILE..." },
  { "query", cmd_query, 1, "DB (-c TEXT | -f FILE | TEXT)" },
  { "update", cmd_update, 1, "DB (-c TEXT | -f FILE | TEXT)" },
  { "parse", cmd_parse, 1, "FILE" },
  { "export", cmd_export, 1, "DB" },
  { "names", cmd_names, 2, "DB FILE..." },
  { "check", cmd_check, 1, "DB, or FILE.yaml..." },
  { "info", cmd_info, 1, "DB" },
  { "compact", cmd_compact, 1, "DB" },
  { "recover", cmd_recover, 1, "DB [DIR]" },
  { "backup", cmd_backup, 2, "DB DIR" },
};

static const command *find_command(const char *name) {
  for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
    if (strcmp(commands[i].name, name) == 0) {
      return &commands[i];
    }
  }
  return NULL;
}

/* `kgq DB` is the shell, `kgq DB TEXT` one query. */
static int run_plain(const options *o) {
  if (o->words.count == 0) {
    return usage_error("which database? (a folder, or :memory:)");
  }
  if (o->words.count == 1 && !o->asked.count) {
    return prompt_run(o->words.items[0], o);
  }
  return cmd_query(o);
}

/* A text is a command of the shell, such as .schema: then they are a script of it. */
static bool has_command(const command *c, const options *o) {
  if (c && c->run != cmd_query && c->run != cmd_update) {
    return false;
  }
  if (o->words.count == 2 && is_command_line(o->words.items[1])) {
    return true;
  }
  for (size_t i = 0; i < o->asked.count; i++) {
    if (*o->asked_how.items[i] == 'c' && is_command_line(o->asked.items[i])) {
      return true;
    }
  }
  return false;
}

static int run_command(const command *c, int argc, char **argv) {
  options o;
  int status = options_read(&o, argc, argv);
  if (status == EXIT_FINE && c && o.words.count < c->words_min) {
    status = usage_error("kgq %s needs %s", c->name, c->wants);
  } else if (status == EXIT_FINE) {
    color_choose(o.color);
    const bool script = has_command(c, &o) && (o.words.count == 1 || o.words.count == 2);
    status = script ? prompt_run_asked(o.words.items[0], &o) : c ? c->run(&o) : run_plain(&o);
  }
  options_free(&o);
  return status;
}

static bool asked(const char *word, const char *flag, const char *other) {
  return strcmp(word, flag) == 0 || strcmp(word, other) == 0;
}

int main(int argc, char **argv) {
  (void)signal(SIGPIPE, SIG_DFL); /* a reader that has enough ends us quietly */
  if (argc < 2) {
    usage_print(false);
    return EXIT_USAGE;
  }
  if (asked(argv[1], "--help", "-h") || asked(argv[1], "help", "help")) {
    usage_print(true);
    return EXIT_FINE;
  }
  if (asked(argv[1], "--version", "-V")) {
    printf("kgq %s\n%s\n", kgq_version(), kgq_build_info());
    return EXIT_FINE;
  }
  const command *c = find_command(argv[1]);
  const int status = c ? run_command(c, argc - 1, argv + 1) : run_command(NULL, argc, argv);
  if (fflush(stdout) != 0) {
    perror("kgq: standard output");
    return EXIT_WRONG;
  }
  return status;
}

/* shell/cmd_check.c: `kgq check [DB] FILE.yaml...`: what a load of facts files would say, and nothing stored.
 *
 * The files are read as a load reads them, in the order given, so background comes first; with a DB they are
 * read on top of what it holds. A file with mistakes is left out and the others are looked at all the same:
 * a failed load takes no more files, so a new one reads the good ones again, silently, and goes on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shell/shell.h"

enum { BAD_FILES_MAX = 20 }; /* after which we stop: each costs reading the good ones again */

typedef struct file_check {
  session session;
  const options *options;
  kgq_load *load;
  text_list good;
  size_t bad;
} file_check;

static bool ends_with(const char *text, size_t length, const char *end) {
  const size_t n = strlen(end);
  return length > n && memcmp(text + length - n, end, n) == 0;
}

/* A name that a load reads as facts: .yaml or .yml, perhaps compressed. */
bool is_facts_file(const char *path) {
  size_t length = strlen(path);
  length -= ends_with(path, length, ".gz") ? 3u : ends_with(path, length, ".zst") ? 4u : 0u;
  return ends_with(path, length, ".yaml") || ends_with(path, length, ".yml");
}

static kgq_status begin(file_check *c, kgq_error **err) {
  kgq_load_options load_options = KGQ_LOAD_OPTIONS_INIT;
  load_options.format = c->options->format;
  load_options.graph = c->options->graph;
  load_options.base = c->options->base;
  load_options.memory_bytes = c->options->memory_bytes;
  return kgq_load_begin(c->session.conn, &load_options, &c->load, err);
}

/* Their warnings have been printed already. */
static kgq_status begin_again(file_check *c, kgq_error **err) {
  kgq_load_free(c->load);
  c->load = NULL;
  session_set_quiet(&c->session, true);
  kgq_status st = begin(c, err);
  for (size_t i = 0; !st && i < c->good.count; i++) {
    st = kgq_load_file(c->load, c->good.items[i], err);
  }
  session_set_quiet(&c->session, false);
  return st;
}

/* Prints what is wrong with a file. *status: what the program will end with. */
static kgq_status check_one(file_check *c, const char *path, int *status, kgq_error **err) {
  const kgq_status st = kgq_load_file(c->load, path, err);
  if (st == KGQ_OK) {
    c->good.items[c->good.count++] = path;
    return KGQ_OK;
  }
  if (st == KGQ_INTERRUPTED || st == KGQ_NOMEM) {
    return st;
  }
  *status = report(st, *err);
  *err = NULL;
  c->bad++;
  return begin_again(c, err);
}

static int finish(file_check *c, int status) {
  kgq_load_stats stats;
  char a[32], b[32];
  kgq_error *err = NULL;
  const kgq_status st = kgq_load_check(c->load, &stats, &err);
  if (st) {
    return report(st, err);
  }
  if (status == EXIT_FINE) {
    printf("ok: %s %s, %s quads\n", with_commas(stats.files, a), stats.files == 1 ? "file" : "files",
           with_commas(stats.statements, b));
  }
  return status;
}

static int check_each(file_check *c, const char *const *paths, size_t count) {
  int status = EXIT_FINE;
  kgq_error *err = NULL;
  kgq_status st = begin(c, &err);
  for (size_t i = 0; !st && i < count && c->bad < BAD_FILES_MAX; i++) {
    st = check_one(c, paths[i], &status, &err);
  }
  if (st) {
    return report(st, err);
  }
  if (c->bad == BAD_FILES_MAX) {
    (void)fprintf(stderr, "kgq: %d files have mistakes; those behind the last one are not checked\n",
                  BAD_FILES_MAX);
  }
  return finish(c, status);
}

int check_files(const options *o) {
  const bool in_memory = is_facts_file(o->words.items[0]);
  const size_t first = in_memory ? 0 : 1;
  file_check c;
  memset(&c, 0, sizeof c);
  c.options = o;
  for (size_t i = first; i < o->words.count; i++) {
    if (!is_facts_file(o->words.items[i])) {
      return usage_error("'%s' is no facts file (.yaml); kgq parse checks the other formats",
                         o->words.items[i]);
    }
  }
  int status = session_open(&c.session, in_memory ? ":memory:" : o->words.items[0], 0, o);
  if (status) {
    return status;
  }
  c.good.items = malloc(o->words.count * sizeof *c.good.items);
  status = c.good.items ? check_each(&c, o->words.items + first, o->words.count - first)
                        : usage_error("out of memory");
  kgq_load_free(c.load);
  session_close(&c.session);
  free(c.good.items);
  return status;
}

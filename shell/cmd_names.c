/* shell/cmd_names.c: `kgq names DB FILE...`: which nodes running texts name, and where.
 *
 * One line for each place and node, tab-separated, with a head line:
 *
 *   place     LINE:COLUMN in characters; with several files FILE:LINE:COLUMN
 *   text      the words of the text
 *   node      IRI
 *   kind      name, also or written (docs/FACTS.md)
 *   source    IRI of the graph that gives the name
 *   of        1/1, or 1/2 and 2/2 when the name can mean two nodes
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shell/shell.h"

typedef struct text_names {
  const char *file; /* NULL: alone */
  const char *text;
  size_t at; /* line and column are those of this byte */
  uint64_t line, column;
} text_names;

static void walk_to(text_names *t, size_t offset) {
  for (; t->at < offset; t->at++) {
    if (t->text[t->at] == '\n') {
      t->line++;
      t->column = 1;
    } else if (((unsigned char)t->text[t->at] & 0xC0) != 0x80) {
      t->column++;
    }
  }
}

/* A name over the end of a line is shown on one. */
static void print_words(const char *text, size_t bytes) {
  for (size_t i = 0; i < bytes; i++) {
    (void)putchar((unsigned char)text[i] < ' ' ? ' ' : text[i]);
  }
}

static int print_place(void *arg, const kgq_name_place *place) {
  static const char *const kinds[] = { "", "", "name", "also", "written" };
  text_names *t = arg;
  walk_to(t, (size_t)place->offset);
  printf("%s%s%llu:%llu\t", t->file ? t->file : "", t->file ? ":" : "", (unsigned long long)t->line,
         (unsigned long long)t->column);
  print_words(t->text + place->offset, (size_t)place->bytes);
  printf("\t%.*s\t%s\t%.*s\t%u/%u\n", (int)place->node.len, place->node.ptr, kinds[place->kind],
         (int)place->graph.len, place->graph.ptr, place->number, place->count);
  return ferror(stdout);
}

static int names_of_file(session *s, const options *o, const char *path, bool alone) {
  size_t bytes = 0;
  char *text = read_whole_file(path, &bytes);
  if (!text) {
    return EXIT_WRONG;
  }
  text_names t = { .file = alone ? NULL : path, .text = text, .line = 1, .column = 1 };
  kgq_error *err = NULL;
  const kgq_status st = kgq_names_in_text(s->conn, text, bytes, o->graph, print_place, &t, &err);
  free(text);
  return report(st, err);
}

int cmd_names(const options *o) {
  session s;
  int status = session_open(&s, o->words.items[0], KGQ_OPEN_READONLY, o);
  if (status) {
    return status;
  }
  puts("place\ttext\tnode\tkind\tsource\tof");
  for (size_t i = 1; !status && i < o->words.count; i++) {
    status = names_of_file(&s, o, o->words.items[i], o->words.count == 2);
  }
  session_close(&s);
  return status;
}

/* shell/lines.c: answers that need no widths: a value a line, a Markdown table, nothing; and the text of
 * cells. */
#include <stdlib.h>
#include <string.h>

#include "shell/shell.h"

bool lines_format(const char *format) {
  return strcmp(format, "line") == 0 || strcmp(format, "markdown") == 0 || strcmp(format, "null") == 0;
}

static void without_controls(char *text) {
  for (; *text; text++) {
    if ((unsigned char)*text < 0x20 || *text == 0x7f) {
      *text = ' ';
    }
  }
}

char *cell_text(kgq_stmt *stmt, int column, const view *v) {
  const kgq_str label = kgq_column_label(stmt, column, v->language);
  const bool id = v->ids && kgq_column_kind(stmt, column) == KGQ_IRI;
  const kgq_str iri = id ? kgq_column_text(stmt, column) : (kgq_str){ "", 0 };
  const bool same = label.len == iri.len && memcmp(label.ptr, iri.ptr, label.len) == 0;
  char *text = malloc(label.len + iri.len + 4);
  if (text) {
    memcpy(text, label.ptr, label.len);
    text[label.len] = '\0';
    for (size_t i = 0; i < label.len; i++) {
      text[i] = text[i] ? text[i] : ' ';
    }
    if (id && !same) {
      (void)sprintf(text + label.len, " <%s>", iri.ptr);
    }
    without_controls(text);
  }
  return text;
}

static void print_escaped(FILE *out, const char *text) {
  for (; *text; text++) {
    (void)fputs(*text == '|' ? "\\|" : (char[]){ *text, '\0' }, out);
  }
}

static kgq_status print_row(kgq_stmt *stmt, const char *format, const view *v) {
  const bool markdown = *format == 'm';
  for (int i = 0; i < kgq_column_count(stmt); i++) {
    char *text = cell_text(stmt, i, v);
    if (!text) {
      return KGQ_NOMEM;
    }
    if (markdown) {
      (void)fputs(i ? " " : "| ", v->out);
      print_escaped(v->out, text);
      (void)fputs(" |", v->out);
    } else if (*text) {
      (void)fprintf(v->out, "%s: %s\n", kgq_column_name(stmt, i), text);
    }
    free(text);
  }
  (void)fputc('\n', v->out);
  return KGQ_OK;
}

static void print_head(kgq_stmt *stmt, const view *v) {
  for (int i = 0; i < kgq_column_count(stmt); i++) {
    (void)fprintf(v->out, "%s%s |", i ? " " : "| ", kgq_column_name(stmt, i));
  }
  (void)fputc('\n', v->out);
  for (int i = 0; i < kgq_column_count(stmt); i++) {
    (void)fputs(i ? "---|" : "|---|", v->out);
  }
  (void)fputc('\n', v->out);
}

kgq_status lines_print(kgq_stmt *stmt, const char *format, const view *v, kgq_error **err) {
  kgq_status st = KGQ_ROW;
  if (*format == 'm') {
    print_head(stmt, v);
  }
  while ((st = kgq_step(stmt, err)) == KGQ_ROW) {
    if (*format != 'n' && (st = print_row(stmt, format, v)) != KGQ_OK) {
      return st;
    }
  }
  return st;
}

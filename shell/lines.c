/* shell/lines.c: answers that need no widths: a value a line, tables of Markdown and HTML, nothing; and the
 * text of cells. */
#include <stdlib.h>
#include <string.h>

#include "shell/shell.h"

bool lines_format(const char *format) {
  static const char *const formats[] = { "line", "markdown", "html", "null" };
  for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
    if (strcmp(format, formats[i]) == 0) {
      return true;
    }
  }
  return false;
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
  if (text && !*text && kgq_column_kind(stmt, column) == KGQ_LITERAL) {
    (void)strcpy(text, "\"\""); /* an empty text is no unbound variable */
  }
  return text;
}

static void print_escaped(FILE *out, const char *text) {
  for (; *text; text++) {
    (void)fputs(*text == '|' ? "\\|" : (char[]){ *text, '\0' }, out);
  }
}

static void print_html(FILE *out, const char *text) {
  for (; *text; text++) {
    switch (*text) {
    case '&': (void)fputs("&amp;", out); break;
    case '<': (void)fputs("&lt;", out); break;
    case '>': (void)fputs("&gt;", out); break;
    case '"': (void)fputs("&quot;", out); break;
    default: (void)fputc(*text, out);
    }
  }
}

/* A node with an address of the web is a link to it; other schemes (javascript:) are text only. */
static void print_html_cell(kgq_stmt *stmt, int column, const char *text, FILE *out) {
  const char *iri = kgq_column_kind(stmt, column) == KGQ_IRI ? kgq_column_text(stmt, column).ptr : "";
  const bool link = strncmp(iri, "http://", 7) == 0 || strncmp(iri, "https://", 8) == 0;
  (void)fputs("<td>", out);
  if (link) {
    (void)fputs("<a href=\"", out);
    print_html(out, iri);
    (void)fputs("\">", out);
  }
  print_html(out, text);
  (void)fputs(link ? "</a></td>" : "</td>", out);
}

static void print_cell(kgq_stmt *stmt, int column, const char *text, const char *format, FILE *out) {
  if (*format == 'h') {
    print_html_cell(stmt, column, text, out);
  } else if (*format == 'm') {
    (void)fputs(column ? " " : "| ", out);
    print_escaped(out, text);
    (void)fputs(" |", out);
  } else if (*text) {
    (void)fprintf(out, "%s: %s\n", kgq_column_name(stmt, column), text);
  }
}

static kgq_status print_row(kgq_stmt *stmt, const char *format, const view *v) {
  (void)fputs(*format == 'h' ? "<tr>" : "", v->out);
  for (int i = 0; i < kgq_column_count(stmt); i++) {
    char *text = cell_text(stmt, i, v);
    if (!text) {
      return KGQ_NOMEM;
    }
    print_cell(stmt, i, text, format, v->out);
    free(text);
  }
  (void)fputs(*format == 'h' ? "</tr>\n" : "\n", v->out);
  return KGQ_OK;
}

static void print_markdown_head(kgq_stmt *stmt, const view *v) {
  for (int i = 0; i < kgq_column_count(stmt); i++) {
    (void)fprintf(v->out, "%s%s |", i ? " " : "| ", kgq_column_name(stmt, i));
  }
  (void)fputc('\n', v->out);
  for (int i = 0; i < kgq_column_count(stmt); i++) {
    (void)fputs(i ? "---|" : "|---|", v->out);
  }
  (void)fputc('\n', v->out);
}

static void print_html_head(kgq_stmt *stmt, const view *v) {
  (void)fputs("<table>\n<tr>", v->out);
  for (int i = 0; i < kgq_column_count(stmt); i++) {
    (void)fputs("<th>", v->out);
    print_html(v->out, kgq_column_name(stmt, i));
    (void)fputs("</th>", v->out);
  }
  (void)fputs("</tr>\n", v->out);
}

kgq_status lines_print(kgq_stmt *stmt, const char *format, const view *v, kgq_error **err) {
  kgq_status st = KGQ_ROW;
  bool begun = false;
  while ((st = kgq_step(stmt, err)) == KGQ_ROW || (st == KGQ_DONE && !begun)) {
    watch_printing(v->out);
    if (!begun && *format == 'm') {
      print_markdown_head(stmt, v);
    } else if (!begun && *format == 'h') {
      print_html_head(stmt, v);
    }
    begun = true;
    if (st == KGQ_DONE) {
      break;
    }
    if (*format != 'n' && (st = print_row(stmt, format, v)) != KGQ_OK) {
      return st;
    }
  }
  if (st == KGQ_DONE && *format == 'h') {
    (void)fputs("</table>\n", v->out);
  }
  return st;
}

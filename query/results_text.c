/* query/results_text.c: SPARQL 1.1 Query Results CSV and TSV Formats, with the triple terms of 1.2 in
 * N-Triples notation.
 *
 * CSV has texts alone and CR LF; TSV has terms as Turtle writes them and LF.
 */
#include "graph/rdflex.h"
#include "graph/vocab.h"
#include "query/results.h"

/* ---- CSV ---------------------------------------------------------------------------------------- */

static bool needs_quotes(kgq_str text) {
  for (size_t i = 0; i < text.len; i++) {
    const char c = text.ptr[i];
    if (c == '"' || c == ',' || c == '\n' || c == '\r') {
      return true;
    }
  }
  return false;
}

/* RFC 4180: quotes inside quotes are doubled. */
static kgq_status add_field(kg_buf *buf, kgq_str text, kgq_error **err) {
  if (!needs_quotes(text)) {
    return kg_buf_add_str(buf, text, err);
  }
  KGQ_TRY(kg_buf_add_byte(buf, '"', err));
  size_t done = 0;
  for (size_t i = 0; i < text.len; i++) {
    if (text.ptr[i] == '"') {
      KGQ_TRY(kg_buf_add(buf, text.ptr + done, i + 1 - done, err));
      done = i; /* goes over twice */
    }
  }
  KGQ_TRY(kg_buf_add(buf, text.ptr + done, text.len - done, err));
  return kg_buf_add_byte(buf, '"', err);
}

static kgq_status csv_begin(kg_results *r, kgq_error **err) {
  for (int i = 0; i < r->column_count; i++) {
    KGQ_TRY(kg_results_add(r, i ? "," : "", err));
    KGQ_TRY(add_field(&r->out.buf, kg_str(kgq_column_name(r->stmt, i)), err));
  }
  return kg_results_add(r, "\r\n", err);
}

static kgq_status csv_cell(kg_buf *buf, const kg_term *term, kgq_error **err) {
  if (term->kind == KG_TERM_TRIPLE) {
    kg_buf text;
    kg_buf_init(&text, buf->allocator);
    kgq_status st = kg_term_print(term, &text, err);
    st = st == KGQ_OK ? add_field(buf, kg_buf_str(&text), err) : st;
    kg_buf_free(&text);
    return st;
  }
  KGQ_TRY(kg_buf_add_text(buf, term->kind == KG_TERM_BNODE ? "_:" : "", err));
  return add_field(buf, term->text, err);
}

static kgq_status csv_row(kg_results *r, size_t row, kgq_error **err) {
  return kg_results_line(r, row, ',', KG_STR("\r\n"), err);
}

static kgq_status text_end(kg_results *r, kgq_error **err) {
  (void)r, (void)err;
  return KGQ_OK;
}

/* The formats define nothing for ASK. */
static kgq_status csv_boolean(kg_results *r, bool answer, kgq_error **err) {
  return kg_results_add(r, answer ? "true\r\n" : "false\r\n", err);
}

/* ---- TSV ---------------------------------------------------------------------------------------- */

static size_t digits(kgq_str text, size_t at) {
  size_t n = 0;
  while (at + n < text.len && text.ptr[at + n] >= '0' && text.ptr[at + n] <= '9') {
    n++;
  }
  return n;
}

/* The parts of a number: INTEGER, DECIMAL and DOUBLE of Turtle differ by which of them are there. */
static bool is_turtle_number(kgq_str text, kgq_str datatype) {
  size_t at = text.len > 0 && (text.ptr[0] == '+' || text.ptr[0] == '-') ? 1 : 0;
  const size_t whole = digits(text, at);
  at += whole;
  const bool point = at < text.len && text.ptr[at] == '.';
  const size_t fraction = point ? digits(text, at + 1) : 0;
  at += point ? 1 + fraction : 0;
  bool exponent = at < text.len && (text.ptr[at] == 'e' || text.ptr[at] == 'E');
  if (exponent) {
    at += 1;
    at += at < text.len && (text.ptr[at] == '+' || text.ptr[at] == '-') ? 1 : 0;
    const size_t n = digits(text, at);
    exponent = n > 0;
    at += n;
  }
  if (at != text.len || whole + fraction == 0) {
    return false;
  }
  if (kg_str_equal(datatype, KG_STR(KG_XSD_INTEGER))) {
    return !point && !exponent;
  }
  return kg_str_equal(datatype, KG_STR(KG_XSD_DECIMAL))
             ? fraction > 0 && !exponent
             : kg_str_equal(datatype, KG_STR(KG_XSD_DOUBLE)) && exponent;
}

static kgq_status tsv_begin(kg_results *r, kgq_error **err) {
  for (int i = 0; i < r->column_count; i++) {
    KGQ_TRY(kg_results_add(r, i ? "\t?" : "?", err));
    KGQ_TRY(kg_results_add(r, kgq_column_name(r->stmt, i), err));
  }
  return kg_results_add(r, "\n", err);
}

static kgq_status add_between(kg_buf *buf, char before, kgq_str text, char behind, kgq_error **err) {
  KGQ_TRY(kg_buf_reserve(buf, text.len + 2, err));
  char *at = buf->bytes + buf->len;
  *at = before;
  if (text.len) {
    memcpy(at + 1, text.ptr, text.len);
  }
  at[text.len + 1] = behind;
  buf->len += text.len + 2;
  return KGQ_OK;
}

/* Most terms, in whole words at a time; the same bytes as kg_term_print. False in *done: not that simple. */
static kgq_status add_simple(kg_buf *buf, const kg_term *term, bool *done, kgq_error **err) {
  const char *end = term->text.ptr + term->text.len;
  *done = true;
  if (term->kind == KG_TERM_IRI && kg_lex_skip_iri(term->text.ptr, end) == end) {
    return add_between(buf, '<', term->text, '>', err);
  }
  if (term->kind == KG_TERM_LITERAL && term->lang.len == 0 && term->datatype.len == 0 &&
      kg_lex_needs_no_escape(term->text)) {
    return add_between(buf, '"', term->text, '"', err);
  }
  *done = false;
  return KGQ_OK;
}

/* Canonical N-Triples escapes tabs and line ends, so that a term never breaks its line. */
static kgq_status tsv_cell(kg_buf *buf, const kg_term *term, kgq_error **err) {
  bool done = false;
  KGQ_TRY(add_simple(buf, term, &done, err));
  if (done) {
    return KGQ_OK;
  }
  if (term->kind == KG_TERM_LITERAL && is_turtle_number(term->text, term->datatype)) {
    return kg_buf_add_str(buf, term->text, err);
  }
  return term->kind == KG_TERM_NONE ? KGQ_OK : kg_term_print(term, buf, err);
}

static kgq_status tsv_row(kg_results *r, size_t row, kgq_error **err) {
  return kg_results_line(r, row, '\t', KG_STR("\n"), err);
}

static kgq_status tsv_boolean(kg_results *r, bool answer, kgq_error **err) {
  return kg_results_add(r, answer ? "true\n" : "false\n", err);
}

const kg_result_format kg_results_csv = { "csv", csv_begin, csv_cell, csv_row, text_end, csv_boolean };
const kg_result_format kg_results_tsv = { "tsv", tsv_begin, tsv_cell, tsv_row, text_end, tsv_boolean };

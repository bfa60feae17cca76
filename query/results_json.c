/* query/results_json.c: SPARQL 1.2 Query Results JSON Format, one solution a line; and "jsonl", only those
 * lines. */
#include "core/limits.h"
#include "graph/vocab.h"
#include "query/results.h"

/* RFC 8259, 7: quotation mark, reverse solidus and control characters are escaped, all else is UTF-8. */
static kgq_status add_string(kg_buf *buf, kgq_str text, kgq_error **err) {
  KGQ_TRY(kg_buf_add_byte(buf, '"', err));
  size_t done = 0;
  for (size_t i = 0; i < text.len; i++) {
    const unsigned char c = (unsigned char)text.ptr[i];
    if (c >= 0x20 && c != '"' && c != '\\') {
      continue;
    }
    KGQ_TRY(kg_buf_add(buf, text.ptr + done, i - done, err));
    done = i + 1;
    switch (c) {
    case '"': KGQ_TRY(kg_buf_add_text(buf, "\\\"", err)); break;
    case '\\': KGQ_TRY(kg_buf_add_text(buf, "\\\\", err)); break;
    case '\n': KGQ_TRY(kg_buf_add_text(buf, "\\n", err)); break;
    case '\r': KGQ_TRY(kg_buf_add_text(buf, "\\r", err)); break;
    case '\t': KGQ_TRY(kg_buf_add_text(buf, "\\t", err)); break;
    default: KGQ_TRY(kg_buf_print(buf, err, "\\u%04x", (unsigned)c)); break;
    }
  }
  KGQ_TRY(kg_buf_add(buf, text.ptr + done, text.len - done, err));
  return kg_buf_add_byte(buf, '"', err);
}

static kgq_status add_member(kg_buf *buf, const char *name, kgq_str value, kgq_error **err) {
  KGQ_TRY(kg_buf_print(buf, err, ",\"%s\":", name));
  return add_string(buf, value, err);
}

static kgq_status add_literal(kg_buf *buf, const kg_term *term, kgq_error **err) {
  KGQ_TRY(kg_buf_add_text(buf, "{\"type\":\"literal\"", err));
  if (term->lang.len > 0) {
    KGQ_TRY(add_member(buf, "xml:lang", term->lang, err));
  } else if (term->datatype.len > 0) {
    KGQ_TRY(add_member(buf, "datatype", term->datatype, err));
  }
  if (term->direction != KG_DIR_NONE) {
    KGQ_TRY(add_member(buf, "its:dir", term->direction == KG_DIR_LTR ? KG_STR("ltr") : KG_STR("rtl"), err));
  }
  KGQ_TRY(add_member(buf, "value", term->text, err));
  return kg_buf_add_byte(buf, '}', err);
}

static kgq_status add_term(kg_buf *buf, const kg_term *term, unsigned depth, kgq_error **err);

static kgq_status add_triple(kg_buf *buf, const kg_term *term, unsigned depth, kgq_error **err) {
  static const char *const openings[3] = { "{\"type\":\"triple\",\"value\":{\"subject\":", ",\"predicate\":",
                                           ",\"object\":" };
  if (depth >= KG_LIMIT_NESTING) {
    return kg_fail(err, KGQ_LIMIT, "triple terms are nested more than %d deep", KG_LIMIT_NESTING);
  }
  for (size_t i = 0; i < 3; i++) {
    KGQ_TRY(kg_buf_add_text(buf, openings[i], err));
    KGQ_TRY(add_term(buf, &term->triple[i], depth + 1, err));
  }
  return kg_buf_add_text(buf, "}}", err);
}

static kgq_status add_term(kg_buf *buf, const kg_term *term, unsigned depth, kgq_error **err) {
  switch (term->kind) {
  case KG_TERM_LITERAL: return add_literal(buf, term, err);
  case KG_TERM_TRIPLE: return add_triple(buf, term, depth, err);
  case KG_TERM_NONE:
  case KG_TERM_IRI:
  case KG_TERM_BNODE: break;
  }
  KGQ_TRY(kg_buf_print(buf, err, "{\"type\":\"%s\"", term->kind == KG_TERM_BNODE ? "bnode" : "uri"));
  KGQ_TRY(add_member(buf, "value", term->text, err));
  return kg_buf_add_byte(buf, '}', err);
}

static kgq_status json_cell(kg_buf *buf, const kg_term *term, kgq_error **err) {
  return add_term(buf, term, 0, err);
}

/* "name":, as it stands before each value of the column. */
static kgq_status make_label(kg_results *r, int column, kg_buf *text, kgq_error **err) {
  text->len = 0;
  KGQ_TRY(add_string(text, kg_str(kgq_column_name(r->stmt, column)), err));
  KGQ_TRY(kg_buf_add_byte(text, ':', err));
  return kg_results_label(r, column, text, err);
}

static kgq_status make_labels(kg_results *r, kgq_error **err) {
  kg_buf text;
  kgq_status st = KGQ_OK;
  kg_buf_init(&text, r->out.buf.allocator);
  for (int i = 0; i < r->column_count && st == KGQ_OK; i++) {
    st = make_label(r, i, &text, err);
  }
  kg_buf_free(&text);
  return st;
}

static kgq_status json_begin(kg_results *r, kgq_error **err) {
  KGQ_TRY(make_labels(r, err));
  KGQ_TRY(kg_results_add(r, "{\"head\":{\"vars\":[", err));
  for (int i = 0; i < r->column_count; i++) {
    KGQ_TRY(kg_results_add(r, i ? "," : "", err));
    KGQ_TRY(kg_buf_add(&r->out.buf, r->labels[i].ptr, r->labels[i].len - 1, err));
  }
  return kg_results_add(r, "]},\"results\":{\"bindings\":[", err);
}

/* {"who":{...},"n":{...}}: what is bound */
static kgq_status add_solution(kg_results *r, size_t row, kgq_error **err) {
  bool first = true;
  KGQ_TRY(kg_results_add(r, "{", err));
  for (int i = 0; i < r->column_count; i++) {
    if (!kg_results_has(r, i, row)) {
      continue;
    }
    KGQ_TRY(kg_results_add(r, first ? "" : ",", err));
    first = false;
    KGQ_TRY(kg_buf_add_str(&r->out.buf, r->labels[i], err));
    KGQ_TRY(kg_results_cell(r, i, row, err));
  }
  return kg_results_add(r, "}", err);
}

static kgq_status json_row(kg_results *r, size_t row, kgq_error **err) {
  KGQ_TRY(kg_results_add(r, r->row_count ? ",\n" : "\n", err));
  return add_solution(r, row, err);
}

static kgq_status json_end(kg_results *r, kgq_error **err) {
  return kg_results_add(r, "\n]}}\n", err);
}

static kgq_status json_boolean(kg_results *r, bool answer, kgq_error **err) {
  return kg_results_add(r, answer ? "{\"head\":{},\"boolean\":true}\n" : "{\"head\":{},\"boolean\":false}\n",
                        err);
}

/* ---- a solution a line, for tools that read line by line ---------------------------------------- */

static kgq_status lines_row(kg_results *r, size_t row, kgq_error **err) {
  KGQ_TRY(add_solution(r, row, err));
  return kg_results_add(r, "\n", err);
}

static kgq_status lines_end(kg_results *r, kgq_error **err) {
  (void)r;
  (void)err;
  return KGQ_OK;
}

static kgq_status lines_boolean(kg_results *r, bool answer, kgq_error **err) {
  return kg_results_add(r, answer ? "{\"boolean\":true}\n" : "{\"boolean\":false}\n", err);
}

const kg_result_format kg_results_json = { "json", json_begin, json_cell, json_row, json_end, json_boolean };
const kg_result_format kg_results_jsonl = { "jsonl",   make_labels, json_cell,
                                            lines_row, lines_end,   lines_boolean };

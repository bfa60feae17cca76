/* query/results_xml.c: SPARQL 1.2 Query Results XML Format. One solution a line.
 *
 * XML 1.0 has no way to write most control characters: such a result is refused with a hint, not changed.
 */
#include "core/limits.h"
#include "query/results.h"

static const char head[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                           "<sparql xmlns=\"http://www.w3.org/2005/sparql-results#\" "
                           "xmlns:its=\"http://www.w3.org/2005/11/its\" its:version=\"2.0\">\n<head>";

static kgq_status refuse(unsigned c, kgq_error **err) {
  const kgq_status st = kg_fail(err, KGQ_DATA, "a result holds the character U+%04X, which XML cannot", c);
  kg_hint(err, "json, csv and tsv can");
  return st;
}

/* What stands for a byte; "" for itself. CR would be read as LF, and tabs and line ends in attributes as
 * spaces. */
static const char *reference(unsigned char c, bool attribute) {
  switch (c) {
  case '<': return "&lt;";
  case '>': return "&gt;";
  case '&': return "&amp;";
  case '"': return attribute ? "&quot;" : "";
  case '\r': return "&#xD;";
  case '\n': return attribute ? "&#xA;" : "";
  case '\t': return attribute ? "&#x9;" : "";
  default: return "";
  }
}

static kgq_status add_text(kg_buf *buf, kgq_str text, bool attribute, kgq_error **err) {
  size_t done = 0;
  for (size_t i = 0; i < text.len; i++) {
    const unsigned char c = (unsigned char)text.ptr[i];
    const char *instead = reference(c, attribute);
    if (c < 0x20 && c != '\r' && c != '\n' && c != '\t') {
      return refuse(c, err);
    }
    /* U+FFFE and U+FFFF: EF BF BE, EF BF BF */
    if (c == 0xEF && i + 2 < text.len && memcmp(text.ptr + i, "\xEF\xBF", 2) == 0 &&
        (unsigned char)text.ptr[i + 2] >= 0xBE) {
      return refuse(0xFF40u + (unsigned char)text.ptr[i + 2], err);
    }
    if (instead[0]) {
      KGQ_TRY(kg_buf_add(buf, text.ptr + done, i - done, err));
      KGQ_TRY(kg_buf_add_text(buf, instead, err));
      done = i + 1;
    }
  }
  return kg_buf_add(buf, text.ptr + done, text.len - done, err);
}

static kgq_status add_attribute(kg_buf *buf, const char *name, kgq_str value, kgq_error **err) {
  KGQ_TRY(kg_buf_print(buf, err, " %s=\"", name));
  KGQ_TRY(add_text(buf, value, true, err));
  return kg_buf_add_byte(buf, '"', err);
}

static kgq_status add_literal(kg_buf *buf, const kg_term *term, kgq_error **err) {
  KGQ_TRY(kg_buf_add_text(buf, "<literal", err));
  if (term->lang.len > 0) {
    KGQ_TRY(add_attribute(buf, "xml:lang", term->lang, err));
  } else if (term->datatype.len > 0) {
    KGQ_TRY(add_attribute(buf, "datatype", term->datatype, err));
  }
  if (term->direction != KG_DIR_NONE) {
    KGQ_TRY(
        add_attribute(buf, "its:dir", term->direction == KG_DIR_LTR ? KG_STR("ltr") : KG_STR("rtl"), err));
  }
  KGQ_TRY(kg_buf_add_byte(buf, '>', err));
  KGQ_TRY(add_text(buf, term->text, false, err));
  return kg_buf_add_text(buf, "</literal>", err);
}

static kgq_status add_term(kg_buf *buf, const kg_term *term, unsigned depth, kgq_error **err);

static kgq_status add_triple(kg_buf *buf, const kg_term *term, unsigned depth, kgq_error **err) {
  static const char *const names[3] = { "subject", "predicate", "object" };
  if (depth >= KG_LIMIT_NESTING) {
    return kg_fail(err, KGQ_LIMIT, "triple terms are nested more than %d deep", KG_LIMIT_NESTING);
  }
  KGQ_TRY(kg_buf_add_text(buf, "<triple>", err));
  for (size_t i = 0; i < 3; i++) {
    KGQ_TRY(kg_buf_print(buf, err, "<%s>", names[i]));
    KGQ_TRY(add_term(buf, &term->triple[i], depth + 1, err));
    KGQ_TRY(kg_buf_print(buf, err, "</%s>", names[i]));
  }
  return kg_buf_add_text(buf, "</triple>", err);
}

static kgq_status add_term(kg_buf *buf, const kg_term *term, unsigned depth, kgq_error **err) {
  switch (term->kind) {
  case KG_TERM_LITERAL: return add_literal(buf, term, err);
  case KG_TERM_TRIPLE: return add_triple(buf, term, depth, err);
  case KG_TERM_NONE:
  case KG_TERM_IRI:
  case KG_TERM_BNODE: break;
  }
  const bool blank = term->kind == KG_TERM_BNODE;
  KGQ_TRY(kg_buf_add_text(buf, blank ? "<bnode>" : "<uri>", err));
  KGQ_TRY(add_text(buf, term->text, false, err));
  return kg_buf_add_text(buf, blank ? "</bnode>" : "</uri>", err);
}

static kgq_status xml_cell(kg_buf *buf, const kg_term *term, kgq_error **err) {
  KGQ_TRY(add_term(buf, term, 0, err));
  return kg_buf_add_text(buf, "</binding>", err);
}

/* <binding name="x">, as it stands before each value of the column. */
static kgq_status make_label(kg_results *r, int column, kg_buf *text, kgq_error **err) {
  const kgq_str name = kg_str(kgq_column_name(r->stmt, column));
  KGQ_TRY(kg_results_add(r, "<variable", err));
  KGQ_TRY(add_attribute(&r->out.buf, "name", name, err));
  KGQ_TRY(kg_results_add(r, "/>", err));
  text->len = 0;
  KGQ_TRY(kg_buf_add_text(text, "<binding", err));
  KGQ_TRY(add_attribute(text, "name", name, err));
  KGQ_TRY(kg_buf_add_byte(text, '>', err));
  return kg_results_label(r, column, text, err);
}

static kgq_status xml_begin(kg_results *r, kgq_error **err) {
  kg_buf text;
  kg_buf_init(&text, r->out.buf.allocator);
  kgq_status st = kg_results_add(r, head, err);
  for (int i = 0; i < r->column_count && st == KGQ_OK; i++) {
    st = make_label(r, i, &text, err);
  }
  kg_buf_free(&text);
  return st == KGQ_OK ? kg_results_add(r, "</head>\n<results>\n", err) : st;
}

static kgq_status xml_row(kg_results *r, size_t row, kgq_error **err) {
  KGQ_TRY(kg_results_add(r, "<result>", err));
  for (int i = 0; i < r->column_count; i++) {
    if (kg_results_has(r, i, row)) {
      KGQ_TRY(kg_buf_add_str(&r->out.buf, r->labels[i], err));
      KGQ_TRY(kg_results_cell(r, i, row, err));
    }
  }
  return kg_results_add(r, "</result>\n", err);
}

static kgq_status xml_end(kg_results *r, kgq_error **err) {
  return kg_results_add(r, "</results>\n</sparql>\n", err);
}

static kgq_status xml_boolean(kg_results *r, bool answer, kgq_error **err) {
  KGQ_TRY(kg_results_add(r, head, err));
  KGQ_TRY(kg_results_add(r, "</head>\n<boolean>", err));
  return kg_results_add(r, answer ? "true</boolean>\n</sparql>\n" : "false</boolean>\n</sparql>\n", err);
}

const kg_result_format kg_results_xml = { "xml", xml_begin, xml_cell, xml_row, xml_end, xml_boolean };

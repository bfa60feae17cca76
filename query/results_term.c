/* query/results_term.c: the terms of a result row, from what the public functions give. See results.h.
 *
 * Triple terms come as N-Triples text and are read back, since the formats write their parts.
 */
#include "graph/rdflex.h"
#include "query/results.h"

kgq_status kg_results_add(kg_results *r, const char *text, kgq_error **err) {
  return kg_buf_add_text(&r->out.buf, text, err);
}

/* Triple terms come as N-Triples: `at` is moved behind what was read. */
typedef struct triple_reader {
  kg_results *r;
  kgq_str text;
} triple_reader;

static void skip(triple_reader *t, size_t bytes) {
  t->text.ptr += bytes;
  t->text.len -= bytes;
}

static void skip_space(triple_reader *t) {
  skip(t, kg_lex_space(t->text));
}

static kgq_status not_a_term(kgq_error **err) {
  return kg_fail(err, KGQ_CORRUPT, "a result holds a triple term that cannot be read");
}

static kgq_status take(triple_reader *t, kg_lex_result token, kgq_str *out, kgq_error **err) {
  if (token.bytes == 0) {
    return not_a_term(err);
  }
  skip(t, token.bytes);
  return kg_arena_copy(&t->r->arena, token.value, out, err);
}

static kgq_status read_literal(triple_reader *t, kg_term *out, kgq_error **err) {
  kgq_str datatype;
  kg_buf *scratch = &t->r->scratch;
  *out = kg_term_string(KG_STR(""));
  KGQ_TRY(take(t, kg_lex_string(t->text, false, false, scratch), &out->text, err));
  if (t->text.len > 0 && t->text.ptr[0] == '@') {
    return take(t, kg_lex_lang(t->text, &out->direction), &out->lang, err);
  }
  if (kg_str_starts(t->text, KG_STR("^^<"))) {
    skip(t, 2);
    KGQ_TRY(take(t, kg_lex_iriref(t->text, scratch), &datatype, err));
    *out = kg_term_typed(out->text, datatype);
  }
  return KGQ_OK;
}

static kgq_status read_term(triple_reader *t, unsigned depth, kg_term *out, kgq_error **err);

/* tripleTerm ::= '<<(' subject predicate object ')>>' */
static kgq_status read_triple(triple_reader *t, unsigned depth, kg_term *out, kgq_error **err) {
  kg_term *parts = (kg_term *)kg_arena_zero(&t->r->arena, 3 * sizeof(kg_term));
  if (!parts) {
    return kg_fail_memory(err);
  }
  skip(t, 3);
  for (size_t i = 0; i < 3; i++) {
    skip_space(t);
    KGQ_TRY(read_term(t, depth + 1, &parts[i], err));
  }
  skip_space(t);
  if (!kg_str_starts(t->text, KG_STR(")>>"))) {
    return not_a_term(err);
  }
  skip(t, 3);
  *out = (kg_term){ .kind = KG_TERM_TRIPLE, .triple = parts };
  return KGQ_OK;
}

static kgq_status read_term(triple_reader *t, unsigned depth, kg_term *out, kgq_error **err) {
  if (depth > KG_LIMIT_NESTING || t->text.len == 0) {
    return not_a_term(err);
  }
  if (kg_str_starts(t->text, KG_STR("<<("))) {
    return read_triple(t, depth, out, err);
  }
  if (t->text.ptr[0] == '<') {
    out->kind = KG_TERM_IRI;
    return take(t, kg_lex_iriref(t->text, &t->r->scratch), &out->text, err);
  }
  if (t->text.ptr[0] == '_') {
    out->kind = KG_TERM_BNODE;
    return take(t, kg_lex_bnode(t->text), &out->text, err);
  }
  return read_literal(t, out, err);
}

kgq_status kg_results_term(kg_results *r, int column, kg_term *out, kgq_error **err) {
  kgq_term term;
  *out = (kg_term){ .kind = KG_TERM_NONE };
  const kgq_status st = kgq_column_term(r->stmt, column, &term);
  if (st != KGQ_OK) {
    return kg_fail(err, st, "column %d of a result cannot be read", column);
  }
  switch (term.kind) {
  case KGQ_IRI: *out = kg_term_iri(term.text); return KGQ_OK;
  case KGQ_BNODE: *out = kg_term_bnode(term.text); return KGQ_OK;
  case KGQ_LITERAL:
    *out = term.lang.len > 0 ? kg_term_lang(term.text, term.lang) : kg_term_typed(term.text, term.datatype);
    out->direction = (kg_direction)term.direction;
    return KGQ_OK;
  case KGQ_TRIPLE: {
    triple_reader t = { r, term.text };
    return read_term(&t, 0, out, err);
  }
  default: return KGQ_OK;
  }
}

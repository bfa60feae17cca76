/* query/statement_column.c: values of the current row: kgq_column_* (include/kgq.h).
 *
 * Texts are copied into the row's arena with a NUL behind them, and live until the next step. What cannot be
 * had is empty, and the reason is kept for the next step, since these functions have none to return. Labels
 * are for people: a node's name, else its IRI shortened, quantities as printed in papers.
 */
#include <stdlib.h>

#include "graph/names.h"
#include "graph/quantity.h"
#include "graph/vocab.h"
#include "query/statement.h"

static const kgq_str empty = { "", 0 };

int kgq_column_count(const kgq_stmt *stmt) {
  return stmt ? stmt->column_count : 0;
}

const char *kgq_column_name(const kgq_stmt *stmt, int column) {
  return stmt && column >= 0 && column < stmt->column_count ? stmt->column_names[column] : "";
}

kgq_status kg_stmt_term(kgq_stmt *stmt, int column, const kg_term **out, kg_id *id, kgq_error **err) {
  *out = NULL;
  *id = KG_ID_NONE;
  if (!stmt || !stmt->has_row || column < 0 || column >= stmt->column_count) {
    return KGQ_OK;
  }
  *id = stmt->ast->form == KG_FORM_ASK ? stmt->ask_answer : stmt->batch->columns[column][stmt->row];
  if (*id == KG_ID_NONE || *id == KG_ID_DEFAULT_GRAPH) {
    return KGQ_OK;
  }
  return kg_terms_get(stmt->execution.run.terms, *id, out, err);
}

static const kg_term *term_of(kgq_stmt *stmt, int column, kg_id *id) {
  const kg_term *term = NULL;
  return kg_stmt_term(stmt, column, &term, id, stmt ? &stmt->column_error : NULL) == KGQ_OK ? term : NULL;
}

static kgq_str keep(kgq_stmt *stmt, kgq_str text) {
  kgq_str copy = empty;
  return kg_arena_copy(&stmt->row_arena, text, &copy, &stmt->column_error) == KGQ_OK ? copy : empty;
}

static kgq_str printed(kgq_stmt *stmt, const kg_term *term) {
  kg_buf text;
  kg_buf_init(&text, &stmt->conn->db->allocator);
  const kgq_str copy =
      kg_term_print(term, &text, &stmt->column_error) == KGQ_OK ? keep(stmt, kg_buf_str(&text)) : empty;
  kg_buf_free(&text);
  return copy;
}

int32_t kgq_column_kind(kgq_stmt *stmt, int column) {
  kg_id id = KG_ID_NONE;
  const kg_term *term = term_of(stmt, column, &id);
  return term ? (int32_t)term->kind : KGQ_UNBOUND; /* the numbers are the same */
}

kgq_str kgq_column_text(kgq_stmt *stmt, int column) {
  kg_id id = KG_ID_NONE;
  const kg_term *term = term_of(stmt, column, &id);
  if (!term) {
    return empty;
  }
  return term->kind == KG_TERM_TRIPLE ? printed(stmt, term) : keep(stmt, term->text);
}

kgq_status kgq_column_term(kgq_stmt *stmt, int column, kgq_term *out) {
  if (!stmt || !out) {
    return KGQ_MISUSE;
  }
  kg_id id = KG_ID_NONE;
  const kg_term *term = NULL;
  *out = (kgq_term){ KGQ_UNBOUND, 0, empty, empty, empty };
  KGQ_TRY(kg_stmt_term(stmt, column, &term, &id, &stmt->column_error));
  if (!term) {
    return KGQ_OK;
  }
  out->kind = (int32_t)term->kind;
  out->text = term->kind == KG_TERM_TRIPLE ? printed(stmt, term) : keep(stmt, term->text);
  if (term->kind == KG_TERM_LITERAL) {
    out->direction = (int32_t)term->direction;
    out->datatype = keep(stmt, kg_term_datatype(term));
    out->lang = term->lang.len > 0 ? keep(stmt, term->lang) : empty;
  }
  return kgq_error_status(stmt->column_error);
}

/* ---- numbers ------------------------------------------------------------------------------------ */

double kgq_column_double(kgq_stmt *stmt, int column) {
  kg_id id = KG_ID_NONE;
  kg_decimal d;
  const kg_term *term = term_of(stmt, column, &id);
  if (!term || term->kind != KG_TERM_LITERAL || !kg_str_starts(kg_term_datatype(term), KG_STR(KG_NS_XSD))) {
    return 0;
  }
  if (kg_decimal_parse(term->text, &d)) {
    return kg_decimal_to_double(d);
  }
  const kgq_str text = keep(stmt, term->text);
  char *end = NULL;
  const double value = strtod(text.ptr, &end);
  return end && *end == 0 && end != text.ptr ? value : 0;
}

int64_t kgq_column_int(kgq_stmt *stmt, int column) {
  kg_id id = KG_ID_NONE;
  kg_decimal d;
  int64_t value = 0;
  const kg_term *term = term_of(stmt, column, &id);
  if (term && kg_id_tag(id) == KG_TAG_INTEGER) {
    return kg_id_integer(id);
  }
  if (term && term->kind == KG_TERM_LITERAL && kg_str_starts(kg_term_datatype(term), KG_STR(KG_NS_XSD)) &&
      kg_decimal_parse(term->text, &d)) {
    d = kg_decimal_round(d, 0, d.mantissa < 0 ? KG_ROUND_CEILING : KG_ROUND_FLOOR);
    return kg_decimal_to_int(d, &value) ? value : 0;
  }
  const double real = kgq_column_double(stmt, column);
  return real > -9.2e18 && real < 9.2e18 ? (int64_t)real : 0;
}

/* ---- labels ------------------------------------------------------------------------------------- */

/* Language of the locale: "ko" of "ko_KR.UTF-8". */
static kgq_str locale_language(void) {
  static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    const char *value = getenv(names[i]);
    if (value && value[0]) {
      const kgq_str language = kg_str_n(value, strcspn(value, "_.@"));
      const bool none = kg_str_equal(language, KG_STR("C")) || kg_str_equal(language, KG_STR("POSIX"));
      return none ? KG_STR("en") : language;
    }
  }
  return KG_STR("en");
}

static kgq_str node_label(kgq_stmt *stmt, const kg_term *term, kg_id id, const char *lang) {
  kgq_str text = empty;
  bool found = false;
  const kgq_str language = lang ? kg_str(lang) : locale_language();
  kg_arena *arena = &stmt->row_arena;
  if (!kg_terms_is_own(id) &&
      kg_names_label(stmt->snap, id, language, arena, &text, &found, &stmt->column_error) == KGQ_OK &&
      found) {
    return keep(stmt, text);
  }
  if (term->kind == KG_TERM_IRI &&
      kg_prefix_shorten(stmt->snap, term->text, arena, &text, &found, &stmt->column_error) == KGQ_OK &&
      found) {
    return keep(stmt, text);
  }
  if (term->kind == KG_TERM_BNODE &&
      kg_arena_print(arena, &text, &stmt->column_error, "_:%.*s", KG_ARG(term->text)) == KGQ_OK) {
    return text;
  }
  return keep(stmt, term->text);
}

static kgq_str quantity_label(kgq_stmt *stmt, kgq_str lexical) {
  kg_quantity q;
  kg_buf text;
  if (!kg_quantity_parse(lexical, &q)) {
    return keep(stmt, lexical);
  }
  kg_buf_init(&text, &stmt->conn->db->allocator);
  const kgq_str label =
      kg_quantity_show(&q, &text, &stmt->column_error) == KGQ_OK ? keep(stmt, kg_buf_str(&text)) : empty;
  kg_buf_free(&text);
  return label;
}

kgq_str kgq_column_label(kgq_stmt *stmt, int column, const char *lang) {
  kg_id id = KG_ID_NONE;
  const kg_term *term = term_of(stmt, column, &id);
  if (!term) {
    return empty;
  }
  switch (term->kind) {
  case KG_TERM_IRI:
  case KG_TERM_BNODE: return node_label(stmt, term, id, lang);
  case KG_TERM_LITERAL:
    return kg_str_equal(kg_term_datatype(term), KG_STR(KG_KGQ_QUANTITY)) ? quantity_label(stmt, term->text)
                                                                         : keep(stmt, term->text);
  case KG_TERM_TRIPLE: return printed(stmt, term);
  case KG_TERM_NONE: break;
  }
  return empty;
}

/* query/results_term.c: the terms of a result row, as the statement holds them. See results.h.
 *
 * Nothing is copied: a term lives in the statement's cache until the next step, and a format writes it at
 * once.
 */
#include "query/results.h"
#include "query/statement.h"

kgq_status kg_results_add(kg_results *r, const char *text, kgq_error **err) {
  return kg_buf_add_text(&r->out.buf, text, err);
}

kgq_status kg_results_term(kg_results *r, int column, kg_term *out, kgq_error **err) {
  const kg_term *term = NULL;
  kg_id id = KG_ID_NONE;
  KGQ_TRY(kg_stmt_term(r->stmt, column, &term, &id, err));
  *out = term ? *term : (kg_term){ .kind = KG_TERM_NONE };
  return KGQ_OK;
}

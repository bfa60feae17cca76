/* query/functions_common.c: what all families of functions use: texts of arguments, results as terms. See
 * functions.h. */
#include "query/functions.h"

#include <assert.h>

kgq_status kg_arg_text(kg_calc *ev, kg_value *v, kgq_str *text, kgq_error **err) {
  KGQ_TRY(kg_value_read(ev->env.terms, &ev->scratch, v, err));
  *text = v->term->text;
  return KGQ_OK;
}

kgq_status kg_give_string(kg_calc *ev, kgq_str text, kg_value *out, kgq_error **err) {
  const kg_term term = kg_term_string(text);
  return kg_value_set_term(out, &term, &ev->scratch, err);
}

kgq_status kg_give_like(kg_calc *ev, kgq_str text, const kg_value *like, kg_value *out, kgq_error **err) {
  assert(like->term);
  kg_term term = kg_term_lang(text, like->term->lang);
  term.direction = like->term->direction;
  return kg_value_set_term(out, &term, &ev->scratch, err);
}

kgq_status kg_give_iri(kg_calc *ev, kgq_str iri, kg_value *out, kgq_error **err) {
  const kg_term term = kg_term_iri(iri);
  return kg_value_set_term(out, &term, &ev->scratch, err);
}

kgq_status kg_take_buf(kg_calc *ev, kgq_str *out, kgq_error **err) {
  if (ev->buf.len > KG_LIMIT_LITERAL_BYTES) {
    return kg_fail(err, KGQ_LIMIT, "an expression made a text of more than %u MiB",
                   KG_LIMIT_LITERAL_BYTES >> 20);
  }
  return kg_arena_copy(&ev->scratch, kg_buf_str(&ev->buf), out, err);
}

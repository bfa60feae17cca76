/* query/functions.c: the table of functions and what all families of them use. The contract: functions.h. */
#include "query/functions.h"

#include <assert.h>

#include "core/text.h"
#include "graph/vocab.h"

/* These run before all of their arguments have values, or take any number of them. */
#define kg_fn_BOUND    NULL
#define kg_fn_COALESCE NULL
#define kg_fn_IF       NULL
#define kg_fn_CONCAT   NULL

static const kg_function_entry builtins[KG_FN_COUNT] = {
#define KG_FN_ROW(name, text, low, high) [KG_FN_##name] = { text, kg_fn_##name, low, high },
  KG_BUILTIN_FUNCTIONS(KG_FN_ROW)
#undef KG_FN_ROW
};

static const kg_function_entry named[] = {
#define KG_KGQ_ROW(name, function, low, high) { KG_NS_KGQ name, function, low, high },
  KG_KGQ_FUNCTIONS(KG_KGQ_ROW)
#undef KG_KGQ_ROW
#define KG_CAST_ROW(name, text, kind) { KG_NS_XSD text, kg_fn_cast_##name, 1, 1 },
      KG_DATATYPES(KG_CAST_ROW)
#undef KG_CAST_ROW
};

#define NAMED_COUNT (sizeof(named) / sizeof(named[0]))

const kg_function_entry *kg_function_builtin(kg_function function) {
  assert(function < KG_FN_IRI_CALL);
  return &builtins[function];
}

const kg_function_entry *kg_function_named(kgq_str iri) {
  for (size_t i = 0; i < NAMED_COUNT; i++) {
    if (kg_str_equal(iri, kg_str(named[i].name))) {
      return &named[i];
    }
  }
  return NULL;
}

const char *kg_function_near(kgq_str iri) {
  const char *best = NULL;
  size_t distance = 4;
  for (size_t i = 0; i < NAMED_COUNT; i++) {
    const size_t d = kg_edit_distance(iri, kg_str(named[i].name), 3);
    if (d < distance) {
      distance = d;
      best = named[i].name;
    }
  }
  return best;
}

bool kg_function_is_pure(kg_function function) {
  return function != KG_FN_RAND && function != KG_FN_UUID && function != KG_FN_STRUUID &&
         function != KG_FN_BNODE;
}

/* ---- for the families --------------------------------------------------------------------------- */

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

/* query/functions.h: the functions of expressions: one table, families in functions_*.c and cast.c.
 *
 * Built-in calls by kg_function (the list KG_BUILTIN_FUNCTIONS in ast.h), functions and casts by IRI,
 * arithmetic, and the helpers that all families use. Does not evaluate arguments: expr_eval.c does.
 */
#ifndef KG_QUERY_FUNCTIONS_H
#define KG_QUERY_FUNCTIONS_H

#include "query/calc.h"

typedef struct kg_function_entry {
  const char *name;
  kg_function_fn call;  /* NULL: BOUND, COALESCE, IF and CONCAT, which expr_eval.c runs itself */
  int32_t fewest, most; /* arguments; most -1: any number */
} kg_function_entry;

const kg_function_entry *kg_function_builtin(kg_function function);
/* By IRI: kgq: functions and XSD casts. NULL: there is none. */
const kg_function_entry *kg_function_named(kgq_str iri);
/* The nearest name for a message, or NULL. */
const char *kg_function_near(kgq_str iri);
/* Before each batch, for expressions that hold BNODE("x"): see functions_term.c. */
kgq_status kg_bnodes_begin_batch(kg_calc *ev, kgq_error **err);
/* False for RAND, UUID, STRUUID and BNODE: a call gives something new each time. */
bool kg_function_is_pure(kg_function function);

#define KG_FN_PROTOTYPE(name, text, low, high)                                                               \
  kgq_status kg_fn_##name(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err);
KG_BUILTIN_FUNCTIONS(KG_FN_PROTOTYPE)
#undef KG_FN_PROTOTYPE

/* Operators (17.3) as functions of one or two numbers. */
kgq_status kg_fn_add(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err);
kgq_status kg_fn_subtract(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err);
kgq_status kg_fn_multiply(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err);
kgq_status kg_fn_divide(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err);
kgq_status kg_fn_negate(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err);
kgq_status kg_fn_plus(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err);
/* The same without an evaluation, for aggregates: NONE where it is an error. */
void kg_number_add(const kg_value *a, const kg_value *b, kg_value *out);
void kg_number_divide(const kg_value *a, const kg_value *b, kg_value *out);

/* X(name, function, fewest, most): functions of the kgq: namespace (docs/QUERY.md). */
/* clang-format off */
#define KG_KGQ_FUNCTIONS(X) \
  X("value", kg_fn_kgq_value, 1, 1) \
  X("unit", kg_fn_kgq_unit, 1, 1) \
  X("bound", kg_fn_kgq_bound, 1, 1) \
  X("lower", kg_fn_kgq_lower, 1, 1) \
  X("upper", kg_fn_kgq_upper, 1, 1) \
  X("compatible", kg_fn_kgq_compatible, 2, 2) \
  X("both", kg_fn_kgq_both, 2, 2) \
  X("clashes", kg_fn_kgq_clashes, 2, 2) \
  X("start", kg_fn_kgq_start, 1, 1) \
  X("end", kg_fn_kgq_end, 1, 1) \
  X("day", kg_fn_kgq_day, 1, 1) \
  X("label", kg_fn_kgq_label, 1, 2) \
  X("mentions", kg_fn_kgq_mentions, 2, 3) \
  X("quantity", kg_fn_kgq_quantity, 1, 1)
/* clang-format on */
#define KG_KGQ_PROTOTYPE(name, function, low, high)                                                          \
  kgq_status function(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err);
KG_KGQ_FUNCTIONS(KG_KGQ_PROTOTYPE)
#undef KG_KGQ_PROTOTYPE
/* kgq:clashes for the aggregate kgq:agree: 1, 0, or -1 for an error. */
kgq_status kg_values_clash(kg_terms *terms, kg_arena *arena, kg_value *a, kg_value *b, int *out,
                           kgq_error **err);

/* xsd:TYPE(x), 17.1 and XPath functions 19. NONE where the value has no place in the type. */
kgq_status kg_cast(kg_calc *ev, kg_value *from, kg_datatype to, kg_value *out, kgq_error **err);
#define KG_CAST_PROTOTYPE(name, text, kind)                                                                  \
  kgq_status kg_fn_cast_##name(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err);
KG_DATATYPES(KG_CAST_PROTOTYPE)
#undef KG_CAST_PROTOTYPE

/* ---- for the families --------------------------------------------------------------------------- */

/* The text of a value's term; *text lives as long as the row. */
kgq_status kg_arg_text(kg_calc *ev, kg_value *v, kgq_str *text, kgq_error **err);
/* out = an xsd:string. The text is not copied: it lives in the scratch arena or longer. */
kgq_status kg_give_string(kg_calc *ev, kgq_str text, kg_value *out, kgq_error **err);
/* out = a literal with the language and direction of `like` (whose term has been read). */
kgq_status kg_give_like(kg_calc *ev, kgq_str text, const kg_value *like, kg_value *out, kgq_error **err);
kgq_status kg_give_iri(kg_calc *ev, kgq_str iri, kg_value *out, kgq_error **err);
/* A copy of what ev->buf holds, in scratch; a limit error beyond KG_LIMIT_LITERAL_BYTES. */
kgq_status kg_take_buf(kg_calc *ev, kgq_str *out, kgq_error **err);
/* CONCAT one argument at a time, since arguments may use ev->buf themselves. End also after a failure. */
typedef struct kg_concat {
  kg_buf buf;
  uint32_t count;
  bool failed, same; /* same: all have one language and direction */
  kgq_str lang;
  kg_direction direction;
} kg_concat;
void kg_concat_start(kg_calc *ev, kg_concat *c);
kgq_status kg_concat_add(kg_calc *ev, kg_concat *c, kg_value *arg, kgq_error **err);
kgq_status kg_concat_end(kg_calc *ev, kg_concat *c, kg_value *out, kgq_error **err);

#endif

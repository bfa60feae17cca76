/* query/aggregate.c: the set functions of GROUP BY (SPARQL 1.2, 18.5.1), and kgq:agree.
 *
 * States hold numbers, ids and, where they must, memory of their own, given back by kg_agg_end. An error
 * among the values makes SUM, AVG, MIN, GROUP_CONCAT and kgq:agree errors; COUNT, MAX and SAMPLE pass over
 * it. What DISTINCT drops does not come here: the operator tells values and solutions apart.
 */
#include <assert.h>

#include "query/compare.h"
#include "query/functions.h"

/* Totals up to here are added without asking whether a decimal holds them. */
#define SMALL_MAX ((kg_int128)1 << 62)

struct kg_agg {
  kg_agg_kind kind;
  bool distinct; /* it makes a difference */
  bool star;
  kgq_str separator;
  kg_terms *terms;
  kg_cancel *cancel;
  const kgq_allocator *allocator; /* of the states */
  kg_pool pool;
  kg_arena scratch; /* for one call */
};

struct kg_agg_state { /* all that COUNT, SAMPLE, MIN and MAX need */
  uint64_t count;     /* values that were no errors */
  kg_id best;
  bool failed;
};

/* Amounts: exact numbers, doubles, or quantities with their bounds. */
typedef struct sum_state {
  struct kg_agg_state base;
  kg_value_kind kind; /* of the total; QUANTITY: `quantities` has it */
  kg_decimal exact;
  double number;
  kg_quantity_sum *quantities;
  kgq_str unit; /* the bytes that quantities->unit points at */
} sum_state;

typedef struct text_state {
  struct kg_agg_state base;
  kg_buf text;
} text_state;

typedef struct agree_state {
  struct kg_agg_state base;
  kg_id *values;
  size_t count, capacity;
  bool clash, unknown; /* two that cannot both be true; two that cannot be compared */
} agree_state;

/* ---- definition --------------------------------------------------------------------------------- */

kgq_status kg_agg_compile(const kg_expr *call, const kg_expr_env *env, kg_agg **out, kgq_error **err) {
  assert(call->kind == KG_EXPR_AGGREGATE);
  kg_agg *agg = (kg_agg *)kg_arena_zero(env->arena, sizeof *agg);
  if (!agg) {
    return kg_fail_memory(err);
  }
  agg->kind = call->aggregate;
  agg->star = call->star;
  agg->distinct = call->distinct && (agg->kind == KG_AGG_COUNT || agg->kind == KG_AGG_SUM ||
                                     agg->kind == KG_AGG_AVG || agg->kind == KG_AGG_GROUP_CONCAT);
  KGQ_TRY(kg_arena_copy(env->arena, call->separator, &agg->separator, err));
  agg->terms = env->terms;
  agg->cancel = env->cancel;
  agg->allocator = env->arena->allocator;
  kg_pool_init(&agg->pool, env->arena);
  kg_arena_init(&agg->scratch, &agg->pool.allocator);
  *out = agg;
  return KGQ_OK;
}

size_t kg_agg_state_bytes(const kg_agg *agg) {
  switch (agg->kind) {
  case KG_AGG_SUM:
  case KG_AGG_AVG: return sizeof(sum_state);
  case KG_AGG_GROUP_CONCAT: return sizeof(text_state);
  case KG_AGG_AGREE: return sizeof(agree_state);
  case KG_AGG_COUNT:
  case KG_AGG_MIN:
  case KG_AGG_MAX:
  case KG_AGG_SAMPLE: break;
  }
  return sizeof(struct kg_agg_state);
}

bool kg_agg_is_plain(const kg_agg *agg) {
  return agg->kind == KG_AGG_COUNT || agg->kind == KG_AGG_MIN || agg->kind == KG_AGG_MAX ||
         agg->kind == KG_AGG_SAMPLE;
}

bool kg_agg_is_distinct(const kg_agg *agg) {
  return agg->distinct;
}

void kg_agg_use_memory(kg_agg *agg, const kgq_allocator *a) {
  agg->allocator = a;
}

void kg_agg_start(const kg_agg *agg, kg_agg_state *state) {
  memset(state, 0, kg_agg_state_bytes(agg));
  if (agg->kind == KG_AGG_SUM || agg->kind == KG_AGG_AVG) {
    ((sum_state *)state)->kind = KG_VALUE_INTEGER;
  } else if (agg->kind == KG_AGG_GROUP_CONCAT) {
    kg_buf_init(&((text_state *)state)->text, agg->allocator);
  }
}

static void end_sum(const kg_agg *agg, sum_state *s) {
  union {
    const char *in;
    void *out;
  } unit = { .in = s->unit.ptr };
  kg_free(agg->allocator, unit.out, s->unit.len);
  kg_free(agg->allocator, s->quantities, sizeof *s->quantities);
}

void kg_agg_end(const kg_agg *agg, kg_agg_state *state) {
  if (agg->kind == KG_AGG_SUM || agg->kind == KG_AGG_AVG) {
    end_sum(agg, (sum_state *)state);
  } else if (agg->kind == KG_AGG_GROUP_CONCAT) {
    kg_buf_free(&((text_state *)state)->text);
  } else if (agg->kind == KG_AGG_AGREE) {
    agree_state *s = (agree_state *)state;
    kg_free(agg->allocator, s->values, s->capacity * sizeof(kg_id));
  }
  memset(state, 0, kg_agg_state_bytes(agg));
}

/* ---- SUM, AVG ----------------------------------------------------------------------------------- */

static kg_value total_of(const sum_state *s) {
  kg_value v;
  kg_value_set_none(&v);
  v.kind = s->kind;
  if (kg_value_is_exact(s->kind)) {
    v.as.decimal = s->exact;
  } else {
    v.as.number = s->number;
  }
  return v;
}

/* v * times, for exact numbers; false: does not fit. */
static bool repeat_exact(kg_decimal v, uint64_t times, kg_decimal *out) {
  const kg_decimal factor = { (kg_int128)times, 0 };
  return kg_decimal_multiply(v, factor, out);
}

/* An integer id to an integer total, the common case: without unpacking both. False: not that. */
static bool add_small(sum_state *s, kg_id id, uint64_t times) {
  kg_int128 product = 0, total = 0;
  if (s->kind != KG_VALUE_INTEGER || kg_id_tag(id) != KG_TAG_INTEGER || s->exact.scale != 0 ||
      __builtin_mul_overflow((kg_int128)kg_id_integer(id), (kg_int128)times, &product) ||
      __builtin_add_overflow(s->exact.mantissa, product, &total) || total > SMALL_MAX || total < -SMALL_MAX) {
    return false;
  }
  s->exact.mantissa = total;
  return true;
}

static void add_number(sum_state *s, kg_value *v, uint64_t times) {
  const kg_value total = total_of(s);
  kg_value sum;
  if (kg_value_is_exact(v->kind)) {
    if (times > 1 && !repeat_exact(v->as.decimal, times, &v->as.decimal)) {
      s->base.failed = true;
      return;
    }
  } else {
    v->as.number *= (double)times;
  }
  kg_number_add(&total, v, &sum);
  s->base.failed = sum.kind == KG_VALUE_NONE;
  if (s->base.failed) {
    return;
  }
  s->kind = sum.kind;
  if (kg_value_is_exact(sum.kind)) {
    s->exact = sum.as.decimal;
  } else {
    s->number = sum.as.number;
  }
}

/* From numbers to quantities: what was added so far is one exact quantity without unit. */
static kgq_status begin_quantities(const kg_agg *agg, sum_state *s, kgq_error **err) {
  kg_quantity q;
  const kg_value total = total_of(s);
  s->quantities = (kg_quantity_sum *)kg_alloc(agg->allocator, sizeof *s->quantities);
  if (!s->quantities) {
    return kg_fail_memory(err);
  }
  kg_quantity_sum_init(s->quantities);
  s->kind = KG_VALUE_QUANTITY;
  if (s->base.count > 0) {
    s->base.failed = !kg_value_as_quantity(&total, &q);
    if (!s->base.failed) {
      kg_quantity_sum_add(s->quantities, &q);
    }
  }
  return KGQ_OK;
}

static kgq_status keep_unit(const kg_agg *agg, sum_state *s, kg_quantity *q, kgq_error **err) {
  if (q->unit.len > 0 && s->unit.len == 0) {
    char *copy = (char *)kg_alloc(agg->allocator, q->unit.len);
    if (!copy) {
      return kg_fail_memory(err);
    }
    memcpy(copy, q->unit.ptr, q->unit.len);
    s->unit = kg_str_n(copy, q->unit.len);
  }
  if (q->unit.len > 0 && kg_str_equal(q->unit, s->unit)) {
    q->unit = s->unit;
  }
  return KGQ_OK;
}

static kgq_status add_quantity(const kg_agg *agg, sum_state *s, const kg_value *v, uint64_t times,
                               kgq_error **err) {
  kg_quantity q;
  if (s->kind != KG_VALUE_QUANTITY) {
    KGQ_TRY(begin_quantities(agg, s, err));
  }
  if (s->base.failed || !kg_value_as_quantity(v, &q) ||
      (times > 1 && !repeat_exact(q.number, times, &q.number)) ||
      (times > 1 && q.range && !repeat_exact(q.upper, times, &q.upper))) {
    s->base.failed = true;
    return KGQ_OK;
  }
  KGQ_TRY(keep_unit(agg, s, &q, err));
  kg_quantity_sum_add(s->quantities, &q);
  s->base.failed = s->quantities->failed;
  return KGQ_OK;
}

static kgq_status add_to_sum(const kg_agg *agg, sum_state *s, kg_value *v, uint64_t times, kgq_error **err) {
  if (v->kind == KG_VALUE_QUANTITY || (s->kind == KG_VALUE_QUANTITY && kg_value_is_number(v->kind))) {
    return add_quantity(agg, s, v, times, err);
  }
  if (kg_value_is_number(v->kind)) {
    add_number(s, v, times);
  } else {
    s->base.failed = true;
  }
  return KGQ_OK;
}

/* 18.5.1.3: the average of nothing is 0. */
static void sum_result(const kg_agg *agg, const sum_state *s, kg_value *out) {
  kg_value_set_none(out);
  const bool average = agg->kind == KG_AGG_AVG && s->base.count > 0;
  if (s->kind == KG_VALUE_QUANTITY) {
    kg_quantity q;
    if (kg_quantity_sum_result(s->quantities, &q) &&
        (!average || kg_quantity_divide(&q, s->base.count, &q))) {
      out->kind = KG_VALUE_QUANTITY;
      out->as.quantity = q;
    }
    return;
  }
  const kg_value total = total_of(s);
  if (average) {
    kg_value count;
    kg_value_set_decimal(&count, (kg_decimal){ (kg_int128)s->base.count, 0 }, KG_VALUE_INTEGER);
    kg_number_divide(&total, &count, out);
  } else {
    *out = total;
  }
}

/* ---- MIN, MAX, GROUP_CONCAT, kgq:agree ---------------------------------------------------------- */

static kgq_status keep_best(const kg_agg *agg, kg_agg_state *state, kg_id value, kgq_error **err) {
  int order = 0;
  if (state->best == KG_ID_NONE) {
    state->best = value;
    return KGQ_OK;
  }
  if (kg_id_tag(value) == KG_TAG_INTEGER && kg_id_tag(state->best) == KG_TAG_INTEGER) {
    order = value < state->best ? -1 : value > state->best; /* the payload rises with the number */
  } else {
    KGQ_TRY(kg_expr_order(agg->terms, value, state->best, &order, err));
  }
  if (agg->kind == KG_AGG_MIN ? order < 0 : order > 0) {
    state->best = value;
  }
  return KGQ_OK;
}

/* 18.5.1.7: the texts as STR gives them. */
static kgq_status add_text(kg_agg *agg, text_state *s, kg_value *v, uint64_t times, kgq_error **err) {
  if (v->kind == KG_VALUE_BNODE || v->kind == KG_VALUE_TRIPLE) {
    s->base.failed = true;
    return KGQ_OK;
  }
  KGQ_TRY(kg_value_read(agg->terms, &agg->scratch, v, err));
  const kgq_str text = v->term->text;
  for (uint64_t i = 0; i < times; i++) {
    if (s->text.len + agg->separator.len + text.len > KG_LIMIT_LITERAL_BYTES) {
      return kg_fail(err, KGQ_LIMIT, "GROUP_CONCAT made a text of more than %u MiB",
                     KG_LIMIT_LITERAL_BYTES >> 20);
    }
    if (s->base.count + i > 0) {
      KGQ_TRY(kg_buf_add_str(&s->text, agg->separator, err));
    }
    KGQ_TRY(kg_buf_add_str(&s->text, text, err));
  }
  return KGQ_OK;
}

/* The values of a group agree when no two of them clash: intervals on a line that meet in pairs have a point
 * in common. */
static kgq_status add_to_agree(kg_agg *agg, agree_state *s, kg_id id, kg_value *v, kgq_error **err) {
  for (size_t i = 0; i < s->count && !s->clash; i++) {
    kg_value other;
    int clash = 0;
    if (s->values[i] == id) {
      return KGQ_OK;
    }
    KGQ_TRY(kg_value_load(agg->terms, s->values[i], &other, err));
    KGQ_TRY(kg_values_clash(agg->terms, &agg->scratch, v, &other, &clash, err));
    s->unknown = s->unknown || clash < 0;
    s->clash = clash > 0;
    if (i % 256 == 255) {
      KGQ_TRY(kg_cancel_check(agg->cancel, err));
    }
  }
  if (s->clash) {
    return KGQ_OK;
  }
  void *values = s->values;
  KGQ_TRY(kg_grow(agg->allocator, &values, &s->capacity, s->count + 1, sizeof(kg_id), err));
  s->values = (kg_id *)values;
  s->values[s->count++] = id;
  return KGQ_OK;
}

/* ---- all ---------------------------------------------------------------------------------------- */

static kgq_status add_value(kg_agg *agg, kg_agg_state *state, kg_id id, uint64_t times, kgq_error **err) {
  kg_value v;
  if (agg->kind == KG_AGG_MIN || agg->kind == KG_AGG_MAX) {
    return keep_best(agg, state, id, err);
  }
  if ((agg->kind == KG_AGG_SUM || agg->kind == KG_AGG_AVG) && add_small((sum_state *)state, id, times)) {
    return KGQ_OK;
  }
  kg_arena_reset(&agg->scratch);
  KGQ_TRY(kg_value_load(agg->terms, id, &v, err));
  switch ((int)agg->kind) {
  case KG_AGG_GROUP_CONCAT: return add_text(agg, (text_state *)state, &v, times, err);
  case KG_AGG_AGREE: return add_to_agree(agg, (agree_state *)state, id, &v, err);
  default: return add_to_sum(agg, (sum_state *)state, &v, times, err);
  }
}

/* Only the scratch memory of a definition changes by its use. */
static kg_agg *writable(const kg_agg *agg) {
  union {
    const kg_agg *in;
    kg_agg *out;
  } both = { .in = agg };
  return both.out;
}

/* Does an error among the values make the result one? Ordered, errors come before all values (15.1): they are
 * the first for MIN, the last for MAX. */
static bool error_fails(kg_agg_kind kind) {
  return kind != KG_AGG_COUNT && kind != KG_AGG_SAMPLE && kind != KG_AGG_MAX;
}

kgq_status kg_agg_add(const kg_agg *agg, kg_agg_state *state, kg_id value, uint64_t times, kgq_error **err) {
  if (agg->star) {
    state->count += times;
    return KGQ_OK;
  }
  if (value == KG_ID_NONE) {
    state->failed = state->failed || error_fails(agg->kind);
    return KGQ_OK;
  }
  if (state->failed) {
    state->count += times; /* AVG asks whether there was any value */
    return KGQ_OK;
  }
  if (agg->kind == KG_AGG_SAMPLE) {
    state->best = state->best == KG_ID_NONE ? value : state->best;
  } else if (agg->kind != KG_AGG_COUNT) {
    KGQ_TRY(add_value(writable(agg), state, value, times, err));
  }
  state->count += times;
  return KGQ_OK;
}

static kgq_status text_result(kg_agg *agg, const text_state *s, kg_id *out, kgq_error **err) {
  const kg_term term = kg_term_string(kg_buf_str(&s->text));
  return kg_terms_intern(agg->terms, &term, out, err);
}

/* One clash is enough; without one, what cannot be compared leaves the question open. */
static void agree_result(const agree_state *s, kg_value *out) {
  kg_value_set_none(out);
  if (s->clash || !s->unknown) {
    kg_value_set_boolean(out, !s->clash);
  }
}

kgq_status kg_agg_result(const kg_agg *agg, kg_agg_state *state, kg_id *out, kgq_error **err) {
  kg_agg *own = writable(agg);
  kg_value v;
  *out = KG_ID_NONE;
  if (state->failed && !(agg->kind == KG_AGG_AVG && state->count == 0)) { /* Count(S) = 0: the average is 0 */
    return KGQ_OK;
  }
  if (agg->kind == KG_AGG_COUNT && state->count < INT64_MAX && kg_id_from_int((int64_t)state->count, out)) {
    return KGQ_OK;
  }
  kg_arena_reset(&own->scratch);
  switch (agg->kind) {
  case KG_AGG_MIN:
  case KG_AGG_MAX:
  case KG_AGG_SAMPLE: *out = state->best; return KGQ_OK;
  case KG_AGG_GROUP_CONCAT: return text_result(own, (text_state *)state, out, err);
  case KG_AGG_COUNT:
    kg_value_set_decimal(&v, (kg_decimal){ (kg_int128)state->count, 0 }, KG_VALUE_INTEGER);
    break;
  case KG_AGG_AGREE: agree_result((agree_state *)state, &v); break;
  case KG_AGG_SUM:
  case KG_AGG_AVG: sum_result(agg, (sum_state *)state, &v); break;
  }
  return kg_value_id(agg->terms, &own->scratch, &v, out, err);
}

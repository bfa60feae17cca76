/* query/expr_eval.c: runs compiled expressions over batches of ids.
 *
 * One row of an expression is a walk of its tree over typed values. Around it, a batch at a time: conjuncts
 * of a filter narrow the list of rows one after the other; comparisons of a variable with a constant run over
 * the column of ids; what a costly part gave for an id is remembered; terms are read many at once. Errors are
 * values (17.2).
 */
#include <assert.h>

#include "query/compare.h"
#include "query/expr_exact.h"
#include "query/functions.h"

#define MANY_COLUMNS UINT32_MAX
/* Rows between two looks at the deadline: functions on long texts take up to some 10 microseconds. */
#define CHECK_ROWS 256u

/* ---- one row ------------------------------------------------------------------------------------ */

static kgq_status load_column(kg_calc *ev, uint32_t column, kg_value *out, kgq_error **err) {
  if (column >= ev->batch->column_count) {
    kg_value_set_none(out);
    return KGQ_OK;
  }
  return kg_value_load(ev->env.terms, ev->batch->columns[column][ev->row], out, err);
}

/* 17.4.1.5, 17.4.1.6: an error on one side counts only if the other side does not decide. */
static kgq_status connective(kg_calc *ev, const kg_cexpr *e, int *out, kgq_error **err) {
  const int deciding = e->kind == KG_EXPR_OR ? 1 : 0;
  int left = 0, right = 0;
  KGQ_TRY(kg_calc_truth(ev, e->args[0], &left, err));
  if (left == deciding) {
    *out = left;
    return KGQ_OK;
  }
  KGQ_TRY(kg_calc_truth(ev, e->args[1], &right, err));
  *out = right == deciding ? deciding : left < 0 || right < 0 ? -1 : !deciding;
  return KGQ_OK;
}

static kgq_status comparison(kg_calc *ev, const kg_cexpr *e, int *out, kgq_error **err) {
  kg_value a, b;
  KGQ_TRY(kg_calc_value(ev, e->args[0], &a, err));
  if (a.kind == KG_VALUE_NONE) {
    *out = -1;
    return KGQ_OK;
  }
  KGQ_TRY(kg_calc_value(ev, e->args[1], &b, err));
  kg_terms *terms = ev->env.terms;
  switch ((int)e->kind) {
  case KG_EXPR_EQUAL: return kg_value_equal(terms, &ev->scratch, &a, &b, out, err);
  case KG_EXPR_NOT_EQUAL:
    KGQ_TRY(kg_value_equal(terms, &ev->scratch, &a, &b, out, err));
    *out = *out < 0 ? -1 : !*out;
    return KGQ_OK;
  case KG_EXPR_LESS: return kg_value_test(terms, &ev->scratch, &a, KG_LESS, &b, out, err);
  case KG_EXPR_LESS_EQUAL: return kg_value_test(terms, &ev->scratch, &a, KG_LESS_EQUAL, &b, out, err);
  case KG_EXPR_GREATER: return kg_value_test(terms, &ev->scratch, &a, KG_GREATER, &b, out, err);
  default: return kg_value_test(terms, &ev->scratch, &a, KG_GREATER_EQUAL, &b, out, err);
  }
}

/* 17.4.1.9: (left = e1) || (left = e2) || ... */
static kgq_status membership(kg_calc *ev, const kg_cexpr *e, int *out, kgq_error **err) {
  kg_value left, item;
  int found = 0;
  KGQ_TRY(kg_calc_value(ev, e->args[0], &left, err));
  for (uint32_t i = 1; i < e->arg_count && found != 1; i++) {
    int equal = -1;
    KGQ_TRY(kg_calc_value(ev, e->args[i], &item, err));
    KGQ_TRY(kg_value_equal(ev->env.terms, &ev->scratch, &left, &item, &equal, err));
    found = equal != 0 ? equal : found;
  }
  if (left.kind == KG_VALUE_NONE) {
    found = -1; /* also against an empty list: its evaluation is an error */
  }
  *out = found < 0 || e->kind == KG_EXPR_IN ? found : !found;
  return KGQ_OK;
}

static kgq_status exists(kg_calc *ev, const kg_cexpr *e, int *out, kgq_error **err) {
  bool found = false;
  if (e->is_hoisted) {
    *out = e->answer;
    return KGQ_OK;
  }
  assert(ev->env.exists);
  KGQ_TRY(ev->env.exists(ev->env.exists_arg, e->pattern, ev->batch, ev->row, &found, err));
  *out = found == (e->kind == KG_EXPR_EXISTS);
  return KGQ_OK;
}

static bool is_bound(const kg_calc *ev, const kg_cexpr *var) {
  return var->column < ev->batch->column_count && ev->batch->columns[var->column][ev->row] != KG_ID_NONE;
}

/* Nodes whose value is a truth by themselves; false: `e` is none of them. */
static bool is_truth(const kg_cexpr *e) {
  return (e->kind >= KG_EXPR_OR && e->kind <= KG_EXPR_NOT_IN) || e->kind == KG_EXPR_EXISTS ||
         e->kind == KG_EXPR_NOT_EXISTS || (e->kind == KG_EXPR_CALL && e->function == KG_FN_BOUND);
}

static kgq_status truth_of(kg_calc *ev, const kg_cexpr *e, int *out, kgq_error **err) {
  switch ((int)e->kind) {
  case KG_EXPR_OR:
  case KG_EXPR_AND: return connective(ev, e, out, err);
  case KG_EXPR_NOT:
    KGQ_TRY(kg_calc_truth(ev, e->args[0], out, err));
    *out = *out < 0 ? -1 : !*out;
    return KGQ_OK;
  case KG_EXPR_IN:
  case KG_EXPR_NOT_IN: return membership(ev, e, out, err);
  case KG_EXPR_EXISTS:
  case KG_EXPR_NOT_EXISTS: return exists(ev, e, out, err);
  case KG_EXPR_CALL: *out = is_bound(ev, e->args[0]); return KGQ_OK;
  default: return comparison(ev, e, out, err);
  }
}

kgq_status kg_calc_truth(kg_calc *ev, const kg_cexpr *e, int *out, kgq_error **err) {
  if (is_truth(e)) {
    return truth_of(ev, e, out, err);
  }
  kg_value v;
  KGQ_TRY(kg_calc_value(ev, e, &v, err));
  return kg_value_truth(ev->env.terms, &v, out, err);
}

/* 17.4.1.3: the first argument without an error. */
static kgq_status coalesce(kg_calc *ev, const kg_cexpr *e, kg_value *out, kgq_error **err) {
  kg_value_set_none(out);
  for (uint32_t i = 0; i < e->arg_count && out->kind == KG_VALUE_NONE; i++) {
    KGQ_TRY(kg_calc_value(ev, e->args[i], out, err));
  }
  return KGQ_OK;
}

static kgq_status choose(kg_calc *ev, const kg_cexpr *e, kg_value *out, kgq_error **err) {
  int truth = -1;
  kg_value_set_none(out);
  KGQ_TRY(kg_calc_truth(ev, e->args[0], &truth, err));
  return truth < 0 ? KGQ_OK : kg_calc_value(ev, e->args[truth ? 1 : 2], out, err);
}

static kgq_status concat(kg_calc *ev, const kg_cexpr *e, kg_value *out, kgq_error **err) {
  kg_concat c;
  kgq_status st = KGQ_OK;
  kg_concat_start(ev, &c);
  for (uint32_t i = 0; i < e->arg_count && st == KGQ_OK && !c.failed; i++) {
    kg_value arg;
    st = kg_calc_value(ev, e->args[i], &arg, err);
    if (st == KGQ_OK) {
      st = kg_concat_add(ev, &c, &arg, err);
    }
  }
  c.failed = c.failed || st != KGQ_OK;
  const kgq_status end = kg_concat_end(ev, &c, out, err);
  return st != KGQ_OK ? st : end;
}

static kgq_status lazy_call(kg_calc *ev, const kg_cexpr *e, kg_value *out, kgq_error **err) {
  switch ((int)e->function) {
  case KG_FN_COALESCE: return coalesce(ev, e, out, err);
  case KG_FN_IF: return choose(ev, e, out, err);
  default: return concat(ev, e, out, err);
  }
}

/* An error in an argument is an error of the call. */
static kgq_status call(kg_calc *ev, const kg_cexpr *e, kg_value *out, kgq_error **err) {
  kg_value args[KG_ARGS_MAX];
  assert(e->arg_count <= KG_ARGS_MAX);
  kg_value_set_none(out);
  for (uint32_t i = 0; i < e->arg_count; i++) {
    KGQ_TRY(kg_calc_value(ev, e->args[i], &args[i], err));
    if (args[i].kind == KG_VALUE_NONE) {
      return KGQ_OK;
    }
  }
  return e->call(ev, args, e->arg_count, out, err);
}

kgq_status kg_calc_value(kg_calc *ev, const kg_cexpr *e, kg_value *out, kgq_error **err) {
  int truth = -1;
  if (e->kind == KG_EXPR_VAR) {
    return load_column(ev, e->column, out, err);
  }
  if (e->kind == KG_EXPR_TERM) {
    *out = e->value;
    return KGQ_OK;
  }
  if (e->call) {
    return call(ev, e, out, err);
  }
  if (!is_truth(e)) {
    return lazy_call(ev, e, out, err);
  }
  KGQ_TRY(truth_of(ev, e, &truth, err));
  kg_value_set_none(out);
  if (truth >= 0) {
    kg_value_set_boolean(out, truth != 0);
  }
  return KGQ_OK;
}

/* ---- memo --------------------------------------------------------------------------------------- */

/* NULL: this expression is not worth one, or memory is short, which is no fault here. */
static kg_memo_entry *memo_entry(kg_cexpr *e, kg_id keys[2]) {
  const kg_calc *ev = e->ev;
  if (!e->costly || !e->pure || e->column_count == 0 || e->column_count == MANY_COLUMNS) {
    return NULL;
  }
  if (!e->memo) {
    e->memo = (kg_memo_entry *)kg_arena_zero(ev->env.arena, KG_MEMO_ENTRIES * sizeof(kg_memo_entry));
    if (!e->memo) {
      return NULL;
    }
  }
  keys[1] = KG_ID_NONE;
  for (uint32_t i = 0; i < e->column_count; i++) {
    const uint32_t column = e->columns[i];
    keys[i] = column < ev->batch->column_count ? ev->batch->columns[column][ev->row] : KG_ID_NONE;
  }
  const uint64_t mixed = (keys[0] * 0x9E3779B97F4A7C15u) ^ (keys[1] * 0xC2B2AE3D27D4EB4Fu);
  return &e->memo[(mixed >> 40) % KG_MEMO_ENTRIES];
}

static bool memo_hit(const kg_memo_entry *entry, const kg_id keys[2]) {
  return entry && entry->used && entry->keys[0] == keys[0] && entry->keys[1] == keys[1];
}

static void memo_put(kg_memo_entry *entry, const kg_id keys[2], kg_id result) {
  if (entry) {
    *entry = (kg_memo_entry){ { keys[0], keys[1] }, result, true };
  }
}

/* Before any value of the row is held: see hoist in expr.c. */
static kgq_status begin_row(kg_calc *ev, uint32_t row, kgq_error **err) {
  ev->row = row;
  kg_arena_reset(&ev->scratch);
  for (size_t i = 0; i < ev->hoisted_count; i++) {
    kg_cexpr *e = ev->hoisted[i];
    bool found = false;
    KGQ_TRY(ev->env.exists(ev->env.exists_arg, e->pattern, ev->batch, row, &found, err));
    e->answer = found == (e->kind == KG_EXPR_EXISTS);
  }
  return KGQ_OK;
}

static kgq_status row_truth(kg_cexpr *e, uint32_t row, int *out, kgq_error **err) {
  kg_id keys[2];
  e->ev->row = row;
  kg_memo_entry *entry = memo_entry(e, keys);
  if (memo_hit(entry, keys)) {
    *out = (int)entry->result - 2;
    return KGQ_OK;
  }
  KGQ_TRY(begin_row(e->ev, row, err));
  KGQ_TRY(kg_calc_truth(e->ev, e, out, err));
  memo_put(entry, keys, (kg_id)(*out + 2));
  return KGQ_OK;
}

static kgq_status row_id(kg_cexpr *e, uint32_t row, kg_id *out, kgq_error **err) {
  kg_id keys[2];
  kg_value v;
  e->ev->row = row;
  kg_memo_entry *entry = memo_entry(e, keys);
  if (memo_hit(entry, keys)) {
    *out = entry->result;
    return KGQ_OK;
  }
  KGQ_TRY(begin_row(e->ev, row, err));
  KGQ_TRY(kg_calc_value(e->ev, e, &v, err));
  KGQ_TRY(kg_value_id(e->ev->env.terms, &e->ev->scratch, &v, out, err));
  memo_put(entry, keys, *out);
  return KGQ_OK;
}

/* ---- batches ------------------------------------------------------------------------------------ */

/* Which terms of a column must be read: all, those that a comparison cannot tell by ids alone, those of which
 * the tag of the id does not tell language and datatype, or none. */
typedef enum { NEED_ALL, NEED_COMPARED, NEED_KIND, NEED_NONE } need;

static bool is_needed(kg_id id, need how) {
  const kg_tag tag = kg_id_tag(id);
  if (id <= KG_ID_DEFAULT_GRAPH || kg_id_is_inline(id)) {
    return false;
  }
  return how == NEED_ALL ||
         (tag != KG_TAG_IRI && tag != KG_TAG_BNODE && (how != NEED_KIND || tag != KG_TAG_STRING));
}

static kgq_status prepare_column(kg_calc *ev, uint32_t column, need how, const uint16_t *rows, uint32_t count,
                                 kgq_error **err) {
  kg_id ids[256];
  if (column >= ev->batch->column_count || how == NEED_NONE) {
    return KGQ_OK;
  }
  for (uint32_t i = 0; i < count;) {
    size_t n = 0;
    for (; i < count && n < 256; i++) {
      const kg_id id = ev->batch->columns[column][rows ? rows[i] : i];
      if (is_needed(id, how)) {
        ids[n++] = id;
      }
    }
    if (n > 0) {
      KGQ_TRY(kg_terms_prepare(ev->env.terms, ids, n, err));
    }
  }
  return KGQ_OK;
}

static need need_of_args(const kg_cexpr *e) {
  if (e->kind >= KG_EXPR_EQUAL && e->kind <= KG_EXPR_NOT_IN) {
    return NEED_COMPARED;
  }
  if (e->kind != KG_EXPR_CALL) {
    return NEED_ALL;
  }
  switch ((int)e->function) {
  case KG_FN_BOUND:
  case KG_FN_SAMETERM:
  case KG_FN_ISIRI:
  case KG_FN_ISURI:
  case KG_FN_ISBLANK:
  case KG_FN_ISLITERAL:
  case KG_FN_ISTRIPLE: return NEED_NONE;
  case KG_FN_LANG:
  case KG_FN_LANGDIR:
  case KG_FN_HASLANG:
  case KG_FN_HASLANGDIR:
  case KG_FN_DATATYPE:
  case KG_FN_ISNUMERIC: return NEED_KIND;
  default: return NEED_ALL;
  }
}

/* Reads the terms that the rows will need, many at once. */
static kgq_status prepare(kg_cexpr *e, need how, const uint16_t *rows, uint32_t count, kgq_error **err) {
  if (e->kind == KG_EXPR_VAR) {
    return prepare_column(e->ev, e->column, how, rows, count, err);
  }
  for (uint32_t i = 0; i < e->arg_count; i++) {
    KGQ_TRY(prepare(e->args[i], need_of_args(e), rows, count, err));
  }
  return KGQ_OK;
}

/* Comparison of two ids by their bits: 1, 0, -1, or 2: values are needed. */
static int compare_ids(kg_expr_kind kind, kg_id a, kg_id b) {
  const kg_tag x = kg_id_tag(a), y = kg_id_tag(b);
  const bool ordered = x == KG_TAG_INTEGER || (x == KG_TAG_STRING && kind >= KG_EXPR_LESS);
  if (ordered && kg_ids_in_order(a, b)) {
    switch ((int)kind) {
    case KG_EXPR_EQUAL: return a == b;
    case KG_EXPR_NOT_EQUAL: return a != b;
    case KG_EXPR_LESS: return a < b;
    case KG_EXPR_LESS_EQUAL: return a <= b;
    case KG_EXPR_GREATER: return a > b;
    default: return a >= b;
    }
  }
  if (a == KG_ID_NONE || b == KG_ID_NONE) {
    return -1;
  }
  /* IRIs, and xsd:strings: one id a term, equal only if the same */
  if (x == y && (x == KG_TAG_IRI || x == KG_TAG_STRING) && kind <= KG_EXPR_NOT_EQUAL) {
    return (a == b) == (kind == KG_EXPR_EQUAL);
  }
  return 2;
}

/* The ids that an argument stands for in each row of the batch; NULL: no variable with a column. */
static const kg_id *column_of(const kg_cexpr *e, uint32_t arg) {
  const kg_batch *batch = e->ev->batch;
  const kg_cexpr *a = e->args[arg];
  return a->kind == KG_EXPR_VAR && a->column < batch->column_count ? batch->columns[a->column] : NULL;
}

/* What a test by ids reads: one column against constants, or against another column. */
typedef struct id_test {
  const kg_id *column, *other;
  bool exact; /* or it is a comparison of numbers */
} id_test;

static bool constants_have_ids(const kg_cexpr *e) {
  for (uint32_t i = 1; i < e->arg_count; i++) {
    if (e->args[i]->kind != KG_EXPR_TERM || e->args[i]->value.id == KG_ID_NONE) {
      return false;
    }
  }
  return true;
}

static id_test test_of(const kg_cexpr *e) {
  id_test t = { .exact = kg_exact_compares(e) };
  if (e->kind < KG_EXPR_EQUAL || e->kind > KG_EXPR_NOT_IN) {
    return t;
  }
  t.column = column_of(e, 0);
  t.other = e->kind < KG_EXPR_IN ? column_of(e, 1) : NULL;
  if (!t.other && !constants_have_ids(e)) {
    t.column = NULL;
  }
  return t;
}

/* The truth of a test by bits, 2: values are needed. */
static int test_id(const kg_cexpr *e, const id_test *t, uint32_t row) {
  const kg_id id = t->column[row];
  if (t->other) {
    return compare_ids(e->kind, id, t->other[row]);
  }
  if (e->kind < KG_EXPR_IN) {
    return compare_ids(e->kind, id, e->args[1]->value.id);
  }
  int found = id == KG_ID_NONE ? -1 : 0;
  for (uint32_t i = 1; i < e->arg_count && found == 0; i++) {
    found = compare_ids(KG_EXPR_EQUAL, id, e->args[i]->value.id);
  }
  return found == 2 || found < 0 || e->kind == KG_EXPR_IN ? found : !found;
}

/* Truths of up to CHECK_ROWS rows: first those that ids tell, then, their terms read at once, the others. */
static kgq_status test_rows(kg_cexpr *e, const id_test *t, const uint16_t *rows, uint32_t count,
                            int8_t *truths, kgq_error **err) {
  uint16_t others[CHECK_ROWS];
  uint32_t other_count = 0, next = 0;
  for (uint32_t i = 0; i < count; i++) {
    int truth = t->column ? test_id(e, t, rows[i]) : 2;
    truth = truth == 2 && t->exact ? kg_exact_truth(e, rows[i]) : truth;
    truths[i] = (int8_t)truth;
    others[other_count] = rows[i];
    other_count += truths[i] == 2 ? 1 : 0;
  }
  if (other_count == 0) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_cancel_check(e->ev->env.cancel, err));
  KGQ_TRY(prepare(e, NEED_COMPARED, others, other_count, err));
  for (uint32_t i = 0; i < count && next < other_count; i++) {
    if (truths[i] == 2) {
      int truth = 0;
      KGQ_TRY(row_truth(e, others[next++], &truth, err));
      truths[i] = (int8_t)truth;
    }
  }
  return KGQ_OK;
}

/* Keeps the rows for which e is true. */
static kgq_status narrow_rows(kg_cexpr *e, uint16_t *rows, uint32_t *count, kgq_error **err) {
  const id_test test = test_of(e);
  uint32_t kept = 0;
  for (uint32_t start = 0; start < *count; start += CHECK_ROWS) {
    int8_t truths[CHECK_ROWS];
    const uint32_t n = *count - start < CHECK_ROWS ? *count - start : CHECK_ROWS;
    KGQ_TRY(test_rows(e, &test, rows + start, n, truths, err));
    for (uint32_t i = 0; i < n; i++) {
      rows[kept] = rows[start + i];
      kept += truths[i] == 1 ? 1 : 0;
    }
  }
  *count = kept;
  return KGQ_OK;
}

/* A conjunction holds where both sides do, errors or not: one side after the other. Nesting is bounded by the
 * compiler. */
static kgq_status narrow(kg_cexpr *e, uint16_t *rows, uint32_t *count, kgq_error **err) {
  if (e->kind != KG_EXPR_AND) {
    return narrow_rows(e, rows, count, err);
  }
  KGQ_TRY(narrow(e->args[0], rows, count, err));
  return *count == 0 ? KGQ_OK : narrow(e->args[1], rows, count, err);
}

static kgq_status begin(kg_cexpr *e, const kg_batch *batch, kgq_error **err) {
  e->ev->batch = batch;
  KGQ_TRY(kg_cancel_check(e->ev->env.cancel, err));
  return e->names_bnodes ? kg_bnodes_begin_batch(e->ev, err) : KGQ_OK;
}

/* A refusal of the memory budget is a limit that was met, not a lack of memory. */
static kgq_status finish(kg_cexpr *e, kgq_status st, kgq_error **err) {
  kg_cancel *cancel = e->ev->env.cancel;
  if (st != KGQ_NOMEM || !cancel || !cancel->exceeded) {
    return st;
  }
  if (err) {
    kgq_error_free(*err);
    *err = NULL;
  }
  return kg_cancel_memory(cancel, err);
}

kgq_status kg_expr_filter(kg_cexpr *e, const kg_batch *batch, uint16_t *keep, uint32_t *count,
                          kgq_error **err) {
  assert(batch->row_count <= UINT16_MAX + 1u);
  for (uint32_t i = 0; i < batch->row_count; i++) {
    keep[i] = (uint16_t)i;
  }
  *count = batch->row_count;
  kgq_status st = begin(e, batch, err);
  if (st == KGQ_OK) {
    st = narrow(e, keep, count, err);
  }
  return finish(e, st, err);
}

static kgq_status exact_id(kg_cexpr *e, uint32_t row, kg_id *out, kgq_error **err) {
  kg_value v;
  if (!kg_exact_value(e, row, &v)) {
    return row_id(e, row, out, err);
  }
  kg_arena_reset(&e->ev->scratch);
  return kg_value_id(e->ev->env.terms, &e->ev->scratch, &v, out, err);
}

static kgq_status eval_rows(kg_cexpr *e, const kg_batch *batch, kg_id *out, kgq_error **err) {
  const bool exact = kg_exact_computes(e);
  KGQ_TRY(prepare(e, NEED_COMPARED, NULL, batch->row_count, err));
  for (uint32_t i = 0; i < batch->row_count; i++) {
    KGQ_TRY(exact ? exact_id(e, i, &out[i], err) : row_id(e, i, &out[i], err));
    if (i % CHECK_ROWS == CHECK_ROWS - 1) {
      KGQ_TRY(kg_cancel_check(e->ev->env.cancel, err));
    }
  }
  return KGQ_OK;
}

kgq_status kg_expr_eval(kg_cexpr *e, const kg_batch *batch, kg_id *out, kgq_error **err) {
  kgq_status st = begin(e, batch, err);
  if (st != KGQ_OK) {
    return finish(e, st, err);
  }
  if (e->kind == KG_EXPR_VAR && e->column < batch->column_count) {
    memcpy(out, batch->columns[e->column], batch->row_count * sizeof(kg_id));
    return KGQ_OK;
  }
  if (e->kind == KG_EXPR_TERM || e->kind == KG_EXPR_VAR) {
    const kg_id id = e->kind == KG_EXPR_TERM ? e->value.id : KG_ID_NONE;
    for (uint32_t i = 0; i < batch->row_count; i++) {
      out[i] = id;
    }
    return KGQ_OK;
  }
  return finish(e, eval_rows(e, batch, out, err), err);
}

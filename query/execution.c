/* query/execution.c: one evaluation of an algebra on a snapshot. See execution.h. */
#include "query/execution.h"

#include <assert.h>
#include <stdlib.h>
#include <time.h>

#include "query/plan.h"

/* ---- dataset ------------------------------------------------------------------------------------ */

static int compare_ids(const void *a, const void *b) {
  const kg_id x = *(const kg_id *)a, y = *(const kg_id *)b;
  return x < y ? -1 : x > y;
}

/* The ids of graph names, sorted, each once. */
static kgq_status graph_ids(kg_execution *e, const kg_iri_list *list, kg_id **out, uint32_t *count,
                            kgq_error **err) {
  uint32_t most = 0;
  for (const kg_iri_list *i = list; i; i = i->next) {
    most++;
  }
  kg_id *ids = (kg_id *)kg_arena_zero(&e->arena, ((size_t)most + 1) * sizeof(kg_id));
  if (!ids) {
    return kg_fail_memory(err);
  }
  most = 0;
  for (const kg_iri_list *i = list; i; i = i->next) {
    const kg_term name = kg_term_iri(i->iri);
    KGQ_TRY(kg_terms_intern(e->run.terms, &name, &ids[most++], err));
  }
  qsort(ids, most, sizeof(kg_id), compare_ids);
  *count = 0;
  for (uint32_t i = 0; i < most; i++) {
    if (*count == 0 || ids[*count - 1] != ids[i]) {
      ids[(*count)++] = ids[i];
    }
  }
  *out = ids;
  return KGQ_OK;
}

static kgq_status make_dataset(kg_execution *e, const kg_execution_options *o, kgq_error **err) {
  kg_run *run = &e->run;
  run->term_source = (kg_source){ .kind = KG_SOURCE_TERMS };
  run->named_source = (kg_source){ .kind = KG_SOURCE_NAMED };
  run->default_source =
      (kg_source){ .kind = o->strict ? KG_SOURCE_ONE : KG_SOURCE_UNION, .one = KG_ID_DEFAULT_GRAPH };
  if (!o->dataset || !o->dataset->given) {
    return KGQ_OK;
  }
  kg_id *ids = NULL;
  uint32_t count = 0;
  KGQ_TRY(graph_ids(e, o->dataset->graphs, &ids, &count, err));
  const kg_source_kind kind = count == 0 ? KG_SOURCE_NONE : count == 1 ? KG_SOURCE_ONE : KG_SOURCE_SET;
  run->default_source = (kg_source){ .kind = kind, .one = ids[0], .set = ids, .set_count = count };
  KGQ_TRY(graph_ids(e, o->dataset->named, &ids, &count, err));
  run->named_source.limited = true;
  run->named_source.set = ids;
  run->named_source.set_count = count;
  return KGQ_OK;
}

/* ---- parameters, time --------------------------------------------------------------------------- */

static kgq_status make_frame(kg_execution *e, const kg_execution_options *o, kgq_error **err) {
  const uint32_t var_count = o->algebra->ast->var_count;
  uint64_t *given = (uint64_t *)kg_arena_zero(&e->arena, o->algebra->set_words * sizeof(uint64_t));
  e->frame.values = (kg_id *)kg_arena_zero(&e->arena, ((size_t)var_count + 1) * sizeof(kg_id));
  if (!given || !e->frame.values) {
    return kg_fail_memory(err);
  }
  for (kg_var v = 0; o->parameters && v < o->parameter_count; v++) {
    if (o->parameters[v]) {
      KGQ_TRY(kg_terms_intern(e->run.terms, o->parameters[v], &e->frame.values[v], err));
      kg_set_add(given, v);
    }
  }
  e->frame.given = given;
  e->run.parameters = given;
  return KGQ_OK;
}

static kg_date date_now(void) {
  struct timespec t = { 0, 0 };
  struct tm parts;
  (void)clock_gettime(CLOCK_REALTIME, &t);
  const time_t seconds = t.tv_sec;
  if (!gmtime_r(&seconds, &parts)) {
    memset(&parts, 0, sizeof parts);
  }
  return (kg_date){
    .kind = KG_DATE_DATETIME,
    .year = parts.tm_year + 1900,
    .month = parts.tm_mon + 1,
    .day = parts.tm_mday,
    .hour = parts.tm_hour,
    .minute = parts.tm_min,
    .second = kg_decimal_normal((kg_decimal){ (kg_int128)parts.tm_sec * 1000 + t.tv_nsec / 1000000, 3 }),
    .zone_minutes = 0,
  };
}

/* ---- begin, end --------------------------------------------------------------------------------- */

static void set_run(kg_execution *e, const kg_execution_options *o) {
  kg_run *run = &e->run;
  run->conn = o->conn;
  run->snap = o->snap;
  run->cancel = o->cancel;
  run->allocator = &o->cancel->budget;
  run->arena = &e->arena;
  run->algebra = o->algebra;
  run->options = o->plan;
  if (run->options.batch_rows == 0 || run->options.batch_rows > KG_BATCH_ROWS) {
    run->options.batch_rows = KG_BATCH_ROWS;
  }
  run->analyze = o->analyze;
  run->now = date_now();
  run->base = o->algebra->ast->base;
  run->plan = kg_plan_exists;
}

kgq_status kg_execution_begin(kg_execution *e, const kg_execution_options *options, kgq_error **err) {
  *e = (kg_execution){ 0 };
  kg_arena_init(&e->arena, &options->cancel->budget);
  set_run(e, options);
  kgq_status st = KGQ_OK;
  KGQ_TRY_DONE(kg_terms_new(options->snap, &options->cancel->budget, &e->run.terms, err));
  kg_terms_budget(e->run.terms, options->cancel->bytes_max);
  KGQ_TRY_DONE(make_dataset(e, options, err));
  KGQ_TRY_DONE(make_frame(e, options, err));
  KGQ_TRY_DONE(kg_rewrite(options->algebra, options->plan.off, err));
  const double goal = options->algebra->ast->form == KG_FORM_ASK ? 1 : KG_ALL_ROWS;
  KGQ_TRY_DONE(kg_plan(&e->run, &e->frame, options->algebra->planned, goal, &e->root, err));
  KGQ_TRY_DONE(kg_op_reset(e->root, err));
done:
  if (st != KGQ_OK) {
    kg_execution_end(e);
  }
  return st;
}

void kg_execution_end(kg_execution *e) {
  kg_run_close(&e->run);
  kg_terms_free(e->run.terms);
  kg_arena_free(&e->arena);
  *e = (kg_execution){ 0 };
}

/* query/functions_term.c: functions on RDF terms (SPARQL 1.2, 17.4.2 and 17.4.6): parts of terms, kinds,
 * making them.
 *
 * BNODE("x") gives one node for one "x" within a solution. Expressions of one solution are evaluated apart, a
 * batch at a time, so its table is shared by all expressions of a statement: rows are told apart by their
 * number, batches by a generation that moves on when an expression comes round again.
 */
#include "query/functions.h"

#include "core/map.h"
#include "graph/iri.h"
#include "graph/rdflex.h"
#include "graph/vocab.h"
#include "query/compare.h"

/* ---- parts -------------------------------------------------------------------------------------- */

kgq_status kg_fn_STR(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)count;
  kgq_str text;
  if (args[0].kind == KG_VALUE_BNODE || args[0].kind == KG_VALUE_TRIPLE) {
    return KGQ_OK;
  }
  if (args[0].kind == KG_VALUE_STRING) {
    *out = args[0];
    return KGQ_OK;
  }
  KGQ_TRY(kg_arg_text(ev, &args[0], &text, err));
  return kg_give_string(ev, text, out, err);
}

kgq_status kg_fn_LANG(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)count;
  if (!kg_value_is_literal(args[0].kind)) {
    return KGQ_OK;
  }
  if (args[0].kind != KG_VALUE_LANG) {
    return kg_give_string(ev, KG_STR(""), out, err);
  }
  kgq_str tag;
  KGQ_TRY(kg_value_read(ev->env.terms, &ev->scratch, &args[0], err));
  ev->buf.len = 0;
  KGQ_TRY(
      kg_term_tag(args[0].term->lang, &ev->buf, err)); /* tags that differ in case are one term: one answer */
  KGQ_TRY(kg_take_buf(ev, &tag, err));
  return kg_give_string(ev, tag, out, err);
}

kgq_status kg_fn_LANGDIR(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)count;
  kg_direction direction = KG_DIR_NONE;
  if (!kg_value_is_literal(args[0].kind)) {
    return KGQ_OK;
  }
  if (args[0].kind == KG_VALUE_LANG) {
    KGQ_TRY(kg_value_read(ev->env.terms, &ev->scratch, &args[0], err));
    direction = args[0].term->direction;
  }
  const char *name = direction == KG_DIR_LTR ? "ltr" : direction == KG_DIR_RTL ? "rtl" : "";
  return kg_give_string(ev, kg_str(name), out, err);
}

/* RFC 4647, 3.3.1: basic filtering. */
static bool lang_matches(kgq_str tag, kgq_str range) {
  if (kg_str_equal(range, KG_STR("*"))) {
    return tag.len > 0;
  }
  return range.len > 0 && tag.len >= range.len && kg_lang_equal(kg_str_n(tag.ptr, range.len), range) &&
         (tag.len == range.len || tag.ptr[range.len] == '-');
}

kgq_status kg_fn_LANGMATCHES(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)count;
  kgq_str tag, range;
  if (args[0].kind != KG_VALUE_STRING || args[1].kind != KG_VALUE_STRING) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_arg_text(ev, &args[0], &tag, err));
  KGQ_TRY(kg_arg_text(ev, &args[1], &range, err));
  kg_value_set_boolean(out, lang_matches(tag, range));
  return KGQ_OK;
}

kgq_status kg_fn_DATATYPE(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)count;
  if (!kg_value_is_literal(args[0].kind)) {
    return KGQ_OK;
  }
  if (args[0].kind == KG_VALUE_STRING) {
    return kg_give_iri(ev, KG_STR(KG_XSD_STRING), out, err);
  }
  KGQ_TRY(kg_value_read(ev->env.terms, &ev->scratch, &args[0], err));
  return kg_give_iri(ev, kg_term_datatype(args[0].term), out, err);
}

/* ---- kinds -------------------------------------------------------------------------------------- */

static kgq_status give_is(const kg_value *v, kg_value_kind kind, kg_value *out) {
  kg_value_set_boolean(out, v->kind == kind);
  return KGQ_OK;
}

kgq_status kg_fn_ISIRI(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)ev, (void)count, (void)err;
  return give_is(&args[0], KG_VALUE_IRI, out);
}

kgq_status kg_fn_ISURI(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  return kg_fn_ISIRI(ev, args, count, out, err);
}

kgq_status kg_fn_ISBLANK(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)ev, (void)count, (void)err;
  return give_is(&args[0], KG_VALUE_BNODE, out);
}

kgq_status kg_fn_ISTRIPLE(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)ev, (void)count, (void)err;
  return give_is(&args[0], KG_VALUE_TRIPLE, out);
}

kgq_status kg_fn_ISLITERAL(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)ev, (void)count, (void)err;
  kg_value_set_boolean(out, kg_value_is_literal(args[0].kind));
  return KGQ_OK;
}

/* A well-formed integer that is too long to compute with is a number all the same. */
static bool is_long_number(const kg_term *term) {
  const kg_datatype type = kg_datatype_of(term->datatype);
  const bool integral = type == KG_TYPE_INTEGER || type == KG_TYPE_DECIMAL;
  size_t i = term->text.len > 0 && (term->text.ptr[0] == '-' || term->text.ptr[0] == '+') ? 1 : 0;
  size_t digits = 0, points = 0;
  for (; i < term->text.len; i++) {
    digits += term->text.ptr[i] >= '0' && term->text.ptr[i] <= '9';
    points += term->text.ptr[i] == '.';
  }
  const size_t sign = term->text.len > 0 && (term->text.ptr[0] == '-' || term->text.ptr[0] == '+') ? 1 : 0;
  return integral && digits > 0 && points <= (type == KG_TYPE_DECIMAL ? 1u : 0u) &&
         digits + points + sign == term->text.len;
}

kgq_status kg_fn_ISNUMERIC(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)count;
  bool number = kg_value_is_number(args[0].kind);
  if (args[0].kind == KG_VALUE_ILL) {
    KGQ_TRY(kg_value_read(ev->env.terms, &ev->scratch, &args[0], err));
    number = is_long_number(args[0].term);
  }
  kg_value_set_boolean(out, number);
  return KGQ_OK;
}

kgq_status kg_fn_HASLANG(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)ev, (void)count, (void)err;
  return give_is(&args[0], KG_VALUE_LANG, out);
}

kgq_status kg_fn_HASLANGDIR(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)count;
  bool has = args[0].kind == KG_VALUE_LANG;
  if (has) {
    KGQ_TRY(kg_value_read(ev->env.terms, &ev->scratch, &args[0], err));
    has = args[0].term->direction != KG_DIR_NONE;
  }
  kg_value_set_boolean(out, has);
  return KGQ_OK;
}

kgq_status kg_fn_SAMETERM(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)count;
  bool same = false;
  KGQ_TRY(kg_value_same_term(ev->env.terms, &ev->scratch, &args[0], &args[1], &same, err));
  kg_value_set_boolean(out, same);
  return KGQ_OK;
}

/* ---- making terms ------------------------------------------------------------------------------- */

kgq_status kg_fn_IRI(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)count;
  kgq_str text, iri;
  size_t offset = 0;
  if (args[0].kind == KG_VALUE_IRI) {
    *out = args[0];
    return KGQ_OK;
  }
  if (args[0].kind != KG_VALUE_STRING) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_arg_text(ev, &args[0], &text, err));
  if (text.len > KG_LIMIT_IRI_BYTES) {
    return KGQ_OK;
  }
  ev->buf.len = 0;
  if (ev->env.base.len > 0) {
    KGQ_TRY(kg_iri_resolve(ev->env.base, text, &ev->buf, err));
  } else {
    KGQ_TRY(kg_buf_add_str(&ev->buf, text, err));
  }
  if (kg_iri_check_absolute(kg_buf_str(&ev->buf), &offset) != NULL) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_take_buf(ev, &iri, err));
  return kg_give_iri(ev, iri, out, err);
}

kgq_status kg_fn_URI(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  return kg_fn_IRI(ev, args, count, out, err);
}

kgq_status kg_fn_STRDT(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)count;
  kgq_str text, datatype;
  if (args[0].kind != KG_VALUE_STRING || args[1].kind != KG_VALUE_IRI) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_arg_text(ev, &args[0], &text, err));
  KGQ_TRY(kg_arg_text(ev, &args[1], &datatype, err));
  if (kg_str_equal(datatype, KG_STR(KG_RDF_LANG_STRING)) ||
      kg_str_equal(datatype, KG_STR(KG_RDF_DIR_LANG_STRING))) {
    return KGQ_OK; /* these need a language */
  }
  const kg_term term = kg_term_typed(text, datatype);
  return kg_value_set_term(out, &term, &ev->scratch, err);
}

static kgq_status give_lang(kg_calc *ev, kg_value *args, kg_direction direction, kg_value *out,
                            kgq_error **err) {
  kgq_str text, lang;
  KGQ_TRY(kg_arg_text(ev, &args[0], &text, err));
  KGQ_TRY(kg_arg_text(ev, &args[1], &lang, err));
  if (!kg_lang_valid(lang)) {
    return KGQ_OK;
  }
  kg_term term = kg_term_lang(text, lang);
  term.direction = direction;
  return kg_value_set_term(out, &term, &ev->scratch, err);
}

kgq_status kg_fn_STRLANG(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)count;
  const bool fits = args[0].kind == KG_VALUE_STRING && args[1].kind == KG_VALUE_STRING;
  return fits ? give_lang(ev, args, KG_DIR_NONE, out, err) : KGQ_OK;
}

kgq_status kg_fn_STRLANGDIR(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)count;
  kgq_str name;
  if (args[0].kind != KG_VALUE_STRING || args[1].kind != KG_VALUE_STRING || args[2].kind != KG_VALUE_STRING) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_arg_text(ev, &args[2], &name, err));
  if (kg_str_equal(name, KG_STR("ltr"))) {
    return give_lang(ev, args, KG_DIR_LTR, out, err);
  }
  return kg_str_equal(name, KG_STR("rtl")) ? give_lang(ev, args, KG_DIR_RTL, out, err) : KGQ_OK;
}

kgq_status kg_fn_TRIPLE(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)count;
  if ((args[0].kind != KG_VALUE_IRI && args[0].kind != KG_VALUE_BNODE) || args[1].kind != KG_VALUE_IRI) {
    return KGQ_OK;
  }
  kg_term *parts = (kg_term *)kg_arena_zero(&ev->scratch, 3 * sizeof(kg_term));
  if (!parts) {
    return kg_fail_memory(err);
  }
  for (size_t i = 0; i < 3; i++) {
    KGQ_TRY(kg_value_read(ev->env.terms, &ev->scratch, &args[i], err));
    parts[i] = *args[i].term;
  }
  const kg_term term = { .kind = KG_TERM_TRIPLE, .triple = parts };
  return kg_value_set_term(out, &term, &ev->scratch, err);
}

static kgq_status give_part(kg_calc *ev, kg_value *v, size_t part, kg_value *out, kgq_error **err) {
  if (v->kind != KG_VALUE_TRIPLE) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_value_read(ev->env.terms, &ev->scratch, v, err));
  kg_value_from_term(&v->term->triple[part], out);
  return KGQ_OK;
}

kgq_status kg_fn_SUBJECT(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)count;
  return give_part(ev, &args[0], 0, out, err);
}

kgq_status kg_fn_PREDICATE(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)count;
  return give_part(ev, &args[0], 1, out, err);
}

kgq_status kg_fn_OBJECT(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)count;
  return give_part(ev, &args[0], 2, out, err);
}

/* ---- blank nodes -------------------------------------------------------------------------------- */

struct kg_bnode_table {
  kg_pool pool;
  kg_map nodes; /* row number and text -> id */
  uint64_t generation;
};

/* NULL: no memory. */
static struct kg_bnode_table *table_of(kg_calc *ev) {
  void **slot = ev->env.shared ? ev->env.shared : &ev->own_shared;
  struct kg_bnode_table *table = (struct kg_bnode_table *)*slot;
  if (!table) {
    table = (struct kg_bnode_table *)kg_arena_zero(ev->env.arena, sizeof *table);
    if (table) {
      kg_pool_init(&table->pool, ev->env.arena);
      kg_map_init(&table->nodes, &table->pool.allocator);
      table->generation = 1;
    }
    *slot = table;
  }
  return table;
}

kgq_status kg_bnodes_begin_batch(kg_calc *ev, kgq_error **err) {
  struct kg_bnode_table *table = table_of(ev);
  if (!table) {
    return kg_fail_memory(err);
  }
  if (ev->bnode_generation == table->generation) { /* round again: other solutions */
    table->generation++;
    kg_map_free(&table->nodes);
    kg_map_init(&table->nodes, &table->pool.allocator);
  }
  ev->bnode_generation = table->generation;
  return KGQ_OK;
}

static kgq_status named_bnode(kg_calc *ev, kgq_str name, kg_id *out, kgq_error **err) {
  struct kg_bnode_table *table = table_of(ev);
  char row[4];
  uint64_t *value = NULL;
  if (!table) {
    return kg_fail_memory(err);
  }
  kg_put_le32(row, ev->row);
  ev->buf.len = 0;
  KGQ_TRY(kg_buf_add(&ev->buf, row, sizeof row, err));
  KGQ_TRY(kg_buf_add_str(&ev->buf, name, err));
  KGQ_TRY(kg_map_put(&table->nodes, kg_buf_str(&ev->buf), &value, NULL, NULL, err));
  if (*value == 0) {
    KGQ_TRY(kg_terms_new_bnode(ev->env.terms, out, err));
    *value = *out;
  }
  *out = *value;
  return KGQ_OK;
}

kgq_status kg_fn_BNODE(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  kg_id id = KG_ID_NONE;
  kgq_str name;
  if (count == 0) {
    KGQ_TRY(kg_terms_new_bnode(ev->env.terms, &id, err));
  } else if (args[0].kind == KG_VALUE_STRING) {
    KGQ_TRY(kg_arg_text(ev, &args[0], &name, err));
    KGQ_TRY(named_bnode(ev, name, &id, err));
  } else {
    return KGQ_OK;
  }
  return kg_value_load(ev->env.terms, id, out, err);
}

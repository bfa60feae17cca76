/* query/op_matches.c: ?x kgq:matches "text", a computed property (docs/QUERY.md).
 *
 * True of a literal that contains the text, and of a node one of whose names does. Both sides fold as names
 * do. Where the subject is known for each row it is tested, each value once; else names and literals are read
 * through and what matches is given. Names are those of all graphs, whatever graph the pattern stands in.
 */
#include <assert.h>

#include "core/text.h"
#include "graph/iri.h"
#include "graph/vocab.h"
#include "query/ops.h"

static const char *const name_predicates[] = { KG_SKOS_PREF_LABEL, KG_SKOS_ALT_LABEL, KG_RDFS_LABEL,
                                               KG_KGQ_WRITTEN_AS, KG_KGQ_KEY };
#define NAME_PREDICATES (sizeof name_predicates / sizeof name_predicates[0])

typedef struct matches_op {
  kg_op op;
  kg_slot subject;
  uint32_t column; /* of the child; UINT32_MAX: none */
  kg_slot text;
  kg_id text_id; /* that `needle` is folded from */
  kg_buf needle, hay;
  bool open_end; /* a final * */
  kg_id predicates[NAME_PREDICATES];
  kg_row_set known; /* id, 1: matches, 2: does not */
  kg_row_set found; /* alone: what matches */
  uint32_t at;
  bool searched;
  kg_source everywhere;
  kg_id *names;   /* read buffer for the names of one node */
  kg_id *read[3]; /* read buffers for the search */
} matches_op;

/* ---- text --------------------------------------------------------------------------------------- */

static bool is_word(uint32_t c) {
  return kg_is_letter(c) || kg_is_digit(c) || kg_is_mark(c);
}

/* Two characters of one word, in a script that parts words by spaces. */
static bool joined(uint32_t a, uint32_t b) {
  return is_word(a) && is_word(b) && !kg_is_cjk(a) && !kg_is_cjk(b);
}

static uint32_t char_at(kgq_str text, size_t at) {
  uint32_t c = 0;
  (void)kg_utf8_decode(kg_str_n(text.ptr + at, text.len - at), &c);
  return c;
}

static uint32_t char_before(kgq_str text, size_t at) {
  size_t start = at - 1;
  while (start > 0 && ((unsigned char)text.ptr[start] & 0xc0) == 0x80) {
    start--;
  }
  return char_at(text, start);
}

static bool fits_at(const matches_op *m, kgq_str hay, kgq_str needle, size_t at) {
  const size_t end = at + needle.len;
  if (at > 0 && joined(char_before(hay, at), char_at(needle, 0))) {
    return false;
  }
  return m->open_end || end == hay.len || !joined(char_before(needle, needle.len), char_at(hay, end));
}

static bool contains(const matches_op *m, kgq_str hay) {
  const kgq_str needle = kg_buf_str(&m->needle);
  if (needle.len == 0) {
    return false;
  }
  for (size_t at = 0; at + needle.len <= hay.len;) {
    const char *hit = (const char *)memmem(hay.ptr + at, hay.len - at, needle.ptr, needle.len);
    if (!hit) {
      return false;
    }
    at = (size_t)(hit - hay.ptr);
    if (fits_at(m, hay, needle, at)) {
      return true;
    }
    at++;
  }
  return false;
}

static kgq_status text_matches(matches_op *m, kgq_str text, bool *out, kgq_error **err) {
  m->hay.len = 0;
  KGQ_TRY(kg_fold(text, &m->hay, err));
  *out = contains(m, kg_buf_str(&m->hay));
  return KGQ_OK;
}

/* ---- one value ---------------------------------------------------------------------------------- */

static kgq_status quads_of(matches_op *m, const kg_id id[4], kg_quads **out, kgq_error **err) {
  kg_quads_spec spec;
  kg_quads_spec_init(&spec, &m->everywhere);
  memcpy(spec.id, id, sizeof spec.id);
  return kg_quads_open(m->op.run->snap, &spec, m->op.run->cancel, m->op.run->allocator, out, err);
}

static kgq_status any_object_matches(matches_op *m, kg_quads *q, bool *any, bool *out, kgq_error **err) {
  kg_id *const columns[4] = { NULL, NULL, m->names, NULL };
  uint32_t count = 0;
  do {
    KGQ_TRY(kg_quads_next(q, columns, KG_BATCH_ROWS, &count, err));
    for (uint32_t i = 0; i < count && !*out; i++) {
      const kg_term *term = NULL;
      *any = true;
      KGQ_TRY(kg_terms_get(m->op.run->terms, m->names[i], &term, err));
      if (term->kind == KG_TERM_LITERAL) {
        KGQ_TRY(text_matches(m, term->text, out, err));
      }
    }
  } while (count > 0 && !*out);
  return KGQ_OK;
}

/* A node's names, and its short id when it has names. */
static kgq_status node_matches(matches_op *m, kg_id node, bool *out, kgq_error **err) {
  bool any = false;
  *out = false;
  for (size_t i = 0; i < NAME_PREDICATES && !*out; i++) {
    const kg_id id[4] = { node, m->predicates[i], KG_ID_NONE, KG_ID_NONE };
    kg_quads *q = NULL;
    if (m->predicates[i] == KG_ID_NONE) {
      continue;
    }
    KGQ_TRY(quads_of(m, id, &q, err));
    const kgq_status st = any_object_matches(m, q, &any, out, err);
    kg_quads_close(q);
    KGQ_TRY(st);
  }
  const kg_term *term = NULL;
  KGQ_TRY(kg_terms_get(m->op.run->terms, node, &term, err));
  return any && !*out && term->kind == KG_TERM_IRI ? text_matches(m, kg_iri_local(term->text), out, err)
                                                   : KGQ_OK;
}

static kgq_status value_matches(matches_op *m, kg_id id, bool *out, kgq_error **err) {
  const kg_term *term = NULL;
  *out = false;
  if (id == KG_ID_NONE || id == KG_ID_DEFAULT_GRAPH) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_terms_get(m->op.run->terms, id, &term, err));
  if (term->kind == KG_TERM_LITERAL) {
    return text_matches(m, term->text, out, err);
  }
  return term->kind == KG_TERM_IRI || term->kind == KG_TERM_BNODE ? node_matches(m, id, out, err) : KGQ_OK;
}

static kgq_status known_matches(matches_op *m, kg_id id, bool *out, kgq_error **err) {
  uint32_t row = 0;
  bool added = false;
  KGQ_TRY(kg_row_set_put(&m->known, &id, &row, &added, err));
  kg_id *answer = &kg_rows_at(&m->known.rows, row)[1];
  if (added) {
    KGQ_TRY(value_matches(m, id, out, err));
    *answer = *out ? 1 : 2;
  }
  *out = *answer == 1;
  return KGQ_OK;
}

/* ---- all that match ----------------------------------------------------------------------------- */

static kgq_status add_found(matches_op *m, kg_id id, kgq_error **err) {
  uint32_t row = 0;
  bool added = false;
  return kg_row_set_put(&m->found, &id, &row, &added, err);
}

static bool is_name(const matches_op *m, kg_id predicate) {
  for (size_t i = 0; i < NAME_PREDICATES; i++) {
    if (m->predicates[i] == predicate && predicate != KG_ID_NONE) {
      return true;
    }
  }
  return false;
}

static kgq_status add_if_matches(matches_op *m, kg_id id, kgq_error **err) {
  bool matches = false;
  KGQ_TRY(known_matches(m, id, &matches, err));
  return matches ? add_found(m, id, err) : KGQ_OK;
}

static bool is_literal(kg_id id) {
  const kg_tag tag = kg_id_tag(id);
  return tag == KG_TAG_STRING || tag == KG_TAG_LANG || tag == KG_TAG_TYPED || kg_id_is_inline(id);
}

static kgq_status search_batch(matches_op *m, uint32_t count, kgq_error **err) {
  kg_terms *terms = m->op.run->terms;
  KGQ_TRY(kg_terms_prepare(terms, m->read[KG_O], count, err));
  for (uint32_t i = 0; i < count; i++) {
    if (is_literal(m->read[KG_O][i]) || kg_id_tag(m->read[KG_O][i]) == KG_TAG_LOCAL) {
      KGQ_TRY(add_if_matches(m, m->read[KG_O][i], err));
    }
    if (is_name(m, m->read[KG_P][i])) {
      KGQ_TRY(add_if_matches(m, m->read[KG_S][i], err));
    }
  }
  kg_terms_breathe(terms);
  return KGQ_OK;
}

static kgq_status search(matches_op *m, kgq_error **err) {
  const kg_id none[4] = { KG_ID_NONE, KG_ID_NONE, KG_ID_NONE, KG_ID_NONE };
  kg_id *const columns[4] = { m->read[KG_S], m->read[KG_P], m->read[KG_O], NULL };
  kg_quads *q = NULL;
  kgq_status st = KGQ_OK;
  uint32_t count = 0;
  m->searched = true;
  KGQ_TRY(quads_of(m, none, &q, err));
  do {
    KGQ_TRY_DONE(kg_quads_next(q, columns, KG_BATCH_ROWS, &count, err));
    KGQ_TRY_DONE(search_batch(m, count, err));
  } while (count > 0);
done:
  kg_quads_close(q);
  return st;
}

/* ---- the operator ------------------------------------------------------------------------------- */

static kgq_status set_needle(matches_op *m, kg_id text, kgq_error **err) {
  const kg_term *term = NULL;
  if (text == m->text_id) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_terms_get(m->op.run->terms, text, &term, err));
  kgq_str wanted = term->kind == KG_TERM_LITERAL ? term->text : kg_str("");
  m->open_end = wanted.len > 0 && wanted.ptr[wanted.len - 1] == '*';
  if (m->open_end) {
    wanted.len--;
  }
  m->needle.len = 0;
  KGQ_TRY(kg_fold(wanted, &m->needle, err));
  m->text_id = text;
  kg_row_set_clear(&m->known);
  return KGQ_OK;
}

static kgq_status matches_reset(kg_op *op, kgq_error **err) {
  matches_op *m = (matches_op *)op;
  m->at = 0;
  m->searched = false;
  kg_row_set_clear(&m->found);
  if (m->subject.var != KG_NO_VAR && m->column == UINT32_MAX && kg_frame_gives(op->frame, m->subject.var)) {
    m->subject.id = op->frame->values[m->subject.var];
  }
  KGQ_TRY(set_needle(m, m->text.var != KG_NO_VAR ? op->frame->values[m->text.var] : m->text.id, err));
  return op->child_count > 0 ? kg_op_reset(op->children[0], err) : KGQ_OK;
}

static kgq_status keep_matching(matches_op *m, kg_batch *b, kgq_error **err) {
  uint16_t keep[KG_BATCH_ROWS];
  uint32_t count = 0;
  for (uint32_t r = 0; r < b->row_count; r++) {
    bool matches = false;
    KGQ_TRY(known_matches(m, b->columns[m->column][r], &matches, err));
    if (matches) {
      keep[count++] = (uint16_t)r;
    }
  }
  kg_batch_keep(b, keep, count);
  return KGQ_OK;
}

static kgq_status test_rows(matches_op *m, kgq_error **err) {
  do {
    KGQ_TRY(kg_op_next(m->op.children[0], &m->op.out, err));
    if (m->op.out->row_count == 0) {
      return KGQ_OK;
    }
    KGQ_TRY(keep_matching(m, m->op.out, err));
    kg_terms_breathe(m->op.run->terms);
  } while (m->op.out->row_count == 0);
  return KGQ_OK;
}

static kgq_status find_all(matches_op *m, kgq_error **err) {
  if (m->subject.id != KG_ID_NONE) {
    m->searched = true;
    return add_if_matches(m, m->subject.id, err);
  }
  return search(m, err);
}

static kgq_status matches_next(kg_op *op, kgq_error **err) {
  matches_op *m = (matches_op *)op;
  if (op->child_count > 0) {
    return test_rows(m, err);
  }
  if (!m->searched) {
    KGQ_TRY(find_all(m, err));
  }
  kg_batch *b = &op->own;
  b->row_count = 0;
  for (; m->at < m->found.rows.count && b->row_count < b->capacity; m->at++, b->row_count++) {
    if (op->var_count > 0) {
      b->columns[0][b->row_count] = kg_rows_at(&m->found.rows, m->at)[0];
    }
  }
  return KGQ_OK;
}

static void matches_close(kg_op *op) {
  matches_op *m = (matches_op *)op;
  kg_row_set_free(&m->known);
  kg_row_set_free(&m->found);
  kg_buf_free(&m->needle);
  kg_buf_free(&m->hay);
}

static const kg_op_class matches_class = {
  .name = "matches", .reset = matches_reset, .next = matches_next, .close = matches_close
};

static kgq_status node_slot(kg_run *run, const kg_node *node, kg_slot *out, kgq_error **err) {
  *out = (kg_slot){ .var = KG_NO_VAR };
  if (node->kind == KG_NODE_VAR) {
    out->var = node->var;
    return KGQ_OK;
  }
  return kg_terms_intern(run->terms, &node->term, &out->id, err);
}

static kgq_status make_buffers(matches_op *m, kgq_error **err) {
  kg_run *run = m->op.run;
  kg_buf_init(&m->needle, &m->op.memory);
  kg_buf_init(&m->hay, &m->op.memory);
  kg_row_set_init(&m->known, &m->op.memory, 1, 2);
  kg_row_set_init(&m->found, &m->op.memory, 1, 1);
  for (size_t i = 0; i < NAME_PREDICATES; i++) {
    const kg_term term = kg_term_iri(kg_str(name_predicates[i]));
    KGQ_TRY(kg_terms_find(run->terms, &term, &m->predicates[i], err));
  }
  kg_id *memory = (kg_id *)kg_arena_alloc(run->arena, 4 * KG_BATCH_ROWS * sizeof(kg_id));
  if (!memory) {
    return kg_fail_memory(err);
  }
  m->names = memory;
  for (size_t i = 0; i < 3; i++) {
    m->read[i] = memory + (i + 1) * KG_BATCH_ROWS;
  }
  return KGQ_OK;
}

/* The child's columns, or the subject's alone. */
static kgq_status make_columns(matches_op *m, kg_op *child, kgq_error **err) {
  uint64_t *certain = kg_run_set(m->op.run, err);
  if (!certain) {
    return KGQ_NOMEM;
  }
  if (child) {
    m->op.children[0] = child;
    m->op.estimate = child->estimate * 0.1;
    m->op.certain = child->certain;
    m->column = kg_op_column(child, m->subject.var);
    assert(m->column != UINT32_MAX);
    return kg_op_columns(&m->op, child->vars, child->var_count, err);
  }
  if (m->subject.var != KG_NO_VAR) {
    kg_set_add(certain, m->subject.var);
  }
  m->op.certain = certain;
  m->op.estimate = 100;
  KGQ_TRY(kg_op_columns(&m->op, &m->subject.var, m->subject.var == KG_NO_VAR ? 0 : 1, err));
  return kg_op_own_batch(&m->op, err);
}

kgq_status kg_make_matches(kg_run *run, const kg_frame *frame, kg_op *child, const kg_alg *alg, kg_op **out,
                           kgq_error **err) {
  matches_op *m = (matches_op *)kg_op_new(run, frame, &matches_class, sizeof(matches_op), child ? 1 : 0, err);
  if (!m) {
    return KGQ_NOMEM;
  }
  m->column = UINT32_MAX;
  m->everywhere = (kg_source){ .kind = KG_SOURCE_UNION };
  KGQ_TRY(make_buffers(m, err));
  KGQ_TRY(node_slot(run, &alg->subject, &m->subject, err));
  KGQ_TRY(node_slot(run, &alg->object, &m->text, err));
  if (m->text.var != KG_NO_VAR && !kg_frame_gives(frame, m->text.var)) {
    (void)kg_fail(err, KGQ_UNSUPPORTED, "the text behind kgq:matches must be known before the query runs");
    kg_hint(err, "write the text, or give the variable a value with -p or kgq_bind_text");
    return KGQ_UNSUPPORTED;
  }
  *out = &m->op;
  return make_columns(m, child, err);
}

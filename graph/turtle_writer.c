/* graph/turtle_writer.c: Turtle and TriG, grouped by graph and subject.
 *
 * A dataset of up to KG_FOLD_BYTES is collected, sorted and folded (turtle_fold.c) and printed here; a larger
 * one is handed to turtle_sorted.c, which sorts in bounded memory and folds nothing. Either way equal
 * datasets give equal bytes. Terms are printed by turtle_print.c.
 */
#include "core/limits.h"
#include "graph/turtle_fold.h"
#include "graph/turtle_print.h"
#include "graph/turtle_sorted.h"
#include "graph/writer.h"

struct kg_turtle_writer {
  kg_out *out;
  const kgq_allocator *allocator;
  bool graphs;
  kg_turtle_names names;
  kg_fold_set set;
  kg_turtle_sorted *sorted; /* from the quad on that was too many */
  size_t fold_bytes, sort_bytes;
  bool graph_open; /* a '}' is owed */
};

kgq_status kg_turtle_writer_new(kg_out *out, const kgq_allocator *a, bool graphs, kg_turtle_writer **w,
                                kgq_error **err) {
  kg_turtle_writer *made = kg_alloc_zero(a, 1, sizeof *made);
  if (!made) {
    return kg_fail_memory(err);
  }
  made->out = out;
  made->allocator = a;
  made->graphs = graphs;
  kg_turtle_names_init(&made->names, a);
  made->fold_bytes = KG_FOLD_BYTES;
  made->sort_bytes = KG_SORT_LINES_BYTES;
  const kgq_status st = kg_fold_init(&made->set, a, err);
  if (st != KGQ_OK) {
    kg_turtle_writer_free(made);
    return st;
  }
  *w = made;
  return KGQ_OK;
}

void kg_turtle_writer_free(kg_turtle_writer *w) {
  if (!w) {
    return;
  }
  kg_turtle_sorted_free(w->sorted);
  kg_fold_free(&w->set);
  kg_turtle_names_free(&w->names);
  kg_free(w->allocator, w, sizeof *w);
}

kgq_status kg_turtle_writer_prefix(kg_turtle_writer *w, kgq_str name, kgq_str iri, kgq_error **err) {
  return kg_turtle_names_add(&w->names, name, iri, err);
}

static kgq_status text(kg_turtle_writer *w, const char *bytes, kgq_error **err) {
  return kg_buf_add_text(&w->out->buf, bytes, err);
}

static kgq_status term(kg_turtle_writer *w, const kg_term *t, kgq_error **err) {
  return kg_turtle_print(&w->names, t, &w->out->buf, err);
}

/* ---- collecting --------------------------------------------------------------------------------- */

void kg_turtle_writer_limit(kg_turtle_writer *w, size_t fold_bytes, size_t sort_bytes) {
  w->fold_bytes = fold_bytes;
  w->sort_bytes = sort_bytes;
}

/* The dataset is too large to look at as a whole: what was collected is the first part of it. */
static kgq_status begin_sorting(kg_turtle_writer *w, kgq_error **err) {
  const kg_fold_set *set = &w->set;
  KGQ_TRY(kg_turtle_sorted_new(w->out, &w->names, w->sort_bytes, w->allocator, &w->sorted, err));
  for (size_t i = 0; i < set->quad_count; i++) {
    const kg_fold_quad *q = &set->quads[i];
    KGQ_TRY(kg_turtle_sorted_add(w->sorted, &set->terms[q->s].term, &set->terms[q->p].term,
                                 &set->terms[q->o].term, &set->terms[q->g].term, err));
  }
  kg_fold_free(&w->set);
  return KGQ_OK;
}

kgq_status kg_turtle_writer_quad(kg_turtle_writer *w, const kg_term *s, const kg_term *p, const kg_term *o,
                                 const kg_term *g, kgq_error **err) {
  const kg_term none = { .kind = KG_TERM_NONE };
  const kg_term *graph = w->graphs && g ? g : &none;
  if (w->sorted) {
    return kg_turtle_sorted_add(w->sorted, s, p, o, graph, err);
  }
  KGQ_TRY(kg_fold_add(&w->set, s, p, o, graph, err));
  return kg_fold_bytes(&w->set) > w->fold_bytes ? begin_sorting(w, err) : KGQ_OK;
}

/* ---- folded ------------------------------------------------------------------------------------- */

static kgq_status properties(kg_turtle_writer *w, uint32_t group, const char *between, kgq_error **err);

static const kg_fold_group *group_at(const kg_turtle_writer *w, uint32_t number) {
  return &w->set.groups[number];
}

static kgq_status numbered_term(kg_turtle_writer *w, uint32_t number, kgq_error **err) {
  if (kg_fold_unlabelled(&w->set, number)) {
    return text(w, "[]", err);
  }
  return term(w, &w->set.terms[number].term, err);
}

static kgq_status object(kg_turtle_writer *w, uint32_t quad, kgq_error **err);

/* ( a b c ), from a cell on; iterative along the list. */
static kgq_status list(kg_turtle_writer *w, uint32_t cell, kgq_error **err) {
  KGQ_TRY(text(w, "(", err));
  while (cell != KG_FOLD_NONE) {
    const uint32_t first = group_at(w, cell)->first;
    KGQ_TRY(text(w, " ", err));
    KGQ_TRY(object(w, first, err));
    cell = kg_fold_inside(&w->set, first + 1);
    KGQ_TRY(kg_out_breathe(w->out, err));
  }
  return text(w, " )", err);
}

static kgq_status object(kg_turtle_writer *w, uint32_t quad, kgq_error **err) {
  const uint32_t o = w->set.quads[quad].o, inside = kg_fold_inside(&w->set, quad);
  if (o == w->set.nil) {
    return text(w, "()", err);
  }
  if (inside == KG_FOLD_NONE) {
    return numbered_term(w, o, err);
  }
  if (group_at(w, inside)->list_head != KG_FOLD_NONE) {
    return list(w, inside, err);
  }
  KGQ_TRY(text(w, "[ ", err));
  KGQ_TRY(properties(w, inside, " ; ", err));
  return text(w, " ]", err);
}

/* ~ r {| ... |} for each reifier of the quad. Every block has a '~' of its own, so that none is taken for
 * another's. */
static kgq_status annotations(kg_turtle_writer *w, uint32_t quad, kgq_error **err) {
  for (uint32_t n = w->set.quads[quad].annotation; n != KG_FOLD_NONE; n = group_at(w, n)->next_annotation) {
    const kg_fold_group *group = group_at(w, n);
    const uint32_t reifier = w->set.quads[group->first].s;
    KGQ_TRY(text(w, " ~", err));
    if (!kg_fold_unlabelled(&w->set, reifier)) {
      KGQ_TRY(text(w, " ", err));
      KGQ_TRY(term(w, &w->set.terms[reifier].term, err));
    }
    if (group->count > 1) {
      KGQ_TRY(text(w, " {| ", err));
      KGQ_TRY(properties(w, n, " ; ", err));
      KGQ_TRY(text(w, " |}", err));
    }
  }
  return KGQ_OK;
}

/* predicateObjectList of a group, without the rdf:reifies that its place says already. Chains of groups are
 * at most FOLD_DEPTH long (turtle_fold.c), which bounds the recursion. */
static kgq_status properties(kg_turtle_writer *w, uint32_t number, const char *between, kgq_error **err) {
  const kg_fold_group *group = group_at(w, number);
  uint32_t verb = KG_FOLD_NONE;
  for (uint32_t i = group->first; i < group->first + group->count; i++) {
    const kg_fold_quad *quad = &w->set.quads[i];
    if (i == group->reifies) {
      continue;
    }
    if (quad->p == verb) {
      KGQ_TRY(text(w, " , ", err));
    } else {
      KGQ_TRY(verb == KG_FOLD_NONE ? KGQ_OK : text(w, between, err));
      KGQ_TRY(kg_turtle_print_verb(&w->names, &w->set.terms[quad->p].term, &w->out->buf, err));
      KGQ_TRY(text(w, " ", err));
      verb = quad->p;
    }
    KGQ_TRY(object(w, i, err));
    KGQ_TRY(annotations(w, i, err));
    KGQ_TRY(kg_out_breathe(w->out, err));
  }
  return KGQ_OK;
}

static kgq_status top_group(kg_turtle_writer *w, uint32_t number, kgq_error **err) {
  const uint32_t s = w->set.quads[group_at(w, number)->first].s;
  KGQ_TRY(numbered_term(w, s, err));
  KGQ_TRY(text(w, " ", err));
  KGQ_TRY(properties(w, number, " ;\n    ", err));
  return text(w, " .\n", err);
}

static void note_name(kg_turtle_writer *w, uint32_t number) {
  kg_turtle_names_note(&w->names, &w->set.terms[number].term);
}

/* Only names that will be printed: lists, annotations and 'a' hide some. */
static void note_names(kg_turtle_writer *w) {
  const kg_fold_set *set = &w->set;
  for (uint32_t i = 0; i < set->quad_count; i++) {
    const kg_fold_quad *q = &set->quads[i];
    const kg_fold_group *group = &set->groups[q->group];
    const bool in_list = group->list_head != KG_FOLD_NONE;
    note_name(w, q->s);
    note_name(w, q->g);
    if (i == group->reifies || (in_list && q->p == set->rest)) {
      continue;
    }
    if (!in_list && q->p != set->type) {
      note_name(w, q->p);
    }
    if (q->o != set->nil) {
      note_name(w, q->o);
    }
  }
}

static kgq_status close_graph(kg_turtle_writer *w, kgq_error **err) {
  const bool was_open = w->graph_open;
  w->graph_open = false;
  return was_open ? text(w, "}\n", err) : KGQ_OK;
}

static kgq_status open_graph(kg_turtle_writer *w, const kg_term *g, kgq_error **err) {
  KGQ_TRY(text(w, "\n", err));
  KGQ_TRY(term(w, g, err));
  w->graph_open = true;
  return text(w, " {\n", err);
}

static kgq_status write_folded(kg_turtle_writer *w, kgq_error **err) {
  const kg_fold_set *set = &w->set;
  uint32_t graph = 0;
  for (uint32_t i = 0; i < set->group_count; i++) {
    if (set->groups[i].host != KG_FOLD_NONE) {
      continue;
    }
    const uint32_t g = set->quads[set->groups[i].first].g;
    if (g != graph) {
      KGQ_TRY(close_graph(w, err));
      KGQ_TRY(open_graph(w, &set->terms[g].term, err));
      graph = g;
    }
    KGQ_TRY(top_group(w, i, err));
    KGQ_TRY(kg_out_breathe(w->out, err));
  }
  return close_graph(w, err);
}

kgq_status kg_turtle_writer_end(kg_turtle_writer *w, kgq_error **err) {
  if (w->sorted) {
    return kg_turtle_sorted_end(w->sorted, err);
  }
  KGQ_TRY(kg_fold_plan(&w->set, err));
  note_names(w);
  const size_t before = w->out->buf.len;
  KGQ_TRY(kg_turtle_names_print(&w->names, true, &w->out->buf, err));
  const bool separate = w->out->buf.len > before && w->set.quad_count && w->set.quads[0].g == 0;
  KGQ_TRY(separate ? text(w, "\n", err) : KGQ_OK);
  return write_folded(w, err);
}

/* query/functions_names.c: kgq:mentions(text, node [, article]): does the running text name the node?
 *
 * Finding names is the work of graph/names_text.c (docs/FACTS.md, Names). A query asks the same text about
 * many nodes, so the nodes of the text asked about last are kept.
 */
#include "core/map.h"
#include "graph/names_text.h"
#include "query/functions.h"

typedef struct kg_mentions {
  kg_buf text;
  kg_id article;
  kg_idmap nodes; /* that `text` names */
  bool filled;
} kg_mentions;

static kgq_status note_nodes(void *arg, const kg_name_place *place, kgq_error **err) {
  kg_mentions *m = arg;
  uint64_t *seen;
  for (size_t i = 0; i < place->count; i++) {
    KGQ_TRY(kg_idmap_put(&m->nodes, place->names[i].node, &seen, NULL, err));
  }
  return KGQ_OK;
}

static kgq_status mentions_of(kg_calc *ev, kg_snap *snap, kgq_str text, kg_id article, kg_mentions **out,
                              kgq_error **err) {
  if (!ev->mentions) {
    ev->mentions = kg_alloc_zero(&ev->pool.allocator, 1, sizeof *ev->mentions);
    if (!ev->mentions) {
      return kg_fail_memory(err);
    }
    kg_buf_init(&ev->mentions->text, &ev->pool.allocator);
    kg_idmap_init(&ev->mentions->nodes, &ev->pool.allocator);
  }
  kg_mentions *m = *out = ev->mentions;
  if (m->filled && m->article == article && kg_str_equal(kg_buf_str(&m->text), text)) {
    return KGQ_OK;
  }
  m->filled = false;
  m->article = article;
  m->text.len = 0;
  kg_idmap_free(&m->nodes);
  kg_idmap_init(&m->nodes, &ev->pool.allocator);
  KGQ_TRY(kg_buf_add_str(&m->text, text, err));
  KGQ_TRY(kg_names_in_text(snap, text, article, ev->env.cancel, note_nodes, m, err));
  m->filled = true;
  return KGQ_OK;
}

/* The stored id of a node; KG_ID_NONE: the database does not have it. */
static kgq_status stored_id(kg_calc *ev, kg_value *node, kg_id *out, kgq_error **err) {
  *out = node->id;
  if (*out == KG_ID_NONE) {
    KGQ_TRY(kg_value_read(ev->env.terms, &ev->scratch, node, err));
    KGQ_TRY(kg_terms_find(ev->env.terms, node->term, out, err));
  }
  if (*out != KG_ID_NONE && kg_id_tag(*out) == KG_TAG_LOCAL) {
    *out = KG_ID_NONE;
  }
  return KGQ_OK;
}

kgq_status kg_fn_kgq_mentions(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  kg_snap *snap = kg_terms_snap(ev->env.terms);
  const bool text_is_text = args[0].kind == KG_VALUE_STRING || args[0].kind == KG_VALUE_LANG;
  kg_id node, article = KG_ID_NONE;
  kgq_str text;
  kg_mentions *m = NULL;
  if (!snap || !text_is_text || args[1].kind != KG_VALUE_IRI ||
      (count == 3 && args[2].kind != KG_VALUE_IRI)) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_arg_text(ev, &args[0], &text, err));
  KGQ_TRY(stored_id(ev, &args[1], &node, err));
  if (count == 3) {
    KGQ_TRY(stored_id(ev, &args[2], &article, err));
  }
  KGQ_TRY(mentions_of(ev, snap, text, article, &m, err));
  kg_value_set_boolean(out, node != KG_ID_NONE && kg_idmap_find(&m->nodes, node) != NULL);
  return KGQ_OK;
}

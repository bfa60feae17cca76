/* graph/bulk_merge.c: changes and touched blocks in, new blocks out; see bulk_merge.h.
 *
 * Rows gather in a buffer of two blocks; when it is full, a block of KG_BLOCK_ROWS goes out; where the next
 * block is not touched, the rest goes out as one. A small rest takes the next block with it instead, so that
 * deletes do not leave crumbs. The key of a replaced block is deleted in its place among the keys put, unless
 * a new block has the same key.
 */
#include "graph/bulk_merge.h"

#include <assert.h>

#include "graph/keys.h"
#include "graph/replace.h"
#include "graph/txn_state.h"

/* A rest smaller than this is joined with the next block. */
#define SMALL_ROWS (KG_BLOCK_ROWS / 4)
/* Rows between two words on progress: some 10 ms of work. */
#define TOLD_ROWS 65536

kgq_status kg_sink_put(kg_sink *sink, kgq_str key, kgq_str value, kgq_error **err) {
  assert((sink->batch != NULL) + (sink->file != NULL) + (sink->replace != NULL) == 1);
  if (sink->replace) {
    return kg_replace_put(sink->replace, key, value, err);
  }
  if (sink->file) {
    return kg_store_file_put(sink->file, key, value, err);
  }
  kg_store_batch_put(sink->batch, key, value);
  return KGQ_OK;
}

kgq_status kg_sink_delete(kg_sink *sink, kgq_str key, kgq_error **err) {
  assert((sink->batch == NULL) != (sink->file == NULL));
  if (sink->file) {
    return kg_store_file_delete(sink->file, key, err);
  }
  kg_store_batch_delete(sink->batch, key);
  return KGQ_OK;
}

typedef struct merge {
  kg_snap *snap;
  kg_merge_spec spec;
  kg_cancel *cancel;
  kg_merge_result *result;
  /* changes */
  size_t at;      /* in spec.rows.words */
  uint64_t taken; /* since somebody was told */
  kg_changes delta;
  bool valid, has_row;
  kg_row row;       /* of words[at], if has_row */
  bool present;     /* and whether it is an insert */
  kg_change change; /* the one at hand */
  /* blocks */
  kg_base base;
  kg_row block_rows[KG_BLOCK_ROWS_MAX];
  kg_row out[KG_BLOCK_ROWS_MAX];
  uint32_t out_count;
  kg_row *replaced; /* keys of blocks taken in, not yet deleted; rising */
  size_t replaced_count, replaced_capacity;
  kg_buf buf;
} merge;

/* ---- changes in ------------------------------------------------------------------------------------ */

/* The words of the quad at `at`; NULL at the end. */
static kgq_status now_words(merge *m, const uint64_t **out, kgq_error **err) {
  kg_row_source *rows = &m->spec.rows;
  if (m->at == rows->count && rows->refill) {
    m->at = 0;
    KGQ_TRY(rows->refill(rows->arg, &rows->words, &rows->count, err));
  }
  *out = m->at < rows->count ? rows->words + m->at * KG_OP_WORDS : NULL;
  return KGQ_OK;
}

/* Takes the net row at `at`, or the next one that belongs into this permutation. */
static kgq_status take_row(merge *m, kgq_error **err) {
  const bool permuted = m->spec.rows.permuted;
  const int graph_at = permuted && (m->spec.perm == KG_GSPO || m->spec.perm == KG_TSPO) ? 0 : KG_G;
  const uint64_t *word;
  KGQ_TRY(now_words(m, &word, err));
  while (word && m->spec.named_only && (word[graph_at] & ~KG_OP_DELETE) == KG_ID_DEFAULT_GRAPH) {
    m->at++;
    KGQ_TRY(now_words(m, &word, err));
  }
  m->has_row = word != NULL;
  m->taken += m->has_row;
  if (word) {
    kg_id quad[4] = { word[0], word[1], word[2], word[3] };
    quad[graph_at] &= ~KG_OP_DELETE;
    m->present = !(word[graph_at] & KG_OP_DELETE);
    m->row = permuted ? (kg_row){ { quad[0], quad[1], quad[2], quad[3] } } : kg_perm_row(m->spec.perm, quad);
  }
  return KGQ_OK;
}

static bool delta_ready(const merge *m) {
  return m->delta.valid && (m->spec.delta_limit == 0 || m->result->folded < m->spec.delta_limit);
}

/* The lesser of net row and delta row; where both name a row the net row stands. */
static void choose_change(merge *m) {
  const bool has_delta = delta_ready(m);
  m->valid = m->has_row || has_delta;
  if (has_delta && (!m->has_row || kg_row_compare(&m->delta.now.row, &m->row) < 0)) {
    m->change = m->delta.now;
  } else if (m->has_row) {
    m->change.row = m->row;
    m->change.present = m->present;
  }
}

static kgq_status next_change(merge *m, kgq_error **err) {
  const kg_row done = m->change.row;
  if (delta_ready(m) && kg_row_compare(&m->delta.now.row, &done) == 0) {
    char key[KG_ROW_KEY_BYTES];
    kg_row_key(KG_KEY_DELTA, m->spec.perm, &done, key);
    KGQ_TRY(kg_sink_delete(&m->spec.delta, kg_str_n(key, sizeof key), err));
    KGQ_TRY(kg_changes_next(&m->delta, err));
    m->result->folded++;
    m->result->last = done;
  }
  if (m->has_row && kg_row_compare(&m->row, &done) == 0) {
    m->at++;
    KGQ_TRY(take_row(m, err));
  }
  choose_change(m);
  return KGQ_OK;
}

/* ---- blocks out -------------------------------------------------------------------------------------- */

static kgq_status delete_block(merge *m, const kg_row *row, kgq_error **err) {
  char key[KG_ROW_KEY_BYTES];
  kg_row_key(KG_KEY_BLOCK, m->spec.perm, row, key);
  return kg_sink_delete(&m->spec.blocks, kg_str_n(key, sizeof key), err);
}

/* Deletes replaced blocks whose keys are < row (NULL: all); one with that very key is put over, not deleted.
 */
static kgq_status delete_replaced(merge *m, const kg_row *row, kgq_error **err) {
  size_t i = 0;
  while (i < m->replaced_count && (!row || kg_row_compare(&m->replaced[i], row) < 0)) {
    KGQ_TRY(delete_block(m, &m->replaced[i++], err));
  }
  if (i < m->replaced_count && kg_row_compare(&m->replaced[i], row) == 0) {
    i++;
  }
  m->replaced_count -= i;
  if (i > 0 && m->replaced_count > 0) {
    memmove(m->replaced, m->replaced + i, m->replaced_count * sizeof *m->replaced);
  }
  return KGQ_OK;
}

static kgq_status tell(merge *m, kgq_error **err) {
  kg_written *w = m->spec.written;
  if (!w || m->taken < TOLD_ROWS) {
    return KGQ_OK;
  }
  w->done = w->total - w->done < m->taken ? w->total : w->done + m->taken;
  m->taken = 0;
  return w->tell(w->arg, w->done, w->total, err);
}

static kgq_status put_rows(merge *m, uint32_t count, kgq_error **err) {
  const kg_row last = m->out[count - 1];
  KGQ_TRY(delete_replaced(m, &last, err));
  m->buf.len = 0;
  KGQ_TRY(kg_block_encode(m->out, count, &m->buf, err));
  char key[KG_ROW_KEY_BYTES];
  kg_row_key(KG_KEY_BLOCK, m->spec.perm, &last, key);
  KGQ_TRY(kg_sink_put(&m->spec.blocks, kg_str_n(key, sizeof key), kg_buf_str(&m->buf), err));
  m->out_count -= count;
  memmove(m->out, m->out + count, m->out_count * sizeof *m->out);
  KGQ_TRY(tell(m, err));
  return kg_cancel_check(m->cancel, err);
}

static kgq_status put_row(merge *m, const kg_row *row, kgq_error **err) {
  m->out[m->out_count++] = *row;
  return m->out_count == KG_BLOCK_ROWS_MAX ? put_rows(m, KG_BLOCK_ROWS, err) : KGQ_OK;
}

static kgq_status flush(merge *m, kgq_error **err) {
  if (m->out_count > 0) {
    KGQ_TRY(put_rows(m, m->out_count, err));
  }
  return delete_replaced(m, NULL, err);
}

/* ---- blocks in --------------------------------------------------------------------------------------- */

static kgq_status load_block(merge *m, uint32_t *count, kgq_error **err) {
  kg_base *b = &m->base;
  kg_id *const columns[4] = { b->own[0], b->own[1], b->own[2], b->own[3] };
  *count = 0;
  for (uint32_t mini = 0; mini < b->block.mini_count; mini++) {
    KGQ_TRY(kg_block_decode(&b->block, mini, columns, err));
    for (uint32_t i = 0; i < kg_block_mini_rows(&b->block, mini); i++) {
      m->block_rows[(*count)++] = (kg_row){ { b->own[0][i], b->own[1][i], b->own[2][i], b->own[3][i] } };
    }
  }
  void *replaced = m->replaced;
  KGQ_TRY(kg_grow(&m->snap->db->allocator, &replaced, &m->replaced_capacity, m->replaced_count + 1,
                  sizeof *m->replaced, err));
  m->replaced = replaced;
  m->replaced[m->replaced_count++] = b->block_last;
  m->result->replaced += *count;
  return KGQ_OK;
}

/* The block at hand with the changes up to its last row (`to_end`: with all that follow). */
static kgq_status merge_block(merge *m, bool to_end, kgq_error **err) {
  uint32_t count, i = 0;
  KGQ_TRY(load_block(m, &count, err));
  const kg_row last = m->base.block_last;
  while (m->valid && (to_end || kg_row_compare(&m->change.row, &last) <= 0)) {
    const kg_row row = m->change.row;
    const bool present = m->change.present;
    while (i < count && kg_row_compare(&m->block_rows[i], &row) < 0) {
      KGQ_TRY(put_row(m, &m->block_rows[i++], err));
    }
    i += i < count && kg_row_compare(&m->block_rows[i], &row) == 0;
    if (present) {
      KGQ_TRY(put_row(m, &row, err));
    }
    KGQ_TRY(next_change(m, err));
  }
  for (; i < count; i++) {
    KGQ_TRY(put_row(m, &m->block_rows[i], err));
  }
  return KGQ_OK;
}

/* Changes behind all blocks. `reopen`: the last block was not taken in by this stretch; it is if it is not
 * full. */
static kgq_status append_rows(merge *m, bool reopen, kgq_error **err) {
  kg_store_iter_last(m->base.iter);
  if (reopen && kg_store_iter_valid(m->base.iter)) {
    KGQ_TRY(kg_row_of_key(kg_store_iter_key(m->base.iter), &m->base.block_last, err));
    KGQ_TRY(kg_block_open(kg_store_iter_value(m->base.iter), true, &m->base.block, err));
    if (m->base.block.row_count < KG_BLOCK_ROWS) {
      return merge_block(m, true, err);
    }
  }
  while (m->valid) {
    const kg_row row = m->change.row;
    if (m->change.present) {
      KGQ_TRY(put_row(m, &row, err));
    }
    KGQ_TRY(next_change(m, err));
  }
  return KGQ_OK;
}

/* Does the block after the one at hand go on in the same stretch? It is at hand then. */
static kgq_status go_on(merge *m, bool *more, kgq_error **err) {
  *more = false;
  KGQ_TRY(kg_base_next_block(&m->base, err));
  if (m->base.ended) {
    return KGQ_OK;
  }
  const bool touched = m->valid && kg_row_compare(&m->change.row, &m->base.block_last) <= 0;
  *more = touched || (m->out_count > 0 && m->out_count < SMALL_ROWS);
  return KGQ_OK;
}

/* Changes that are all there is. */
static kgq_status write_all(merge *m, kgq_error **err) {
  while (m->has_row) {
    KGQ_TRY(put_row(m, &m->row, err));
    m->at++;
    KGQ_TRY(take_row(m, err));
  }
  return flush(m, err);
}

static kgq_status merge_all(merge *m, kgq_error **err) {
  KGQ_TRY(take_row(m, err));
  if (m->spec.blocks.replace) {
    return write_all(m, err);
  }
  choose_change(m);
  while (m->valid) {
    KGQ_TRY(kg_base_seek_block(&m->base, &m->change.row, err));
    const bool behind_all = m->base.ended;
    bool more = !behind_all;
    while (more) {
      KGQ_TRY(merge_block(m, false, err));
      KGQ_TRY(go_on(m, &more, err));
    }
    if (m->base.ended && m->valid) {
      KGQ_TRY(append_rows(m, behind_all, err));
    }
    KGQ_TRY(flush(m, err));
  }
  return KGQ_OK;
}

kgq_status kg_merge_run(kg_snap *snap, const kg_merge_spec *spec, kg_cancel *cancel, kg_merge_result *result,
                        kgq_error **err) {
  const kgq_allocator *a = &snap->db->allocator;
  *result = (kg_merge_result){ 0 };
  merge *m = kg_alloc_zero(a, 1, sizeof *m);
  if (!m) {
    return kg_fail_memory(err);
  }
  m->snap = snap;
  m->spec = *spec;
  m->cancel = cancel;
  m->result = result;
  kg_buf_init(&m->buf, a);
  const kg_scan_spec everything = { .perm = spec->perm };
  kg_bounds bounds = kg_bounds_of(&everything);
  bounds.low = spec->delta_from;
  kgq_status st = kg_base_open(&m->base, snap, spec->perm, err);
  m->base.fresh = true;
  if (st == KGQ_OK) {
    st = kg_changes_open(&m->delta, snap, spec->perm, err);
  }
  if (st == KGQ_OK) {
    st = kg_changes_bind(&m->delta, &bounds, err);
  }
  if (st == KGQ_OK) {
    st = merge_all(m, err);
  }
  result->delta_exhausted = !m->delta.valid;
  kg_changes_close(&m->delta);
  kg_base_close(&m->base);
  kg_buf_free(&m->buf);
  kg_free(a, m->replaced, m->replaced_capacity * sizeof *m->replaced);
  kg_free(a, m, sizeof *m);
  return st;
}

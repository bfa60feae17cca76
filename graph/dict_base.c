/* graph/dict_base.c: the base range of the dictionary in the store: blocks by number, ranks by key.
 *
 * In the flow between core/store (keys and values) and dict.c (terms and ids). Stored bytes are compared with
 * the counts of the snapshot before they are used; what does not fit is KGQ_CORRUPT. Does not know terms.
 */
#include "graph/dict_base.h"

#include <assert.h>

#include "graph/keys.h"

enum { BLOCK_KEY_BYTES = 9, NEIGHBOURS_TRIED = 8 };
/* A step takes about 0.15 us, a seek 1.5 us. */
enum { STEPS_MAX = 8 };

static kgq_str block_key(uint64_t number, char key[BLOCK_KEY_BYTES]) {
  key[0] = KG_KEY_DICT_BLOCK;
  kg_put_be64(key + 1, number);
  return kg_str_n(key, BLOCK_KEY_BYTES);
}

/* ---- blocks ------------------------------------------------------------------------------------------ */

kgq_status kg_dict_open_numbered(const kg_snap *snap, uint64_t number, kgq_str bytes, kg_dict_block *out,
                                 kgq_error **err) {
  KGQ_TRY(kg_dict_block_open(bytes, out, err));
  const uint64_t first_rank = number * KG_DICT_BLOCK_TERMS;
  const uint64_t left = snap->counts.base_terms - first_rank;
  const uint64_t count = left < KG_DICT_BLOCK_TERMS ? left : KG_DICT_BLOCK_TERMS;
  if (out->first_rank != first_rank || out->count != count) {
    return kg_fail(err, KGQ_CORRUPT, "block %llu of the dictionary is not the one it should be",
                   (unsigned long long)number);
  }
  return KGQ_OK;
}

void kg_dict_held_free(kg_dict_held *held) {
  kg_pin_free(&held->pin);
  kg_shelf_release(held->snap, held->shelved);
  *held = (kg_dict_held){ .holds = false };
}

static kgq_status fail_missing(uint64_t number, kgq_error **err) {
  return kg_fail(err, KGQ_CORRUPT, "block %llu of the dictionary is missing", (unsigned long long)number);
}

static void hold_shelved(const kg_snap *snap, kg_shelved *shelved, kg_dict_held *held) {
  held->shelved = shelved;
  held->snap = snap;
  held->block = shelved->block;
  held->number = shelved->number;
  held->holds = true;
}

/* Bytes out of the store, which stay where they are as long as they are held. */
static kgq_status hold_bytes(const kg_snap *snap, uint64_t number, kgq_str bytes, kg_dict_held *held,
                             kgq_error **err) {
  KGQ_TRY(kg_dict_open_numbered(snap, number, bytes, &held->block, err));
  held->number = number;
  held->holds = true;
  kg_shelved *shelved = kg_shelf_offer(snap, number, bytes, &held->block);
  if (shelved) {
    hold_shelved(snap, shelved, held);
  }
  return KGQ_OK;
}

kgq_status kg_dict_hold(kg_snap *snap, uint64_t number, kg_dict_held *held, kgq_error **err) {
  if (held->holds && held->number == number) {
    return KGQ_OK;
  }
  kg_dict_held_free(held);
  if (number >= kg_dict_block_count(snap)) {
    return fail_missing(number, err);
  }
  kg_shelved *shelved = kg_shelf_find(snap, number);
  if (shelved) {
    hold_shelved(snap, shelved, held);
    return KGQ_OK;
  }
  char key[BLOCK_KEY_BYTES];
  KGQ_TRY(kg_store_get(snap->store, block_key(number, key), &held->pin, err));
  if (held->pin.value.ptr == NULL) {
    return fail_missing(number, err);
  }
  return hold_bytes(snap, number, held->pin.value, held, err);
}

static kgq_status open_blocks(kg_dict_finder *f, kgq_error **err) {
  static const char prefix[1] = { KG_KEY_DICT_BLOCK };
  f->blocks_at = UINT64_MAX;
  return kg_store_iter_open(f->snap->store, kg_str_n(prefix, 1), &f->blocks, err);
}

/* Moves the iterator: steps to one of the next blocks, a seek for any other. */
static kgq_status move_blocks(kg_dict_finder *f, uint64_t number, kgq_error **err) {
  char key[BLOCK_KEY_BYTES];
  const kgq_str wanted = block_key(number, key);
  if (!f->blocks) {
    KGQ_TRY(open_blocks(f, err));
  }
  const uint64_t steps = f->blocks_at <= number ? number - f->blocks_at : UINT64_MAX;
  if (steps > STEPS_MAX) {
    kg_store_iter_seek(f->blocks, wanted);
  }
  for (uint64_t i = 0; steps <= STEPS_MAX && i < steps && kg_store_iter_valid(f->blocks); i++) {
    kg_store_iter_next(f->blocks);
  }
  f->blocks_at = UINT64_MAX;
  if (!kg_store_iter_valid(f->blocks)) {
    KGQ_TRY(kg_store_iter_status(f->blocks, err));
    return fail_missing(number, err);
  }
  if (!kg_str_equal(kg_store_iter_key(f->blocks), wanted)) {
    return fail_missing(number, err);
  }
  f->blocks_at = number;
  return KGQ_OK;
}

/* As kg_dict_hold, but out of the iterator. */
static kgq_status hold_sequential(kg_dict_finder *f, uint64_t number, kgq_error **err) {
  if (f->held.holds && f->held.number == number) {
    return KGQ_OK;
  }
  kg_dict_held_free(&f->held);
  kg_shelved *shelved = kg_shelf_find(f->snap, number);
  if (shelved) {
    hold_shelved(f->snap, shelved, &f->held);
    return KGQ_OK;
  }
  KGQ_TRY(move_blocks(f, number, err));
  return hold_bytes(f->snap, number, kg_store_iter_value(f->blocks), &f->held, err);
}

static kgq_status hold(kg_dict_finder *f, uint64_t number, kgq_error **err) {
  if (number >= kg_dict_block_count(f->snap)) {
    return fail_missing(number, err);
  }
  return f->sequential ? hold_sequential(f, number, err) : kg_dict_hold(f->snap, number, &f->held, err);
}

/* ---- the index --------------------------------------------------------------------------------------- */

kgq_status kg_dict_finder_open(kg_snap *snap, bool sequential, kg_dict_finder *out, kgq_error **err) {
  static const char prefix[1] = { KG_KEY_DICT_INDEX };
  *out = (kg_dict_finder){ .snap = snap, .sequential = sequential };
  return kg_store_iter_open(snap->store, kg_str_n(prefix, 1), &out->index, err);
}

void kg_dict_walk_open(kg_snap *snap, kg_dict_finder *out) {
  *out = (kg_dict_finder){ .snap = snap, .sequential = true };
}

kgq_status kg_dict_walk_hold(kg_dict_finder *f, uint64_t number, kgq_error **err) {
  return hold(f, number, err);
}

void kg_dict_finder_close(kg_dict_finder *f) {
  kg_dict_held_free(&f->held);
  kg_store_iter_close(f->blocks);
  kg_store_iter_close(f->index);
  *f = (kg_dict_finder){ .snap = NULL };
}

/* The block that the index record under the iterator names. */
static kgq_status index_block(const kg_dict_finder *f, uint64_t *out, kgq_error **err) {
  const kgq_str value = kg_store_iter_value(f->index);
  const uint64_t number = value.len == 8 ? kg_get_be64(value.ptr) : UINT64_MAX;
  if (number >= kg_dict_block_count(f->snap)) {
    return kg_fail(err, KGQ_CORRUPT, "the index of the dictionary names a block that does not exist");
  }
  *out = number;
  return KGQ_OK;
}

/* Moves to the next index record and takes the end of the one before from it. */
static kgq_status pass_record(kg_dict_finder *f, kgq_error **err) {
  KGQ_TRY(index_block(f, &f->first, err));
  kg_store_iter_next(f->index);
  if (!kg_store_iter_valid(f->index)) {
    f->end = kg_dict_block_count(f->snap);
    return kg_store_iter_status(f->index, err);
  }
  KGQ_TRY(index_block(f, &f->end, err));
  return f->end > f->first ? KGQ_OK
                           : kg_fail(err, KGQ_CORRUPT, "the index of the dictionary is out of order");
}

static kgq_status seek_record(kg_dict_finder *f, kgq_str index_key, kgq_error **err) {
  kg_store_iter_seek_prev(f->index, index_key);
  if (!kg_store_iter_valid(f->index)) {
    KGQ_TRY(kg_store_iter_status(f->index, err));
    return kg_fail(err, KGQ_CORRUPT, "the index of the dictionary has no first record");
  }
  if (f->sequential) {
    return pass_record(f, err);
  }
  f->end = 0;
  return index_block(f, &f->first, err);
}

static bool next_record_reaches(const kg_dict_finder *f, kgq_str index_key) {
  return kg_store_iter_valid(f->index) && kg_str_compare(kg_store_iter_key(f->index), index_key) <= 0;
}

/* Takes the last index record <= key: from the one at hand a few steps forward, or by a seek. */
static kgq_status place(kg_dict_finder *f, kgq_str key, kgq_error **err) {
  char index_key[1 + KG_DICT_SEPARATOR_BYTES];
  const size_t kept = key.len < KG_DICT_SEPARATOR_BYTES ? key.len : KG_DICT_SEPARATOR_BYTES;
  index_key[0] = KG_KEY_DICT_INDEX; /* separators are no longer: the bytes cut off decide nothing */
  memcpy(index_key + 1, key.ptr, kept);
  const kgq_str wanted = kg_str_n(index_key, kept + 1);
  if (f->placed) {
    for (int i = 0; i < NEIGHBOURS_TRIED && next_record_reaches(f, wanted); i++) {
      KGQ_TRY(pass_record(f, err));
    }
    if (!next_record_reaches(f, wanted)) {
      return KGQ_OK;
    }
  }
  KGQ_TRY(seek_record(f, wanted, err));
  f->placed = f->sequential;
  return KGQ_OK;
}

/* ---- finding ----------------------------------------------------------------------------------------- */

/* The last of the blocks first .. end - 1 whose first key is <= key, given that the first one is such a
 * block. */
static kgq_status search_blocks(kg_dict_finder *f, kgq_str key, uint64_t *out, kgq_error **err) {
  uint64_t low = f->first;
  uint64_t high = f->end;
  while (high - low > 1) {
    const uint64_t middle = low + (high - low) / 2;
    uint32_t index;
    bool found;
    KGQ_TRY(hold(f, middle, err));
    KGQ_TRY(kg_dict_block_find(&f->held.block, key, &index, &found, err));
    if (index == 0 && !found) {
      high = middle;
    } else {
      low = middle;
    }
  }
  *out = low;
  return KGQ_OK;
}

kgq_status kg_dict_finder_rank(kg_dict_finder *f, kgq_str key, uint64_t *rank, bool *found, kgq_error **err) {
  assert(kg_dict_block_count(f->snap) > 0);
  KGQ_TRY(place(f, key, err));
  uint64_t number = f->first;
  uint32_t index;
  KGQ_TRY(hold(f, number, err));
  KGQ_TRY(kg_dict_block_find(&f->held.block, key, &index, found, err));
  if (index == f->held.block.count &&
      f->end == 0) { /* behind the block: are there others under this record? */
    KGQ_TRY(pass_record(f, err));
  }
  if (index == f->held.block.count && f->end > number + 1) {
    KGQ_TRY(search_blocks(f, key, &number, err));
    KGQ_TRY(hold(f, number, err));
    KGQ_TRY(kg_dict_block_find(&f->held.block, key, &index, found, err));
  }
  *rank = number * KG_DICT_BLOCK_TERMS + index;
  return KGQ_OK;
}

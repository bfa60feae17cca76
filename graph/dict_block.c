/* graph/dict_block.c: front-coded dictionary blocks: encode, open, find, decode (layout in dict_block.h).
 *
 * dict_write.c makes blocks, dict_base.c reads them from the store. A look-up by key does a binary search
 * over the restart points and then walks at most KG_DICT_RESTART_TERMS entries without building a key; a
 * look-up by number walks from its restart point and copies each byte of the one key once.
 */
#include "graph/dict_block.h"

#include <assert.h>
#include <xxhash.h>

enum { VERSION = 1, HEADER_BYTES = 20, CHECKSUM_BYTES = 8, OFFSET_BYTES = 4 };

static_assert(KG_DICT_BLOCK_TERMS % KG_DICT_RESTART_TERMS == 0, "the last restart point is a whole one");

static kgq_status damaged(const char *what, kgq_error **err) {
  return kg_fail(err, KGQ_CORRUPT, "a block of the dictionary is damaged: %s", what);
}

/* ---- encoding ---------------------------------------------------------------------------------------- */

static kgq_status add_varint(kg_buf *out, uint64_t v, kgq_error **err) {
  char bytes[10];
  size_t count = 0;
  for (; v >= 0x80; v >>= 7) {
    bytes[count++] = (char)(v | 0x80);
  }
  bytes[count++] = (char)v;
  return kg_buf_add(out, bytes, count, err);
}

static size_t common_prefix(kgq_str a, kgq_str b) {
  const size_t least = a.len < b.len ? a.len : b.len;
  size_t at = 0;
  while (at < least && a.ptr[at] == b.ptr[at]) {
    at++;
  }
  return at;
}

static kgq_status add_header(uint32_t count, uint64_t first_rank, uint32_t restart_count, kg_buf *out,
                             kgq_error **err) {
  char header[HEADER_BYTES] = { 0 };
  header[8] = VERSION;
  header[9] = KG_DICT_RESTART_TERMS;
  header[10] = (char)(count & 0xFF);
  header[11] = (char)(count >> 8);
  kg_put_le64(header + 12, first_rank);
  KGQ_TRY(kg_buf_add(out, header, sizeof header, err));
  for (uint32_t i = 1; i < restart_count; i++) {
    KGQ_TRY(kg_buf_add(out, "\0\0\0", OFFSET_BYTES, err)); /* filled in by add_entries */
  }
  return KGQ_OK;
}

static kgq_status add_entries(const kgq_str *keys, uint32_t count, size_t block_start, kg_buf *out,
                              kgq_error **err) {
  const size_t entries_start = out->len;
  for (uint32_t i = 0; i < count; i++) {
    const bool restart = i % KG_DICT_RESTART_TERMS == 0;
    const size_t offset = out->len - entries_start;
    if (offset > UINT32_MAX) {
      return kg_fail(err, KGQ_LIMIT, "%u terms take more than 4 GiB", count);
    }
    if (restart && i > 0) {
      const size_t slot = HEADER_BYTES + OFFSET_BYTES * (i / KG_DICT_RESTART_TERMS - 1);
      kg_put_le32(out->bytes + block_start + slot, (uint32_t)offset);
    }
    const size_t shared = restart ? 0 : common_prefix(keys[i - 1], keys[i]);
    KGQ_TRY(add_varint(out, shared, err));
    KGQ_TRY(add_varint(out, keys[i].len - shared, err));
    KGQ_TRY(kg_buf_add(out, keys[i].ptr + shared, keys[i].len - shared, err));
  }
  return KGQ_OK;
}

kgq_status kg_dict_block_encode(const kgq_str *keys, uint32_t count, uint64_t first_rank, kg_buf *out,
                                kgq_error **err) {
  assert(count > 0 && count <= KG_DICT_BLOCK_TERMS);
  const size_t start = out->len;
  const uint32_t restart_count = (count + KG_DICT_RESTART_TERMS - 1) / KG_DICT_RESTART_TERMS;
  KGQ_TRY(add_header(count, first_rank, restart_count, out, err));
  KGQ_TRY(add_entries(keys, count, start, out, err));
  char *block = out->bytes + start;
  kg_put_le64(block, XXH3_64bits(block + CHECKSUM_BYTES, out->len - start - CHECKSUM_BYTES));
  return KGQ_OK;
}

/* ---- opening ----------------------------------------------------------------------------------------- */

static uint32_t restart_offset(const kg_dict_block *b, uint32_t restart) {
  return restart == 0 ? 0 : kg_get_le32(b->offsets + (size_t)OFFSET_BYTES * (restart - 1));
}

static bool offsets_rise(const kg_dict_block *b) {
  for (uint32_t i = 1; i < b->restart_count; i++) {
    if (restart_offset(b, i) <= restart_offset(b, i - 1) || restart_offset(b, i) >= b->entries_bytes) {
      return false;
    }
  }
  return true;
}

kgq_status kg_dict_block_open(kgq_str bytes, kg_dict_block *out, kgq_error **err) {
  const unsigned char *p = (const unsigned char *)bytes.ptr;
  if (bytes.len < HEADER_BYTES) {
    return damaged("it is too short", err);
  }
  if (kg_get_le64(p) != XXH3_64bits(p + CHECKSUM_BYTES, bytes.len - CHECKSUM_BYTES)) {
    return damaged("its checksum is wrong", err);
  }
  const uint32_t count = (uint32_t)p[10] | (uint32_t)p[11] << 8;
  if (p[8] != VERSION || p[9] != KG_DICT_RESTART_TERMS || count == 0 || count > KG_DICT_BLOCK_TERMS) {
    return damaged("its header makes no sense", err);
  }
  const uint32_t restart_count = (count + KG_DICT_RESTART_TERMS - 1) / KG_DICT_RESTART_TERMS;
  const size_t entries_at = HEADER_BYTES + (size_t)OFFSET_BYTES * (restart_count - 1);
  if (bytes.len <= entries_at) {
    return damaged("it has no entries", err);
  }
  *out = (kg_dict_block){
    .first_rank = kg_get_le64(p + 12),
    .count = count,
    .restart_count = restart_count,
    .offsets = p + HEADER_BYTES,
    .entries = p + entries_at,
    .entries_bytes = bytes.len - entries_at,
  };
  return offsets_rise(out) ? KGQ_OK : damaged("its restart points are out of order", err);
}

/* ---- entries ----------------------------------------------------------------------------------------- */

typedef struct entry {
  size_t shared, rest;
  const unsigned char *bytes;
} entry;

static bool read_varint(const kg_dict_block *b, size_t *at, size_t *value) {
  uint64_t v = 0;
  for (unsigned shift = 0; shift < 35 && *at < b->entries_bytes; shift += 7) {
    const unsigned char byte = b->entries[(*at)++];
    v |= (uint64_t)(byte & 0x7F) << shift;
    if (byte < 0x80) {
      *value = (size_t)v;
      return true;
    }
  }
  return false;
}

/* The entry at *at, whose predecessor's key has `last_bytes` bytes; moves *at behind it. */
static kgq_status read_entry(const kg_dict_block *b, size_t *at, size_t last_bytes, entry *out,
                             kgq_error **err) {
  if (!read_varint(b, at, &out->shared) || !read_varint(b, at, &out->rest) || out->shared > last_bytes ||
      out->rest > b->entries_bytes - *at) {
    return damaged("an entry leaves its bounds", err);
  }
  out->bytes = b->entries + *at;
  *at += out->rest;
  return KGQ_OK;
}

/* Copies the key of path[last] to dest. Its bytes come from several entries: from the back, each gives what
 * the ones behind it share with it, and no byte is copied twice. */
static void join_key(const entry *path, uint32_t last, char *dest) {
  size_t wanted = path[last].shared + path[last].rest;
  for (uint32_t i = last + 1; i-- > 0 && wanted > 0;) {
    if (path[i].shared < wanted) {
      memcpy(dest + path[i].shared, path[i].bytes, wanted - path[i].shared);
      wanted = path[i].shared;
    }
  }
  assert(wanted == 0);
}

kgq_status kg_dict_block_key_after(const kg_dict_block *b, kg_dict_cursor *cursor, uint32_t index,
                                   kg_arena *arena, kgq_str *out, kgq_error **err) {
  assert(index < b->count);
  entry path[KG_DICT_RESTART_TERMS + 1];
  const uint32_t restart = index / KG_DICT_RESTART_TERMS * KG_DICT_RESTART_TERMS;
  const bool near = cursor->next > restart && cursor->next <= index;
  uint32_t count = 0, i = restart;
  size_t at = 0, key_bytes = 0;
  if (near) { /* the key at hand is as an entry that shares nothing */
    path[count++] = (entry){ 0, cursor->key.len, (const unsigned char *)cursor->key.ptr };
    key_bytes = cursor->key.len;
    i = cursor->next;
    at = cursor->at;
  } else {
    at = restart_offset(b, index / KG_DICT_RESTART_TERMS);
  }
  for (; i <= index; i++) {
    KGQ_TRY(read_entry(b, &at, key_bytes, &path[count], err));
    key_bytes = path[count].shared + path[count].rest;
    count++;
  }
  char *dest = kg_arena_alloc(arena, key_bytes + 1);
  if (dest == NULL) {
    return kg_fail_memory(err);
  }
  join_key(path, count - 1, dest);
  dest[key_bytes] = 0;
  *out = kg_str_n(dest, key_bytes);
  *cursor = (kg_dict_cursor){ index + 1, at, *out };
  return KGQ_OK;
}

kgq_status kg_dict_block_key(const kg_dict_block *b, uint32_t index, kg_arena *arena, kgq_str *out,
                             kgq_error **err) {
  kg_dict_cursor cursor = { .next = 0 };
  return kg_dict_block_key_after(b, &cursor, index, arena, out, err);
}

kgq_status kg_dict_block_next(kg_dict_walk *walk, bool *more, kgq_error **err) {
  const kg_dict_block *b = walk->block;
  *more = walk->index < b->count;
  if (!*more) {
    return walk->at == b->entries_bytes ? KGQ_OK : damaged("bytes follow the last entry", err);
  }
  if (walk->index % KG_DICT_RESTART_TERMS == 0 &&
      walk->at != restart_offset(b, walk->index / KG_DICT_RESTART_TERMS)) {
    return damaged("a restart point is in the wrong place", err);
  }
  entry e;
  KGQ_TRY(read_entry(b, &walk->at, walk->index % KG_DICT_RESTART_TERMS == 0 ? 0 : walk->key.len, &e, err));
  walk->key.len = e.shared;
  walk->index++;
  return kg_buf_add(&walk->key, e.bytes, e.rest, err);
}

/* ---- finding ----------------------------------------------------------------------------------------- */

/* Compares `key` from byte `from` with e's own bytes; *common: how many bytes of the whole keys agree. */
static int compare_rest(kgq_str key, size_t from, const entry *e, size_t *common) {
  const kgq_str own = kg_str_n((const char *)e->bytes, e->rest);
  const kgq_str rest = kg_str_n(key.ptr + from, key.len - from);
  const size_t same = common_prefix(rest, own);
  *common = from + same;
  if (same == own.len || same == rest.len) {
    return (rest.len > same) - (own.len > same);
  }
  return (unsigned char)rest.ptr[same] < (unsigned char)own.ptr[same] ? -1 : 1;
}

/* The last restart point whose key is <= key (0 if none). */
static kgq_status find_restart(const kg_dict_block *b, kgq_str key, uint32_t *out, kgq_error **err) {
  uint32_t low = 0;
  uint32_t high = b->restart_count;
  while (high - low > 1) {
    const uint32_t middle = low + (high - low) / 2;
    size_t at = restart_offset(b, middle);
    entry e;
    size_t common;
    KGQ_TRY(read_entry(b, &at, 0, &e, err));
    if (compare_rest(key, 0, &e, &common) < 0) {
      high = middle;
    } else {
      low = middle;
    }
  }
  *out = low;
  return KGQ_OK;
}

/* Walks up from a restart point. `common` bytes of the key before agree with the one sought, which is
 * greater: an entry that shares more than that with it is less too, one that shares less is greater; else its
 * own bytes decide. */
kgq_status kg_dict_block_find(const kg_dict_block *b, kgq_str key, uint32_t *index, bool *found,
                              kgq_error **err) {
  uint32_t restart = 0;
  KGQ_TRY(find_restart(b, key, &restart, err));
  size_t at = restart_offset(b, restart);
  size_t common = 0;
  size_t last_bytes = 0;
  *found = false;
  uint32_t i = restart * KG_DICT_RESTART_TERMS;
  for (; i < b->count; i++) {
    entry e;
    KGQ_TRY(read_entry(b, &at, i % KG_DICT_RESTART_TERMS == 0 ? 0 : last_bytes, &e, err));
    last_bytes = e.shared + e.rest;
    if (i % KG_DICT_RESTART_TERMS == 0) {
      common = 0;
    }
    if (e.shared < common) {
      break;
    }
    if (e.shared > common) {
      continue;
    }
    const int order = compare_rest(key, common, &e, &common);
    if (order <= 0) {
      *found = order == 0;
      break;
    }
  }
  *index = i;
  return KGQ_OK;
}

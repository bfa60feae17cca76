/* core/backup.c: reading a whole store: verifying it, and copying it into a new one.
 *
 * A copy is made record by record through sorted files and then read back and compared, so that it needs
 * nothing of the original's files afterwards and cannot carry their damage on. Knows the store by its
 * interface only.
 */
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "core/store.h"

/* One file of a copy: small enough to compact by itself later, large enough to be few. */
#define COPY_FILE_BYTES  (64u << 20)
#define COPY_CACHE_BYTES (8u << 20)

/* What two equal stores have in common. */
typedef struct digest {
  XXH3_state_t state;
  uint64_t records;
} digest;

static void digest_add(digest *d, kgq_str key, kgq_str value) {
  char lengths[16];
  kg_put_le64(lengths, key.len);
  kg_put_le64(lengths + 8, value.len);
  XXH3_64bits_update(&d->state, lengths, sizeof lengths);
  XXH3_64bits_update(&d->state, key.ptr, key.len);
  XXH3_64bits_update(&d->state, value.ptr, value.len);
  d->records++;
}

static kgq_status digest_store(kg_store *store, digest *out, kgq_error **err) {
  XXH3_64bits_reset(&out->state);
  out->records = 0;
  kg_store_snapshot *snap = NULL;
  kg_store_iter *it = NULL;
  kgq_status st = KGQ_OK;
  KGQ_TRY_DONE(kg_store_snapshot_take(store, &snap, err));
  KGQ_TRY_DONE(kg_store_iter_open(snap, KG_STR(""), &it, err));
  for (kg_store_iter_first(it); kg_store_iter_valid(it); kg_store_iter_next(it)) {
    digest_add(out, kg_store_iter_key(it), kg_store_iter_value(it));
  }
  st = kg_store_iter_status(it, err);
done:
  kg_store_iter_close(it);
  kg_store_snapshot_drop(snap);
  return st;
}

kgq_status kg_store_verify(kg_store *store, kgq_error **err) {
  digest d;
  return digest_store(store, &d, err);
}

/* ---- copying -------------------------------------------------------------------------------------- */

typedef struct copy {
  kg_store *to;
  kg_store_file **files;
  size_t count, capacity;
  size_t file_bytes; /* of the last one so far */
  digest sum;
} copy;

static kgq_status next_file(copy *c, kgq_error **err) {
  if (c->count > 0) {
    KGQ_TRY(kg_store_file_finish(c->files[c->count - 1], err));
  }
  void *files = c->files;
  KGQ_TRY(kg_grow(&kg_libc_allocator, &files, &c->capacity, c->count + 1, sizeof(kg_store_file *), err));
  c->files = files;
  KGQ_TRY(kg_store_file_new(c->to, true, &c->files[c->count], err));
  c->count++;
  c->file_bytes = 0;
  return KGQ_OK;
}

static kgq_status copy_record(copy *c, kgq_str key, kgq_str value, kgq_error **err) {
  if (c->count == 0 || c->file_bytes > COPY_FILE_BYTES) {
    KGQ_TRY(next_file(c, err));
  }
  c->file_bytes += key.len + value.len;
  digest_add(&c->sum, key, value);
  return kg_store_file_put(c->files[c->count - 1], key, value, err);
}

static kgq_status copy_records(copy *c, kg_store_snapshot *snap, kgq_error **err) {
  kg_store_iter *it = NULL;
  KGQ_TRY(kg_store_iter_open(snap, KG_STR(""), &it, err));
  kgq_status st = KGQ_OK;
  for (kg_store_iter_first(it); kg_store_iter_valid(it) && st == KGQ_OK; kg_store_iter_next(it)) {
    st = copy_record(c, kg_store_iter_key(it), kg_store_iter_value(it), err);
  }
  if (st == KGQ_OK) {
    st = kg_store_iter_status(it, err);
  }
  kg_store_iter_close(it);
  return st;
}

static kgq_status copy_all(copy *c, kg_store_snapshot *snap, kgq_error **err) {
  KGQ_TRY(copy_records(c, snap, err));
  if (c->count == 0) {
    return KGQ_OK; /* nothing was ever committed */
  }
  KGQ_TRY(kg_store_file_finish(c->files[c->count - 1], err));
  return kg_store_ingest(c->to, c->files, c->count, kg_store_snapshot_commit(snap), err);
}

static kgq_status compare(copy *c, const char *dir, kgq_error **err) {
  digest found;
  KGQ_TRY(digest_store(c->to, &found, err));
  if (found.records == c->sum.records &&
      XXH3_64bits_digest(&found.state) == XXH3_64bits_digest(&c->sum.state)) {
    return KGQ_OK;
  }
  return kg_fail(err, KGQ_IO, "the copy in %s does not read back as it was written", dir);
}

static void copy_free(copy *c) {
  for (size_t i = 0; i < c->count; i++) {
    kg_store_file_free(c->files[i]);
  }
  kg_free(&kg_libc_allocator, c->files, c->capacity * sizeof(kg_store_file *));
  kg_store_close(c->to);
}

kgq_status kg_store_checkpoint(kg_store *store, const char *dir, kgq_error **err) {
  const kg_store_options options = {
    .allocator = &kg_libc_allocator, .cache_bytes = COPY_CACHE_BYTES, .create = true, .unmarked = true
  };
  copy c = { 0 };
  XXH3_64bits_reset(&c.sum.state);
  kg_store_snapshot *snap = NULL;
  kgq_status st = KGQ_OK;
  const bool is_new = access(dir, F_OK) != 0;
  KGQ_TRY_DONE(kg_store_snapshot_take(store, &snap, err));
  KGQ_TRY_DONE(kg_store_open(dir, &options, &c.to, err));
  KGQ_TRY_DONE(copy_all(&c, snap, err));
  KGQ_TRY_DONE(compare(&c, dir, err));
  KGQ_TRY_DONE(kg_store_mark(c.to, err));
done:;
  const bool is_broken = st == KGQ_FULL || st == KGQ_IO || st == KGQ_NOMEM;
  const bool is_ours = c.to != NULL || (is_new && is_broken); /* else it is a folder that was refused */
  copy_free(&c);
  if (st != KGQ_OK && is_ours) {
    kg_folder_discard(dir, is_new);
  }
  kg_store_snapshot_drop(snap);
  return st;
}

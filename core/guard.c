/* core/guard.c: folder, lock and watermark together: who waits how long, and what counts as the truth.
 *
 * The order that everything here serves: a commit is synced by RocksDB, then the watermark names it; files
 * are read while none can be deleted. Does not call RocksDB.
 */
#include "core/guard.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/hook.h"
#include "core/manifest_tail.h"

#define OPEN_WAIT_MS  30000 /* the other side may be replaying a long log */
#define READER_TRIES  3
#define CLOSE_WAIT_MS 2000 /* for readers that are opening; else the next writer deletes what is left */

bool kg_guard_bypassed(void) {
#ifdef KG_TEST_HOOKS
  return getenv("KGQ_TEST_UNSAFE_READERS") != NULL;
#else
  return false;
#endif
}

void kg_guard_init(kg_guard *guard, const char *path) {
  *guard =
      (kg_guard){ .path = path, .folder = { .fd = -1 }, .lock = { .fd = -1 }, .watermark = { .fd = -1 } };
  guard->marks.clean = true;
}

static bool writes(kg_folder_use use) {
  return use != KG_FOLDER_READ;
}

kgq_status kg_guard_open(kg_guard *guard, const kgq_allocator *a, kg_folder_use use, bool recover,
                         kgq_error **err) {
  KGQ_TRY(kg_folder_open(a, guard->path, use, &guard->folder, err));
  KGQ_TRY(kg_lock_open(&guard->folder, guard->path, writes(use), &guard->lock, err));
  kgq_error *found = NULL;
  const kgq_status st = kg_watermark_open(&guard->folder, writes(use), &guard->watermark, &guard->marks,
                                          &guard->marked, &found);
  if (st == KGQ_CORRUPT && recover) {
    kgq_error_free(found);
    return KGQ_OK;
  }
  kg_error_append(err, found);
  return st;
}

void kg_guard_close(kg_guard *guard) {
  kg_watermark_close(&guard->watermark);
  kg_lock_close(&guard->lock);
  kg_folder_close(&guard->folder);
}

/* ---- readers ----------------------------------------------------------------------------------- */

static kgq_status check(const kg_guard *guard, const kg_marks *marks, uint64_t commit, kgq_error **err) {
  if (kg_hook("watermark")) {
    return KGQ_OK;
  }
  if (!guard->marked && commit > 0) {
    kg_fail(err, KGQ_CORRUPT, "%s is damaged: its file watermark is missing", guard->path);
  } else if (marks->synced > commit) {
    const kg_file_end log = kg_folder_file_end(&guard->folder, KG_FILE_LOG);
    kg_fail(err, KGQ_CORRUPT,
            "%s is damaged: commit %" PRIu64 " was durable, and the log rocks/%06" PRIu64
            ".log gives back commits only up to %" PRIu64,
            guard->path, marks->synced, log.number, commit);
  } else {
    return KGQ_OK;
  }
  kg_hint(err, "`kgq recover` goes on without the lost commits");
  return KGQ_CORRUPT;
}

/* Opens and compares; on failure nothing stays open. */
static kgq_status open_checked(kg_guard *guard, const kg_view *view, const kg_marks *marks, kgq_error **err) {
  uint64_t commit = 0;
  KGQ_TRY(kg_manifest_check(&guard->folder, guard->path, &marks->manifest, err));
  KGQ_TRY(view->open(view->arg, &commit, err));
  const kgq_status st = check(guard, marks, commit, err);
  if (st != KGQ_OK) {
    view->drop(view->arg);
  }
  return st;
}

/* The watermark is read before the files: what it says is in them. */
static kgq_status read_once(kg_guard *guard, const kg_view *view, uint64_t *visible, kgq_error **err) {
  const bool locks = !kg_guard_bypassed();
  if (locks && !kg_lock_files(&guard->lock, false, OPEN_WAIT_MS)) {
    return kg_fail(err, KGQ_LOCKED, "%s is being opened or closed by a writer", guard->path);
  }
  kg_marks marks;
  (void)kg_watermark_read(&guard->watermark, &marks);
  *visible = marks.visible;
  const kgq_status st = open_checked(guard, view, &marks, err);
  if (locks) {
    kg_lock_files_end(&guard->lock);
  }
  return st;
}

/* Again on failure: a file whose deletion was under way when the lock was taken may vanish while it is
 * listed. */
kgq_status kg_guard_read(kg_guard *guard, const kg_view *view, uint64_t *visible, kgq_error **err) {
  if (guard->lock.fd < 0) { /* a writer may have come since */
    KGQ_TRY(kg_lock_open(&guard->folder, guard->path, false, &guard->lock, err));
  }
  kgq_error *last = NULL;
  kgq_status st = read_once(guard, view, visible, &last);
  for (int i = 1; i < (kg_guard_bypassed() ? 1 : READER_TRIES) && st != KGQ_OK && st != KGQ_LOCKED; i++) {
    kgq_error_free(last);
    last = NULL;
    st = read_once(guard, view, visible, &last);
  }
  kg_error_append(err, last);
  return st;
}

/* Without a torn end of the manifest, if it has one; where that does not lead to a sound database, it was
 * damage, and everything stays as it was. */
static kgq_status open_without_tail(kg_guard *guard, const kgq_allocator *a, const kg_view *view,
                                    kgq_error **err) {
  kg_manifest_tail tail;
  kgq_error *first = NULL;
  kgq_status st = open_checked(guard, view, &guard->marks, &first);
  if (st != KGQ_CORRUPT) {
    kg_error_append(err, first);
    return st;
  }
  st = kg_manifest_tail_cut(&guard->folder, &guard->marks.manifest, a, &tail, err);
  if (st == KGQ_OK && tail.count > 0 && open_checked(guard, view, &guard->marks, NULL) == KGQ_OK) {
    kgq_error_free(first);
  } else if (st == KGQ_OK) {
    (void)kg_manifest_tail_restore(&guard->folder, &tail);
    kg_error_append(err, first);
    st = KGQ_CORRUPT;
  } else {
    kgq_error_free(first);
  }
  kg_manifest_tail_free(&tail);
  return st;
}

kgq_status kg_guard_look_first(kg_guard *guard, const kgq_allocator *a, const kg_view *view,
                               kgq_error **err) {
  if (!guard->marked) {
    const bool empty = kg_guard_is_new(guard) && kg_folder_file_end(&guard->folder, KG_FILE_LOG).bytes == 0;
    kg_manifest_settle(&guard->folder, &(kg_manifest){ 0, 0, 0 }, empty);
    return KGQ_OK;
  }
  kg_manifest_settle(&guard->folder, &guard->marks.manifest, false);
  if (guard->marks.clean && kg_manifest_current(&guard->folder) <= guard->marks.manifest.number) {
    return kg_manifest_check(&guard->folder, guard->path, &guard->marks.manifest, err);
  }
  KGQ_TRY(open_without_tail(guard, a, view, err));
  view->drop(view->arg);
  return KGQ_OK;
}

kgq_status kg_guard_before_open(const kg_guard *guard, kgq_error **err) {
  const uint64_t number = kg_folder_bad_data(&guard->folder);
  return number == 0 ? KGQ_OK
                     : kg_fail(err, KGQ_CORRUPT,
                               "%s is damaged: the properties of its file rocks/%06" PRIu64
                               ".sst are not what was written",
                               guard->path, number);
}

bool kg_guard_visible(const kg_guard *guard, uint64_t *out) {
  kg_marks marks;
  const bool known = kg_watermark_read(&guard->watermark, &marks);
  *out = marks.visible;
  return known;
}

/* ---- the writer --------------------------------------------------------------------------------- */

kgq_status kg_guard_alone(kg_guard *guard, kgq_error **err) {
  if (!kg_guard_bypassed() && !kg_lock_files(&guard->lock, true, OPEN_WAIT_MS)) {
    return kg_fail(err, KGQ_LOCKED, "readers that are opening %s do not come to an end", guard->path);
  }
  return KGQ_OK;
}

bool kg_guard_alone_now(kg_guard *guard, bool closing) {
  return kg_lock_files(&guard->lock, true, closing ? CLOSE_WAIT_MS : 0);
}

void kg_guard_alone_end(kg_guard *guard) {
  kg_lock_files_end(&guard->lock);
}

bool kg_guard_is_new(const kg_guard *guard) {
  return !guard->marked && !kg_folder_has_data(&guard->folder);
}

kgq_status kg_guard_writable(const kg_guard *guard, bool readonly, kgq_status failed, kgq_error **err) {
  if (readonly) {
    return kg_fail(err, KGQ_READONLY, "%s is open for reading only", guard->path);
  }
  if (failed !=
      KGQ_OK) { /* it may have been a fold, whose commit was acknowledged: so the cause is told again */
    kg_fail(err, KGQ_READONLY, "%s only reads since an earlier write failed%s", guard->path,
            failed == KGQ_FULL ? ": the disk was full" : "");
    kg_hint(err, "open it again once the cause is gone");
    return KGQ_READONLY;
  }
  return KGQ_OK;
}

kgq_status kg_guard_settle(kg_guard *guard, uint64_t commit, bool recover, kgq_error **err) {
  if (!recover) {
    KGQ_TRY(check(guard, &guard->marks, commit, err));
  }
  const kg_marks old = guard->marks;
  guard->recovered = recover;
  guard->before = old;
  guard->marks = (kg_marks){ commit, commit, true, kg_manifest_take(&guard->folder) };
  if (!guard->marked || recover) {
    return kg_watermark_create(&guard->folder, &guard->watermark, &guard->marks, err);
  }
  if (old.visible != commit || old.synced != commit || !old.clean) {
    return kg_watermark_sync(&guard->watermark, &guard->marks, err);
  }
  (void)kg_watermark_write(&guard->watermark, &guard->marks,
                           NULL); /* the manifest is new: it need not be known */
  return KGQ_OK;
}

void kg_guard_manifest(kg_guard *guard) {
  guard->marks.manifest = kg_manifest_take(&guard->folder);
  (void)kg_watermark_write(&guard->watermark, &guard->marks, NULL);
}

kgq_status kg_guard_unclean(kg_guard *guard, kgq_error **err) {
  if (!guard->marks.clean) {
    return KGQ_OK;
  }
  kg_marks unclean = guard->marks;
  unclean.clean = false;
  KGQ_TRY(kg_watermark_sync(&guard->watermark, &unclean, err));
  guard->marks.clean = false;
  return KGQ_OK;
}

kgq_status kg_guard_acknowledge(kg_guard *guard, uint64_t commit, bool durable) {
  guard->marks.visible = commit;
  guard->marks.synced = durable ? commit : guard->marks.synced;
  return kg_watermark_write(&guard->watermark, &guard->marks, NULL);
}

void kg_guard_synced(kg_guard *guard) {
  guard->marks.synced = guard->marks.visible;
}

void kg_guard_clean(kg_guard *guard) {
  if (!guard->marks.clean) {
    kg_guard_synced(guard);
    guard->marks.clean = true;
    guard->marks.manifest = kg_manifest_take(&guard->folder);
    (void)kg_watermark_sync(&guard->watermark, &guard->marks, NULL);
  }
}

/* ---- errors ------------------------------------------------------------------------------------- */

static bool has(const char *text, const char *part) {
  return strstr(text, part) != NULL;
}

/* Which status a text stands for: RocksDB has only texts in C. */
static kgq_status status_of(const char *text) {
  if (has(text, "No space left") || has(text, "Disk quota exceeded")) {
    return KGQ_FULL;
  }
  if (has(text, "While lock file")) {
    return KGQ_LOCKED;
  }
  const bool missing_file = has(text, "No such file") || has(text, "CURRENT file");
  if (strncmp(text, "IO error", 8) == 0 && !missing_file) {
    return KGQ_IO;
  }
  return KGQ_CORRUPT; /* Corruption, Invalid argument, Not found, Not implemented: all from damaged files */
}

static const char *without(const char *text, const char *prefix) {
  const size_t bytes = strlen(prefix);
  return strncmp(text, prefix, bytes) == 0 ? text + bytes : text;
}

kgq_status kg_fail_engine(kgq_error **err, const char *path, const char *text) {
  const kgq_status st = status_of(text);
  const char *body = without(without(without(text, "Corruption: "), "IO error: "), "Invalid argument: ");
  if (st == KGQ_FULL) {
    return kg_fail(err, st, "the disk is full: %s", body);
  }
  if (st == KGQ_LOCKED) {
    return kg_fail(err, st, "another program has %s open: %s", path, body);
  }
  if (st == KGQ_IO) {
    return kg_fail(err, st, "reading or writing %s failed: %s", path, body);
  }
  if (has(text, "create_if_missing")) {
    return kg_fail(err, st, "%s is damaged: its file rocks/CURRENT is missing", path);
  }
  kg_fail(err, st, "%s is damaged: %s", path, body);
  kg_hint(err, "`kgq check` lists what is damaged");
  return st;
}

/* RocksDB names the manifest when a data file that it lists cannot be opened; the manifest itself was
 * compared before (kg_manifest_check). */
kgq_status kg_guard_fail_open(const kg_guard *guard, const char *text, kgq_error **err) {
  const char *place = strstr(text, " in file ");
  const bool is_cut = has(text, "too short to be an SST file");
  const uint64_t number = is_cut ? kg_folder_cut_data(&guard->folder) : 0;
  if (number > 0) {
    return kg_fail(err, KGQ_CORRUPT, "%s is damaged: its file rocks/%06" PRIu64 ".sst was cut short",
                   guard->path, number);
  }
  if (place == NULL || !has(place, "/MANIFEST-") || has(text, ".sst") || guard->marks.manifest.number == 0) {
    return kg_fail_engine(err, guard->path, text);
  }
  const char *body = without(text, "Corruption: ");
  return kg_fail(err, KGQ_CORRUPT, "%s is damaged: one of its data files rocks/*.sst cannot be opened: %.*s",
                 guard->path, (int)(place - body), body);
}

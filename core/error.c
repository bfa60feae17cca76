/* core/error.c: error objects: made where a fault is seen, read by the host, printed for people.
 *
 * Holds the public kgq_status_name and kgq_error_* functions. Errors are allocated with the C library's
 * allocator, since a failing host allocator must still be able to say so; without memory a static object
 * stands in.
 */
#include "core/error.h"

#include <stdio.h>
#include <string.h>

#include "core/heap.h"
#include "core/hook.h"

struct kgq_error {
  kgq_status status;
  char *message, *hint, *file, *source;
  uint64_t line, column, offset;
  kgq_error *next;
};

static kgq_error memory_error = { KGQ_NOMEM, NULL, NULL, NULL, NULL, 0, 0, 0, NULL };

/* Errors keep at most this much of a source line: enough to see the place, and a hostile line costs no more.
 */
#define SOURCE_BYTES_MAX 2000

/* X(status): the order of kgq.h. */
/* clang-format off */
#define STATUSES(X) \
  X(KGQ_OK) \
  X(KGQ_ROW) \
  X(KGQ_DONE) \
  X(KGQ_SYNTAX) \
  X(KGQ_DATA) \
  X(KGQ_NAME) \
  X(KGQ_UNSUPPORTED) \
  X(KGQ_REFUSED) \
  X(KGQ_LIMIT) \
  X(KGQ_INTERRUPTED) \
  X(KGQ_NOMEM) \
  X(KGQ_IO) \
  X(KGQ_FULL) \
  X(KGQ_CORRUPT) \
  X(KGQ_FORMAT) \
  X(KGQ_LOCKED) \
  X(KGQ_NOTFOUND) \
  X(KGQ_READONLY) \
  X(KGQ_MISUSE)
/* clang-format on */

const char *kgq_status_name(kgq_status status) {
  switch (status) {
#define STATUS_CASE(name)                                                                                    \
  case name: return #name;
    STATUSES(STATUS_CASE)
#undef STATUS_CASE
  default: return "KGQ_?";
  }
}

/* ---- making ----------------------------------------------------------------------------------- */

static char *copy_bytes(const char *bytes, size_t count) {
  char *copy = kg_alloc(NULL, count + 1);
  if (copy) {
    if (count) {
      memcpy(copy, bytes, count);
    }
    copy[count] = '\0';
  }
  return copy;
}

static char *print_copy(const char *format, va_list args) KG_PRINTF(1, 0);
static char *print_copy(const char *format, va_list args) {
  va_list again;
  va_copy(again, args);
  const int length = vsnprintf(NULL, 0, format, again);
  va_end(again);
  char *text = length < 0 ? NULL : kg_alloc(NULL, (size_t)length + 1);
  if (text) {
    (void)vsnprintf(text, (size_t)length + 1, format, args);
  }
  return text;
}

static void set_place(kgq_error *e, const kg_place *place) {
  e->line = place->line;
  e->column = place->column;
  e->offset = place->offset;
  if (place->file) {
    e->file = copy_bytes(place->file, strlen(place->file));
  }
  if (place->source.len && place->source.len <= SOURCE_BYTES_MAX) {
    e->source = copy_bytes(place->source.ptr, place->source.len);
  }
}

static kgq_status fail_list(kgq_error **err, kgq_status status, const kg_place *place, const char *format,
                            va_list args) KG_PRINTF(4, 0);
static kgq_status fail_list(kgq_error **err, kgq_status status, const kg_place *place, const char *format,
                            va_list args) {
  if (!err || *err) {
    return status;
  }
  kgq_error *e = kg_alloc_zero(NULL, 1, sizeof *e);
  if (!e) {
    *err = &memory_error;
    return status;
  }
  e->status = status;
  e->message = print_copy(format, args);
  if (place) {
    set_place(e, place);
  }
  *err = e;
  return status;
}

kgq_status kg_fail(kgq_error **err, kgq_status status, const char *format, ...) {
  va_list args;
  va_start(args, format);
  const kgq_status st = fail_list(err, status, NULL, format, args);
  va_end(args);
  return st;
}

kgq_status kg_fail_at(kgq_error **err, kgq_status status, const kg_place *place, const char *format, ...) {
  va_list args;
  va_start(args, format);
  const kgq_status st = fail_list(err, status, place, format, args);
  va_end(args);
  return st;
}

kgq_status kg_fail_memory(kgq_error **err) {
  if (err && !*err) {
    *err = &memory_error;
  }
  return kg_hook("memory") ? KGQ_OK : KGQ_NOMEM;
}

void kg_hint(kgq_error **err, const char *format, ...) {
  if (!err || !*err || *err == &memory_error || (*err)->hint) {
    return;
  }
  va_list args;
  va_start(args, format);
  (*err)->hint = print_copy(format, args);
  va_end(args);
}

void kg_error_append(kgq_error **err, kgq_error *more) {
  if (!more || !err) {
    kgq_error_free(more);
    return;
  }
  kgq_error **end = err;
  while (*end && *end != &memory_error) {
    end = &(*end)->next;
  }
  if (*end == &memory_error) { /* static: nothing can hang on it */
    kgq_error_free(more);
  } else {
    *end = more;
  }
}

kg_place kg_place_in_text(const char *file, kgq_str text, size_t offset) {
  if (offset > text.len) {
    offset = text.len;
  }
  kg_place place = { .file = file, .line = 1, .offset = offset };
  size_t start = 0;
  for (size_t i = 0; i < offset; i++) {
    if (text.ptr[i] == '\n') {
      place.line++;
      start = i + 1;
    }
  }
  size_t end = offset;
  while (end < text.len && text.ptr[end] != '\n') {
    end++;
  }
  if (end > start && text.ptr[end - 1] == '\r') {
    end--;
  }
  place.column = 1;
  for (size_t i = start; i < offset; i++) {
    place.column += ((unsigned char)text.ptr[i] & 0xC0) != 0x80; /* characters, not bytes */
  }
  place.source = (kgq_str){ text.ptr + start, end > start ? end - start : 0 };
  return place;
}

void kgq_error_free(kgq_error *err) {
  while (err && err != &memory_error) {
    kgq_error *next = err->next;
    char *const texts[] = { err->message, err->hint, err->file, err->source };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
      if (texts[i]) {
        kg_free(NULL, texts[i], strlen(texts[i]) + 1);
      }
    }
    kg_free(NULL, err, sizeof *err);
    err = next;
  }
}

/* ---- reading ---------------------------------------------------------------------------------- */

static const char *or_empty(const char *text) {
  return text ? text : "";
}

kgq_status kgq_error_status(const kgq_error *err) {
  return err ? err->status : KGQ_OK;
}
const char *kgq_error_message(const kgq_error *err) {
  if (err && !err->message) {
    return err->status == KGQ_NOMEM ? "out of memory" : kgq_status_name(err->status);
  }
  return err ? err->message : "";
}
const char *kgq_error_hint(const kgq_error *err) {
  return err ? or_empty(err->hint) : "";
}
const char *kgq_error_file(const kgq_error *err) {
  return err ? or_empty(err->file) : "";
}
uint64_t kgq_error_line(const kgq_error *err) {
  return err ? err->line : 0;
}
uint64_t kgq_error_column(const kgq_error *err) {
  return err ? err->column : 0;
}
uint64_t kgq_error_offset(const kgq_error *err) {
  return err ? err->offset : 0;
}
const char *kgq_error_source(const kgq_error *err) {
  return err ? or_empty(err->source) : "";
}
const kgq_error *kgq_error_next(const kgq_error *err) {
  return err ? err->next : NULL;
}

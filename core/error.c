/* core/error.c: error objects: made where a fault is seen, read by the host, printed for people.
 *
 * Holds the public kgq_status_name and kgq_error_* functions. Errors are allocated with the C library's
 * allocator, since a failing host allocator must still be able to say so; without memory a static object
 * stands in.
 */
#include "core/error.h"

#include <stdio.h>

#include "core/memory.h"
#include "core/text.h"

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
#define STATUSES(X)                                                                                          \
  X(KGQ_OK)                                                                                                  \
  X(KGQ_ROW) X(KGQ_DONE) X(KGQ_SYNTAX) X(KGQ_DATA) X(KGQ_NAME) X(KGQ_UNSUPPORTED) X(KGQ_REFUSED)             \
      X(KGQ_LIMIT) X(KGQ_INTERRUPTED) X(KGQ_NOMEM) X(KGQ_IO) X(KGQ_FULL) X(KGQ_CORRUPT) X(KGQ_FORMAT)        \
          X(KGQ_LOCKED) X(KGQ_NOTFOUND) X(KGQ_READONLY) X(KGQ_MISUSE)

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
  return KGQ_NOMEM;
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
  if (!more) {
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
  place.column = 1 + kg_utf8_count(kg_str_n(text.ptr + start, offset - start));
  place.source = kg_str_n(text.ptr + start, end > start ? end - start : 0);
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

/* ---- printing --------------------------------------------------------------------------------- */

typedef struct cut_text { /* writes like snprintf: counts all, keeps what fits */
  char *bytes;
  size_t capacity, len;
} cut_text;

static void cut_add(cut_text *t, const char *bytes, size_t count) {
  for (size_t i = 0; i < count; i++, t->len++) {
    if (t->len + 1 < t->capacity) {
      t->bytes[t->len] = bytes[i];
    }
  }
}

static void cut_print(cut_text *t, const char *format, ...) KG_PRINTF(2, 3);
static void cut_print(cut_text *t, const char *format, ...) {
  char small[64];
  va_list args;
  va_start(args, format);
  const int length = vsnprintf(small, sizeof small, format, args);
  va_end(args);
  cut_add(t, small, length > 0 && (size_t)length < sizeof small ? (size_t)length : 0);
}

#define SHOWN_COLUMNS_MAX 110 /* of a long source line, around the place */

/* The source line, cut around the place if long, then a caret under the character by display width. */
static void cut_add_source(cut_text *t, const kgq_error *e) {
  kgq_str line = kg_str(e->source);
  size_t before = 0;
  for (uint64_t c = 1; c < e->column && before < line.len; c++) {
    uint32_t codepoint;
    const size_t n = kg_utf8_decode(kg_str_n(line.ptr + before, line.len - before), &codepoint);
    before += n ? n : 1;
  }
  size_t start = 0;
  while (before - start > SHOWN_COLUMNS_MAX / 2 && line.len > SHOWN_COLUMNS_MAX) {
    uint32_t codepoint;
    const size_t n = kg_utf8_decode(kg_str_n(line.ptr + start, line.len - start), &codepoint);
    start += n ? n : 1;
  }
  size_t end = start;
  while (end < line.len &&
         (end - start < SHOWN_COLUMNS_MAX || ((unsigned char)line.ptr[end] & 0xC0) == 0x80)) {
    end++;
  }
  cut_add(t, "  ", 2);
  for (size_t i = start; i < end; i++) { /* control characters would move the caret */
    const bool control = (unsigned char)line.ptr[i] < 0x20 || line.ptr[i] == 0x7f;
    cut_add(t, control ? " " : line.ptr + i, 1);
  }
  cut_add(t, "\n  ", 3);
  for (size_t i = start; i < before; i++) {
    if ((unsigned char)line.ptr[i] < 0x80) {
      cut_add(t, " ", 1);
    }
  }
  size_t wide = 0; /* columns of what is not ASCII before the place */
  for (size_t i = start; i < before;) {
    uint32_t codepoint;
    const size_t n = kg_utf8_decode(kg_str_n(line.ptr + i, before - i), &codepoint);
    if (n > 1) {
      wide += kg_display_width(kg_str_n(line.ptr + i, n));
    }
    i += n ? n : 1;
  }
  for (size_t i = 0; i < wide; i++) {
    cut_add(t, " ", 1);
  }
  cut_add(t, "^\n", 2);
}

size_t kgq_error_format(const kgq_error *err, char *buffer, size_t capacity) {
  cut_text t = { buffer, buffer ? capacity : 0, 0 };
  if (err) {
    const char *file = or_empty(err->file);
    cut_add(&t, file, strlen(file));
    if (err->line) {
      cut_print(&t, "%s%llu:%llu", *file ? ":" : "", (unsigned long long)err->line,
                (unsigned long long)err->column);
    }
    if (*file || err->line) {
      cut_add(&t, ": ", 2);
    }
    cut_add(&t, kgq_error_message(err), strlen(kgq_error_message(err)));
    cut_add(&t, "\n", 1);
    if (err->source && err->line && *err->source) {
      cut_add_source(&t, err);
    }
    if (err->hint) {
      cut_add(&t, "  hint: ", 8);
      cut_add(&t, err->hint, strlen(err->hint));
      cut_add(&t, "\n", 1);
    }
  }
  if (t.capacity) {
    t.bytes[t.len < t.capacity ? t.len : t.capacity - 1] = '\0';
  }
  return t.len;
}

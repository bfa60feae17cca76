/* core/error.h: making and passing on error objects.
 *
 * Holds: the places an error can point at, the functions that fill an error where the fault is seen, and
 * KGQ_TRY. Does not decide what is printed where: kgq_error_format in error.c is for people, the shell
 * prints.
 *
 * Ownership: an error belongs to whoever holds the kgq_error pointer; every internal function takes
 * `kgq_error **err`, which may be NULL, and sets it at most once (an error already there is kept).
 */
#ifndef KG_CORE_ERROR_H
#define KG_CORE_ERROR_H

#include <stdarg.h>
#include <stdbool.h>

#include "include/kgq.h"

#define KGQ_TRY(call)                                                                                        \
  do {                                                                                                       \
    const kgq_status kg_try_status = (call);                                                                 \
    if (kg_try_status != KGQ_OK) {                                                                           \
      return kg_try_status;                                                                                  \
    }                                                                                                        \
  } while (0)

/* For functions with one `done:` label and a local `kgq_status st`. */
#define KGQ_TRY_DONE(call)                                                                                   \
  do {                                                                                                       \
    st = (call);                                                                                             \
    if (st != KGQ_OK) {                                                                                      \
      goto done;                                                                                             \
    }                                                                                                        \
  } while (0)

#if defined(__GNUC__)
#define KG_PRINTF(format_index, args_index) __attribute__((format(printf, format_index, args_index)))
#else
#define KG_PRINTF(format_index, args_index)
#endif

/* Where in a text: all from 1 but offset, which is from 0; line 0 means no place. `source` is the whole
 * line without its end, or empty; it is copied into the error. */
typedef struct kg_place {
  const char *file;
  uint64_t line;
  uint64_t column;
  uint64_t offset;
  kgq_str source;
} kg_place;

/* Fills the place of byte `offset` in a whole text held in memory: line, column in characters, source line.
 */
kg_place kg_place_in_text(const char *file, kgq_str text, size_t offset);

/* Sets *err (if err is not NULL and *err is NULL) and returns `status`. Never fails itself: without memory
 * a static error of the same status family is used. */
kgq_status kg_fail(kgq_error **err, kgq_status status, const char *format, ...) KG_PRINTF(3, 4);
kgq_status kg_fail_at(kgq_error **err, kgq_status status, const kg_place *place, const char *format, ...)
    KG_PRINTF(4, 5);
/* The one message for failed allocations. */
kgq_status kg_fail_memory(kgq_error **err);
/* Sets the hint of *err if there is one and it has none. */
void kg_hint(kgq_error **err, const char *format, ...) KG_PRINTF(2, 3);
/* Puts `more` at the end of the chain of *err (takes it over); with *err NULL it becomes *err. */
void kg_error_append(kgq_error **err, kgq_error *more);

#endif

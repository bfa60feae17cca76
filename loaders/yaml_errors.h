/* loaders/yaml_errors.h: the errors and warnings of one facts file, collected, placed and handed over in
 * order.
 *
 * A facts file reports up to KG_LIMIT_FILE_ERRORS mistakes at once, in the order of its lines. Holds places
 * (line and column in characters, as libyaml counts lines) and the nearest-word search. Knows no YAML syntax
 * and no facts.
 *
 * Ownership: the collected errors belong to the kg_yaml_errors until kg_yaml_errors_finish hands them over.
 */
#ifndef KG_LOADERS_YAML_ERRORS_H
#define KG_LOADERS_YAML_ERRORS_H

#include "core/limits.h"
#include "core/memory.h"

typedef struct kg_yaml_spot { /* from 1; line 0: no place */
  uint32_t line, column;
} kg_yaml_spot;

typedef struct kg_yaml_found {
  kgq_error *items[KG_LIMIT_FILE_ERRORS];
  kg_yaml_spot spots[KG_LIMIT_FILE_ERRORS];
  uint32_t kept;
  uint64_t total;
} kg_yaml_found;

typedef struct kg_yaml_errors {
  const char *file;
  kgq_str text;
  kg_yaml_found errors, warnings;
  uint32_t cursor_line; /* where the last look-up of a line ended: errors come mostly in order */
  size_t cursor_offset;
  kgq_error *dropped; /* stays NULL: what a hint beyond the limit goes to */
} kg_yaml_errors;

/* `file` and `text` must live as long as it. e->text is the text without a byte order mark. */
void kg_yaml_errors_init(kg_yaml_errors *e, const char *file, kgq_str text);
void kg_yaml_errors_free(kg_yaml_errors *e);

/* Records one; the result is for kg_hint. Beyond the limit only the number grows. */
kgq_error **kg_yaml_error(kg_yaml_errors *e, kg_yaml_spot spot, const char *format, ...) KG_PRINTF(3, 4);
kgq_error **kg_yaml_syntax(kg_yaml_errors *e, kg_yaml_spot spot, const char *format, ...) KG_PRINTF(3, 4);
kgq_error **kg_yaml_warning(kg_yaml_errors *e, kg_yaml_spot spot, const char *format, ...) KG_PRINTF(3, 4);
/* No more errors are kept: searching for hints is wasted work (and quadratic in a hostile file). */
static inline bool kg_yaml_errors_full(const kg_yaml_errors *e) {
  return e->errors.kept == KG_LIMIT_FILE_ERRORS;
}
static inline bool kg_yaml_warnings_full(const kg_yaml_errors *e) {
  return e->warnings.kept == KG_LIMIT_FILE_ERRORS;
}

kg_yaml_spot kg_yaml_spot_of_offset(const kg_yaml_errors *e, size_t offset);
/* Byte `at` of a scalar that begins at `spot`: its own place when the file has the scalar verbatim there,
 * else `spot`. */
kg_yaml_spot kg_yaml_spot_inside(kg_yaml_errors *e, kg_yaml_spot spot, kgq_str scalar, size_t at);
/* The rest of the file from `spot` on; for looking at what the writer typed. */
kgq_str kg_yaml_text_at(kg_yaml_errors *e, kg_yaml_spot spot);
/* A text fit to stand in a message: its first line, cut at a character's edge. For "%.*s" write
 * KG_CLIP(text). */
kgq_str kg_yaml_clip(kgq_str text);
#define KG_CLIP(text) (int)kg_yaml_clip(text).len, kg_yaml_clip(text).ptr
/* The place as an error object wants it; points into the file's text. */
kg_place kg_yaml_place(kg_yaml_errors *e, kg_yaml_spot spot);

/* Hands the errors over as one chain, sorted by place, with "… and 12 more" at its end. KGQ_OK if there are
 * none. */
kgq_status kg_yaml_errors_finish(kg_yaml_errors *e, kgq_error **err);
/* Hands each warning in order to `fn`, which takes it over. */
typedef void (*kg_yaml_warning_fn)(void *arg, kgq_error *warning);
void kg_yaml_warnings_finish(kg_yaml_errors *e, kg_yaml_warning_fn fn, void *arg);

/* ---- the nearest known word -------------------------------------------------------------------- */

typedef struct kg_nearest {
  kgq_str wanted, best; /* best.len 0: nothing near */
  size_t distance;      /* of best; at first one beyond what counts as near */
} kg_nearest;
kg_nearest kg_nearest_to(kgq_str wanted);
void kg_nearest_try(kg_nearest *n, kgq_str candidate);

#endif

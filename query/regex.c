/* query/regex.c: regular expressions of XPath functions 5.6 on PCRE2. The contract: regex.h; translation:
 * xpath_regex.c.
 *
 * No just-in-time compiler: it would map executable memory in the host's process and cannot be bounded as
 * well.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "query/regex.h"

#include <assert.h>
#include <pcre2.h>

#include "core/limits.h"
#include "query/xpath_regex.h"

struct kg_regex {
  pcre2_code *code;
  pcre2_match_data *match;
  pcre2_match_context *limits;
  kgq_str key;       /* flags, NUL, pattern */
  bool literal;      /* flag q: the replacement has no $ either */
  int matches_empty; /* -1: not known yet */
};

struct kg_regex_cache {
  const kgq_allocator *allocator;
  pcre2_general_context *general;
  pcre2_compile_context *compile;
  pcre2_match_context *limits;
  kg_buf key, translated;
  kg_regex entries[KG_REGEX_CACHE_PATTERNS];
  size_t next; /* to be replaced */
};

/* ---- memory ------------------------------------------------------------------------------------- */

#define PREFIX_BYTES 16 /* keeps the size in front of each block, and its alignment */

static void *pcre_alloc(size_t bytes, void *arg) {
  const kgq_allocator *a = (const kgq_allocator *)arg;
  char *block = bytes <= SIZE_MAX - PREFIX_BYTES ? (char *)kg_alloc(a, bytes + PREFIX_BYTES) : NULL;
  if (!block) {
    return NULL;
  }
  memcpy(block, &bytes, sizeof bytes);
  return block + PREFIX_BYTES;
}

static void pcre_free(void *ptr, void *arg) {
  size_t bytes = 0;
  if (ptr) {
    char *block = (char *)ptr - PREFIX_BYTES;
    memcpy(&bytes, block, sizeof bytes);
    kg_free((const kgq_allocator *)arg, block, bytes + PREFIX_BYTES);
  }
}

kgq_status kg_regex_cache_new(const kgq_allocator *a, kg_regex_cache **out, kgq_error **err) {
  kg_regex_cache *cache = (kg_regex_cache *)kg_alloc_zero(a, 1, sizeof *cache);
  if (!cache) {
    return kg_fail_memory(err);
  }
  cache->allocator = a;
  kg_buf_init(&cache->key, a);
  kg_buf_init(&cache->translated, a);
  union { /* PCRE2 hands the pointer back unchanged */
    const kgq_allocator *in;
    void *out;
  } arg = { .in = a };
  cache->general = pcre2_general_context_create(pcre_alloc, pcre_free, arg.out);
  cache->compile = cache->general ? pcre2_compile_context_create(cache->general) : NULL;
  cache->limits = cache->compile ? pcre2_match_context_create(cache->general) : NULL;
  if (!cache->limits) {
    kg_regex_cache_free(cache);
    return kg_fail_memory(err);
  }
  pcre2_set_newline(cache->compile, PCRE2_NEWLINE_LF);
  pcre2_set_match_limit(cache->limits, KG_LIMIT_REGEX_STEPS);
  pcre2_set_depth_limit(cache->limits, KG_LIMIT_REGEX_DEPTH);
  pcre2_set_heap_limit(cache->limits, KG_LIMIT_REGEX_HEAP_KIB);
  *out = cache;
  return KGQ_OK;
}

static void drop(kg_regex_cache *cache, kg_regex *r) {
  pcre2_match_data_free(r->match);
  pcre2_code_free(r->code);
  union {
    const char *in;
    void *out;
  } key = { .in = r->key.ptr };
  kg_free(cache->allocator, key.out, r->key.len + 1);
  memset(r, 0, sizeof *r);
}

void kg_regex_cache_free(kg_regex_cache *cache) {
  if (!cache) {
    return;
  }
  for (size_t i = 0; i < KG_REGEX_CACHE_PATTERNS; i++) {
    drop(cache, &cache->entries[i]);
  }
  pcre2_match_context_free(cache->limits);
  pcre2_compile_context_free(cache->compile);
  pcre2_general_context_free(cache->general);
  kg_buf_free(&cache->key);
  kg_buf_free(&cache->translated);
  kg_free(cache->allocator, cache, sizeof *cache);
}

/* ---- compiling ---------------------------------------------------------------------------------- */

static uint32_t options_of(const kg_xpath_flags *flags) {
  uint32_t options = PCRE2_UTF | (flags->ignore_case ? PCRE2_CASELESS : 0);
  if (flags->quoted) {
    return options | PCRE2_LITERAL;
  }
  options |= PCRE2_UCP | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C;
  options |= flags->dot_all ? PCRE2_DOTALL : 0;
  return options | (flags->multiline ? PCRE2_MULTILINE : 0);
}

/* Fills an entry; *valid false: PCRE2 refuses the pattern. */
static kgq_status compile(kg_regex_cache *cache, kg_regex *r, kgq_str pattern, const kg_xpath_flags *flags,
                          bool *valid, kgq_error **err) {
  int code = 0;
  PCRE2_SIZE offset = 0;
  r->code =
      pcre2_compile((PCRE2_SPTR)pattern.ptr, pattern.len, options_of(flags), &code, &offset, cache->compile);
  *valid = r->code != NULL;
  if (!r->code) {
    return code == PCRE2_ERROR_NOMEMORY || code == PCRE2_ERROR_HEAP_FAILED ? kg_fail_memory(err) : KGQ_OK;
  }
  r->match = pcre2_match_data_create_from_pattern(r->code, cache->general);
  char *key = r->match ? (char *)kg_alloc(cache->allocator, cache->key.len + 1) : NULL;
  if (!key) {
    drop(cache, r);
    return kg_fail_memory(err);
  }
  memcpy(key, cache->key.bytes, cache->key.len);
  key[cache->key.len] = '\0';
  r->key = kg_str_n(key, cache->key.len);
  r->limits = cache->limits;
  r->literal = flags->quoted;
  r->matches_empty = -1;
  return KGQ_OK;
}

static kg_regex *find_compiled(kg_regex_cache *cache) {
  const kgq_str key = kg_buf_str(&cache->key);
  for (size_t i = 0; i < KG_REGEX_CACHE_PATTERNS; i++) {
    if (cache->entries[i].code && kg_str_equal(cache->entries[i].key, key)) {
      return &cache->entries[i];
    }
  }
  return NULL;
}

kgq_status kg_regex_get(kg_regex_cache *cache, kgq_str pattern, kgq_str flags, kg_regex **out,
                        kgq_error **err) {
  kg_xpath_flags parsed;
  bool valid = true;
  *out = NULL;
  if (pattern.len > KG_LIMIT_REGEX_BYTES) {
    return kg_fail(err, KGQ_LIMIT, "a regular expression has more than %u KiB", KG_LIMIT_REGEX_BYTES >> 10);
  }
  if (!kg_xpath_flags_parse(flags, &parsed)) {
    return KGQ_OK;
  }
  cache->key.len = 0;
  KGQ_TRY(kg_buf_add_str(&cache->key, flags, err));
  KGQ_TRY(kg_buf_add_byte(&cache->key, '\0', err));
  KGQ_TRY(kg_buf_add_str(&cache->key, pattern, err));
  *out = find_compiled(cache);
  if (*out) {
    return KGQ_OK;
  }
  cache->translated.len = 0;
  if (parsed.quoted) {
    KGQ_TRY(kg_buf_add_str(&cache->translated, pattern, err));
  } else {
    KGQ_TRY(kg_xpath_regex_translate(pattern, &parsed, &cache->translated, &valid, err));
  }
  if (!valid) {
    return KGQ_OK;
  }
  kg_regex *slot = &cache->entries[cache->next];
  drop(cache, slot);
  KGQ_TRY(compile(cache, slot, kg_buf_str(&cache->translated), &parsed, &valid, err));
  if (valid) {
    cache->next = (cache->next + 1) % KG_REGEX_CACHE_PATTERNS;
    *out = slot;
  }
  return KGQ_OK;
}

/* ---- matching ----------------------------------------------------------------------------------- */

/* From byte `from`: 1 found, 0 not, -1 broken UTF-8. `checked`: the text was found to be UTF-8 before. */
static kgq_status match(kg_regex *r, kgq_str text, size_t from, bool checked, int *found, kgq_error **err) {
  const uint32_t options = checked ? PCRE2_NO_UTF_CHECK : 0;
  const int code = pcre2_match(r->code, (PCRE2_SPTR)text.ptr, text.len, from, options, r->match, r->limits);
  *found = code >= 0 ? 1 : 0;
  switch (code) {
  case PCRE2_ERROR_NOMATCH: return KGQ_OK;
  case PCRE2_ERROR_MATCHLIMIT:
  case PCRE2_ERROR_DEPTHLIMIT:
  case PCRE2_ERROR_HEAPLIMIT: {
    const kgq_status st =
        kg_fail(err, KGQ_LIMIT, "a regular expression takes more than %d steps on a text of %zu bytes",
                KG_LIMIT_REGEX_STEPS, text.len);
    kg_hint(err,
            "nested repetitions such as (a+)+ make it try every way to cut the text; write them without");
    return st;
  }
  case PCRE2_ERROR_NOMEMORY: return kg_fail_memory(err);
  default: *found = code >= 0 ? 1 : -1; return KGQ_OK;
  }
}

kgq_status kg_regex_find(kg_regex *r, kgq_str text, int *found, kgq_error **err) {
  return match(r, text, 0, false, found, err);
}

/* ---- replacing ---------------------------------------------------------------------------------- */

static kgq_status add_group(kg_regex *r, kgq_str text, uint32_t group, kg_buf *out, kgq_error **err) {
  const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(r->match);
  if (group >= pcre2_get_ovector_count(r->match) || ends[2 * group] == PCRE2_UNSET) {
    return KGQ_OK;
  }
  return kg_buf_add(out, text.ptr + ends[2 * group], ends[2 * group + 1] - ends[2 * group], err);
}

/* $N: as many digits as make the number of a group; one at least. */
static uint32_t group_number(const kg_regex *r, kgq_str digits, size_t *used) {
  const uint32_t groups = pcre2_get_ovector_count(r->match) - 1;
  uint32_t n = (uint32_t)(digits.ptr[0] - '0');
  size_t i = 1;
  while (i < digits.len && digits.ptr[i] >= '0' && digits.ptr[i] <= '9' &&
         n * 10 + (uint32_t)(digits.ptr[i] - '0') <= groups) {
    n = n * 10 + (uint32_t)(digits.ptr[i++] - '0');
  }
  *used = i;
  return n;
}

static bool replacement_is_valid(kgq_str replacement) {
  for (size_t i = 0; i < replacement.len; i++) {
    const char c = replacement.ptr[i];
    const char next = i + 1 < replacement.len ? replacement.ptr[i + 1] : '\0';
    if ((c == '\\' && next != '\\' && next != '$') || (c == '$' && (next < '0' || next > '9'))) {
      return false;
    }
    i += c == '\\' ? 1 : 0;
  }
  return true;
}

static kgq_status add_replacement(kg_regex *r, kgq_str text, kgq_str replacement, kg_buf *out,
                                  kgq_error **err) {
  if (r->literal) {
    return kg_buf_add_str(out, replacement, err);
  }
  for (size_t i = 0; i < replacement.len; i++) {
    const char c = replacement.ptr[i];
    if (c == '$') {
      size_t used = 0;
      const kgq_str digits = kg_str_n(replacement.ptr + i + 1, replacement.len - i - 1);
      const uint32_t group = group_number(r, digits, &used);
      KGQ_TRY(add_group(r, text, group, out, err));
      i += used;
    } else {
      i += c == '\\' ? 1 : 0;
      KGQ_TRY(kg_buf_add_byte(out, replacement.ptr[i], err));
    }
  }
  return KGQ_OK;
}

/* FORX0003: a pattern that matches the empty text cannot be replaced. */
static kgq_status check_empty(kg_regex *r, bool *ok, kgq_error **err) {
  if (r->matches_empty < 0) {
    KGQ_TRY(match(r, KG_STR(""), 0, false, &r->matches_empty, err));
  }
  *ok = r->matches_empty == 0;
  return KGQ_OK;
}

kgq_status kg_regex_replace(kg_regex *r, kgq_str text, kgq_str replacement, kg_buf *out, bool *ok,
                            kgq_error **err) {
  int found = 1;
  KGQ_TRY(check_empty(r, ok, err));
  *ok = *ok && (r->literal || replacement_is_valid(replacement));
  for (size_t from = 0; *ok && found > 0;) {
    KGQ_TRY(match(r, text, from, from > 0, &found, err));
    const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(r->match);
    const size_t start = found > 0 ? ends[0] : text.len;
    KGQ_TRY(kg_buf_add(out, text.ptr + from, start - from, err));
    if (found <= 0) {
      break;
    }
    KGQ_TRY(add_replacement(r, text, replacement, out, err));
    if (out->len > KG_LIMIT_LITERAL_BYTES) {
      return kg_fail(err, KGQ_LIMIT, "REPLACE made a text of more than %u MiB", KG_LIMIT_LITERAL_BYTES >> 20);
    }
    from = ends[1];
    if (ends[1] == ends[0]) { /* an empty match inside a text, as of \b: one character goes over unchanged */
      size_t next = from + 1;
      while (next < text.len && ((unsigned char)text.ptr[next] & 0xC0) == 0x80) {
        next++;
      }
      if (from >= text.len) {
        break;
      }
      KGQ_TRY(kg_buf_add(out, text.ptr + from, next - from, err));
      from = next;
    }
  }
  *ok = *ok && found >= 0;
  return KGQ_OK;
}

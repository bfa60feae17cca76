/* shell/complete.c: what the word before the cursor can become: commands, variables, prefixes, keywords,
 * names.
 *
 * Names come from the database's index, so one keystroke reads at most NAMES_MAX entries however large it is.
 * A name of several words is offered in brackets. edit.c shows the result.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "shell/prompt.h"

#define ITEMS_MAX 60
#define NAMES_MAX 40

static const char *const sparql_words[] = {
  "SELECT",   "ASK",       "CONSTRUCT",    "DESCRIBE", "WHERE",    "DISTINCT",   "FILTER",      "OPTIONAL",
  "UNION",    "GRAPH",     "MINUS",        "BIND",     "VALUES",   "ORDER BY",   "GROUP BY",    "HAVING",
  "LIMIT",    "OFFSET",    "PREFIX",       "BASE",     "FROM",     "FROM NAMED", "EXISTS",      "NOT EXISTS",
  "IN",       "AS",        "DESC",         "ASC",      "COUNT",    "SUM",        "MIN",         "MAX",
  "AVG",      "SAMPLE",    "GROUP_CONCAT", "STR",      "LANG",     "DATATYPE",   "BOUND",       "REGEX",
  "CONTAINS", "STRSTARTS", "STRENDS",      "CONCAT",   "COALESCE", "IF",         "INSERT DATA", "DELETE DATA",
  "DELETE",   "INSERT",    "CLEAR",        "DROP",     "USING",    "WITH",
};
static const char *const short_words[] = {
  "not",       "maybe",   "or",      "by",     "as",        "true",     "false",     "is",         "name",
  "also",      "written", "named",   "status", "when",      "deadline", "said-by",   "role",       "quote",
  "text",      "place",   "same-as", "title",  "publisher", "author",   "published", "lang",       "inferred",
  "converted", "how",     "value",   "unit",   "bound",     "lower",    "upper",     "compatible", "clashes",
  "both",      "day",     "year",    "month",  "label",     "round",    "regex",     "coalesce",
};
static const char *const stage_words[] = {
  "show", "let",  "where", "count", "sum", "min",  "max",
  "avg",  "list", "agree", "sort",  "top", "skip", "distinct",
};
#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool has_item(const completions *c, const char *text) {
  for (size_t i = 0; i < c->count; i++) {
    if (strcmp(c->items[i], text) == 0) {
      return true;
    }
  }
  return false;
}

static void add(completions *c, const char *text, size_t bytes) {
  char *copy = c->count < ITEMS_MAX ? strndup(text, bytes) : NULL;
  if (copy && !has_item(c, copy)) {
    c->items[c->count++] = copy;
  } else {
    free(copy);
  }
}

static void add_words(completions *c, const char *const *words, size_t count, const char *word,
                      size_t bytes) {
  for (size_t i = 0; i < count; i++) {
    if (strlen(words[i]) > bytes && strncasecmp(words[i], word, bytes) == 0) {
      add(c, words[i], strlen(words[i]));
    }
  }
}

static bool is_word_byte(char c) {
  return (unsigned char)c >= 0x80 || isalnum((unsigned char)c) || (c && strchr("_-.:?%&", c));
}

/* Where the word before the cursor begins: at an open `[`, or behind what is no part of a word. */
static size_t word_start(const char *line, size_t bytes) {
  for (size_t i = bytes; i > 0 && line[i - 1] != ']' && line[i - 1] != '"'; i--) {
    if (line[i - 1] == '[') {
      return i - 1;
    }
  }
  size_t start = bytes;
  while (start > 0 && is_word_byte(line[start - 1])) {
    start--;
  }
  return start;
}

static void add_commands(completions *c, const char *word, size_t bytes) {
  for (size_t i = 0; i < dot_count; i++) {
    char name[32];
    (void)snprintf(name, sizeof name, ".%s", dot_entries[i].name);
    if (strncmp(name, word, bytes) == 0) {
      add(c, name, strlen(name));
    }
  }
}

/* Variables of a text that begin with the word, but the word itself. */
static void add_variables(completions *c, const char *text, size_t length, const char *word, size_t bytes) {
  for (size_t i = 0; i < length; i++) {
    size_t end = i + 1;
    while (text[i] == '?' && end < length && is_word_byte(text[end]) && !strchr("-.:?%&", text[end])) {
      end++;
    }
    if (end - i > bytes && end - i > 1 && memcmp(text + i, word, bytes) == 0) {
      add(c, text + i, end - i);
    }
  }
}

typedef struct name_search {
  completions *out;
  bool bracket;       /* the word begins with [ */
  kgq_str space;      /* the prefix's IRI, when the word is prefixed */
  const char *prefix; /* "ex:" */
  size_t prefix_bytes;
} name_search;

static bool needs_brackets(kgq_str name) {
  for (size_t i = 0; i < name.len; i++) {
    if (!is_word_byte(name.ptr[i]) || name.ptr[i] == '?' || name.ptr[i] == ':') {
      return true;
    }
  }
  return name.len == 0 || isdigit((unsigned char)name.ptr[0]) != 0;
}

static int add_name(void *arg, kgq_str name, kgq_str iri) {
  name_search *s = arg;
  char text[1024];
  int length;
  if (s->space.len) {
    if (iri.len <= s->space.len || memcmp(iri.ptr, s->space.ptr, s->space.len) != 0) {
      return 0;
    }
    length = snprintf(text, sizeof text, "%.*s%s", (int)s->prefix_bytes, s->prefix, iri.ptr + s->space.len);
  } else {
    const bool brackets = s->bracket || needs_brackets(name);
    length = snprintf(text, sizeof text, "%s%s%s", brackets ? "[" : "", name.ptr, brackets ? "]" : "");
  }
  if (length > 0 && (size_t)length < sizeof text) {
    add(s->out, text, (size_t)length);
  }
  return 0;
}

typedef struct prefix_search {
  completions *out;
  const char *word;
  size_t bytes;
  char space[1024]; /* of the prefix that is written out, with its colon */
} prefix_search;

static int see_prefix(void *arg, kgq_str name, kgq_str iri) {
  prefix_search *s = arg;
  const char *colon = memchr(s->word, ':', s->bytes);
  if (colon && (size_t)(colon - s->word) == name.len && memcmp(s->word, name.ptr, name.len) == 0) {
    (void)snprintf(s->space, sizeof s->space, "%s", iri.ptr);
  } else if (!colon && s->bytes && name.len >= s->bytes && memcmp(name.ptr, s->word, s->bytes) == 0) {
    char text[256];
    const int length = snprintf(text, sizeof text, "%s:", name.ptr);
    if (length > 0 && (size_t)length < sizeof text) {
      add(s->out, text, (size_t)length);
    }
  }
  return 0;
}

/* Names that begin with the word: of nodes, predicates and classes alike. */
static void add_names(prompt_state *state, completions *c, const char *word, size_t bytes) {
  prefix_search p = { .out = c, .word = word, .bytes = bytes };
  (void)kgq_prefixes(state->session.conn, see_prefix, &p, NULL);
  name_search s = { .out = c, .bracket = bytes && word[0] == '[' };
  const char *colon = memchr(word, ':', bytes);
  size_t skip = s.bracket ? 1 : 0;
  if (colon && p.space[0]) {
    s.space = (kgq_str){ p.space, strlen(p.space) };
    s.prefix = word;
    s.prefix_bytes = (size_t)(colon - word) + 1;
    skip = s.prefix_bytes;
  }
  if (bytes > skip) {
    (void)kgq_complete(state->session.conn, word + skip, bytes - skip, NAMES_MAX, add_name, &s, NULL);
  }
}

/* Is the word the first behind a pipe? */
static bool behind_pipe(const char *line, size_t from) {
  while (from > 0 && line[from - 1] == ' ') {
    from--;
  }
  return from > 0 && line[from - 1] == '|';
}

void complete_line(prompt_state *state, const char *line, size_t bytes, completions *out) {
  memset(out, 0, sizeof *out);
  out->items = calloc(ITEMS_MAX, sizeof *out->items);
  if (!out->items) {
    return;
  }
  const size_t from = word_start(line, bytes);
  const char *word = line + from;
  const size_t length = bytes - from;
  out->from = from;
  if (from == 0 && length && word[0] == '.') {
    add_commands(out, word, length);
  } else if (length && word[0] == '?') {
    add_variables(out, line, from, word, length);
    if (state->last_query) {
      add_variables(out, state->last_query, strlen(state->last_query), word, length);
    }
  } else if (behind_pipe(line, from)) {
    add_words(out, stage_words, COUNT(stage_words), word, length);
  } else if (length) {
    const bool sparql =
        isupper((unsigned char)word[0]) && (from == 0 || kgq_text_language(line, bytes) == KGQ_LANG_SPARQL);
    add_words(out, sparql ? sparql_words : short_words, sparql ? COUNT(sparql_words) : COUNT(short_words),
              word, length);
    add_names(state, out, word, length);
  }
}

void completions_free(completions *c) {
  for (size_t i = 0; i < c->count; i++) {
    free(c->items[i]);
  }
  free(c->items);
  memset(c, 0, sizeof *c);
}

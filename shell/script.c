/* shell/script.c: where statements end in a text, and whether what has been typed is a whole one.
 *
 * A short query runs at the end of a line, unless a bracket is open or the line ends in a comma, a pipe or an
 * operator. SPARQL runs at `;` or an empty line. Looks at characters only; the library reads the rest.
 */
#include <string.h>

#include "shell/prompt.h"

static bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

size_t trimmed_bytes(const char *text, size_t bytes) {
  while (bytes && is_space(text[bytes - 1])) {
    bytes--;
  }
  return bytes;
}

bool is_command_line(const char *text) {
  return text[0] == '.' && text[1] >= 'a' && text[1] <= 'z';
}

bool is_blank(const char *text, size_t bytes) {
  for (size_t i = 0; i < bytes; i++) {
    if (text[i] == '#') {
      while (i < bytes && text[i] != '\n') {
        i++;
      }
    } else if (!is_space(text[i])) {
      return false;
    }
  }
  return true;
}

/* Behind the string that begins at i, or `bytes` if it does not end; an apostrophe inside a word is none. */
static size_t string_end(const char *text, size_t bytes, size_t i) {
  const char c = text[i];
  const bool is_long = i + 2 < bytes && text[i + 1] == c && text[i + 2] == c;
  if (c == '\'' && i && !is_space(text[i - 1]) && !strchr("(,{|", text[i - 1])) {
    return i; /* it's */
  }
  size_t end = i + (is_long ? 3 : 1);
  while (end < bytes &&
         !(text[end] == c && (!is_long || (end + 2 < bytes && text[end + 1] == c && text[end + 2] == c)))) {
    end += text[end] == '\\' ? 2 : 1;
    if (!is_long && end < bytes && text[end] == '\n') {
      break;
    }
  }
  end += is_long ? 2 : 0;
  return end < bytes ? end : bytes;
}

/* Behind the IRI that begins at i; i itself if the `<` is an operator. */
static size_t iri_end(const char *text, size_t bytes, size_t i) {
  if (i + 1 >= bytes || is_space(text[i + 1]) || text[i + 1] == '=' || text[i + 1] == '<') {
    return i;
  }
  const char *close = memchr(text + i, '>', bytes - i);
  const char *space = memchr(text + i, ' ', bytes - i);
  return close && (!space || close < space) ? (size_t)(close - text) : i;
}

/* A line that is a command ends the statement before it, too. */
size_t statement_end(const char *text, size_t bytes, bool *open) {
  int depth = 0;
  for (size_t i = 0; i < bytes; i++) {
    const char c = text[i];
    if (c == '"' || c == '\'') {
      i = string_end(text, bytes, i);
      if (i == bytes) {
        *open = true;
        return bytes;
      }
    } else if (c == '<') {
      i = iri_end(text, bytes, i);
    } else if (c == '#' && (i == 0 || is_space(text[i - 1]))) {
      while (i < bytes && text[i] != '\n') {
        i++;
      }
    } else if (c && strchr("([{", c)) {
      depth++;
    } else if (c && strchr(")]}", c)) {
      depth--;
    } else if (depth <= 0 && (c == ';' || (c == '\n' && i + 1 < bytes && is_command_line(text + i + 1)))) {
      *open = false;
      return i;
    }
  }
  *open = depth > 0;
  return bytes;
}

bool is_complete(const char *text, size_t bytes, const char *last) {
  bool open = false;
  if (statement_end(text, bytes, &open) < bytes) {
    return true;
  }
  if (kgq_text_language(text, bytes) == KGQ_LANG_SPARQL) {
    return is_blank(last, strlen(last)) && !open;
  }
  const size_t n = trimmed_bytes(text, bytes);
  return !open && n && !strchr(",|=<>!+*/@", text[n - 1]);
}

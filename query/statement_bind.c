/* query/statement_bind.c: values for variables of a statement: kgq_bind_* (include/kgq.h).
 *
 * A value is kept as a term and becomes a constant of the plan at the first step. Numbers are written in
 * canonical form.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/text.h"
#include "graph/iri.h"
#include "graph/rdflex.h"
#include "graph/vocab.h"
#include "query/statement.h"

static kgq_status find_var(kgq_stmt *stmt, const char *name, kg_var *out, kgq_error **err) {
  if (!stmt || !name) {
    return kg_fail(err, KGQ_MISUSE, "binding needs a statement and the name of a variable");
  }
  if (stmt->state != KG_STMT_READY) {
    return kg_fail(err, KGQ_MISUSE,
                   "a variable is given a value before the first step: call kgq_reset first");
  }
  const kgq_str wanted = kg_str(name[0] == '?' || name[0] == '$' ? name + 1 : name);
  for (kg_var v = 0; v < stmt->user_var_count; v++) {
    if (!stmt->ast->vars[v].hidden && kg_str_equal(stmt->ast->vars[v].name, wanted)) {
      *out = v;
      return KGQ_OK;
    }
  }
  return kg_fail(err, KGQ_MISUSE, "the query has no variable ?%s", name);
}

static kgq_status set(kgq_stmt *stmt, kg_var var, const kg_term *term, kgq_error **err) {
  kg_term *copy = (kg_term *)kg_arena_zero(&stmt->bind_arena, sizeof(kg_term));
  if (!copy) {
    return kg_fail_memory(err);
  }
  KGQ_TRY(kg_term_copy(&stmt->bind_arena, term, copy, err));
  stmt->parameters[var] = copy;
  return KGQ_OK;
}

kgq_status kg_stmt_bind(kgq_stmt *stmt, const char *name, const kg_term *term, kgq_error **err) {
  kg_var var = KG_NO_VAR;
  KGQ_TRY(find_var(stmt, name, &var, err));
  return set(stmt, var, term, err);
}

static kgq_str counted(const char *text, size_t bytes) {
  return bytes == KGQ_NUL_TERMINATED ? kg_str(text) : kg_str_n(text ? text : "", text ? bytes : 0);
}

static kgq_status check_text(kgq_str text, size_t most, kgq_error **err) {
  if (text.len > most) {
    return kg_fail(err, KGQ_LIMIT, "a bound value is longer than %zu bytes", most);
  }
  if (kg_utf8_valid(text) != text.len) {
    return kg_fail(err, KGQ_DATA, "a bound value is not valid UTF-8");
  }
  return KGQ_OK;
}

static kgq_status check_iri(kgq_str iri, kgq_error **err) {
  size_t offset = 0;
  KGQ_TRY(check_text(iri, KG_LIMIT_IRI_BYTES, err));
  const char *fault = kg_iri_check_absolute(iri, &offset);
  return fault ? kg_fail(err, KGQ_DATA, "<%.*s> is no absolute IRI: %s", KG_ARG(iri), fault) : KGQ_OK;
}

kgq_status kgq_bind_iri(kgq_stmt *stmt, const char *name, const char *iri, size_t bytes, kgq_error **err) {
  kg_var var = KG_NO_VAR;
  KGQ_TRY(find_var(stmt, name, &var, err));
  const kgq_str text = counted(iri, bytes);
  KGQ_TRY(check_iri(text, err));
  const kg_term term = kg_term_iri(text);
  return set(stmt, var, &term, err);
}

kgq_status kgq_bind_text(kgq_stmt *stmt, const char *name, const char *text, size_t bytes, const char *lang,
                         kgq_error **err) {
  kg_var var = KG_NO_VAR;
  KGQ_TRY(find_var(stmt, name, &var, err));
  const kgq_str value = counted(text, bytes), tag = kg_str(lang);
  KGQ_TRY(check_text(value, KG_LIMIT_LITERAL_BYTES, err));
  if (tag.len > 0 && !kg_lang_valid(tag)) {
    return kg_fail(err, KGQ_DATA, "\"%.*s\" is no language tag", KG_ARG(tag));
  }
  const kg_term term = tag.len > 0 ? kg_term_lang(value, tag) : kg_term_string(value);
  return set(stmt, var, &term, err);
}

kgq_status kgq_bind_typed(kgq_stmt *stmt, const char *name, const char *text, size_t bytes,
                          const char *datatype, kgq_error **err) {
  kg_var var = KG_NO_VAR;
  KGQ_TRY(find_var(stmt, name, &var, err));
  const kgq_str value = counted(text, bytes), type = kg_str(datatype);
  KGQ_TRY(check_text(value, KG_LIMIT_LITERAL_BYTES, err));
  KGQ_TRY(check_iri(type, err));
  const kg_term term = kg_term_typed(value, type);
  return set(stmt, var, &term, err);
}

kgq_status kgq_bind_int(kgq_stmt *stmt, const char *name, int64_t value, kgq_error **err) {
  char text[24];
  (void)snprintf(text, sizeof text, "%lld", (long long)value);
  return kgq_bind_typed(stmt, name, text, KGQ_NUL_TERMINATED, KG_XSD_INTEGER, err);
}

/* Canonical xsd:double (XSD 1.1, 3.3.5.2): one digit before the point, at least one behind, the fewest that
 * read back. */
static void print_double(double value, char out[40]) {
  if (isnan(value) || isinf(value)) {
    (void)snprintf(out, 40, "%s", isnan(value) ? "NaN" : value > 0 ? "INF" : "-INF");
    return;
  }
  char text[40];
  for (int digits = 0; digits <= 17; digits++) {
    double back = 0;
    (void)snprintf(text, sizeof text, "%.*E", digits, value);
    if (sscanf(text, "%lf", &back) == 1 && !(back < value) && !(back > value)) {
      break;
    }
  }
  char *e = strchr(text, 'E');
  const int exponent = e ? (int)strtol(e + 1, NULL, 10) : 0;
  const int mantissa = e ? (int)(e - text) : (int)strlen(text);
  const bool point = memchr(text, '.', (size_t)mantissa) != NULL;
  (void)snprintf(out, 40, "%.*s%sE%d", mantissa, text, point ? "" : ".0", exponent);
}

kgq_status kgq_bind_double(kgq_stmt *stmt, const char *name, double value, kgq_error **err) {
  char text[40];
  print_double(value, text);
  return kgq_bind_typed(stmt, name, text, KGQ_NUL_TERMINATED, KG_XSD_DOUBLE, err);
}

kgq_status kgq_bind_term(kgq_stmt *stmt, const char *name, const char *term, size_t bytes, kgq_error **err) {
  kg_var var = KG_NO_VAR;
  KGQ_TRY(find_var(stmt, name, &var, err));
  kgq_conn *conn = stmt->conn;
  kg_snap *snap = NULL;
  KGQ_TRY(kg_snap_take(conn->db, &snap, err));
  const kg_parse_options options = {
    .allocator = &conn->db->allocator,
    .name = name,
    .base = kg_str(conn->base),
    .snap = snap,
    .conn = conn,
    .query_allowed = true,
  };
  kg_term parsed;
  kgq_status st = kg_parse_term(counted(term, bytes), &options, &stmt->bind_arena, &parsed, err);
  kg_snap_drop(snap);
  return st == KGQ_OK ? set(stmt, var, &parsed, err) : st;
}

kgq_status kgq_clear_bindings(kgq_stmt *stmt) {
  if (!stmt || stmt->state != KG_STMT_READY) {
    return KGQ_MISUSE;
  }
  for (kg_var v = 0; v < stmt->user_var_count; v++) {
    stmt->parameters[v] = NULL;
  }
  kg_arena_reset(&stmt->bind_arena);
  return KGQ_OK;
}

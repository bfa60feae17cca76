/* tests/unit/test_text.c: UTF-8 checks, folding of names (FACTS 5.4), case, width, edit distance.
 *
 * The expected foldings were worked out with another implementation of the Unicode tables (Python's
 * unicodedata).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/limits.h"
#include "core/text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const folding[][2] = {
  /* Latin */
  { "KT", "kt" },
  { "ＫＴ", "kt" },
  { "nvidia", "nvidia" },
  { "NVIDIA", "nvidia" },
  { "ＧＰＵ", "gpu" },
  { "Straße", "strasse" },
  { "STRASSE", "strasse" },
  { "ẞ", "ss" },
  { "Škoda", "škoda" },
  { "S\xCC\x8Ckoda", "škoda" },
  { "Ångström", "ångström" },
  { "A\xCC\x8Angstro\xCC\x88m", "ångström" },
  { "Ångström", "ångström" },
  { "ﬁnance", "finance" },
  { "ﬀ", "ff" },
  { "Ｈ１００", "h100" },
  { "½", "1⁄2" },
  { "２５０㎏", "250kg" },
  { "№ 5", "no 5" },
  { "™", "tm" },
  { "Ⅷ", "viii" },
  { "ⅻ", "xii" },
  { "ǅungla", "džungla" },
  { "İstanbul", "i\xCC\x87stanbul" },
  { "ı", "ı" },
  { "ŉ", "ʼn" },
  { "Æther", "æther" },
  { "Łódź", "łódź" },
  { "q\xCC\xA3\xCC\x87", "q\xCC\xA3\xCC\x87" },
  { "q\xCC\x87\xCC\xA3", "q\xCC\xA3\xCC\x87" },
  { "ſound", "sound" },
  { "℃", "°c" },
  { "㏄", "cc" },
  { "x²", "x2" },
  { "H₂O", "h2o" },
  { "①", "1" },
  { "⒈", "1." },
  { "Ａ＆Ｔ", "a&t" },
  { "AT＆T", "at&t" },
  { "é", "é" },
  { "e\xCC\x81", "é" },
  { "ö", "ö" },
  { "Müller", "müller" },
  { "MÜLLER", "müller" },
  { "Jose\xCC\x81 ", "josé" },
  { "  a   b  ", "a b" },
  { "tab\x09"
    "and\x0Aline",
    "tab and line" },
  { "a\xC2\xA0"
    "b",
    "a b" },
  { "a\xE3\x80\x80"
    "b",
    "a b" },
  { "a\xE2\x80\x83\xE2\x80\x89"
    "b",
    "a b" },
  { "soft\xC2\xADhyphen", "softhyphen" },
  { "zero\xE2\x80\x8Bwidth", "zerowidth" },
  { "\xEF\xBB\xBF"
    "bom",
    "bom" },
  { "a\xE2\x81\xA0"
    "b",
    "ab" },
  { "non‑breaking", "non-breaking" },
  { "1990–1995", "1990-1995" },
  { "em—dash", "em-dash" },
  { "bar―x", "bar-x" },
  { "−5", "-5" },
  { "L’Oréal", "l'oréal" },
  { "‘quoted’", "'quoted'" },
  { "a－b", "a-b" },
  { "a﹣b", "a-b" },
  { "a−b", "a-b" },
  { "full．stop", "full.stop" },
  { "Ｌ’Ｏ", "l'o" },
  { "C++", "c++" },
  { "C＃", "c#" },
  { "🚀 Rocket", "🚀 rocket" },
  { "ẞẞ", "ssss" },
  { "Ⓚ", "k" },
  { "㎓", "ghz" },
  { "①②", "12" },
  { "Ω", "ω" },
  { "Ǆ", "dž" },
  { "aʼb", "aʼb" },
  { "Ꞗ", "ꞗ" },
  { "ﬆ", "st" },
  { "ĳ", "ij" },
  /* Greek */
  { "ΑΘΗΝΑ", "αθηνα" },
  { "Αθήνα", "αθήνα" },
  { "ΑΘΉΝΑ", "αθήνα" },
  { "σοφός", "σοφόσ" },
  { "ΣΟΦΌΣ", "σοφόσ" },
  { "ς", "σ" },
  { "ᾳ", "αι" },
  { "ᾼ", "αι" },
  { "ώ", "ώ" },
  { "ω\xCC\x81", "ώ" },
  { "ώ", "ώ" },
  { "α·β", "α·β" },
  { "ϐ", "β" },
  { "ϴ", "θ" },
  { "ᾷ", "ᾶι" },
  { "ΐ", "ΐ" },
  { "ΐ", "ΐ" },
  /* Cyrillic */
  { "МОСКВА", "москва" },
  { "Москва", "москва" },
  { "Яндекс", "яндекс" },
  { "ЁЛКА", "ёлка" },
  { "Е\xCC\x88лка", "ёлка" },
  { "й", "й" },
  { "и\xCC\x86", "й" },
  { "Київ", "київ" },
  { "ЇЖАК", "їжак" },
  { "Ѐ", "ѐ" },
  { "Ӂ", "ӂ" },
  { "Ԁ", "ԁ" },
  /* Han and Kana */
  { "東京", "東京" },
  { "㍿", "株式会社" },
  { "㍻", "平成" },
  { "サムスン", "サムスン" },
  { "ｻﾑｽﾝ", "サムスン" },
  { "ｶﾞ", "ガ" },
  { "ガ", "ガ" },
  { "カ\xE3\x82\x99", "ガ" },
  { "ハ\xE3\x82\x9A", "パ" },
  { "ﾊﾟ", "パ" },
  { "ジェンスン・フアン", "ジェンスン·フアン" },
  { "ジェンスン･フアン", "ジェンスン·フアン" },
  { "ジェンスン·フアン", "ジェンスン·フアン" },
  { "ジェンスン∙フアン", "ジェンスン·フアン" },
  { "ジェンスン⋅フアン", "ジェンスン·フアン" },
  { "㌔", "キロ" },
  { "㌢", "センチ" },
  { "株式会社", "株式会社" },
  { "㈱", "(株)" },
  { "㊑", "株" },
  { "豈", "豈" },
  { "廓", "廓" },
  { "﨑", "﨑" },
  { "現代自動車グループ", "現代自動車グループ" },
  { "ー", "ー" },
  { "ｰ", "ー" },
  { "〜", "〜" },
  { "～", "~" },
  { "「東京」", "「東京」" },
  { "｢東京｣", "「東京」" },
  { "５万枚", "5万枚" },
  { "㋿", "令和" },
  { "㏠", "1日" },
  { "\xE3\x80\x80東京\xE3\x80\x80", "東京" },
  { "龜\xEF\xB8\x80", "龜" },
  { "㍑", "リットル" },
  { "は゛", "は \xE3\x82\x99" },
  { "ゟ", "より" },
  /* Hangul */
  { "삼성전자", "삼성전자" },
  { "\xE1\x84\x89\xE1\x85\xA1\xE1\x86\xB7\xE1\x84\x89\xE1\x85\xA5\xE1\x86\xBC", "삼성" },
  { "ㄱ", "\xE1\x84\x80" },
  { "ﾡ", "\xE1\x84\x80" },
  { "각", "각" },
  { "\xE1\x84\x80\xE1\x85\xA1\xE1\x86\xA8", "각" },
  { "㈜", "(주)" },
  { "㈜삼성", "(주)삼성" },
  { "SK하이닉스", "sk하이닉스" },
  { "ＳＫ하이닉스", "sk하이닉스" },
  { "현대자동차\xC2\xA0그룹", "현대자동차 그룹" },
  { "한\xE2\x80\x8B국", "한국" },
  { "㉠", "\xE1\x84\x80" },
  { "LG·화학", "lg·화학" },
  { "LG・화학", "lg·화학" },
  { "LG･화학", "lg·화학" },
  { "가\xE1\x86\xA8", "각" },
  /* Other scripts */
  { "ﷺ", "صلى الله عليه وسلم" },
  { "ﻻ", "لا" },
  { "ﺍﻟﻌﺮﺑﻴﺔ", "العربية" },
  { "العربية", "العربية" },
  { "א\xD6\xBC", "א\xD6\xBC" },
  { "אּ", "א\xD6\xBC" },
  { "ﭏ", "אל" },
  { "กำ", "กํา" },
  { "क़", "क\xE0\xA4\xBC" },
  { "क\xE0\xA4\xBC", "क\xE0\xA4\xBC" },
  { "ΐ", "ΐ" },
  { "Աբգ", "աբգ" },
  { "և", "եւ" },
  { "Ա", "ա" },
  { "ⴀ", "ⴀ" },
  { "Ა", "ა" },
  { "Ꭰ", "Ꭰ" },
  { "ꭰ", "Ꭰ" },
  { "𐐀", "𐐨" },
  { "𐐨", "𐐨" },
  { "𝐀𝐁", "ab" },
  { "𝔾ℙ", "gp" },
  { "１２３", "123" },
  { "١٢٣", "١٢٣" },
  { "ᾲ στο", "ὰι στο" },
};

typedef kgq_status (*text_fn)(kgq_str text, kg_buf *out, kgq_error **err);

static void expect_text(text_fn fn, const char *from, const char *to) {
  kg_buf out;
  kg_buf_init(&out, &kg_libc_allocator);
  assert_int_equal(fn(kg_str(from), &out, NULL), KGQ_OK);
  if (!kg_str_equal(kg_buf_str(&out), kg_str(to))) {
    fail_msg("'%s' became '%.*s' instead of '%s'", from, KG_ARG(kg_buf_str(&out)), to);
  }
  kg_buf_free(&out);
}

static void names_fold(void **state) {
  (void)state;
  assert_true(COUNT(folding) >= 100);
  for (size_t i = 0; i < COUNT(folding); i++) {
    expect_text(kg_fold, folding[i][0], folding[i][1]);
    expect_text(kg_fold, folding[i][1], folding[i][1]); /* what is folded stays */
  }
}

static void folding_appends(void **state) {
  (void)state;
  kg_buf out;
  kg_buf_init(&out, &kg_libc_allocator);
  assert_int_equal(kg_buf_add_text(&out, "x ", NULL), KGQ_OK);
  assert_int_equal(kg_fold(KG_STR("  A \xEF\xBC\xA2 "), &out, NULL), KGQ_OK);
  assert_int_equal(kg_fold(KG_STR(" \t"), &out, NULL), KGQ_OK);
  assert_int_equal(kg_fold(KG_STR(""), &out, NULL), KGQ_OK);
  assert_true(kg_str_equal(kg_buf_str(&out), KG_STR("x a b")));
  kg_buf_free(&out);
}

static void broken_bytes_fold_to_replacements(void **state) {
  (void)state;
  expect_text(kg_fold, "A\xFFZ", "a\xEF\xBF\xBDz");
  expect_text(kg_nfc, "\xC3", "\xEF\xBF\xBD");
}

/* 200,000 marks in falling class: an ordering that takes quadratic time does not end. */
static void piled_marks_take_linear_time(void **state) {
  (void)state;
  enum { PAIRS = 100000 };
  kg_buf in;
  kg_buf out;
  kg_buf_init(&in, &kg_libc_allocator);
  kg_buf_init(&out, &kg_libc_allocator);
  assert_int_equal(kg_buf_add_text(&in, "q", NULL), KGQ_OK);
  for (int i = 0; i < PAIRS; i++) {
    assert_int_equal(kg_buf_add_text(&in, "\xCC\x87\xCC\xA3", NULL), KGQ_OK); /* classes 230 and 220 */
  }
  assert_int_equal(kg_nfc(kg_buf_str(&in), &out, NULL), KGQ_OK);
  assert_int_equal(out.len, in.len);
  assert_memory_equal(out.bytes + 1, "\xCC\xA3\xCC\xA3", 4);
  assert_memory_equal(out.bytes + out.len - 4, "\xCC\x87\xCC\x87", 4);
  kg_buf_free(&in);
  kg_buf_free(&out);
}

static void normal_form_c(void **state) {
  (void)state;
  expect_text(kg_nfc, "plain", "plain");
  expect_text(kg_nfc, "e\xCC\x81", "\xC3\xA9");
  expect_text(kg_nfc, "\xEF\xBC\xAB", "\xEF\xBC\xAB"); /* compatibility forms stay */
  expect_text(kg_nfc, "\xE1\x84\x89\xE1\x85\xA1\xE1\x86\xB7", "\xEC\x82\xBC");
}

static void upper_and_lower(void **state) {
  (void)state;
  expect_text(kg_upper, "straße ﬁ ǰ é я ğ 1", "STRASSE FI J\xCC\x8C É Я Ğ 1");
  expect_text(kg_lower, "STRASSE É Я Σ 1", "strasse é я σ 1");
  expect_text(kg_lower, "\xC4\xB0", "i\xCC\x87");
  expect_text(kg_upper, "서울 東京", "서울 東京");
}

static void utf8_is_checked(void **state) {
  (void)state;
  static const struct {
    const char *text;
    size_t valid;
  } rows[] = {
    { "", 0 },
    { "plain ascii of more than sixteen bytes", 38 },
    { "0123456789abcdef\x80", 16 },     /* tail without a head behind the fast path */
    { "0123456789abcde\xC3\xA9!", 18 }, /* a character across the border of 16 bytes */
    { "\xC0\xAF", 0 },                  /* overlong: 2 bytes */
    { "\xC1\xBF", 0 },
    { "\xE0\x80\xAF", 0 }, /* 3 bytes */
    { "\xE0\x9F\xBF", 0 },
    { "\xE0\xA0\x80", 3 },
    { "\xF0\x80\x80\xAF", 0 }, /* 4 bytes */
    { "\xF0\x8F\xBF\xBF", 0 },
    { "\xF0\x90\x80\x80", 4 },
    { "\xED\x9F\xBF", 3 },
    { "\xED\xA0\x80", 0 }, /* surrogates */
    { "\xED\xBF\xBF", 0 },
    { "\xEE\x80\x80", 3 },
    { "\xF4\x8F\xBF\xBF", 4 },
    { "\xF4\x90\x80\x80", 0 }, /* beyond U+10FFFF */
    { "\xF5\x80\x80\x80", 0 },
    { "\xFE", 0 },
    { "\xFF", 0 },
    { "a\xC3", 1 }, /* cut off */
    { "a\xE2\x82", 1 },
    { "a\xF0\x9F\x9A", 1 },
    { "a\xE2\x28\xA1", 1 }, /* head in place of a tail */
    { "a\xF0\x9F\x28\x80", 1 },
    { "\xEF\xBF\xBF", 3 }, /* noncharacters are characters of UTF-8 */
  };
  for (size_t i = 0; i < COUNT(rows); i++) {
    if (kg_utf8_valid(kg_str(rows[i].text)) != rows[i].valid) {
      fail_msg("row %zu: %zu instead of %zu", i, kg_utf8_valid(kg_str(rows[i].text)), rows[i].valid);
    }
  }
}

static void every_character_survives(void **state) {
  (void)state;
  for (uint32_t c = 0; c <= 0x10FFFF; c++) {
    if (c >= 0xD800 && c <= 0xDFFF) {
      continue;
    }
    char bytes[4];
    uint32_t back = ~c;
    const size_t len = kg_utf8_encode(c, bytes);
    const kgq_str text = kg_str_n(bytes, len);
    if (kg_utf8_decode(text, &back) != len || back != c || kg_utf8_valid(text) != len ||
        kg_utf8_count(text) != 1 || kg_utf8_decode(kg_str_n(bytes, len - 1), &back) != 0) {
      fail_msg("U+%04X", (unsigned)c);
    }
  }
}

static void counting(void **state) {
  (void)state;
  assert_int_equal(kg_utf8_count(KG_STR("a\xED\x95\x9C\xF0\x9F\x9A\x80")), 3);
  assert_int_equal(kg_utf8_count(KG_STR("a\xFF\xED\x95")), 4);
}

static void widths(void **state) {
  (void)state;
  static const struct {
    const char *text;
    size_t columns;
  } rows[] = {
    { "", 0 },
    { "abc", 3 },
    { "삼성전자", 8 },
    { "東京a", 5 },
    { "ＫＴ", 4 },
    { "ｻﾑ", 2 },
    { "é", 1 },
    { "e\xCC\x81", 1 },
    { "🚀", 2 },
    { "A\xE2\x80\x8B"
      "B",
      2 },
    { "\xFF", 1 },
    { "Москва", 6 },
  };
  for (size_t i = 0; i < COUNT(rows); i++) {
    if (kg_display_width(kg_str(rows[i].text)) != rows[i].columns) {
      fail_msg("'%s' is %zu wide instead of %zu", rows[i].text, kg_display_width(kg_str(rows[i].text)),
               rows[i].columns);
    }
  }
  assert_int_equal(kgq_display_width("한국", KGQ_NUL_TERMINATED), 4);
  assert_int_equal(kgq_display_width("한국", 3), 2);
  assert_int_equal(kgq_display_width(NULL, 0), 0);
}

static void classes(void **state) {
  (void)state;
  assert_true(kg_is_letter('a') && kg_is_letter(0xD55C) && kg_is_letter(0x6771) && kg_is_letter(0x42F));
  assert_false(kg_is_letter('1') || kg_is_letter(0x301) || kg_is_letter(0x110000) ||
               kg_is_letter(UINT32_MAX));
  assert_true(kg_is_digit('7') && kg_is_digit(0xFF17) && kg_is_digit(0x667));
  assert_false(kg_is_digit(0xBD) || kg_is_digit('x'));
  assert_true(kg_is_mark(0x301) && !kg_is_mark('a'));
  assert_true(kg_is_symbol('+') && kg_is_symbol(0x1F680) && !kg_is_symbol('-'));
  assert_true(kg_is_space(' ') && kg_is_space(0x3000) && kg_is_space(0xA0) && !kg_is_space(0x200B));
  assert_true(kg_is_cjk(0x6771) && kg_is_cjk(0x30B5) && kg_is_cjk(0xC0BC) && kg_is_cjk(0x3105) &&
              kg_is_cjk(0xFF7B));
  assert_false(kg_is_cjk('a') || kg_is_cjk(0x3001) || kg_is_cjk(0x42F) || kg_is_cjk(0x1F680));
}

static void distances(void **state) {
  (void)state;
  static const struct {
    const char *a, *b;
    size_t limit, distance;
  } rows[] = {
    { "", "", 0, 0 },
    { "abc", "abc", 0, 0 },
    { "abc", "abd", 0, 1 },
    { "abc", "", 3, 3 },
    { "", "abc", 2, 3 },
    { "kitten", "sitting", 3, 3 },
    { "kitten", "sitting", 9, 3 },
    { "kitten", "sitting", 2, 3 },
    { "deploys", "depolys", 2, 1 }, /* neighbours swapped: one edit */
    { "nvidia", "nvidai", 1, 1 },
    { "ca", "abc", 3, 3 },
    { "삼성전자", "삼성전기", 2, 1 },
    { "삼성", "성삼", 2, 1 },
    { "samsung", "samsnug electronics", 5, 6 },
    { "abcdef", "badcfe", 3, 3 },
    { "abcdef", "ghijkl", 6, 6 },
    { "abcdef", "ghijkl", 5, 6 },
  };
  for (size_t i = 0; i < COUNT(rows); i++) {
    const kgq_str a = kg_str(rows[i].a);
    const kgq_str b = kg_str(rows[i].b);
    if (kg_edit_distance(a, b, rows[i].limit) != rows[i].distance ||
        kg_edit_distance(b, a, rows[i].limit) != rows[i].distance) {
      fail_msg("'%s' and '%s': %zu", rows[i].a, rows[i].b, kg_edit_distance(a, b, rows[i].limit));
    }
  }
}

/* The whole table without a band, to hold the banded one against. */
static size_t plain_distance(kgq_str a, kgq_str b) {
  size_t d[16][16];
  for (size_t i = 0; i <= a.len; i++) {
    for (size_t j = 0; j <= b.len; j++) {
      size_t best = i == 0 ? j : i;
      if (i > 0 && j > 0) {
        best = d[i - 1][j - 1] + (a.ptr[i - 1] == b.ptr[j - 1] ? 0 : 1);
        best = d[i - 1][j] + 1 < best ? d[i - 1][j] + 1 : best;
        best = d[i][j - 1] + 1 < best ? d[i][j - 1] + 1 : best;
        if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1]) {
          best = d[i - 2][j - 2] + 1 < best ? d[i - 2][j - 2] + 1 : best;
        }
      }
      d[i][j] = best;
    }
  }
  return d[a.len][b.len];
}

static void distances_at_random(void **state) {
  (void)state;
  uint32_t seed = 12345;
  for (int round = 0; round < 20000; round++) {
    char text[2][12];
    kgq_str side[2];
    for (int k = 0; k < 2; k++) {
      seed = seed * 1664525u + 1013904223u;
      side[k] = kg_str_n(text[k], seed >> 16 & 7);
      for (size_t i = 0; i < side[k].len; i++) {
        seed = seed * 1664525u + 1013904223u;
        text[k][i] = (char)('a' + (seed >> 20 & 3));
      }
    }
    const size_t limit = seed >> 8 & 7;
    const size_t plain = plain_distance(side[0], side[1]);
    const size_t want = plain > limit ? limit + 1 : plain;
    if (kg_edit_distance(side[0], side[1], limit) != want) {
      fail_msg("'%.*s' '%.*s' within %zu", KG_ARG(side[0]), KG_ARG(side[1]), limit);
    }
  }
}

static void long_texts_are_far(void **state) {
  (void)state;
  char text[2 * KG_LIMIT_EDIT_CHARACTERS];
  memset(text, 'a', sizeof text);
  const kgq_str fits = kg_str_n(text, KG_LIMIT_EDIT_CHARACTERS);
  const kgq_str more = kg_str_n(text, KG_LIMIT_EDIT_CHARACTERS + 1);
  assert_int_equal(kg_edit_distance(fits, fits, 3), 0);
  assert_int_equal(kg_edit_distance(fits, kg_str_n(text, fits.len - 2), 3), 2);
  assert_int_equal(kg_edit_distance(more, more, 3), 4);
  assert_int_equal(kg_edit_distance(fits, KG_STR(""), 1000), KG_LIMIT_EDIT_CHARACTERS);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(names_fold),
    cmocka_unit_test(folding_appends),
    cmocka_unit_test(broken_bytes_fold_to_replacements),
    cmocka_unit_test(piled_marks_take_linear_time),
    cmocka_unit_test(normal_form_c),
    cmocka_unit_test(upper_and_lower),
    cmocka_unit_test(utf8_is_checked),
    cmocka_unit_test(every_character_survives),
    cmocka_unit_test(counting),
    cmocka_unit_test(widths),
    cmocka_unit_test(classes),
    cmocka_unit_test(distances),
    cmocka_unit_test(distances_at_random),
    cmocka_unit_test(long_texts_are_far),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

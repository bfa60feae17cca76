/* Tests of every function of expressions: a table of SPARQL expressions and the terms they give; NULL: an
 * error. */
#include "calc_fixture.h"

typedef struct expr_row {
  const char *expr, *expected;
} expr_row;

static void run(const expr_row *rows, size_t count) {
  size_t wrong = 0;
  for (size_t i = 0; i < count; i++) {
    wrong += value_is(rows[i].expr, rows[i].expected) ? 0 : 1;
  }
  assert_int_equal(wrong, 0);
}

static const expr_row terms_rows[] = {
  { "STR(<http://a/b>)", "'http://a/b'" },
  { "STR('x'@en)", "'x'" },
  { "STR(01)", "'01'" },
  { "STR(1.50)", "'1.50'" },
  { "STR(true)", "'true'" },
  { "STR('5 GPU'^^kgq:quantity)", "'5 GPU'" },
  { "STR(<<( :a :b :c )>>)", NULL },
  { "STR(BNODE())", NULL },
  { "STR(1/0)", NULL },
  { "LANG('x'@en-US)", "'en-US'" },
  { "LANG('x')", "''" },
  { "LANG(1)", "''" },
  { "LANG(:a)", NULL },
  { "LANG('x'@ar--rtl)", "'ar'" },
  { "LANGDIR('x'@ar--rtl)", "'rtl'" },
  { "LANGDIR('x'@en--ltr)", "'ltr'" },
  { "LANGDIR('x'@en)", "''" },
  { "LANGDIR('x')", "''" },
  { "LANGDIR(:a)", NULL },
  { "LANGMATCHES('en-US', 'en')", "true" },
  { "LANGMATCHES('EN-us', 'en-US')", "true" },
  { "LANGMATCHES('eng', 'en')", "false" },
  { "LANGMATCHES('en', '*')", "true" },
  { "LANGMATCHES('', '*')", "false" },
  { "LANGMATCHES('de', 'en')", "false" },
  { "LANGMATCHES('en', '')", "false" },
  { "LANGMATCHES('en'@en, 'en')", NULL },
  { "DATATYPE('x')", "xsd:string" },
  { "DATATYPE('x'@en)", "rdf:langString" },
  { "DATATYPE('x'@en--ltr)", "rdf:dirLangString" },
  { "DATATYPE(1)", "xsd:integer" },
  { "DATATYPE(1.0)", "xsd:decimal" },
  { "DATATYPE(1e0)", "xsd:double" },
  { "DATATYPE('z'^^:t)", ":t" },
  { "DATATYPE(true)", "xsd:boolean" },
  { "DATATYPE('2025-10-31'^^xsd:date)", "xsd:date" },
  { "DATATYPE(1 + 1.0)", "xsd:decimal" },
  { "DATATYPE(:a)", NULL },
  { "IRI('http://x/y')", "<http://x/y>" },
  { "IRI('y')", "<http://base.example/x/y>" },
  { "URI('../y')", "<http://base.example/y>" },
  { "IRI(:a)", ":a" },
  { "IRI('http://x/a b')", NULL },
  { "IRI('x'@en)", NULL },
  { "IRI(1)", NULL },
  { "isBLANK(BNODE())", "true" },
  { "isBLANK(BNODE('x'))", "true" },
  { "BNODE(1)", NULL },
  { "sameTerm(BNODE(), BNODE())", "false" },
  { "sameTerm(BNODE('x'), BNODE('x'))", "true" },
  { "sameTerm(BNODE('x'), BNODE('y'))", "false" },
  { "STRDT('1', xsd:integer)", "1" },
  { "STRDT('x', :t)", "'x'^^:t" },
  { "STRDT('x', xsd:string)", "'x'" },
  { "STRDT('x'@en, :t)", NULL },
  { "STRDT('x', rdf:langString)", NULL },
  { "STRDT('x', 'y')", NULL },
  { "STRDT(1, xsd:integer)", NULL },
  { "STRLANG('x', 'en')", "'x'@en" },
  { "STRLANG('x', '')", NULL },
  { "STRLANG('x', 'no language')", NULL },
  { "STRLANG('x'@en, 'de')", NULL },
  { "STRLANG(1, 'en')", NULL },
  { "STRLANGDIR('x', 'ar', 'rtl')", "'x'@ar--rtl" },
  { "STRLANGDIR('x', 'en', 'ltr')", "'x'@en--ltr" },
  { "STRLANGDIR('x', 'en', 'LTR')", NULL },
  { "STRLANGDIR('x', 'en', '')", NULL },
  { "STRLANGDIR('x', '', 'ltr')", NULL },
  { "STRLANGDIR(123, 'en', 'ltr')", NULL },
  { "STRLANGDIR(:x, 'en', 'ltr')", NULL },
  { "isIRI(:a)", "true" },
  { "isURI(:a)", "true" },
  { "isIRI('a')", "false" },
  { "isLITERAL('a')", "true" },
  { "isLITERAL(1)", "true" },
  { "isLITERAL(:a)", "false" },
  { "isLITERAL(<<( :a :b :c )>>)", "false" },
  { "isNUMERIC(1)", "true" },
  { "isNUMERIC('1'^^xsd:byte)", "true" },
  { "isNUMERIC('1200'^^xsd:byte)", "false" },
  { "isNUMERIC('x'^^xsd:integer)", "false" },
  { "isNUMERIC('1')", "false" },
  { "isNUMERIC(1e0)", "true" },
  { "isNUMERIC(:a)", "false" },
  { "isNUMERIC('123456789012345678901234567890123456789012345'^^xsd:integer)", "true" },
  { "isNUMERIC('5 GPU'^^kgq:quantity)", "false" },
  { "hasLANG('x'@en)", "true" },
  { "hasLANG('x'@en--ltr)", "true" },
  { "hasLANG('x')", "false" },
  { "hasLANG(:a)", "false" },
  { "hasLANGDIR('x'@en--ltr)", "true" },
  { "hasLANGDIR('x'@en)", "false" },
  { "hasLANGDIR(1)", "false" },
  { "sameTerm(1, 1)", "true" },
  { "sameTerm(1, 01)", "false" },
  { "sameTerm('x', 'x'^^xsd:string)", "true" },
  { "sameTerm(1, 1.0)", "false" },
  { "TRIPLE(:a, :b, :c)", "<<( :a :b :c )>>" },
  { "TRIPLE(:a, :b, 'x'@en--ltr)", "<<( :a :b 'x'@en--ltr )>>" },
  { "TRIPLE(:a, :b, TRIPLE(:a, :b, 1))", "<<( :a :b <<( :a :b 1 )>> )>>" },
  { "TRIPLE('a', :b, :c)", NULL },
  { "TRIPLE(:a, 'b', :c)", NULL },
  { "TRIPLE(<<( :a :b :c )>>, :b, :c)", NULL },
  { "TRIPLE(:a, BNODE(), :c)", NULL },
  { "isTRIPLE(TRIPLE(:a, :b, :c))", "true" },
  { "isTRIPLE(:a)", "false" },
  { "SUBJECT(<<( :a :b :c )>>)", ":a" },
  { "PREDICATE(<<( :a :b :c )>>)", ":b" },
  { "OBJECT(<<( :a :b 1.5 )>>)", "1.5" },
  { "OBJECT(:a)", NULL },
  { "SUBJECT(TRIPLE(:a, :b, STR(5)))", ":a" },
};

static void terms(void **state) {
  (void)state;
  run(terms_rows, COUNT(terms_rows));
}

static const expr_row strings_rows[] = {
  { "STRLEN('abc')", "3" },
  { "STRLEN('食べ物'@ja)", "3" },
  { "STRLEN('\\U0001F46A')", "1" },
  { "STRLEN('')", "0" },
  { "STRLEN(1)", NULL },
  { "STRLEN(:a)", NULL },
  { "SUBSTR('foobar', 4)", "'bar'" },
  { "SUBSTR('foobar', 4, 1)", "'b'" },
  { "SUBSTR('foobar'@en, 4, 1)", "'b'@en" },
  { "SUBSTR('foobar'@en--rtl, 4, 1)", "'b'@en--rtl" },
  { "SUBSTR('食べ物', 2, 1)", "'べ'" },
  { "SUBSTR('\\U0001F468\\u200D\\U0001F469', 3, 1)", "'\\U0001F469'" },
  { "SUBSTR('\\U0001F46A', 2)", "''" },
  { "SUBSTR('foobar', 0, 3)", "'fo'" },
  { "SUBSTR('foobar', -5, 8)", "'fo'" },
  { "SUBSTR('12345', 1.5, 2.6)", "'234'" },
  { "SUBSTR('12345', 2, 100)", "'2345'" },
  { "SUBSTR('12345', 10)", "''" },
  { "SUBSTR('12345', 2, 0)", "''" },
  { "SUBSTR('12345', 2, -1)", "''" },
  { "SUBSTR('12345', 'NaN'^^xsd:double, 3)", "''" },
  { "SUBSTR('12345', -42, 'INF'^^xsd:double)", "'12345'" },
  { "SUBSTR('12345', '1')", NULL },
  { "SUBSTR(12345, 1)", NULL },
  { "UCASE('straße'@de)", "'STRASSE'@de" },
  { "UCASE('foo')", "'FOO'" },
  { "UCASE('\\U00010428')", "'\\U00010400'" },
  { "LCASE('ÄÖÜ'@de--ltr)", "'äöü'@de--ltr" },
  { "LCASE('BAR')", "'bar'" },
  { "LCASE(1)", NULL },
  { "ENCODE_FOR_URI('100% é')", "'100%25%20%C3%A9'" },
  { "ENCODE_FOR_URI('食'@ja)", "'%E9%A3%9F'" },
  { "ENCODE_FOR_URI('a-b_c.d~e/f')", "'a-b_c.d~e%2Ff'" },
  { "ENCODE_FOR_URI(:a)", NULL },
  { "CONTAINS('foobar', 'bar')", "true" },
  { "CONTAINS('foobar'@en, 'foo'@en)", "true" },
  { "CONTAINS('foobar'@en, 'foo'@EN)", "true" },
  { "CONTAINS('foobar', 'bar'^^xsd:string)", "true" },
  { "CONTAINS('foobar'@en, 'bar')", "true" },
  { "CONTAINS('foobar', 'bar'@en)", NULL },
  { "CONTAINS('foobar'@en, 'bar'@de)", NULL },
  { "CONTAINS('abc'@en--ltr, 'b'@en--ltr)", "true" },
  { "CONTAINS('abc'@en--ltr, 'b')", "true" },
  { "CONTAINS('abc'@en--ltr, 'b'@en)", NULL },
  { "CONTAINS('abc', '')", "true" },
  { "CONTAINS('', 'a')", "false" },
  { "CONTAINS(1, '1')", NULL },
  { "STRSTARTS('foobar', 'foo')", "true" },
  { "STRSTARTS('foobar', 'bar')", "false" },
  { "STRSTARTS('foobar', '')", "true" },
  { "STRSTARTS('foobar'@en, 'foo'@fr)", NULL },
  { "STRENDS('foobar', 'bar')", "true" },
  { "STRENDS('foobar', '')", "true" },
  { "STRENDS('bar', 'foobar')", "false" },
  { "STRENDS('foobar'@en, 'bar'@en)", "true" },
  { "STRBEFORE('abc', 'b')", "'a'" },
  { "STRBEFORE('abc'@en, 'bc')", "'a'@en" },
  { "STRBEFORE('abc'@en, 'b'@cy)", NULL },
  { "STRBEFORE('abc', 'xyz')", "''" },
  { "STRBEFORE('abc'@en, 'z')", "''" },
  { "STRBEFORE('abc'@en, 'z'@en)", "''" },
  { "STRBEFORE('abc'@en, '')", "''@en" },
  { "STRBEFORE('abc'@en, ''@en)", "''@en" },
  { "STRBEFORE('abc', ''@en)", NULL },
  { "STRBEFORE(123, '2')", NULL },
  { "STRAFTER('abc', 'b')", "'c'" },
  { "STRAFTER('abc'@en, 'ab')", "'c'@en" },
  { "STRAFTER('abc'@en--ltr, 'ab')", "'c'@en--ltr" },
  { "STRAFTER('abc', 'abc')", "''" },
  { "STRAFTER('abc'@en, 'abc')", "''@en" },
  { "STRAFTER('abc'@en, 'z')", "''" },
  { "STRAFTER('abc', '')", "'abc'" },
  { "STRAFTER('abc'@en, ''@en)", "'abc'@en" },
  { "STRAFTER('abc', 'b'@en)", NULL },
  { "CONCAT()", "''" },
  { "CONCAT('a')", "'a'" },
  { "CONCAT('a'@en)", "'a'@en" },
  { "CONCAT('a', 'b')", "'ab'" },
  { "CONCAT('a'@en, 'b'@en)", "'ab'@en" },
  { "CONCAT('a'@en, 'b'@fr)", "'ab'" },
  { "CONCAT('a'@en, 'b')", "'ab'" },
  { "CONCAT('a', 'b'@en)", "'ab'" },
  { "CONCAT('a'@en--ltr, 'b'@en--ltr)", "'ab'@en--ltr" },
  { "CONCAT('a'@en--ltr, 'b'@en--rtl)", "'ab'" },
  { "CONCAT('a'@en--ltr, 'b'@en)", "'ab'" },
  { "CONCAT('a'@en--ltr, 'b', 'c'@en--ltr)", "'abc'" },
  { "CONCAT('a', 1)", NULL },
  { "CONCAT('a', 1/0)", NULL },
  { "CONCAT('a', CONCAT('b', UCASE('c')), LCASE('D'))", "'abCd'" },
};

static void strings(void **state) {
  (void)state;
  run(strings_rows, COUNT(strings_rows));
}

static const expr_row patterns_rows[] = {
  { "REGEX('abc', 'b')", "true" },
  { "REGEX('abc', 'B')", "false" },
  { "REGEX('abc', 'B', 'i')", "true" },
  { "REGEX('ABC'@en, '^a.c$', 'i')", "true" },
  { "REGEX('a\\nb', 'a.b')", "false" },
  { "REGEX('a\\nb', 'a.b', 's')", "true" },
  { "REGEX('a\\nb\\nc', '^b$')", "false" },
  { "REGEX('a\\nb\\nc', '^b$', 'm')", "true" },
  { "REGEX('abc', 'a b c', 'x')", "true" },
  { "REGEX('a c', 'a[ ]c', 'x')", "true" },
  { "REGEX('a.c', 'a.c', 'q')", "true" },
  { "REGEX('abc', 'a.c', 'q')", "false" },
  { "REGEX('xA.Cx', 'a.c', 'qi')", "true" },
  { "REGEX('abc', 'b', 'k')", NULL },
  { "REGEX('abc', '(')", NULL },
  { "REGEX('abc', 'b'@en)", NULL },
  { "REGEX(1, '1')", NULL },
  { "REGEX('abc\\n', 'c$')", "false" },
  { "REGEX('가나', '^..$')", "true" },
  { "REGEX('É', 'é', 'i')", "true" },
  { "REGEX('٣', '^\\\\d$')", "true" },
  { "REPLACE('abcd', 'b', 'Z')", "'aZcd'" },
  { "REPLACE('abab', 'B', 'Z', 'i')", "'aZaZ'" },
  { "REPLACE('abab'@en, 'b', '')", "'aa'@en" },
  { "REPLACE('abab'@en--rtl, 'b', '')", "'aa'@en--rtl" },
  { "REPLACE('abcd', '(ab)|(a)', '[1=$1][2=$2]')", "'[1=ab][2=]cd'" },
  { "REPLACE('abracadabra', 'bra', '*')", "'a*cada*'" },
  { "REPLACE('abracadabra', 'a.*a', '*')", "'*'" },
  { "REPLACE('abracadabra', 'a.*?a', '*')", "'*c*bra'" },
  { "REPLACE('abracadabra', 'a', '')", "'brcdbr'" },
  { "REPLACE('abracadabra', 'a(.)', 'a$1$1')", "'abbraccaddabbra'" },
  { "REPLACE('AAAA', 'A+?', 'b')", "'bbbb'" },
  { "REPLACE('darted', '^(.*?)d(.*)$', '$1c$2')", "'carted'" },
  { "REPLACE('abc', '(b)', '$10')", "'ab0c'" },
  { "REPLACE('abc', 'b', '$0$0')", "'abbc'" },
  { "REPLACE('abc', 'b', '\\\\$')", "'a$c'" },
  { "REPLACE('abc', 'b', '\\\\\\\\')", "'a\\\\c'" },
  { "REPLACE('abc', 'b', '$')", NULL },
  { "REPLACE('abc', 'b', '\\\\n')", NULL },
  { "REPLACE('abc', '.*?', 'x')", NULL },
  { "REPLACE('a.c', '.', '$1', 'q')", "'a$1c'" },
  { "REPLACE('aAbBaC', 'a', '~/', 'i')", "'~/~/bB~/C'" },
  { "REPLACE('食べ物', 'べ', '-')", "'食-物'" },
  { "REPLACE('a+b', '[+]', ' ')", "'a b'" },
  { "REPLACE(1, '1', '2')", NULL },
  { "REPLACE('abc', 'b', 1)", NULL },
  { "REPLACE('abc', 'b', 'x'@en)", NULL },
  { "REPLACE('a b c', '\\\\b', '|')", "'|a| |b| |c|'" },
};

static void patterns(void **state) {
  (void)state;
  run(patterns_rows, COUNT(patterns_rows));
}

static const expr_row numbers_rows[] = {
  { "1 + 2", "3" },
  { "1 + 2.0", "3.0" },
  { "1 + 2e0", "3.0E0" },
  { "1.5 + 1.5", "3.0" },
  { "'1'^^xsd:float + 1", "'2.0E0'^^xsd:float" },
  { "'1'^^xsd:float + 1e0", "2.0E0" },
  { "'1'^^xsd:byte + '2'^^xsd:short", "3" },
  { "5 - 7", "-2" },
  { "2 * 3.5", "7.0" },
  { "0.1 + 0.2", "0.3" },
  { "1 / 2", "0.5" },
  { "6 / 3", "2.0" },
  { "1 / 3", "0.333333333333333333" },
  { "2 / 3.0", "0.666666666666666667" },
  { "1 / 0", NULL },
  { "1 / 0.0", NULL },
  { "1e0 / 0", "'INF'^^xsd:double" },
  { "-1e0 / 0", "'-INF'^^xsd:double" },
  { "0e0 / 0e0", "'NaN'^^xsd:double" },
  { "1 / 4e0", "2.5E-1" },
  { "'a' + 1", NULL },
  { "'1' + '2'", NULL },
  { ":a + 1", NULL },
  { "true + 1", NULL },
  { "- 5", "-5" },
  { "- -5", "5" },
  { "-(1.50)", "-1.5" },
  { "-(1e0)", "-1.0E0" },
  { "+(01)", "01" },
  { "-('x')", NULL },
  { "01 + 0", "1" },
  { "99999999999999999999999999999999999999 + 1", NULL },
  { "99999999999999999999999999999999999999 * 10", NULL },
  { "9223372036854775807 + 1", "9223372036854775808" },
  { "576460752303423487 + 1", "576460752303423488" },
  { "123456789 * 987654321", "121932631112635269" },
  { "'12'^^xsd:nonNegativeInteger - 13", "-1" },
  { "ABS(-1)", "1" },
  { "ABS(-1.50)", "1.5" },
  { "ABS('-INF'^^xsd:double)", "'INF'^^xsd:double" },
  { "ABS('-3'^^xsd:int)", "3" },
  { "ABS('x')", NULL },
  { "CEIL(2)", "2" },
  { "CEIL(1.1)", "2.0" },
  { "CEIL(-1.6)", "-1.0" },
  { "CEIL(1.1e0)", "2.0E0" },
  { "CEIL('1.5'^^xsd:float)", "'2.0E0'^^xsd:float" },
  { "FLOOR(1.9)", "1.0" },
  { "FLOOR(-1.6)", "-2.0" },
  { "FLOOR(-1.6e0)", "-2.0E0" },
  { "FLOOR(7)", "7" },
  { "ROUND(2.5)", "3.0" },
  { "ROUND(-2.5)", "-2.0" },
  { "ROUND(2.4999)", "2.0" },
  { "ROUND(2.5e0)", "3.0E0" },
  { "ROUND(-2.5e0)", "-2.0E0" },
  { "ROUND(-0.4e0)", "-0.0E0" },
  { "ROUND(0.49999999999999994e0)", "0.0E0" },
  { "ROUND('NaN'^^xsd:double)", "'NaN'^^xsd:double" },
  { "ROUND(5)", "5" },
  { "ROUND(:a)", NULL },
  { "RAND() < 1 && RAND() >= 0", "true" },
  { "sameTerm(RAND(), RAND())", "false" },
};

static void numbers(void **state) {
  (void)state;
  run(numbers_rows, COUNT(numbers_rows));
}

static void dates(void **state) {
#define D "'2011-01-10T14:45:13.815-05:00'^^xsd:dateTime"
  static const expr_row rows[] = {
    { "YEAR(" D ")", "2011" },
    { "MONTH(" D ")", "1" },
    { "DAY(" D ")", "10" },
    { "HOURS(" D ")", "14" },
    { "MINUTES(" D ")", "45" },
    { "SECONDS(" D ")", "13.815" },
    { "TIMEZONE(" D ")", "'-PT5H'^^xsd:dayTimeDuration" },
    { "TIMEZONE('2011-01-10T14:45:13Z'^^xsd:dateTime)", "'PT0S'^^xsd:dayTimeDuration" },
    { "TIMEZONE('2011-01-10T14:45:13+05:30'^^xsd:dateTime)", "'PT5H30M'^^xsd:dayTimeDuration" },
    { "TIMEZONE('2011-01-10T14:45:13'^^xsd:dateTime)", NULL },
    { "TZ(" D ")", "'-05:00'" },
    { "TZ('2011-01-10T14:45:13Z'^^xsd:dateTime)", "'Z'" },
    { "TZ('2011-01-10T14:45:13'^^xsd:dateTime)", "''" },
    { "TZ('x')", NULL },
    { "SECONDS('2011-01-10T14:45:13Z'^^xsd:dateTime)", "13.0" },
    { "HOURS('2011-01-10T24:00:00Z'^^xsd:dateTime)", "0" },
    { "DAY('2011-01-31T24:00:00Z'^^xsd:dateTime)", "1" },
    { "YEAR('2025-10-31'^^xsd:date)", "2025" },
    { "YEAR('2025'^^xsd:gYear)", "2025" },
    { "MONTH('2025-10'^^xsd:gYearMonth)", "10" },
    { "MONTH('2025'^^xsd:gYear)", NULL },
    { "DAY('2025-10-31'^^xsd:date)", "31" },
    { "HOURS('12:30:00'^^xsd:time)", "12" },
    { "HOURS('2025-10-31'^^xsd:date)", NULL },
    { "YEAR('12:30:00'^^xsd:time)", NULL },
    { "YEAR('2025-02-30'^^xsd:date)", NULL },
    { "YEAR(2025)", NULL },
    { "NOW()", "'2025-10-31T17:29:00.5+09:00'^^xsd:dateTime" },
    { "YEAR(NOW())", "2025" },
    { "kgq:day(" D ")", "'2011-01-10'^^xsd:date" },
    { "kgq:day('2025-10-31+09:00'^^xsd:date)", "'2025-10-31'^^xsd:date" },
    { "kgq:day('2025-10'^^xsd:gYearMonth)", NULL },
    { "kgq:start('2025'^^xsd:gYear)", "'2025-01-01'^^xsd:date" },
    { "kgq:end('2024-02'^^xsd:gYearMonth)", "'2024-02-29'^^xsd:date" },
    { "kgq:end('2025'^^xsd:gYear)", "'2025-12-31'^^xsd:date" },
    { "kgq:start('2025-10-31'^^xsd:date)", "'2025-10-31'^^xsd:date" },
    { "kgq:start('12:00:00'^^xsd:time)", NULL },
    { "kgq:start('2025')", NULL },
  };
  (void)state;
  run(rows, COUNT(rows));
}

static void digests(void **state) {
  static const expr_row rows[] = {
    { "MD5('abc')", "'900150983cd24fb0d6963f7d28e17f72'" },
    { "SHA1('abc')", "'a9993e364706816aba3e25717850c26c9cd0d89d'" },
    { "SHA256('abc')", "'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'" },
    { "STRLEN(SHA384('食べ物'))", "96" },
    { "STRLEN(SHA512(''))", "128" },
    { "MD5('abc'^^xsd:string)", "'900150983cd24fb0d6963f7d28e17f72'" },
    { "MD5('abc'@en)", NULL },
    { "SHA1(1)", NULL },
    { "REGEX(STR(UUID()), '^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$')",
      "true" },
    { "STRLEN(STRUUID())", "36" },
    { "isIRI(UUID())", "true" },
    { "UUID() = UUID()", "false" },
  };
  (void)state;
  run(rows, COUNT(rows));
}

static void lazy(void **state) {
  static const expr_row rows[] = {
    { "COALESCE(1/0, 2)", "2" },
    { "COALESCE(?unbound, 'x', 1/0)", "'x'" },
    { "COALESCE(1/0)", NULL },
    { "COALESCE()", NULL },
    { "IF(true, 1, 1/0)", "1" },
    { "IF(false, 1/0, 2)", "2" },
    { "IF(1/0, 1, 2)", NULL },
    { "IF('', 1, 2)", "2" },
    { "IF('x'@en, 1, 2)", NULL },
    { "BOUND(?unbound)", "false" },
    { "true || 1/0", "true" },
    { "1/0 || true", "true" },
    { "1/0 || false", NULL },
    { "false && 1/0", "false" },
    { "1/0 && false", "false" },
    { "1/0 && true", NULL },
    { "!(1/0)", NULL },
    { "!0", "true" },
    { "!'a'", "false" },
    { "!!'z'^^xsd:boolean", NULL },
    { "!'x'^^:t", NULL },
    { "!:a", NULL },
    { "!'NaN'^^xsd:double", "true" },
    { "2 IN (1, 2, 3)", "true" },
    { "2 IN ()", "false" },
    { "2 IN (:a, 'str', 2.0)", "true" },
    { "2 IN (1/0, 2)", "true" },
    { "2 IN (2, 1/0)", "true" },
    { "2 IN (3, 1/0)", NULL },
    { "2 NOT IN ()", "true" },
    { "2 NOT IN (:a, 'str', 2.0)", "false" },
    { "2 NOT IN (1/0, 2)", "false" },
    { "2 NOT IN (3, 1/0)", NULL },
    { "?unbound IN (1)", NULL },
    { "?unbound + 1", NULL },
  };
  (void)state;
  run(rows, COUNT(rows));
}

static const expr_row casts_rows[] = {
  { "xsd:string(1.0)", "'1'" },
  { "xsd:string(2.50)", "'2.5'" },
  { "xsd:string(1e0)", "'1'" },
  { "xsd:string(0e1)", "'0'" },
  { "xsd:string(-0e0)", "'-0'" },
  { "xsd:string(1e6)", "'1.0E6'" },
  { "xsd:string(123456.5e0)", "'123456.5'" },
  { "xsd:string(0.000001e0)", "'0.000001'" },
  { "xsd:string(0.0000001e0)", "'1.0E-7'" },
  { "xsd:string('0.1'^^xsd:float)", "'0.1'" },
  { "xsd:string('-7.875'^^xsd:float)", "'-7.875'" },
  { "xsd:string('0'^^xsd:boolean)", "'false'" },
  { "xsd:string(01)", "'1'" },
  { "xsd:string(:a)", "'http://example/a'" },
  { "xsd:string('x'@en)", "'x'" },
  { "xsd:string(BNODE())", NULL },
  { "xsd:boolean('true')", "true" },
  { "xsd:boolean(' 1 ')", "true" },
  { "xsd:boolean('yes')", NULL },
  { "xsd:boolean(0.0)", "false" },
  { "xsd:boolean('NaN'^^xsd:double)", "false" },
  { "xsd:boolean(-3)", "true" },
  { "xsd:boolean('2025'^^xsd:gYear)", NULL },
  { "xsd:integer('13')", "13" },
  { "xsd:integer(' +07 ')", "7" },
  { "xsd:integer('1.5')", NULL },
  { "xsd:integer('1E0')", NULL },
  { "xsd:integer(-7.875)", "-7" },
  { "xsd:integer(2.9e0)", "2" },
  { "xsd:integer('INF'^^xsd:double)", NULL },
  { "xsd:integer(true)", "1" },
  { "xsd:integer(:a)", NULL },
  { "xsd:integer(1e60)", NULL },
  { "xsd:decimal('+33.3300')", "33.33" },
  { "xsd:decimal('1')", "1.0" },
  { "xsd:decimal('-10.2E3')", NULL },
  { "xsd:decimal(1.25e0)", "1.25" },
  { "xsd:decimal(0e1)", "0.0" },
  { "xsd:decimal(true)", "1.0" },
  { "xsd:double('-10.2E3')", "-1.02E4" },
  { "xsd:double('0')", "0.0E0" },
  { "xsd:double(1)", "1.0E0" },
  { "xsd:double('inf')", NULL },
  { "xsd:double('INF')", "'INF'^^xsd:double" },
  { "xsd:double(false)", "0.0E0" },
  { "xsd:float('1.1')", "'1.1E0'^^xsd:float" },
  { "xsd:float(16777217)", "'1.6777216E7'^^xsd:float" },
  { "xsd:float('x')", NULL },
  { "xsd:dateTime('2002-10-10T17:00:00Z')", "'2002-10-10T17:00:00Z'^^xsd:dateTime" },
  { "xsd:dateTime('2002-10-10')", NULL },
  { "xsd:dateTime('2002-10-10Z'^^xsd:date)", "'2002-10-10T00:00:00Z'^^xsd:dateTime" },
  { "xsd:date('2002-10-10T17:00:00+09:00'^^xsd:dateTime)", "'2002-10-10+09:00'^^xsd:date" },
  { "xsd:date(' 2002-10-10 ')", "'2002-10-10'^^xsd:date" },
  { "xsd:date('2002-13-10')", NULL },
  { "xsd:time('2002-10-10T17:00:00.250'^^xsd:dateTime)", "'17:00:00.25'^^xsd:time" },
  { "xsd:time('2002-10-10'^^xsd:date)", NULL },
  { "xsd:gYear('2002-10-10'^^xsd:date)", "'2002'^^xsd:gYear" },
  { "xsd:gYearMonth('2002-10-10'^^xsd:date)", "'2002-10'^^xsd:gYearMonth" },
  { "xsd:gYear(2002)", NULL },
  { "xsd:int(7)", "'7'^^xsd:int" },
  { "xsd:byte(128)", NULL },
  { "xsd:byte('-128')", "'-128'^^xsd:byte" },
  { "xsd:unsignedByte(255.9)", "'255'^^xsd:unsignedByte" },
  { "xsd:positiveInteger(0)", NULL },
  { "xsd:unsignedLong('18446744073709551615')", "'18446744073709551615'^^xsd:unsignedLong" },
  { "xsd:unsignedLong('18446744073709551616')", NULL },
  { "xsd:dateTimeStamp('2002-10-10T17:00:00')", NULL },
  { "xsd:dateTimeStamp('2002-10-10T17:00:00Z')", "'2002-10-10T17:00:00Z'^^xsd:dateTimeStamp" },
  { "xsd:duration('P1Y2M3DT4H')", "'P1Y2M3DT4H'^^xsd:duration" },
  { "xsd:dayTimeDuration('P1Y2M3DT4H'^^xsd:duration)", "'P3DT4H'^^xsd:dayTimeDuration" },
  { "xsd:yearMonthDuration('P1Y2M3DT4H'^^xsd:duration)", "'P1Y2M'^^xsd:yearMonthDuration" },
  { "xsd:yearMonthDuration('P3D'^^xsd:duration)", "'P0M'^^xsd:yearMonthDuration" },
  { "xsd:yearMonthDuration('P1Y2M3D')", NULL },
  { "xsd:integer(1/0)", NULL },
};

static void casts(void **state) {
  (void)state;
  run(casts_rows, COUNT(casts_rows));
}

#define Q(text) "'" text "'^^kgq:quantity"

static void quantities(void **state) {
  static const expr_row rows[] = {
    { "kgq:value(" Q("<=50000 GPU") ")", "50000" },
    { "kgq:value(" Q("4.50 %") ")", "4.5" },
    { "kgq:value(" Q("10..14 KRW") ")", NULL },
    { "kgq:value(7)", "7" },
    { "kgq:value('x')", NULL },
    { "kgq:value('many GPU'^^kgq:quantity)", NULL },
    { "kgq:unit(" Q("<=50000 GPU") ")", "'GPU'" },
    { "kgq:unit(" Q("7") ")", "''" },
    { "kgq:bound(" Q("<=50000 GPU") ")", "'up_to'" },
    { "kgq:bound(" Q("50000 GPU") ")", "'exactly'" },
    { "kgq:bound(" Q("~5 GPU") ")", "'about'" },
    { "kgq:bound(" Q("10..14 KRW") ")", "'from_to'" },
    { "kgq:lower(" Q(">=5 GPU") ")", "5" },
    { "kgq:lower(" Q("<=5 GPU") ")", NULL },
    { "kgq:upper(" Q("10..14 KRW") ")", "14" },
    { "kgq:compatible(" Q("<=5 GPU") ", " Q("4 GPU") ")", "true" },
    { "kgq:compatible(" Q("<=5 GPU") ", " Q("6 GPU") ")", "false" },
    { "kgq:compatible(" Q("<=5 GPU") ", " Q("6 KRW") ")", NULL },
    { "kgq:clashes(" Q("<=5 GPU") ", " Q("6 GPU") ")", "true" },
    { "kgq:clashes(" Q("<=5 GPU") ", " Q("4 GPU") ")", "false" },
    { "kgq:clashes(:a, :b)", "true" },
    { "kgq:clashes(:a, :a)", "false" },
    { "kgq:clashes('x', 'y')", "true" },
    { "kgq:both(" Q(">=260000") ", " Q("<=260000") ")", Q("260000") },
    { "kgq:both(" Q(">=6 GPU") ", " Q("<=5 GPU") ")", NULL },
    { "kgq:quantity('5 GPU')", Q("5 GPU") },
    { "kgq:quantity('five')", NULL },
    { Q("<=50000 GPU") " >= " Q("50000 GPU"), "true" },
    { Q("<=50000 GPU") " = " Q("50000 GPU"), "false" },
    { Q("<=050000.0 GPU") " = " Q("<=50000 GPU"), "true" },
    { Q("5 GPU") " < " Q("6 KRW"), NULL },
    { Q("5 GPU") " = " Q("5 KRW"), NULL },
    { Q("5 GPU") " > 4", NULL },
    { Q("5") " > 4", "true" },
    { Q("5") " = 5.0", "true" },
    { Q("10..14 KRW") " > " Q("9 KRW"), "true" },
    { Q("10..14 KRW") " > " Q("12 KRW"), NULL },
    { Q("5 GPU") " + 1", NULL },
    { "kgq:label('x'@en)", "'x'" },
    { "kgq:label(:nobody)", "'http://example/nobody'" },
    { "kgq:label(xsd:string)", "'xsd:string'" },
    { "kgq:label(1, 2)", NULL },
  };
  (void)state;
  run(rows, COUNT(rows));
}

/* Calls that do not compile: unknown names and wrong numbers of arguments, with a message. */
static void refused(void **state) {
  static const expr_row rows[] = {
    { "<http://nowhere/f>(1)", "no function is called <http://nowhere/f>" },
    { "kgq:valeu(1)", "no function is called <https://w3id.org/kgq#valeu>" },
    { "kgq:value(1, 2)", "https://w3id.org/kgq#value is called with a wrong number of arguments" },
    { "xsd:integer()",
      "http://www.w3.org/2001/XMLSchema#integer is called with a wrong number of arguments" },
  };
  (void)state;
  for (size_t i = 0; i < COUNT(rows); i++) {
    kgq_error *err = NULL;
    kg_ast *ast = NULL;
    kg_cexpr *code = NULL;
    const kg_expr *expr = calc_parse(rows[i].expr, &ast, &err);
    assert_non_null(expr);
    const kg_expr_env env = calc_env(ast, &fx.arena);
    assert_int_equal(kg_expr_compile(expr, &env, &code, &err), KGQ_NAME);
    assert_string_equal(kgq_error_message(err), rows[i].expected);
    assert_int_equal(kgq_error_line(err), 1);
    if (i == 1) {
      assert_string_equal(kgq_error_hint(err), "did you mean <https://w3id.org/kgq#value>?");
    }
    kgq_error_free(err);
    kg_ast_free(ast);
  }
}

/* The same row by row with variables: memo, preparation and unbound values. */
static void over_batches(void **state) {
  kg_id a[600], b[600], c[600], out[600];
  kg_id *columns[3] = { a, b, c };
  (void)state;
  const kg_id text = calc_id("'Łódź'@pl"), other = calc_id("'x'"), node = calc_id(":a");
  for (uint32_t i = 0; i < 600; i++) {
    a[i] = i % 3 == 0 ? text : i % 3 == 1 ? other : node;
    b[i] = i % 5 == 0 ? KG_ID_NONE : calc_id("2");
    kg_id_from_int((int64_t)i, &c[i]);
  }
  calc_rows("STRLEN(?a)", columns, 600, out);
  for (uint32_t i = 0; i < 600; i++) {
    assert_true(out[i] == (i % 3 == 0 ? calc_id("4") : i % 3 == 1 ? calc_id("1") : KG_ID_NONE));
  }
  calc_rows("CONCAT(STR(?a), STR(?b))", columns, 600, out);
  assert_true(out[3] == calc_id("'Łódź2'") && out[5] == KG_ID_NONE &&
              out[2] == calc_id("'http://example/a2'"));
  calc_rows("?c * ?b", columns, 600, out);
  assert_true(out[599] == calc_id("1198") && out[0] == KG_ID_NONE);
  calc_rows("?a", columns, 600, out);
  assert_memory_equal(out, a, sizeof a);
  calc_rows("BNODE(STR(?b))", columns, 600, out);
  assert_true(out[0] == KG_ID_NONE && out[1] != out[2]);
  calc_rows("COALESCE(?b, ?c)", columns, 600, out);
  assert_true(out[5] == c[5] && out[6] == b[6]);
}

static void filter_with(const char *text, kg_id **columns, uint32_t rows, uint32_t expected) {
  kgq_error *err = NULL;
  kg_ast *ast = NULL;
  kg_cexpr *code = NULL;
  uint16_t keep[600];
  uint32_t count = 0;
  const kg_expr *expr = calc_parse(text, &ast, &err);
  check(expr ? KGQ_OK : KGQ_SYNTAX, err, text);
  err = NULL;
  const kg_expr_env env = calc_env(ast, &fx.arena);
  const kg_batch batch = { .columns = columns, .column_count = 3, .row_count = rows, .capacity = rows };
  kgq_status st = kg_expr_compile(expr, &env, &code, &err);
  st = st == KGQ_OK ? kg_expr_filter(code, &batch, keep, &count, &err) : st;
  kg_ast_free(ast);
  check(st, err, text);
  if (count != expected) {
    fail_msg("%s keeps %u rows instead of %u", text, count, expected);
  }
  for (uint32_t i = 1; i < count; i++) {
    assert_true(keep[i - 1] < keep[i]);
  }
}

static void filters(void **state) {
  kg_id a[600], b[600], c[600];
  kg_id *columns[3] = { a, b, c };
  (void)state;
  for (uint32_t i = 0; i < 600; i++) {
    kg_id_from_int((int64_t)i - 300, &a[i]);
    b[i] = i % 4 == 0   ? KG_ID_NONE
           : i % 4 == 1 ? calc_id(":x")
           : i % 4 == 2 ? calc_id("'x'")
                        : calc_id("1.5");
    c[i] = i % 2 ? calc_id("true") : calc_id("'2025-10-31'^^xsd:date");
  }
  filter_with("?a > 0", columns, 600, 299);
  filter_with("?a >= 0", columns, 600, 300);
  filter_with("?a < -290", columns, 600, 10);
  filter_with("?a <= -290", columns, 600, 11);
  filter_with("?a = 5", columns, 600, 1);
  filter_with("?a = 5.0", columns, 600, 1);
  filter_with("?a != 5", columns, 600, 599);
  filter_with("?a > 0 && ?a < 10", columns, 600, 9);
  filter_with("?a > 0 && ?b = :x", columns, 600, 75);
  filter_with("?b = :x", columns, 600, 150);
  filter_with("?b != :x", columns, 600, 300);
  filter_with("?b = 'x'", columns, 600, 150);
  filter_with("?b = 'unknown'", columns, 600, 0);
  filter_with("?b != 'unknown'", columns, 600, 450);
  filter_with("BOUND(?b)", columns, 600, 450);
  filter_with("!BOUND(?b)", columns, 600, 150);
  filter_with("?c", columns, 600, 300);
  filter_with("?c > '2025-10-30'^^xsd:date", columns, 600, 300);
  filter_with("?nothing", columns, 600, 0);
  filter_with("true", columns, 600, 600);
  filter_with("1/0", columns, 600, 0);
  filter_with("?a IN (1, 2, 1/0) || ?b = 1.5", columns, 600, 152);
  filter_with("REGEX(STR(?b), 'x')", columns, 600, 300);
  filter_with("?a IN (1, 2, 3, 1000)", columns, 600, 3);
  filter_with("?a NOT IN (1, 2, 3, 1000)", columns, 600, 597);
  filter_with("?b IN (:x, 'x', :y)", columns, 600, 300);
  filter_with("?b NOT IN (:x, 'x', :y)", columns, 600, 150);
  filter_with("?b IN ()", columns, 600, 0);
  filter_with("?b NOT IN ()", columns, 600, 450);
  filter_with("?b IN (1.50)", columns, 600, 150);
}

static bool answers[3] = { true, false, true };
static kgq_status fake_exists(void *arg, const kg_pattern *pattern, const kg_batch *batch, uint32_t row,
                              bool *out, kgq_error **err) {
  (void)batch, (void)err;
  assert_non_null(pattern);
  ++*(int *)arg;
  *out = answers[row % 3];
  return KGQ_OK;
}

static void exists_calls(void **state) {
  static const struct {
    const char *text;
    uint32_t kept;
    int calls;
  } rows[] = { { "EXISTS { ?x ?y ?z }", 4, 6 },
               { "NOT EXISTS { ?x ?y ?z }", 2, 6 },
               { "?a < 3 && EXISTS { ?x ?y ?z }", 2, 3 },
               { "IF(EXISTS { ?x ?y ?z }, ?a > 2, ?a < 2)", 3, 6 } };
  kg_id a[6];
  kg_id *columns[3] = { a, a, a };
  (void)state;
  for (uint32_t i = 0; i < 6; i++) {
    kg_id_from_int((int64_t)i, &a[i]);
  }
  for (size_t i = 0; i < COUNT(rows); i++) {
    kgq_error *err = NULL;
    kg_ast *ast = NULL;
    kg_cexpr *code = NULL;
    uint16_t keep[6];
    uint32_t count = 0;
    int calls = 0;
    const kg_expr *expr = calc_parse(rows[i].text, &ast, &err);
    check(expr ? KGQ_OK : KGQ_SYNTAX, err, rows[i].text);
    err = NULL;
    kg_expr_env env = calc_env(ast, &fx.arena);
    env.exists = fake_exists;
    env.exists_arg = &calls;
    const kg_batch batch = { .columns = columns, .column_count = 3, .row_count = 6, .capacity = 6 };
    assert_int_equal(kg_expr_compile(expr, &env, &code, &err), KGQ_OK);
    assert_int_equal(kg_expr_filter(code, &batch, keep, &count, &err), KGQ_OK);
    assert_int_equal(count, rows[i].kept);
    assert_int_equal(calls, rows[i].calls);
    kg_ast_free(ast);
  }
}

/* BNODE("x") in two expressions of one solution is one node; in the next batch another. */
static void shared_bnodes(void **state) {
  kg_id a[2], first[2], second[2];
  kg_id *columns[3] = { a, a, a };
  (void)state;
  a[0] = a[1] = calc_id("'x'");
  calc_rows_in(&fx.arena, "BNODE(?a)", columns, 2, first);
  calc_rows_in(&fx.arena, "BNODE(STR(?a))", columns, 2, second);
  assert_true(first[0] == second[0] && first[1] == second[1] && first[0] != first[1]);
}

static void limits(void **state) {
  static const char *rows[] = { "REGEX('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab', '^(a+)+$')" };
  (void)state;
  for (size_t i = 0; i < COUNT(rows); i++) {
    kgq_error *err = NULL;
    kg_ast *ast = NULL;
    kg_cexpr *code = NULL;
    const kg_expr *expr = calc_parse(rows[i], &ast, &err);
    assert_non_null(expr);
    const kg_expr_env env = calc_env(ast, &fx.arena);
    assert_int_equal(kg_expr_compile(expr, &env, &code, &err), KGQ_LIMIT);
    kgq_error_free(err);
    kg_ast_free(ast);
  }
}

/* ---- no memory ---------------------------------------------------------------------------------- */

typedef struct failing {
  size_t left; /* allocations that still work */
} failing;

static void *failing_resize(void *arg, void *ptr, size_t old_bytes, size_t new_bytes) {
  failing *f = (failing *)arg;
  if (new_bytes > old_bytes && f->left == 0) {
    return NULL;
  }
  f->left -= new_bytes > old_bytes ? 1 : 0;
  return kg_resize(&kg_libc_allocator, ptr, old_bytes, new_bytes);
}

/* Compiles and runs with `left` allocations; true if they were enough. */
static bool runs_with(const kg_expr *expr, const kg_ast *ast, size_t left, kg_id **columns) {
  failing f = { left };
  const kgq_allocator allocator = { failing_resize, &f };
  kg_arena arena;
  kg_cexpr *code = NULL;
  kg_id out[64];
  kgq_error *err = NULL;
  kg_arena_init(&arena, &allocator);
  kg_expr_env env = calc_env(ast, &fx.arena);
  env.arena = &arena;
  env.shared = NULL;
  const kg_batch batch = { .columns = columns, .column_count = 3, .row_count = 64, .capacity = 64 };
  kgq_status st = kg_expr_compile(expr, &env, &code, &err);
  st = st == KGQ_OK ? kg_expr_eval(code, &batch, out, &err) : st;
  assert_true(st == KGQ_OK || st == KGQ_NOMEM);
  assert_true((st == KGQ_OK) == (err == NULL));
  kgq_error_free(err);
  kg_arena_free(&arena);
  return st == KGQ_OK;
}

static void without_memory(void **state) {
  static const char *const texts[] = {
    "CONCAT(STR(?a), UCASE(STR(?b)), REPLACE(STR(?c), '(.)', '$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1'))",
    "IF(REGEX(STR(?a), CONCAT('^', STR(?c))), ?b, TRIPLE(:s, :p, ?c))",
    "COALESCE(xsd:integer(?a), BNODE(STR(?c)), SHA256(STR(?a)))",
    "?a IN (1, 2, ?c, 1.5) || kgq:value(kgq:quantity(CONCAT(STR(?c), ' GPU'))) > 3",
  };
  kg_id a[64];
  kg_id *columns[3] = { a, a, a };
  char text[700];
  (void)state;
  for (uint32_t i = 0; i < 64; i++) {
    snprintf(text, sizeof text, "'%.*s%u'", (int)(i * 10),
             "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopq"
             "rstuvwxyz",
             i);
    a[i] = calc_id(i % 2 ? text : "12");
  }
  for (size_t i = 0; i < COUNT(texts); i++) {
    kg_ast *ast = NULL;
    kgq_error *err = NULL;
    const kg_expr *expr = calc_parse(texts[i], &ast, &err);
    check(expr ? KGQ_OK : KGQ_SYNTAX, err, texts[i]);
    size_t left = 0;
    while (!runs_with(expr, ast, left, columns)) {
      assert_true(++left < 1000);
    }
    assert_true(left > 0);
    kg_ast_free(ast);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(terms),          cmocka_unit_test(strings),       cmocka_unit_test(patterns),
    cmocka_unit_test(numbers),        cmocka_unit_test(dates),         cmocka_unit_test(digests),
    cmocka_unit_test(lazy),           cmocka_unit_test(casts),         cmocka_unit_test(quantities),
    cmocka_unit_test(refused),        cmocka_unit_test(over_batches),  cmocka_unit_test(filters),
    cmocka_unit_test(exists_calls),   cmocka_unit_test(shared_bnodes), cmocka_unit_test(limits),
    cmocka_unit_test(without_memory),
  };
  return cmocka_run_group_tests(tests, calc_setup, calc_teardown);
}

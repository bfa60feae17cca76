/* graph/unit.c: tables of built-in units.
 *
 * Three lists: ISO 4217 codes in one string of three-letter cells, UCUM codes, English names of times. Does
 * not convert between units: the article's number is the fact.
 */
#include "graph/unit.h"

enum { currency_bytes = 3 };

/* ISO 4217, list one, and the metals. Sorted. */
static const char currencies[] = "AEDAFNALLAMDANGAOAARSAUDAWGAZNBAMBBDBDTBGNBHDBIFBMDBNDBOBBOVBRLBSDBTNBWPBYN"
                                 "BZDCADCDFCHECHFCHWCLFCLPCNYCOPCOUCRCCUC"
                                 "CUPCVECZKDJFDKKDOPDZDEGPERNETBEURFJDFKPGBPGELGHSGIPGMDGNFGTQGYDHKDHNLHRKHTG"
                                 "HUFIDRILSINRIQDIRRISKJMDJODJPYKESKGSKHR"
                                 "KMFKPWKRWKWDKYDKZTLAKLBPLKRLRDLSLLYDMADMDLMGAMKDMMKMNTMOPMRUMURMVRMWKMXNMXV"
                                 "MYRMZNNADNGNNIONOKNPRNZDOMRPABPENPGKPHP"
                                 "PKRPLNPYGQARRONRSDRUBRWFSARSBDSCRSDGSEKSGDSHPSLESLLSOSSRDSSPSTNSVCSYPSZLTHB"
                                 "TJSTMTTNDTOPTRYTTDTWDTZSUAHUGXUSDUSNUYI"
                                 "UYUUYWUZSVEDVESVNDVUVWSTXAFXAGXAUXCDXDRXOFXPDXPFXPTYERZARZMWZWGZWL";

typedef struct unit_name {
  const char *spelling, *name;
} unit_name;

static const unit_name units[] = {
  { "%", "%" },         { "s", "s" },      { "min", "min" },  { "h", "h" },       { "d", "d" },
  { "wk", "wk" },       { "mo", "mo" },    { "a", "a" },      { "km", "km" },     { "m", "m" },
  { "m2", "m2" },       { "kg", "kg" },    { "t", "t" },      { "B", "B" },       { "kB", "kB" },
  { "MB", "MB" },       { "GB", "GB" },    { "TB", "TB" },    { "W", "W" },       { "kW", "kW" },
  { "MW", "MW" },       { "GW", "GW" },    { "Wh", "Wh" },    { "kWh", "kWh" },   { "Hz", "Hz" },
  { "K", "K" },         { "Cel", "Cel" },  { "second", "s" }, { "seconds", "s" }, { "minute", "min" },
  { "minutes", "min" }, { "hour", "h" },   { "hours", "h" },  { "day", "d" },     { "days", "d" },
  { "week", "wk" },     { "weeks", "wk" }, { "month", "mo" }, { "months", "mo" }, { "year", "a" },
  { "years", "a" },
};

kgq_str kg_unit_builtin(kgq_str spelling) {
  for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
    if (kg_str_equal(spelling, kg_str(units[i].spelling))) {
      return kg_str(units[i].name);
    }
  }
  for (size_t i = 0; spelling.len == currency_bytes && i + currency_bytes < sizeof currencies;
       i += currency_bytes) {
    if (memcmp(currencies + i, spelling.ptr, currency_bytes) == 0) {
      return kg_str_n(currencies + i, currency_bytes);
    }
  }
  return (kgq_str){ "", 0 };
}

void kg_unit_each_builtin(kg_unit_fn fn, void *arg) {
  for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
    fn(arg, kg_str(units[i].spelling));
  }
  for (size_t i = 0; i + currency_bytes < sizeof currencies; i += currency_bytes) {
    fn(arg, kg_str_n(currencies + i, currency_bytes));
  }
}

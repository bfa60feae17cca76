/* core/limits.h: every limit of KGQ, with its reason.
 *
 * Holds named constants only. A limit that is met ends in KGQ_LIMIT, KGQ_SYNTAX or KGQ_DATA with a message
 * that names it; each is tested at N and N + 1 (tests/cases/limits, tests/unit).
 */
#ifndef KG_CORE_LIMITS_H
#define KG_CORE_LIMITS_H

/* Nesting of YAML, Turtle lists and triple terms, groups, expressions: people write under 10; each level
 * costs at most about 1 KiB of stack, so that 100 fit the smallest thread stacks in use (256 KiB). */
#define KG_LIMIT_NESTING 100
/* One literal: larger ones are files, not facts; also bounds what one hostile token can allocate. */
#define KG_LIMIT_LITERAL_BYTES (16u << 20)
/* One IRI: longer than any browser or server accepts. */
#define KG_LIMIT_IRI_BYTES (64u << 10)
/* One query or update text; bigger ones are data and belong in a load. */
#define KG_LIMIT_QUERY_BYTES (1u << 20)
/* Triple patterns of a query: beyond it planning time, not answers, would dominate. */
#define KG_LIMIT_TRIPLE_PATTERNS 1000
/* Prefixes of a text or a database. */
#define KG_LIMIT_PREFIXES 10000
/* One line of N-Triples or N-Quads: a subject, predicate and graph IRI and one literal fit with escapes. */
#define KG_LIMIT_LINE_BYTES (64u << 20)
/* %TAG and %YAML lines: libyaml takes quadratic time for them. */
#define KG_LIMIT_YAML_DIRECTIVES 16
/* One facts file: 10 times the largest hand-written one we can imagine; bounds libyaml's buffers. */
#define KG_LIMIT_YAML_BYTES (64u << 20)
/* Errors reported of one facts file, as FACTS part 7 says. */
#define KG_LIMIT_FILE_ERRORS 20
/* Quads of one entry of a facts file, whose lists of subjects and objects multiply: no article lists a
 * hundred of each, and without a limit a small hostile file would become a load without end. */
#define KG_LIMIT_FACT_QUADS 100000
/* Words of a quote: enough to find the place, few enough to be a citation. */
#define KG_LIMIT_QUOTE_WORDS      12
#define KG_LIMIT_QUOTE_CHARACTERS 40
/* Memory in which the Turtle and TriG writer looks at a whole dataset to fold its blank nodes, lists and
 * reifiers; a larger one is sorted in files and not folded, in bounded memory. */
#define KG_FOLD_BYTES ((size_t)256 << 20)
/* Rows of a sort, a table of groups or a set of different rows that stay in memory when a statement has no
 * budget, or a larger one; more go to a temporary file in sorted runs. */
#define KG_SORT_ROWS_BYTES ((size_t)256 << 20)
/* Steps of a property path that are kept between walks from different nodes; more are asked for again. */
#define KG_PATH_KEPT_BYTES ((size_t)128 << 20)
/* Temporary files of one sort or set: so many times the statement's budget, or, without one, so many bytes: a
 * cross product that somebody wants sorted must end before the disk is full. */
#define KG_LIMIT_SPILL_TIMES 16u
#define KG_LIMIT_SPILL_BYTES ((uint64_t)64 << 30)
/* Runs that are merged at once: a read buffer of 16 KiB each. */
#define KG_LIMIT_SORT_RUNS 1000
/* Folders that a connection publishes for LOAD: each holds a descriptor, of which a process has about 1,000.
 */
#define KG_LIMIT_MAPPINGS 100
/* Lines of an export that are sorted in memory; more go to a temporary file in sorted runs. */
#define KG_SORT_LINES_BYTES ((size_t)128 << 20)
/* Significant digits of a number in a quantity. */
#define KG_LIMIT_DIGITS 64
/* Variables of a query: column numbers are 16-bit in plans. */
#define KG_LIMIT_VARIABLES 4096
/* Rows of a batch: 2,048 ids a column are 16 KiB, so that a few columns stay in the first-level cache. */
#define KG_BATCH_ROWS 2048
/* Quads of a stored block: 1,024 gave the best size and look-up rate together (docs/FORMAT.md). */
#define KG_BLOCK_ROWS 1024
#define KG_MINI_ROWS  128
/* Delta keys, of all permutations together, up to which a process may hold the delta in memory: 80 MB at 40
 * bytes each, and more than commits let grow (400,000 rows in four permutations). More are read from the
 * store: slower, and as right. */
#define KG_DELTA_KEYS_MAX 2000000
/* A commit puts all terms in order where at least so many were appended, and more than that part of those in
 * order; in a database of at most so many quads, and bytes of such terms: 3 microseconds a quad, hence a
 * third of a second at most. */
#define KG_TIDY_TERMS 1000
#define KG_TIDY_PART  3
#define KG_TIDY_QUADS 100000
#define KG_TIDY_BYTES ((uint64_t)16 << 20)
/* Terms of a dictionary block. */
#define KG_DICT_BLOCK_TERMS 64
/* A key longer than this does not go into a block when a load or a compaction writes the dictionary, but is
 * appended, one record each: 64 of the longest in a block would be a gigabyte for every look-up. A block has
 * 4 MiB at most, and what people write is shorter. */
#define KG_DICT_LONG_BYTES ((size_t)64 << 10)
/* Terms that an export, a check or a rescue holds at once: fewer rows at a time where they are long. */
#define KG_TERMS_BYTES ((size_t)64 << 20)
/* A folded name in the index: longer ones are sentences; keys stay small. As written it may be longer, since
 * invisible characters go and full-width ones shrink. */
#define KG_LIMIT_NAME_BYTES         256
#define KG_LIMIT_NAME_WRITTEN_BYTES 4096
/* Names looked at for a suggestion or a completion: 200,000 take about 150 ms, as long as a person waits
 * gladly. */
#define KG_LIMIT_NAME_SCAN 200000
/* Distinct predicates looked at when a name is sought among them: beyond it data use predicates as if values.
 */
#define KG_LIMIT_NAME_PREDICATES 10000
/* Characters of each text of an edit distance: names are shorter, and three rows of the table fit the stack.
 */
#define KG_LIMIT_EDIT_CHARACTERS 256
/* First bytes of a term by which the dictionary's index tells blocks apart: nearly all terms differ within
 * 100, and a search behind the index settles the rest. */
#define KG_DICT_SEPARATOR_BYTES 256
/* Terms between two restart points of a dictionary block: a look-up walks at most so many. */
#define KG_DICT_RESTART_TERMS 16
/* Operations inside each other in one expression: `?a + ?b + ...` nests to the left, and everything that
 * walks the tree calls itself; people write under 10. */
#define KG_LIMIT_EXPRESSION_DEPTH 200
/* Operators inside each other: each OPTIONAL, MINUS or BIND of a group is one level, and rows are pulled
 * through all of them by calls; 500 levels take about 150 KiB of stack, machines write up to 200. */
#define KG_LIMIT_ALGEBRA_DEPTH 500
/* Patterns whose join order is searched completely; more are joined greedily: the search doubles with each.
 */
#define KG_PLAN_DP_INPUTS 12
/* Plans kept for one EXISTS: one for each set of variables that outer rows bind. */
#define KG_LIMIT_EXISTS_PLANS 64
/* A regular expression: longer ones are programs; bounds what compiling may take. */
#define KG_LIMIT_REGEX_BYTES (64u << 10)
/* Steps of one match, some 50 ms: patterns that back-track without end are stopped there. Depth and heap
 * follow: a frame takes about 150 bytes. */
#define KG_LIMIT_REGEX_STEPS    1000000
#define KG_LIMIT_REGEX_DEPTH    250000
#define KG_LIMIT_REGEX_HEAP_KIB (32u << 10)
/* Compiled patterns that one expression keeps: constants are one, patterns from data may repeat. */
#define KG_REGEX_CACHE_PATTERNS 16
/* Default cache of stored blocks. */
#define KG_DEFAULT_CACHE_BYTES (64ull << 20)
/* What the shell sets when told nothing. */
#define KG_SHELL_TIME_MS 30000

#endif

/* shell/dot_set.c: the commands that set how the shell answers: format, language, where to, variables. */
#include <stdlib.h>
#include <string.h>

#include "shell/prompt.h"

void state_keep(char **place, const char *text) {
  free(*place);
  *place = text ? strdup(text) : NULL;
}

view state_view(const prompt_state *state) {
  view v = option_view(state->options);
  v.format = state->output_once && state->once_mode ? state->once_mode : state->mode;
  v.language = state->language;
  v.out = state->output ? state->output : stdout;
  v.page = v.reason = state->interactive && !state->output;
  v.ids = state->ids;
  return v;
}

options state_options(prompt_state *state) {
  options o = *state->options;
  o.explain = NULL;
  o.params_may_miss = true;
  o.params.count = state->param_count;
  o.params.items = (const char **)(void *)state->params;
  return o;
}

int dot_wants(const char *what) {
  (void)fprintf(stderr, "%s\n", what);
  return EXIT_WRONG;
}

static int set_flag(bool *flag, const char *argument) {
  if (strcmp(argument, "on") != 0 && strcmp(argument, "off") != 0) {
    return dot_wants("write on or off behind it");
  }
  *flag = strcmp(argument, "on") == 0;
  return EXIT_FINE;
}

int dot_bail(prompt_state *state, const char *argument) {
  return set_flag(&state->bail, argument);
}

int dot_echo(prompt_state *state, const char *argument) {
  return set_flag(&state->echo, argument);
}

int dot_timer(prompt_state *state, const char *argument) {
  return set_flag(&state->timer, argument);
}

int dot_lang(prompt_state *state, const char *argument) {
  state_keep(&state->language, *argument ? argument : NULL);
  return EXIT_FINE;
}

int dot_mode(prompt_state *state, const char *argument) {
  static const char *const modes[] = { "box", "table", "line", "markdown", "html", "json", "jsonl",
                                       "xml", "csv",   "tsv",  "nt",       "ttl",  "null" };
  for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
    if (strcmp(argument, modes[i]) == 0) {
      state_keep(&state->mode, argument);
      return EXIT_FINE;
    }
  }
  return dot_wants("modes: box table line markdown html json jsonl xml csv tsv nt ttl null");
}

/* ---- where answers go ------------------------------------------------------------------------------ */

void output_restore(prompt_state *state) {
  if (state->output && state->output_is_pipe) {
    (void)pclose(state->output);
  } else if (state->output && fclose(state->output) != 0) {
    perror("kgq: output");
  }
  state->output = NULL;
  state->output_once = false;
  state_keep(&state->once_mode, NULL);
}

/* `.output x.csv` without a mode: the format that the name says. `.once` leaves the mode as it is. */
static void guess_mode(prompt_state *state, const char *path, bool once) {
  const char *mode = format_of_ending(path);
  if (mode && (once || !state->mode)) {
    state_keep(once ? &state->once_mode : &state->mode, mode);
  }
}

static int redirect(prompt_state *state, const char *argument, bool once) {
  output_restore(state);
  if (!*argument) {
    return EXIT_FINE;
  }
  state->output_is_pipe = argument[0] == '|';
  state->output = state->output_is_pipe ? popen(argument + 1, "w") : fopen(argument, "wb");
  if (!state->output) {
    (void)fprintf(stderr, "kgq: cannot write %s: ", argument);
    perror(NULL);
    return EXIT_WRONG;
  }
  state->output_once = once;
  if (!state->output_is_pipe) {
    guess_mode(state, argument, once);
  }
  return EXIT_FINE;
}

int dot_output(prompt_state *state, const char *argument) {
  return redirect(state, argument, false);
}

int dot_once(prompt_state *state, const char *argument) {
  return *argument ? redirect(state, argument, true) : dot_wants("write a file or |command behind .once");
}

/* ---- variables ------------------------------------------------------------------------------------- */

/* Where NAME=... stands, or the count. */
static size_t find_param(const prompt_state *state, const char *name, size_t length) {
  for (size_t i = 0; i < state->param_count; i++) {
    if (strncmp(state->params[i], name, length) == 0 && state->params[i][length] == '=') {
      return i;
    }
  }
  return state->param_count;
}

static void print_params(const prompt_state *state) {
  for (size_t i = 0; i < state->param_count; i++) {
    printf("  ?%s\n", state->params[i]);
  }
}

int dot_set(prompt_state *state, const char *argument) {
  const char *name = argument + (*argument == '?');
  const size_t length = strcspn(name, " \t=");
  const char *term = name + length + strspn(name + length, " \t=");
  if (!*name) {
    print_params(state);
    return EXIT_FINE;
  }
  const size_t at = find_param(state, name, length);
  if (at < state->param_count) {
    free(state->params[at]);
    state->params[at] = state->params[--state->param_count];
  }
  if (!*term) {
    return EXIT_FINE; /* without a term: free again */
  }
  if (state->param_count == PARAMS_MAX) {
    return dot_wants("that are too many variables");
  }
  char *item = malloc(length + strlen(term) + 2);
  if (!item) {
    return EXIT_WRONG;
  }
  (void)sprintf(item, "%.*s=%s", (int)length, name, term);
  state->params[state->param_count++] = item;
  return EXIT_FINE;
}

int dot_show(prompt_state *state, const char *argument) {
  (void)argument;
  printf("  database  %s%s\n  mode      %s\n  lang      %s\n  output    %s\n", state->path,
         state->session.readonly ? " (reading)" : "", state->mode ? state->mode : "box on a terminal",
         state->language ? state->language : "of the locale",
         state->output ? "a file or command" : "the terminal");
  printf("  timer     %s\n  bail      %s\n  echo      %s\n  ids       %s\n", state->timer ? "on" : "off",
         state->bail ? "on" : "off", state->echo ? "on" : "off", state->ids ? "on" : "off");
  print_params(state);
  return EXIT_FINE;
}

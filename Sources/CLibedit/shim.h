// Swift cannot call C's variadic functions, and libedit's settings are all variadic. Each function
// here is one setting with its real parameter types, so that the compiler checks what `el_set`
// itself never could.

#ifndef CLIBEDIT_SHIM_H
#define CLIBEDIT_SHIM_H

#include <histedit.h>
#include <stddef.h>
#include <wchar.h>
#include <wctype.h>

// Swift's view of the C library leaves `wcwidth` out on Linux. The prototype is POSIX's.
extern int wcwidth(wchar_t c);

/// Columns that the character occupies; -1 if it can't be printed.
static inline int editline_width(wchar_t c) { return wcwidth(c); }
static inline int editline_is_printable(wchar_t c) { return iswprint((wint_t)c) != 0; }
static inline int editline_is_control(wchar_t c) { return iswcntrl((wint_t)c) != 0; }

typedef wchar_t *(*editline_prompt_function)(EditLine *);
typedef unsigned char (*editline_command_function)(EditLine *, int);

static inline int editline_set_client_data(EditLine *editor, void *data) {
  return el_wset(editor, EL_CLIENTDATA, data);
}
static inline void *editline_client_data(EditLine *editor) {
  void *data = NULL;
  return el_wget(editor, EL_CLIENTDATA, &data) == 0 ? data : NULL;
}

/// `escape` brackets, in the prompt, text that moves no cursor (colours).
static inline int editline_set_prompt(
    EditLine *editor, editline_prompt_function prompt, wchar_t escape) {
  return el_wset(editor, EL_PROMPT_ESC, prompt, (int)escape);
}
static inline int editline_set_reader(EditLine *editor, el_rfunc_t reader) {
  return el_wset(editor, EL_GETCFN, reader);
}
/// 0: libedit installs no signal handlers of its own.
static inline int editline_set_handles_signals(EditLine *editor, int flag) {
  return el_wset(editor, EL_SIGNAL, flag);
}
static inline int editline_set_editing(EditLine *editor, int flag) {
  return el_wset(editor, EL_EDITMODE, flag);
}
static inline int editline_set_terminal(EditLine *editor, const char *type) {
  return el_wset(editor, EL_TERMINAL, type);
}
/// 1: the terminal gives keys as they are pressed; 0: as the program found it.
static inline int editline_prepare_terminal(EditLine *editor, int flag) {
  return el_wset(editor, EL_PREP_TERM, flag);
}
/// Draws prompt and line anew. Assumes that the cursor stands in column 0 of an empty area.
static inline int editline_refresh(EditLine *editor) {
  return el_wset(editor, EL_REFRESH);
}

/// Names and keys are wide, zero-terminated and read during the call only, except for a command's
/// name and help, which must outlive the editor.
static inline int editline_add_command(
    EditLine *editor, const wchar_t *name, const wchar_t *help,
    editline_command_function function) {
  return el_wset(editor, EL_ADDFN, name, help, function);
}
static inline int editline_bind(EditLine *editor, const wchar_t *key, const wchar_t *command) {
  return el_wset(editor, EL_BIND, key, command, NULL);
}
/// Binds in the second key map, which is vi's command mode.
static inline int editline_bind_alternative(
    EditLine *editor, const wchar_t *key, const wchar_t *command) {
  return el_wset(editor, EL_BIND, L"-a", key, command, NULL);
}

static inline int editline_use_emacs(EditLine *editor) {
  return el_wset(editor, EL_EDITOR, L"emacs");
}
/// 1 if the editor is in vi mode, 0 in emacs mode.
static inline int editline_is_vi(EditLine *editor) {
  const wchar_t *name = NULL;
  return el_wget(editor, EL_EDITOR, &name) == 0 && name != NULL && name[0] == L'v';
}
/// A number that libedit holds about the terminal: "co" its columns, "li" its lines.
static inline int editline_terminal_number(EditLine *editor, const char *name) {
  int value = 0;
  return el_wget(editor, EL_GETTC, name, &value) == 0 ? value : 0;
}
/// 1 if the terminal has the capability, a control string such as "up".
static inline int editline_terminal_can(EditLine *editor, const char *name) {
  char *string = NULL;
  return el_wget(editor, EL_GETTC, name, &string) == 0 && string != NULL && string[0] != 0;
}

static inline int editline_set_history(EditLine *editor, HistoryW *history) {
  return el_wset(editor, EL_HIST, history_w, history);
}
static inline int editline_history_set_size(HistoryW *history, int size) {
  HistEventW event;
  return history_w(history, &event, H_SETSIZE, size);
}
static inline int editline_history_enter(HistoryW *history, const wchar_t *line) {
  HistEventW event;
  return history_w(history, &event, H_ENTER, line);
}

#endif

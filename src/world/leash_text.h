/*
 * leash_text: the leash itself, in POSIX sh, and how text is carried to it.  docs/failsafe.md says what it does and why; in short: a reader of
 * standard input and a ticker write one pipe, the main loop reads that and counts ticks, so that it needs neither `read -t` nor trust in
 * signals' arrival.
 *
 * What it hears (a line each)          what it answers
 *   k                  I live            k TICKS
 *   +TEXT              part of a fragment
 *   a SILENT LATEST    the fragment is   a FRAGMENTS
 *                      whole; seconds or -
 *   wPGID:START …      the work shells   w
 *   d                  nothing to undo   disarmed (and it is gone)
 * At first it says `armed PID PGID START`; before it ends the work shells and undoes, `fired WHY`, then `undone FAILURES`.
 * By pid: USR1 renews, USR2 disarms, TERM undoes.
 */
#ifndef WORLD_LEASH_TEXT_H
#define WORLD_LEASH_TEXT_H

#include "irs/buf.h"

/* The leash. Nothing may be sent behind it before it has said `armed`: the shell may have read ahead. `consent` may be NULL. */
void leash_text_start(struct buf *b, const char *consent);
/* The lines that carry a fragment, and commit it. `script` holds no NUL. Seconds; -1: never. */
void leash_text_add(struct buf *b, struct str script, long long silent, long long latest);

#endif

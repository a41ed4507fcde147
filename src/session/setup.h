/* What params.c and targets.c share. */
#ifndef SESSION_SETUP_H
#define SESSION_SETUP_H

#include "irs/setup.h"

/* Adds a finding; the texts live in the setup's arena or are constants. */
void setup_find(struct setup *s, enum diag_code code, struct str item, const char *help, const char *message);
/* Splits "name=rest"; false with a finding where it has no such form. */
bool setup_split(struct setup *s, const char *option, const char *assignment, struct str *name, const char **rest);
/* The command line says what a global is; a finding if it has done so before. */
void setup_give(struct setup *s, uint32_t global);

#endif

/* phase: where a session stands, by tbl/phase.def alone. */
#ifndef IRS_SESSION_PHASE_H
#define IRS_SESSION_PHASE_H

#include <stdbool.h>

enum phase {
#define PHASE(name, doc) PHASE_##name,
#include "irs/tbl/phase.def"
	PHASES
};

const char *phase_name(enum phase p);
/* PHASES if none is called so. */
enum phase phase_named(const char *name);
bool phase_may_move(enum phase from, enum phase to);

#endif

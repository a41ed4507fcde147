#include "phase.h"

#include <string.h>

static const char *const names[PHASES] = {
#define PHASE(name, doc) #name,
#include "irs/tbl/phase.def"
};

static const struct move {
	unsigned char from, to;
} moves[] = {
#define MOVE(from, to, doc) { PHASE_##from, PHASE_##to },
#include "irs/tbl/phase.def"
};

const char *phase_name(enum phase p)
{
	return names[p];
}

enum phase phase_named(const char *name)
{
	enum phase p = 0;
	while (p < PHASES && strcmp(names[p], name) != 0) p++;
	return p;
}

bool phase_may_move(enum phase from, enum phase to)
{
	for (size_t i = 0; i < sizeof moves / sizeof *moves; i++)
		if (moves[i].from == from && moves[i].to == to) return true;
	return false;
}

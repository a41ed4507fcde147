#include "irs/journal.h"

const struct event_info event_table[EVENTS] = {
#define EVENT(name, fields, doc) { #name, fields, doc },
#include "irs/tbl/event.def"
#undef EVENT
};

enum event event_named(const char *name)
{
	enum event ev = 0;
	while (ev < EVENTS && strcmp(event_table[ev].name, name) != 0) ev++;
	return ev;
}

#include "irs_talk.h"

#include <stdlib.h>

#include "irs/literal.h"
#include "irs/loop.h"

bool talk_find(struct arena *a, const char *what, struct store_session *out, struct err *e)
{
	store_sessions all = { 0 };
	size_t running = 0;
	if (what) return store_find(a, what, out, e);
	if (!store_list(a, &all, e)) return false;
	for (size_t i = 0; i < all.n; i++) {
		if (!store_is_running(a, &all.at[i])) continue;
		running++;
		*out = all.at[i];
	}
	if (running == 1) return true;
	err_set(e, IRS_USAGE, NULL, running ? "more than one session is running: which one?" : "no session is running");
	return err_remedy(e, "`irs list` shows all of them");
}

json_t *talk_ask(struct arena *a, const struct store_session *s, const char *what, const char *why, struct err *e)
{
	if (!store_is_running(a, s)) {
		err_set(e, IRS_USAGE, s->id, "its runner is not alive, so there is nobody to tell");
		err_remedy(e, "`irs status %s` says whether something is left, `irs restore %s` undoes it", s->id, s->id);
		return NULL;
	}
	json_t *ask = json_pack("{s:s,s:s?}", "do", what, "why", why);
	char *line = ask ? json_dumps(ask, JSON_COMPACT) : NULL, *answer = NULL;
	json_t *reply = NULL;
	if (!line) err_set(e, IRS_USAGE, NULL, "the reason is no UTF-8 text");
	else answer = loop_ask(store_path(a, s, "socket"), line, 10 * NS_PER_S, e);
	if (answer && !(reply = json_loads(answer, 0, NULL))) err_set(e, IRS_USAGE, s->id, "the session's answer makes no sense");
	free(answer);
	free(line);
	json_decref(ask);
	return reply;
}

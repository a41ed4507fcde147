#include <stdlib.h>
#include <string.h>

#include "irs/loop.h"
#include "irs/world.h"

/* One who waits for a line. */
struct asked {
	struct asked *next;
	enum event ev;
	uint32_t host;
	const char *item; /* of a request; else NULL */
	const char *to;   /* what `unable` calls it; NULL: it can't be answered so */
	bool cancelled;
	struct request *request; /* or: */
	void (*opened)(void *owner, uint32_t host, const struct host_facts *f, const struct err *e);
	void (*done)(void *owner, uint32_t host, const struct err *e);
	void *owner;
};

struct replay {
	struct world world;
	struct arena *a;
	const struct vm_hosts *hosts;
	struct recording *recording;
	struct asked *asked; /* the first to ask stands first */
	size_t at;
	bool ended;
};

static struct replay *replay_of(struct world *w) { return (struct replay *)w; }

static const char *text_of(const json_t *line, const char *field) { return json_string_value(json_object_get(line, field)); }
static int64_t number_of(const json_t *line, const char *field) { return json_integer_value(json_object_get(line, field)); }
static bool is_true(const json_t *line, const char *field) { return json_is_true(json_object_get(line, field)); }

/* ---- whom a line answers ------------------------------------------------------------------------------ */

static bool is_of(const struct replay *w, const json_t *line, const char *item, uint32_t host)
{
	const char *its_item = text_of(line, "item"), *its_host = text_of(line, "host");
	return its_item && item && !strcmp(its_item, item) && its_host && host < w->hosts->n &&
	       str_eq(str_of(its_host), w->hosts->at[host].name);
}

/* The session's own commands stand nowhere in the image. */
static bool is_at(const json_t *line, const struct effect *e)
{
	json_t *function = json_object_get(line, "function");
	if (!function || e->function == IMAGE_NONE) return !function && e->function == IMAGE_NONE;
	return json_integer_value(function) == e->function && number_of(line, "pc") == e->pc;
}

static bool answers(const struct replay *w, const struct recorded *r, const struct asked *q)
{
	if (q->request) return r->ev == q->ev && is_of(w, r->line, q->item, q->host) && is_at(r->line, q->request->effect);
	const char *host = text_of(r->line, "host"), *to = r->ev == EV_unable ? text_of(r->line, "to") : NULL;
	if (!host || !str_eq(str_of(host), w->hosts->at[q->host].name)) return false;
	return to ? !strcmp(to, q->to) : r->ev == q->ev;
}

static struct asked *ask(struct replay *w, enum event ev, uint32_t host, const char *to)
{
	struct asked *q = calloc(1, sizeof *q), **at = &w->asked;
	if (!q) abort();
	*q = (struct asked){ .ev = ev, .host = host, .to = to };
	while (*at) at = &(*at)->next;
	return *at = q;
}

static void withdraw(struct replay *w, struct asked *q)
{
	struct asked **at = &w->asked;
	while (*at != q) at = &(*at)->next;
	*at = q->next;
}

/* ---- what it says ----------------------------------------------------------------------------------------- */

static struct text *kept_text(struct replay *w, const json_t *line, const char *field)
{
	json_t *v = json_object_get(line, field);
	return v ? value_string(w->a, (struct str){ json_string_value(v), json_string_length(v) }).text : NULL;
}

static struct run_result result_of(struct replay *w, const json_t *line)
{
	json_t *exit = json_object_get(line, "exit");
	return (struct run_result){ .exit = exit ? (int)json_integer_value(exit) : -1,
		                    .signal = (int)number_of(line, "signal"),
		                    .timed_out = is_true(line, "timed_out"),
		                    .gone = is_true(line, "gone"),
		                    .lost = is_true(line, "lost"),
		                    .truncated = is_true(line, "truncated"),
		                    .elapsed = number_of(line, "elapsed"),
		                    .stdout_text = kept_text(w, line, "stdout"),
		                    .stderr_text = kept_text(w, line, "stderr") };
}

static struct http_response response_of(struct replay *w, const json_t *line)
{
	struct http_response r = { .ok = is_true(line, "ok"),
		                   .status = (int)number_of(line, "status"),
		                   .elapsed = number_of(line, "elapsed"),
		                   .body = kept_text(w, line, "body") };
	const char *why = text_of(line, "why");
	if (why) snprintf(r.why, sizeof r.why, "%s", why);
	return r;
}

static bool is_cut(const struct effect *e, const json_t *line)
{
	if (e->kind != EFFECT_RUN) return json_object_get(line, "body_bytes") != NULL;
	return e->run.read && (json_object_get(line, "stdout_bytes") || json_object_get(line, "stderr_bytes"));
}

static void answer_request(struct replay *w, struct request *r, const json_t *line)
{
	struct outcome o = { .yes = is_true(line, "ok") ? TRUE3 : FALSE3 };
	if (r->effect->kind == EFFECT_RUN) o.run = result_of(w, line);
	else o.http = response_of(w, line);
	r->done(r, &o);
}

static struct err failure_of(const struct recorded *r)
{
	struct err e = { 0 };
	if (r->ev != EV_unable) return e;
	const char *why = text_of(r->line, "why"), *remedy = text_of(r->line, "remedy");
	err_set(&e, IRS_FAILED, NULL, "%s", why ? why : "?");
	if (remedy) err_remedy(&e, "%s", remedy);
	return e;
}

static void answer_opened(const struct asked *q, const struct recorded *r)
{
	struct host_facts f = { .root = is_true(r->line, "root") };
	struct err e = failure_of(r);
	const char *boot = text_of(r->line, "boot"), *machine = text_of(r->line, "machine");
	snprintf(f.boot, sizeof f.boot, "%s", boot ? boot : "");
	snprintf(f.machine_id, sizeof f.machine_id, "%s", machine ? machine : "");
	q->opened(q->owner, q->host, &f, &e);
}

bool world_replay_answer(struct world *base, size_t i)
{
	struct replay *w = replay_of(base);
	struct recorded *r = &w->recording->at[i];
	struct asked *q = w->asked;
	while (q && !answers(w, r, q)) q = q->next;
	if (!q) return false;
	r->taken = true;
	withdraw(w, q);
	r->cut = q->request && is_cut(q->request->effect, r->line);
	struct err e = failure_of(r);
	if (q->request) answer_request(w, q->request, r->line);
	else if (q->opened) answer_opened(q, r);
	else q->done(q->owner, q->host, &e);
	free(q);
	return true;
}

static bool is_from_outside(enum event ev)
{
	return world_replay_knows(ev) || ev == EV_told || ev == EV_fired || ev == EV_synced;
}

bool world_replay_knows(enum event ev)
{
	return ev == EV_run || ev == EV_http || ev == EV_opened || ev == EV_armed || ev == EV_reached || ev == EV_disarmed || ev == EV_unable;
}

void world_replay_begin(struct world *w, size_t i)
{
	replay_of(w)->at = i;
}

/* ---- what was ended before it had answered ------------------------------------------------------------------- */

static bool comes(const struct replay *w, const struct asked *q)
{
	if (w->ended) return false;
	for (size_t i = w->at; i < w->recording->n; i++)
		if (!w->recording->at[i].taken && answers(w, &w->recording->at[i], q)) return true;
	return false;
}

bool world_replay_lose(struct world *base)
{
	struct replay *w = replay_of(base);
	struct outcome lost = { .run = { .exit = -1, .lost = true }, .http = { .why = "cancelled" }, .yes = FALSE3 };
	struct asked *q = w->asked;
	struct err e;
	while (q && ((!q->cancelled && !w->ended) || comes(w, q))) q = q->next;
	if (!q) return false;
	withdraw(w, q);
	err_set(&e, IRS_FAILED, NULL, "the recording has ended");
	if (q->request) q->request->done(q->request, &lost);
	else if (q->opened) q->opened(q->owner, q->host, NULL, &e);
	else q->done(q->owner, q->host, &e);
	free(q);
	return true;
}

void world_replay_end(struct world *w)
{
	replay_of(w)->ended = true;
}

/* ---- the world's doors ----------------------------------------------------------------------------------------- */

static void replay_perform(struct world *base, struct request *r)
{
	struct asked *q = ask(replay_of(base), r->effect->kind == EFFECT_RUN ? EV_run : EV_http, r->host, NULL);
	q->request = r;
	q->item = r->item;
}

static void replay_cancel(struct world *base, struct request *r)
{
	for (struct asked *q = replay_of(base)->asked; q; q = q->next)
		if (q->request == r) q->cancelled = true;
}

typedef void told(void *owner, uint32_t host, const struct err *e);

static void ask_host(struct world *base, enum event ev, uint32_t host, const char *to, told *done, void *owner)
{
	struct asked *q = ask(replay_of(base), ev, host, to);
	q->done = done;
	q->owner = owner;
}

static void replay_open(struct world *base, uint32_t host,
                        void (*done)(void *owner, uint32_t host, const struct host_facts *f, const struct err *e), void *owner)
{
	struct asked *q = ask(replay_of(base), EV_opened, host, "open");
	q->opened = done;
	q->owner = owner;
}

static void replay_leash_add(struct world *w, uint32_t host, struct str script, const struct leash_terms *t, told *done, void *owner)
{
	(void)script, (void)t; /* the undo record has them, and is compared */
	ask_host(w, EV_armed, host, "arm", done, owner);
}

static void replay_leash_disarm(struct world *w, uint32_t host, told *done, void *owner)
{
	ask_host(w, EV_disarmed, host, "disarm", done, owner);
}

static void replay_reach(struct world *w, uint32_t host, told *done, void *owner)
{
	ask_host(w, EV_reached, host, "reach", done, owner);
}

static void replay_bury(struct world *w, uint32_t host, const struct process_ref *refs, size_t n, told *done, void *owner)
{
	(void)refs, (void)n;
	ask_host(w, EV_disarmed, host, "bury", done, owner);
}

static void replay_token(struct world *base, const char *item, uint32_t host, char out[WORLD_TOKEN])
{
	struct replay *w = replay_of(base);
	const char *token = NULL;
	for (size_t i = w->at; !token && i < w->recording->n; i++) {
		struct recorded *r = &w->recording->at[i];
		if (r->ev != EV_mark || r->taken || !is_of(w, r->line, item, host)) continue;
		r->taken = true;
		token = text_of(r->line, "token");
	}
	snprintf(out, WORLD_TOKEN, "%s", token ? token : "k");
}

/* Yes if that is what the world says next. */
static bool replay_over(struct world *base, const char *item, uint32_t host, int64_t deadline)
{
	struct replay *w = replay_of(base);
	(void)deadline;
	if (w->ended) return true;
	for (size_t i = w->at; i < w->recording->n; i++) {
		struct recorded *r = &w->recording->at[i];
		if (r->taken || (r->ev != EV_deadline && !is_from_outside(r->ev))) continue;
		return r->ev == EV_deadline && is_of(w, r->line, item, host) && (r->taken = true);
	}
	return false;
}

static void replay_close(struct world *w) { (void)w; }

static const struct world_ops ops = { .perform = replay_perform,
	                              .cancel = replay_cancel,
	                              .open = replay_open,
	                              .leash_add = replay_leash_add,
	                              .leash_disarm = replay_leash_disarm,
	                              .reach = replay_reach,
	                              .bury = replay_bury,
	                              .token = replay_token,
	                              .over = replay_over,
	                              .close = replay_close };

struct world *world_replay_new(struct arena *a, const struct vm_hosts *hosts, struct recording *r)
{
	struct replay *w = calloc(1, sizeof *w);
	if (!w) abort();
	*w = (struct replay){ .world.ops = &ops, .a = a, .hosts = hosts, .recording = r };
	return &w->world;
}

void world_replay_free(struct world *base)
{
	struct replay *w = replay_of(base);
	for (struct asked *q = w ? w->asked : NULL, *next; q; q = next) {
		next = q->next;
		free(q);
	}
	free(w);
}

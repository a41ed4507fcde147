/*
 * What has to be true before anything is touched: hosts answer and are nobody else's, everything that steps need is there, every
 * precondition holds. All findings together, not the first.
 */
#include "state.h"

#include <stdio.h>
#include <stdlib.h>

#include "effect_note.h"
#include "observe.h"

/* Work that goes on side by side; `done` when the last is over. */
struct gathering {
	struct session *s;
	size_t running;
	bool after;
	void (*done)(struct session *s);
};

static struct gathering *gather(struct session *s, void (*done)(struct session *s))
{
	struct gathering *g = calloc(1, sizeof *g);
	if (!g) abort();
	*g = (struct gathering){ .s = s, .running = 1, .done = done };
	return g;
}

static void gathered(struct gathering *g)
{
	if (--g->running) return;
	g->done(g->s);
	free(g);
}

void finding(struct session *s, const char *kind, const char *host, const char *remedy, const char *fmt, ...)
{
	char what[700];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	s->findings++;
	json_t *f = json_pack("{s:s,s:o}", "kind", kind, "what", journal_text(str_of(what), sizeof what));
	if (host) json_object_set_new(f, "host", journal_text(str_of(host), JOURNAL_MAX_TEXT));
	if (remedy && *remedy) json_object_set_new(f, "remedy", journal_text(str_of(remedy), JOURNAL_MAX_TEXT));
	journal_add(s->o.journal, EV_finding, f);
}

/* ---- hosts and claims ---------------------------------------------------------------------------------------- */

/* Several hosts may be one machine. */
static bool asked_already(const struct session *s, const char *machine)
{
	for (size_t i = 0; i < s->o.hosts->n; i++)
		if (s->host[i].claimed && !strcmp(s->host[i].facts.machine_id, machine)) return true;
	return false;
}

static void claim(struct session *s, uint32_t host)
{
	struct err e = { 0 };
	struct host_state *h = &s->host[host];
	if (!s->o.claim || asked_already(s, h->facts.machine_id)) return;
	h->claimed = true;
	if (!s->o.claim(s->o.claim_ctx, h->facts.machine_id, s->recovering, &h->claim, &e))
		finding(s, "claim", NULL, e.remedy, "%s", e.what);
}

/* Since the dead runner induced something on it. */
static bool was_rebooted(const struct session *s, uint32_t host)
{
	for (size_t i = 0; i < s->records.n; i++)
		if (!s->records.at[i]->how && s->records.at[i]->host == host && strcmp(s->records.at[i]->boot, s->host[host].facts.boot) != 0) return true;
	return false;
}

static void write_opened(struct session *s, uint32_t host)
{
	const struct host_facts *f = &s->host[host].facts;
	json_t *fields = json_pack("{s:o,s:s,s:s,s:b}", "host", session_host_json(s, host), "boot", f->boot, "machine", f->machine_id, "root", (int)f->root);
	if (was_rebooted(s, host)) json_object_set_new(fields, "rebooted", json_true());
	journal_add(s->o.journal, EV_opened, fields);
}

static void opened(void *owner, uint32_t host, const struct host_facts *f, const struct err *e)
{
	struct gathering *g = owner;
	struct session *s = g->s;
	if (e->what[0]) {
		session_unable(s, host, "open", e);
		finding(s, "host", session_host_name(s, host), e->remedy, "it can't be opened: %s", e->what);
	} else {
		s->host[host].open = true;
		s->host[host].facts = *f;
		write_opened(s, host);
		claim(s, host);
	}
	gathered(g);
}

void check_open(struct session *s, void (*done)(struct session *s))
{
	struct gathering *g = gather(s, done);
	for (uint32_t i = 0; i < s->o.hosts->n; i++) {
		g->running++;
		s->d.world->ops->open(s->d.world, i, opened, g);
	}
	gathered(g);
}

/* ---- where steps and preconditions run ------------------------------------------------------------------------ */

struct asking {
	struct gathering *g;
	uint32_t **hosts;
	size_t *n;
	char item[160];
};

static bool add_host(struct asking *q, struct value v)
{
	if (v.tag != V_HOST || v.i < 0 || (uint64_t)v.i >= q->g->s->o.hosts->n) return false;
	(*q->hosts)[(*q->n)++] = (uint32_t)v.i;
	return true;
}

static bool add_hosts(struct asking *q, struct value v)
{
	size_t n = v.tag == V_LIST ? v.list->n : 1;
	*q->hosts = arena_array_of(q->g->s->a, uint32_t, n + 1);
	*q->n = 0;
	if (v.tag != V_LIST) return add_host(q, v);
	for (size_t i = 0; i < n; i++)
		if (!add_host(q, v.list->at[i])) return false;
	return n > 0;
}

static void placed(void *owner, struct task *t)
{
	struct asking *q = owner;
	const struct task_end *end = task_end(t);
	if (!end->cancelled && (end->state != FIBER_DONE || !add_hosts(q, end->value)))
		finding(q->g->s, "where", NULL, NULL, "%s: %s", q->item, end->failure ? end->failure->what : "there is no host to run it on");
	gathered(q->g);
	free(q);
}

static void ask_where(struct gathering *g, uint32_t on, uint32_t **hosts, size_t *n, const char *label)
{
	struct asking *q = calloc(1, sizeof *q);
	if (!q) abort();
	*q = (struct asking){ .g = g, .hosts = hosts, .n = n };
	snprintf(q->item, sizeof q->item, "%s: on", label);
	if (on == IMAGE_NONE) {
		add_hosts(q, (struct value){ .tag = V_HOST, .i = 0 });
		free(q);
		return;
	}
	g->running++;
	task_start(&g->s->d, &(struct task_options){ .fn = on, .item = q->item, .done = placed, .owner = q });
}

static const char *precondition_title(const struct session *s, size_t i)
{
	struct str t = image_str(s->o.image, s->o.image->precondition[i].title);
	return t.n ? arena_strndup(s->a, t.p, t.n) : arena_printf(s->a, "precondition %zu", i + 1);
}

void check_where(struct session *s, void (*done)(struct session *s))
{
	const struct image *img = s->o.image;
	struct gathering *g = gather(s, done);
	for (size_t i = 0; i < img->nstep; i++) {
		uint32_t on = img->step[i].on;
		ask_where(g, on, &s->step[i].hosts, &s->step[i].nhosts, s->step[i].label);
	}
	for (size_t i = 0; i < img->nprecondition; i++)
		ask_where(g, img->precondition[i].on, &s->precondition_hosts[i], &s->nprecondition_hosts[i], precondition_title(s, i));
	gathered(g);
}

/* ---- needs -------------------------------------------------------------------------------------------------------- */

struct needing {
	struct gathering *g;
	const char *what; /* "the tool nft" */
	uint32_t host;
};

static void needed(void *owner, struct task *t)
{
	struct needing *n = owner;
	const struct task_end *end = task_end(t);
	const char *host = session_host_name(n->g->s, n->host);
	if (!end->cancelled && end->state == FIBER_FALSE) finding(n->g->s, "need", host, NULL, "%s is missing", n->what);
	else if (!end->cancelled && end->state == FIBER_UNKNOWN)
		finding(n->g->s, "need", host, NULL, "nobody can say whether %s is there", n->what);
	gathered(n->g);
	free(n);
}

/* A module is there if it is loaded, built in, or can be loaded. */
static const char *need_command(struct session *s, const struct image_need *need)
{
	struct buf word = { 0 };
	buf_shell_quoted(&word, image_str(s->o.image, need->text));
	const char *w = arena_strndup(s->a, word.p, word.n), *command;
	buf_free(&word);
	if (need->kind == IMAGE_NEED_TOOL) command = arena_printf(s->a, "command -v %s >/dev/null", w);
	else
		command = arena_printf(
		    s->a, "test -d /sys/module/\"$(printf %%s %s | tr - _)\" || PATH=$PATH:/usr/sbin:/sbin modprobe -n -q %s", w, w);
	return command;
}

static void ask_need(struct gathering *g, const struct image_need *need, uint32_t host)
{
	struct session *s = g->s;
	if (need->kind == IMAGE_NEED_ROOT) {
		if (!s->host[host].facts.root) finding(s, "need", session_host_name(s, host), "run irs as root", "root is needed");
		return;
	}
	struct needing *n = calloc(1, sizeof *n);
	if (!n) abort();
	const char *kind = need->kind == IMAGE_NEED_TOOL ? "tool" : "kernel module";
	*n = (struct needing){ g, arena_printf(s->a, "the %s %.*s", kind, STR_ARG(image_str(s->o.image, need->text))), host };
	g->running++;
	task_run(&s->d, &(struct task_options){ .host = host, .item = "needs", .done = needed, .owner = n },
	         value_string(s->a, str_of(need_command(s, need))), INT64_C(10) * 1000000000);
}

/* Each need once a host, however many frames have it. */
static bool first_time(struct session *s, struct map *seen, const struct image_need *need, uint32_t host)
{
	const char *key = arena_printf(s->a, "%u %u %u", need->kind, need->text, host);
	return !map_put(s->a, seen, str_of(key), s);
}

void check_needs(struct session *s, void (*done)(struct session *s))
{
	const struct image *img = s->o.image;
	struct gathering *g = gather(s, done);
	struct map seen = { 0 };
	for (size_t i = 0; i < img->nstep; i++)
		for (uint32_t k = 0; k < img->step[i].nframes; k++) {
			const struct image_frame *f = &img->frame[img->step[i].frames + k];
			for (size_t h = 0; h < s->step[i].nhosts; h++)
				for (uint32_t q = 0; q < f->nneeds; q++)
					if (first_time(s, &seen, &img->need[f->needs + q], s->step[i].hosts[h]))
						ask_need(g, &img->need[f->needs + q], s->step[i].hosts[h]);
		}
	gathered(g);
}

/* ---- preconditions ---------------------------------------------------------------------------------------------------- */

struct holding {
	struct gathering *g;
	struct image_function_ref fn;
	const char *title;
	uint32_t host;
};

static void left_precondition(struct session *s, const struct holding *h, const char *why)
{
	s->preconditions_left = true;
	json_t *f = json_pack("{s:o,s:o}", "host", session_host_json(s, h->host), "why", journal_text(str_of(why), JOURNAL_MAX_TEXT));
	journal_add(s->o.journal, EV_left, f);
}

static void held(void *owner, const struct observed *o)
{
	struct holding *h = owner;
	struct session *s = h->g->s;
	if (!o->as_wanted && !o->cancelled) {
		const char *what = o->verdict == FALSE3 ? "does not hold" : "could not be asked";
		const char *why = arena_printf(s->a, "precondition \"%s\" %s%s%s", h->title, what, o->failure ? ": " : "",
		                               o->failure ? o->failure->what : "");
		if (h->g->after) left_precondition(s, h, why);
		else finding(s, "precondition", session_host_name(s, h->host), NULL, "%s", why);
	}
	gathered(h->g);
	free(h);
}

void check_preconditions(struct session *s, bool after, void (*done)(struct session *s))
{
	const struct image *img = s->o.image;
	struct gathering *g = gather(s, done);
	g->after = after;
	for (size_t i = 0; img && i < img->nprecondition; i++)
		for (size_t k = 0; k < s->nprecondition_hosts[i]; k++) {
			struct holding *h = calloc(1, sizeof *h);
			if (!h) abort();
			*h = (struct holding){ g, { img->precondition[i].fn }, precondition_title(s, i), s->precondition_hosts[i][k] };
			g->running++;
			observe(&(struct observation){ .d = &s->d,
			                              .fns = &h->fn,
			                              .n = 1,
			                              .host = h->host,
			                              .want = after ? WANT_TRUE_SOON : WANT_TRUE_NOW,
			                              .patience = s->o.patience,
			                              .undoing = after,
			                              .item = h->title,
			                              .done = held,
			                              .owner = h });
		}
	gathered(g);
}

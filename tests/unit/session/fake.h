/*
 * fake: a world whose hosts are sets of words, for tests of the session alone.
 * Commands are `on W`, `off W`, `is W` (exit 1 if not), `fail` (exit 1), `hang`
 * (until it is cancelled), `break W` (from now on the operation W of the world
 * fails), `script` (the failsafe's: all words off). Everything that is asked of it stands in `log`, in order.
 */
#ifndef TESTS_UNIT_SESSION_FAKE_H
#define TESTS_UNIT_SESSION_FAKE_H

#include <stdio.h>
#include <stdlib.h>

#include "irs/buf.h"
#include "irs/loop.h"
#include "irs/world.h"

enum { FAKE_HOSTS = 4 };

struct fake {
	struct world w;
	struct loop *loop;
	struct buf log;
	char words[FAKE_HOSTS][256]; /* " a b " */
	char broken[256];
	void (*on_command)(struct fake *f, const char *line); /* before each command; may be NULL */
	void *owner;
	unsigned hanging;
};

struct fake_answer { /* one that is under way */
	struct fake *f;
	struct request *r;
	struct outcome o;
	uint32_t host;
	void (*told)(void *owner, uint32_t host, const struct err *e);
	void (*opened)(void *owner, uint32_t host, const struct host_facts *h, const struct err *e);
	void *owner;
	struct err e;
};

static bool fake_has(const struct fake *f, uint32_t host, const char *word)
{
	char w[80];
	snprintf(w, sizeof w, " %s ", word);
	return strstr(f->words[host], w) != NULL;
}

static void fake_set(struct fake *f, uint32_t host, const char *word, bool on)
{
	char w[80], *at;
	snprintf(w, sizeof w, " %s ", word);
	if (on && !fake_has(f, host, word)) strncat(f->words[host], w, sizeof f->words[host] - strlen(f->words[host]) - 1);
	if (!on && (at = strstr(f->words[host], w))) memmove(at, at + strlen(w), strlen(at + strlen(w)) + 1);
}

static bool fake_is_broken(const struct fake *f, const char *operation)
{
	return strstr(f->broken, operation) != NULL;
}

static void fake_answer_now(void *ctx)
{
	struct fake_answer *a = ctx;
	if (a->r) a->r->done(a->r, &a->o);
	else if (a->told) a->told(a->owner, a->host, &a->e);
	free(a);
}

static struct fake_answer *fake_answer(struct fake *f, uint32_t host)
{
	struct fake_answer *a = calloc(1, sizeof *a);
	a->f = f;
	a->host = host;
	loop_after(f->loop, 0, fake_answer_now, a);
	return a;
}

static void fake_note(struct fake *f, uint32_t host, const char *what)
{
	buf_printf(&f->log, "%u %s\n", host, what);
}

/* Rendering is another module's: here every restore is the same script. Weak, so that it stands in for the real one. */
__attribute__((weak)) bool render_restore(struct buf *out, const struct vm *vm, uint32_t fn, const struct value *captures,
                                          uint32_t here, struct err *e)
{
	(void)vm, (void)fn, (void)captures, (void)here, (void)e;
	buf_puts(out, "script");
	return true;
}

static int fake_exit(struct fake *f, uint32_t host, const char *c)
{
	if (!strncmp(c, "on ", 3)) fake_set(f, host, c + 3, true);
	else if (!strncmp(c, "off ", 4)) fake_set(f, host, c + 4, false);
	else if (!strncmp(c, "is ", 3)) return !fake_has(f, host, c + 3);
	else if (!strncmp(c, "break ", 6)) strncat(f->broken, c + 6, sizeof f->broken - strlen(f->broken) - 1);
	else if (!strcmp(c, "script")) f->words[host][0] = 0;
	else if (strncmp(c, "test ", 5) != 0 && strcmp(c, "true") != 0) return 1;
	return 0;
}

static void fake_perform(struct world *w, struct request *r)
{
	struct fake *f = (struct fake *)w;
	const char *c = r->effect->run.command.text->p;
	fake_note(f, r->host, c);
	if (f->on_command) f->on_command(f, c);
	if (!strcmp(c, "hang")) {
		f->hanging++;
		return;
	}
	struct fake_answer *a = fake_answer(f, r->host);
	a->r = r;
	a->o.run.exit = fake_exit(f, r->host, c);
}

static void fake_cancel(struct world *w, struct request *r)
{
	struct fake *f = (struct fake *)w;
	fake_note(f, r->host, "cancelled");
	if (strcmp(r->effect->run.command.text->p, "hang") != 0) return;
	f->hanging--;
	struct fake_answer *a = fake_answer(f, r->host);
	a->r = r;
	a->o.run = (struct run_result){ .exit = -1, .lost = true };
}

static void fake_opened(void *ctx)
{
	struct fake_answer *a = ctx;
	struct host_facts h = { .boot = "b00t", .machine_id = "aaaa", .root = true };
	a->opened(a->owner, a->host, &h, &a->e);
	free(a);
}

static void fake_open(struct world *w, uint32_t host,
                      void (*done)(void *owner, uint32_t host, const struct host_facts *h, const struct err *e), void *owner)
{
	struct fake *f = (struct fake *)w;
	struct fake_answer *a = calloc(1, sizeof *a);
	*a = (struct fake_answer){ .f = f, .host = host, .opened = done, .owner = owner };
	if (fake_is_broken(f, "open") && host == 1) err_set(&a->e, IRS_REFUSED, NULL, "no such host");
	loop_after(f->loop, 0, fake_opened, a);
}

static void fake_tell(struct world *w, uint32_t host, const char *what,
                      void (*done)(void *owner, uint32_t host, const struct err *e), void *owner)
{
	struct fake *f = (struct fake *)w;
	fake_note(f, host, what);
	struct fake_answer *a = fake_answer(f, host);
	a->told = done;
	a->owner = owner;
	if (fake_is_broken(f, what)) err_set(&a->e, IRS_FAILED, NULL, "%s is broken", what);
}

static void fake_leash_add(struct world *w, uint32_t host, struct str script, const struct leash_terms *t,
                           void (*done)(void *owner, uint32_t host, const struct err *e), void *owner)
{
	(void)script, (void)t;
	fake_tell(w, host, "leash", done, owner);
}

static void fake_disarm(struct world *w, uint32_t host, void (*done)(void *owner, uint32_t host, const struct err *e), void *owner)
{
	fake_tell(w, host, "disarm", done, owner);
}

static void fake_reach(struct world *w, uint32_t host, void (*done)(void *owner, uint32_t host, const struct err *e), void *owner)
{
	fake_tell(w, host, "reach", done, owner);
}

static void fake_bury(struct world *w, uint32_t host, const struct process_ref *refs, size_t n,
                      void (*done)(void *owner, uint32_t host, const struct err *e), void *owner)
{
	(void)refs;
	buf_printf(&((struct fake *)w)->log, "%u %zu to bury\n", host, n);
	fake_tell(w, host, "bury", done, owner);
}

static void fake_token(struct world *w, const char *item, uint32_t host, char out[WORLD_TOKEN])
{
	static const char token[WORLD_TOKEN] = "k0123456789abcdef";
	(void)w, (void)item, (void)host;
	memcpy(out, token, sizeof token);
}

static bool fake_over(struct world *w, const char *item, uint32_t host, int64_t deadline)
{
	(void)item, (void)host;
	return loop_now(((struct fake *)w)->loop) >= deadline;
}

static void fake_close(struct world *w)
{
	buf_puts(&((struct fake *)w)->log, "close\n");
}

static const struct world_ops fake_ops = { .perform = fake_perform,
	                                   .cancel = fake_cancel,
	                                   .open = fake_open,
	                                   .leash_add = fake_leash_add,
	                                   .leash_disarm = fake_disarm,
	                                   .reach = fake_reach,
	                                   .bury = fake_bury,
	                                   .token = fake_token,
	                                   .over = fake_over,
	                                   .close = fake_close };

#endif

#include "ssh_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "child.h"
#include "irs/map.h"
#include "ssh_answer.h"
#include "ssh_scan.h"

enum { ANSWER_MAX = 256 << 10, AT_ONCE = 4, NAME_MAX_BYTES = 253 };
static const int64_t QUESTION_NS = 20000000000;

/* Names that the files treat alike, with what the inventory says of user and port. */
struct class {
	enum { CLASS_NEW, CLASS_ALIKE /* by the template */, CLASS_EACH } state;
	struct ssh_answer *template;
};

struct question;

/* The members of a class in one batch that wait for the answers to two of them. */
struct waiting {
	struct class *class;
	VEC(size_t) members;
	struct question *pair[2]; /* NULL where there are none: all are asked */
	int answered;
};

struct question {
	struct question *next;
	struct batch *batch;
	size_t index; /* in the batch */
	struct waiting *waiting;
	struct child *child;
	struct ssh_answer *answer;
	const char *applied; /* which lines of its files ssh applied */
	bool foreign;        /* it read a file that we did not */
};

struct batch {
	struct batch *next, **link;
	struct ssh_config *config;
	struct arena *arena;
	struct ssh_ask *asks;
	struct ssh_found *found;
	size_t n, left;
	struct loop_timer *end;
	void (*done)(void *owner, const struct ssh_found *found, size_t n);
	void *owner;
};

struct ssh_config {
	struct loop *loop;
	struct arena *arena;
	const char *program, *file;
	unsigned at_once, running, questions;
	int64_t timeout;
	bool each, scanned;
	struct ssh_me me;
	struct ssh_scan scan;
	struct map routes;  /* by what was asked: struct ssh_route */
	struct map classes; /* struct class */
	struct question *first, **last; /* to be asked */
	struct question *asked;         /* under way */
	struct batch *batches;
};

bool ssh_name_ok(const char *name)
{
	size_t n = strlen(name);
	static const char inner[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:_.-";
	return n && n <= NAME_MAX_BYTES && *name != '.' && *name != '-' && strspn(name, inner) == n;
}

unsigned ssh_config_questions(const struct ssh_config *c) { return c->questions; }

const char *ssh_config_why_each(const struct ssh_config *c) { return c->each ? "it was asked for so" : c->scan.unsure; }

/* ---- answers */

static struct str ask_key(struct arena *a, const struct ssh_ask *k)
{
	return str_of(arena_printf(a, "%s %s %u", k->name, k->user ? k->user : "", k->port));
}

static void on_batch_end(void *ctx)
{
	struct batch *b = ctx;
	*b->link = b->next;
	if (b->next) b->next->link = b->link;
	b->done(b->owner, b->found, b->n);
	arena_free(b->arena);
}

static void settle(struct batch *b, size_t i, const struct ssh_route *route, const struct err *e)
{
	b->found[i] = (struct ssh_found){ route, e };
	if (--b->left == 0) b->end = loop_after(b->config->loop, 0, on_batch_end, b);
}

static void settle_route(struct batch *b, size_t i, struct ssh_answer *answer)
{
	struct ssh_config *c = b->config;
	struct str key = ask_key(c->arena, &b->asks[i]);
	const char *name = arena_strdup(c->arena, b->asks[i].name);
	const struct ssh_route *r = ssh_answer_route(c->arena, &c->me, answer, name);
	map_put(c->arena, &c->routes, key, (void *)(uintptr_t)r);
	settle(b, i, r, NULL);
}

/* ---- one question */

static void ask_next(struct ssh_config *c);
static void pair_answered(struct waiting *w);

static struct str take_line(struct str *text)
{
	const char *end = memchr(text->p, '\n', text->n);
	struct str line = { text->p, end ? (size_t)(end - text->p) : text->n };
	size_t past = line.n + (end != NULL);
	*text = (struct str){ text->p + past, text->n - past };
	return str_trim(line);
}

static bool is_known_file(const struct ssh_config *c, struct str path)
{
	for (size_t i = 0; i < c->scan.files.n; i++)
		if (str_eq(str_of(c->scan.files.at[i]), path)) return true;
	return false;
}

/* What ssh -v tells of its files; the last line that is no such talk says what went wrong. */
static struct str read_talk(struct question *q, struct str text)
{
	static const struct str reading = STR("debug1: Reading configuration data "), debug = STR("debug"), version = STR("OpenSSH_");
	struct buf applied = { 0 };
	struct str last = { 0 };
	while (text.n) {
		struct str line = take_line(&text);
		if (str_starts(line, reading)) {
			if (!is_known_file(q->batch->config, (struct str){ line.p + reading.n, line.n - reading.n })) q->foreign = true;
		} else if (memmem(line.p, line.n, ": Applying options for ", 23)) {
			buf_str(&applied, line);
			buf_putc(&applied, '\n');
		} else if (line.n && !str_starts(line, debug) && !str_starts(line, version) && !memmem(line.p, line.n, ": terminating, ", 15)) {
			last = line;
		}
	}
	q->applied = arena_strndup(q->batch->arena, applied.p ? applied.p : "", applied.n);
	buf_free(&applied);
	return last;
}

static const char *safe(struct arena *a, struct str s)
{
	struct buf b = { 0 };
	buf_safe(&b, s);
	const char *text = arena_strndup(a, b.p ? b.p : "", b.n);
	buf_free(&b);
	return text;
}

static void answered(struct question *q, const struct err *e)
{
	struct batch *b = q->batch;
	if (e) settle(b, q->index, NULL, arena_memdup(b->arena, e, sizeof *e));
	else settle_route(b, q->index, q->answer);
	if (q->waiting && ++q->waiting->answered == 2) pair_answered(q->waiting);
}

static void unlink_asked(struct question *q)
{
	struct question **at = &q->batch->config->asked;
	while (*at != q) at = &(*at)->next;
	*at = q->next;
	q->batch->config->running--;
}

static void on_answer(void *owner, const struct child_end *end)
{
	struct question *q = owner;
	struct ssh_config *c = q->batch->config;
	const char *name = q->batch->asks[q->index].name;
	struct err e = { 0 };
	struct str last = read_talk(q, end->err);
	unlink_asked(q);
	if (end->late) err_set(&e, IRS_REFUSED, name, "ssh -G did not answer in time");
	else if (end->cut) err_set(&e, IRS_REFUSED, name, "ssh -G printed more than %d KiB", ANSWER_MAX >> 10);
	else if (end->status) err_set(&e, IRS_REFUSED, name, "ssh -G failed: %s", last.n ? safe(q->batch->arena, last) : "it does not say why");
	else q->answer = ssh_answer_read(c->arena, end->out, &e);
	if (!q->answer) {
		if (!e.where[0]) err_within(&e, name);
		if (!e.remedy[0]) err_remedy(&e, "see what `ssh -G -- %s` says", name);
	}
	answered(q, q->answer ? NULL : &e);
	ask_next(c);
}

static void start_question(struct ssh_config *c, struct question *q)
{
	const struct ssh_ask *k = &q->batch->asks[q->index];
	const char *argv[16] = { c->program, "-G", "-v", "-T" };
	size_t n = 4;
	struct err e = { 0 };
	if (c->file) argv[n++] = "-F", argv[n++] = c->file;
	if (k->port) argv[n++] = "-p", argv[n++] = arena_printf(q->batch->arena, "%u", k->port);
	if (k->user) argv[n++] = "-l", argv[n++] = k->user;
	argv[n++] = "--", argv[n++] = k->name;
	c->questions++;
	c->running++;
	q->next = c->asked;
	c->asked = q;
	struct child_options o = { .argv = argv, .timeout = c->timeout, .limit = ANSWER_MAX };
	q->child = child_start(c->loop, &o, on_answer, q, &e);
	if (q->child) return;
	unlink_asked(q);
	err_set(&e, IRS_REFUSED, c->program, "OpenSSH's client can't be run, which says how a host is reached: %s", strcmp(e.what, "no such program") ? e.what : "it is not installed");
	err_remedy(&e, "install OpenSSH's client (apt-get install openssh-client)");
	answered(q, &e);
}

static void ask_next(struct ssh_config *c)
{
	while (c->first && c->running < c->at_once) {
		struct question *q = c->first;
		c->first = q->next;
		if (!c->first) c->last = &c->first;
		start_question(c, q);
	}
}

static struct question *ask(struct batch *b, size_t i, struct waiting *w)
{
	struct question *q = arena_new_of(b->arena, struct question);
	*q = (struct question){ .batch = b, .index = i, .waiting = w };
	*b->config->last = q;
	b->config->last = &q->next;
	return q;
}

/* ---- classes */

/* Of two names the texts in an answer can be told apart if neither begins with the other. */
static bool tell_apart(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);
	return strncasecmp(a, b, n < m ? n : m) != 0;
}

static void ask_each(struct waiting *w, struct batch *b)
{
	for (size_t i = 0; i < w->members.n; i++)
		if (!b->found[w->members.at[i]].route && !b->found[w->members.at[i]].error) ask(b, w->members.at[i], NULL);
}

static void follow(struct waiting *w, struct batch *b)
{
	for (size_t i = 0; i < w->members.n; i++) {
		size_t m = w->members.at[i];
		if (b->found[m].route || b->found[m].error) continue;
		if (ssh_answer_fits(b->arena, w->class->template, b->asks[m].name)) settle_route(b, m, w->class->template);
		else ask(b, m, NULL);
	}
}

static struct ssh_answer *template_of(struct batch *b, const struct question *one, const struct question *other)
{
	struct ssh_config *c = b->config;
	if (!one->answer || !other->answer || one->foreign || other->foreign || strcmp(one->applied, other->applied)) return NULL;
	return ssh_answer_merge(c->arena, &c->me, one->answer, b->asks[one->index].name, other->answer, b->asks[other->index].name);
}

/* A file that is wrong is so for all of a class, and is said of each. */
static void fail_all(struct waiting *w, struct batch *b, const struct err *e)
{
	for (size_t i = 0; i < w->members.n; i++) {
		size_t m = w->members.at[i];
		if (b->found[m].route || b->found[m].error) continue;
		struct err *own = arena_memdup(b->arena, e, sizeof *e);
		if (!strcmp(e->where, b->asks[w->pair[1]->index].name)) snprintf(own->where, sizeof own->where, "%s", b->asks[m].name);
		settle(b, m, NULL, own);
	}
}

static void pair_answered(struct waiting *w)
{
	struct question *one = w->pair[0], *other = w->pair[1];
	struct batch *b = one->batch;
	const struct err *e = b->found[one->index].error, *f = b->found[other->index].error;
	w->class->template = template_of(b, one, other);
	w->class->state = w->class->template ? CLASS_ALIKE : CLASS_EACH;
	if (w->class->template) {
		follow(w, b);
	} else if (e && f && !strcmp(e->what, f->what)) {
		w->class->state = CLASS_NEW;
		fail_all(w, b, f);
	} else {
		ask_each(w, b);
	}
}

/* Asks what has to be asked of a class. */
static void begin_class(struct waiting *w, struct batch *b)
{
	size_t second = 1;
	const char *first = b->asks[w->members.at[0]].name;
	while (second < w->members.n && !tell_apart(first, b->asks[w->members.at[second]].name)) second++;
	if (w->class->state == CLASS_ALIKE) {
		follow(w, b);
	} else if (w->class->state == CLASS_EACH || w->members.n < 3 || second == w->members.n) {
		ask_each(w, b);
	} else {
		w->pair[0] = ask(b, w->members.at[0], w);
		w->pair[1] = ask(b, w->members.at[second], w);
	}
}

/* What two names must have in common to be of one class. "" where a name is one of its own. */
static struct str class_key(struct ssh_config *c, struct arena *a, const struct ssh_ask *k)
{
	struct buf key = { 0 };
	bool canonical, address = ssh_is_address(k->name, &canonical), capitals = strpbrk(k->name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != NULL;
	if (address && !canonical) return (struct str){ "", 0 };
	buf_printf(&key, "%s %u %c%c ", k->user ? k->user : "", k->port, address ? 'a' : '-', capitals ? 'c' : '-');
	ssh_scan_class(&c->scan, str_of(k->name), &key);
	struct str s = { arena_memdup(a, key.p, key.n), key.n };
	buf_free(&key);
	return s;
}

static struct class *class_of(struct ssh_config *c, struct str key)
{
	struct class *class = map_get(&c->classes, key);
	if (class) return class;
	class = arena_new_of(c->arena, struct class);
	map_put(c->arena, &c->classes, (struct str){ arena_memdup(c->arena, key.p, key.n), key.n }, class);
	return class;
}

/* ---- a batch */

static const struct err *refuse_ask(struct arena *a, const struct ssh_ask *k)
{
	struct err e = { 0 };
	if (!ssh_name_ok(k->name)) err_set(&e, IRS_USAGE, safe(a, str_of(k->name)), "it is no host name that may be given to ssh");
	else if (k->user && !ssh_name_ok(k->user)) err_set(&e, IRS_USAGE, k->name, "its user %s is no name that may be given to ssh", safe(a, str_of(k->user)));
	else if (k->port > 65535) err_set(&e, IRS_USAGE, k->name, "its port %u is none", k->port);
	else return NULL;
	err_remedy(&e, "names have letters, digits and . _ : - and begin with none of . and -");
	return arena_memdup(a, &e, sizeof e);
}

static void sort_into_classes(struct batch *b)
{
	struct ssh_config *c = b->config;
	struct map waiting = { 0 }; /* by class */
	for (size_t i = 0; i < b->n; i++) {
		const struct err *e = refuse_ask(b->arena, &b->asks[i]);
		const struct ssh_route *known = e ? NULL : map_get(&c->routes, ask_key(b->arena, &b->asks[i]));
		struct str key = e || known || ssh_config_why_each(c) ? (struct str){ 0 } : class_key(c, b->arena, &b->asks[i]);
		if (e || known) {
			settle(b, i, known, e);
		} else if (!key.n) {
			ask(b, i, NULL);
		} else {
			struct waiting *w = map_get(&waiting, key);
			if (!w) map_put(b->arena, &waiting, key, w = arena_new_of(b->arena, struct waiting));
			w->class = class_of(c, key);
			vec_push(b->arena, &w->members, i);
		}
	}
	for (size_t i = 0; i < waiting.n; i++) begin_class(waiting.entry[i].value, b);
}

static void copy_asks(struct batch *b, const struct ssh_ask *asks)
{
	for (size_t i = 0; i < b->n; i++)
		b->asks[i] = (struct ssh_ask){ arena_strdup(b->arena, asks[i].name), asks[i].user ? arena_strdup(b->arena, asks[i].user) : NULL, asks[i].port };
}

void ssh_config_find(struct ssh_config *c, const struct ssh_ask *asks, size_t n, void (*done)(void *owner, const struct ssh_found *found, size_t n), void *owner)
{
	struct arena *a = arena_new(0);
	struct batch *b = arena_new_of(a, struct batch);
	*b = (struct batch){ .next = c->batches, .link = &c->batches, .config = c, .arena = a, .asks = arena_array_of(a, struct ssh_ask, n),
		             .found = arena_array_of(a, struct ssh_found, n), .n = n, .left = n + 1, .done = done, .owner = owner };
	if (b->next) b->next->link = &b->next;
	c->batches = b;
	copy_asks(b, asks);
	if (!c->scanned && !c->each) ssh_scan_read(&c->scan, c->arena, &c->me, c->file);
	c->scanned = true;
	sort_into_classes(b);
	ask_next(c);
	if (--b->left == 0) b->end = loop_after(c->loop, 0, on_batch_end, b);
}

/* ---- its life */

struct ssh_config *ssh_config_new(struct loop *l, const struct ssh_config_options *o)
{
	struct arena *a = arena_new(0);
	struct ssh_config *c = arena_new_of(a, struct ssh_config);
	*c = (struct ssh_config){ .loop = l, .arena = a, .program = o->program ? arena_strdup(a, o->program) : "ssh",
		                  .file = o->file ? arena_strdup(a, o->file) : NULL, .at_once = o->at_once ? o->at_once : AT_ONCE,
		                  .timeout = o->timeout ? o->timeout : QUESTION_NS, .each = o->each };
	c->last = &c->first;
	ssh_me_read(&c->me, a);
	return c;
}

void ssh_config_free(struct ssh_config *c)
{
	if (!c) return;
	for (struct question *q = c->asked; q; q = q->next) child_drop(q->child);
	while (c->batches) {
		struct batch *b = c->batches;
		c->batches = b->next;
		loop_timer_stop(b->end);
		arena_free(b->arena);
	}
	arena_free(c->arena);
}

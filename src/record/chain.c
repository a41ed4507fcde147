#include "chain.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

#include "irs/buf.h"
#include "irs/journal.h"

void chain_begin(struct chain *c)
{
	c->seq = 0;
	memset(c->prev, '0', 64);
	c->prev[64] = 0;
}

void chain_extend(struct chain *c, struct str line)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	crypto_hash_sha256(hash, (const unsigned char *)line.p, line.n);
	sodium_bin2hex(c->prev, sizeof c->prev, hash, sizeof hash);
	c->seq++;
}

bool chain_follows(const struct chain *c, const json_t *line)
{
	const char *prev = json_string_value(json_object_get(line, "prev"));
	json_t *seq = json_object_get(line, "seq");
	return prev && json_is_integer(seq) && (uint64_t)json_integer_value(seq) == c->seq + 1 && !strcmp(prev, c->prev);
}

/* Bytes of a file, a line at a time. */
struct lines {
	int fd;
	struct buf b;
	size_t taken; /* of b, by lines that were handed out */
	int64_t total;
	bool ended;
};

static bool fill(struct lines *l, const char *path, struct err *e)
{
	size_t rest = l->b.n - l->taken;
	if (l->taken) memmove(l->b.p, l->b.p + l->taken, rest);
	l->b.n = rest;
	l->taken = 0;
	ssize_t n;
	do n = read(l->fd, buf_reserve(&l->b, 1 << 16), 1 << 16);
	while (n < 0 && errno == EINTR);
	if (n < 0) return err_set(e, IRS_USAGE, path, "the journal can't be read: %s", strerror(errno));
	if (n == 0) l->ended = true;
	l->b.n += (size_t)n;
	l->total += n;
	if (l->total > JOURNAL_MAX_BYTES) return err_set(e, IRS_USAGE, path, "the journal is larger than %d MiB", JOURNAL_MAX_BYTES >> 20);
	return true;
}

/* The next line with its newline; n == 0 at the end, where `rest` tells what stands there without one. */
static bool next_line(struct lines *l, struct str *line, const char *path, struct err *e)
{
	size_t looked = 0;
	for (;;) {
		const char *from = l->b.p ? l->b.p + l->taken : "";
		size_t have = l->b.n - l->taken;
		const char *nl = have > looked ? memchr(from + looked, '\n', have - looked) : NULL;
		if (nl) {
			*line = (struct str){ from, (size_t)(nl - from) + 1 };
			l->taken += line->n;
			return true;
		}
		if (have > JOURNAL_MAX_LINE)
			return err_set(e, IRS_USAGE, path, "the journal has a line of more than %d MiB", JOURNAL_MAX_LINE >> 20);
		if (l->ended) {
			*line = (struct str){ "", 0 };
			return true;
		}
		looked = have;
		if (!fill(l, path, e)) return false;
	}
}

static bool is_hash(const char *s)
{
	return s && strlen(s) == 64 && strspn(s, "0123456789abcdef") == 64;
}

/* A line that was written whole, whatever became of those around it; NULL for anything else. */
static json_t *parse(struct str line)
{
	json_t *j = line.n > 1 ? json_loadb(line.p, line.n, 0, NULL) : NULL;
	if (j && json_is_string(json_object_get(j, "ev")) && json_integer_value(json_object_get(j, "seq")) > 0 &&
	    is_hash(json_string_value(json_object_get(j, "prev"))))
		return j;
	json_decref(j);
	return NULL;
}

/*
 * A line is believed once the next one has its hash, or nothing can say otherwise: so the one before is held back. A line that ends was written
 * whole: if it is none of ours, it is damage, wherever it stands. Behind the last newline a crash may leave anything.
 */
struct walk {
	chain_visit *visit;
	void *ctx;
	struct journal_end *end;
	json_t *held;
	bool noise; /* since then */
};

static void believe(struct walk *w)
{
	if (w->held && !w->end->stopped) w->end->stopped = !w->visit(w->ctx, w->held);
	json_decref(w->held);
	w->held = NULL;
}

static void tell_damage(struct walk *w, uint64_t line)
{
	json_decref(w->held);
	w->held = json_pack("{s:s,s:I}", "ev", "damaged", "line", (json_int_t)line);
	believe(w);
}

static void take(struct walk *w, json_t *j, struct str line)
{
	struct chain *c = &w->end->chain;
	bool follows = chain_follows(c, j);
	uint64_t damaged = w->held && !w->noise ? c->seq : c->seq + 1;
	if (follows || w->noise) believe(w);
	if (!follows || w->noise) tell_damage(w, damaged);
	c->seq = (uint64_t)json_integer_value(json_object_get(j, "seq")) - 1;
	chain_extend(c, line);
	w->held = j;
	w->noise = false;
}

/* All that a crash can leave of a journal's first line; where nothing went before, anything else is no torn end. */
static bool begins_journal(struct str rest)
{
	struct str first = STR("{\"seq\":1,\"t\":\"");
	size_t n = rest.n < first.n ? rest.n : first.n;
	return memcmp(rest.p, first.p, n) == 0;
}

static void end_walk(struct walk *w, struct str rest)
{
	bool strange = rest.n && !w->held && !w->noise && !w->end->chain.seq && !begins_journal(rest);
	w->end->torn = rest.n && !strange;
	w->end->unended = strange;
	if (strange) w->end->offset += (int64_t)rest.n;
	believe(w);
	if (w->noise || strange) tell_damage(w, w->end->chain.seq + 1);
}

bool chain_read(int fd, const char *path, chain_visit *visit, void *ctx, struct journal_end *end, struct err *e)
{
	struct lines l = { .fd = fd };
	struct walk w = { .visit = visit, .ctx = ctx, .end = end };
	struct str line;
	bool ok;
	*end = (struct journal_end){ 0 };
	chain_begin(&end->chain);
	while ((ok = next_line(&l, &line, path, e)) && line.n && !end->stopped) {
		json_t *j = parse(line);
		if (j) take(&w, j, line);
		else w.noise = true;
		end->offset += (int64_t)line.n;
	}
	size_t rest = l.ended ? l.b.n - l.taken : 0;
	end_walk(&w, (struct str){ rest ? l.b.p + l.taken : "", rest });
	buf_free(&l.b);
	return ok;
}

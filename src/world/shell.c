#include "shell.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOGIN_NOISE = 1 << 20, GREETING_SECONDS = 20, LONGEST_STATUS = 8 };
static const int64_t SECOND = 1000000000;

/* Where one of the two output streams stands. */
struct stream {
	enum { STREAM_GREETING, STREAM_IDLE, STREAM_BEFORE, STREAM_WITHIN, STREAM_BEHIND } at;
	struct buf pending; /* read, and not yet understood */
	struct capture kept;
};

struct shell {
	struct loop *loop;
	struct wire *wire;
	const struct shell_events *events;
	void *owner;
	struct stream stream[2];
	char a[NONCE_CHARS + 1], z[NONCE_CHARS + 1];
	struct host_facts facts;
	struct process_ref process;
	struct loop_timer *greeting;
	bool ready, busy, ended;
	char why[256]; /* it must not be used again after the command under way; "" = it may */
	char remedy[256];
	struct shell_end end;
	void (*done)(void *owner, const struct shell_end *end);
	void *done_owner;
};

void nonce_make(char out[NONCE_CHARS + 1])
{
	unsigned char raw[NONCE_CHARS / 2];
	randombytes_buf(raw, sizeof raw);
	sodium_bin2hex(out, NONCE_CHARS + 1, raw, sizeof raw);
}

const struct host_facts *shell_facts(const struct shell *s) { return &s->facts; }
const struct process_ref *shell_process(const struct shell *s) { return &s->process; }

bool shell_has_begun(const struct shell *s) { return s->busy && s->stream[0].at != STREAM_BEFORE; }

/* ---- its end */

/* The owner may free the shell in `done`, so nothing of it is touched behind. */
static void end_command(struct shell *s)
{
	s->end.begun = shell_has_begun(s);
	s->busy = false;
	s->ready = !s->why[0];
	s->end.spent = !s->ready;
	s->end.why = s->why;
	s->end.out = &s->stream[0].kept;
	s->end.err = &s->stream[1].kept;
	s->done(s->done_owner, &s->end);
}

/* What a shell that never answered has printed instead: sudo wants a password, an account is closed. The last line says it. */
static void said_instead(const struct shell *s, struct buf *out)
{
	for (int i = 1; i >= 0; i--) {
		struct str said = str_trim(buf_view(&s->stream[i].pending));
		const char *line = said.n ? memrchr(said.p, '\n', said.n) : NULL;
		if (line) said = (struct str){ line + 1, said.n - (size_t)(line + 1 - said.p) };
		if (s->stream[i].at != STREAM_GREETING || !said.n) continue;
		if (said.n > 200) said.n = 200;
		buf_puts(out, ": ");
		buf_safe(out, said);
		return;
	}
}

static void tell_ended(struct shell *s)
{
	struct err e;
	struct buf said = { 0 };
	said_instead(s, &said);
	err_set(&e, IRS_REFUSED, NULL, "%s%s", s->why, said.n ? said.p : "");
	if (s->remedy[0]) err_remedy(&e, "%s", s->remedy);
	buf_free(&said);
	s->events->ended(s->owner, &e);
}

void shell_abandon(struct shell *s, const char *why)
{
	if (s->ended) return;
	s->ended = true;
	if (!s->why[0]) snprintf(s->why, sizeof s->why, "%s", why);
	loop_timer_stop(s->greeting);
	s->greeting = NULL;
	s->end.how = SHELL_LOST;
	for (int i = 0; i < 2; i++) {
		struct stream *m = &s->stream[i];
		if (m->at == STREAM_WITHIN) capture_add(&m->kept, m->pending.p, m->pending.n);
	}
	if (s->busy) end_command(s);
	else tell_ended(s);
}

static void on_greeting_late(void *ctx)
{
	struct shell *s = ctx;
	s->greeting = NULL;
	shell_abandon(s, "the shell did not answer");
}

/* ---- what comes back */

static void stream_drop(struct stream *m, size_t n)
{
	memmove(m->pending.p, m->pending.p + n, m->pending.n - n);
	m->pending.n -= n;
}

/* Where `nonce` stands in what is pending, if its whole line is there. */
static char *find_line(struct stream *m, const char *nonce, char **line_end)
{
	char *at = m->pending.n ? memmem(m->pending.p, m->pending.n, nonce, NONCE_CHARS) : NULL;
	*line_end = at ? memchr(at, '\n', (size_t)(m->pending.p + m->pending.n - at)) : NULL;
	return *line_end ? at : NULL;
}

/* "NONCE pid pgid start uid printf boot machine-id hostname". What is to be signalled as a group can't be process 1: -1 means everybody. */
static const char *read_greeting(struct shell *s, char *line)
{
	char printf_kind[256];
	unsigned uid;
	struct process_ref *p = &s->process;
	struct host_facts *f = &s->facts;
	int n = sscanf(line + NONCE_CHARS, "%" SCNd64 " %" SCNd64 " %" SCNu64 " %u %255s %36s %39s %255[^\n]", &p->pid, &p->pgid, &p->start, &uid,
	               printf_kind, f->boot, f->machine_id, f->hostname);
	if (n < 8) return "the shell did not say who it is: is /proc mounted?";
	if (p->pid <= 1 || p->pid > INT32_MAX) {
		snprintf(s->why, sizeof s->why, "the shell says that it is process %" PRId64 ", whose group can't be ended: start it as a child of another", p->pid);
		return s->why;
	}
	if (strcmp(printf_kind, "printf")) return "the shell's printf is no builtin: /bin/sh must be dash, bash or busybox";
	if (p->pgid != p->pid) return "the shell's process group is not its own";
	if (strlen(f->boot) != 36) return "the host does not say its boot id";
	if (!strcmp(f->machine_id, "-")) f->machine_id[0] = 0;
	p->kind = PROCESS_SHELL;
	memcpy(p->boot, f->boot, sizeof p->boot);
	f->root = uid == 0;
	return NULL;
}

static const char *feed_greeting(struct shell *s, struct stream *m)
{
	char *line_end, *at = find_line(m, s->a, &line_end);
	if (!at) return m->pending.n > LOGIN_NOISE ? "the shell does not stop printing at login" : NULL;
	*line_end = 0;
	const char *wrong = m == &s->stream[0] ? read_greeting(s, at) : NULL;
	stream_drop(m, (size_t)(line_end + 1 - m->pending.p));
	m->at = STREAM_IDLE;
	return wrong;
}

static void set_stray(struct shell *s)
{
	if (!s->why[0]) snprintf(s->why, sizeof s->why, "something wrote between two commands: a background process that holds their output");
}

/* Everything before the first nonce should be the newline that we put there ourselves. */
static void feed_before(struct shell *s, struct stream *m)
{
	char *line_end, *at = find_line(m, s->a, &line_end);
	if (!at) {
		if (m->pending.n > 4096) {
			set_stray(s);
			stream_drop(m, m->pending.n - NONCE_CHARS - 1);
		}
		return;
	}
	if (at != m->pending.p + 1 || m->pending.p[0] != '\n') set_stray(s);
	stream_drop(m, (size_t)(line_end + 1 - m->pending.p));
	m->at = STREAM_WITHIN;
}

/* Keeps back what could be the beginning of the last line; exactly one newline before the nonce is ours. */
static bool feed_within(struct shell *s, struct stream *m)
{
	char *line_end, *at = find_line(m, s->z, &line_end);
	if (!at) {
		size_t whole = m->pending.n, back = NONCE_CHARS + LONGEST_STATUS;
		if (whole && (at = memmem(m->pending.p, whole, s->z, NONCE_CHARS))) {
			size_t last = whole - (size_t)(at - m->pending.p);
			if (last > back) return false;
			back = last + 1;
		}
		if (whole > back) {
			capture_add(&m->kept, m->pending.p, whole - back);
			stream_drop(m, whole - back);
		}
		return true;
	}
	if (at == m->pending.p || at[-1] != '\n') return false;
	capture_add(&m->kept, m->pending.p, (size_t)(at - m->pending.p) - 1);
	if (m == &s->stream[0]) {
		*line_end = 0;
		const char *said = at + NONCE_CHARS;
		char *rest;
		long status = strtol(said, &rest, 10);
		if (!strcmp(said, " gone")) s->end.how = SHELL_GONE;
		else if (*said == ' ' && rest != said + 1 && !*rest && status >= 0 && status <= 255) s->end.status = (int)status;
		else return false;
	}
	stream_drop(m, (size_t)(line_end + 1 - m->pending.p));
	m->at = STREAM_BEHIND;
	return true;
}

/* What one stream says now; NULL, or why the shell must go. */
static const char *feed(struct shell *s, struct stream *m)
{
	if (m->at == STREAM_GREETING) {
		const char *wrong = feed_greeting(s, m);
		if (wrong) return wrong;
	}
	if (m->at == STREAM_IDLE && m->pending.n) {
		set_stray(s);
		buf_clear(&m->pending);
	}
	if (m->at == STREAM_BEFORE) feed_before(s, m);
	if (m->at == STREAM_WITHIN && !feed_within(s, m)) return "the shell's answer made no sense";
	if (m->at == STREAM_BEHIND && m->pending.n) {
		set_stray(s);
		buf_clear(&m->pending);
	}
	return NULL;
}

static bool both_at(const struct shell *s, int at) { return (int)s->stream[0].at == at && (int)s->stream[1].at == at; }

static void on_data(void *owner, int stream, const char *p, size_t n)
{
	struct shell *s = owner;
	struct stream *m = &s->stream[stream - 1];
	if (s->ended || (s->why[0] && !s->busy)) return;
	buf_add(&m->pending, p, n);
	const char *wrong = feed(s, m);
	if (!wrong && !s->busy && s->why[0]) wrong = s->why;
	if (wrong) {
		shell_abandon(s, wrong);
	} else if (s->busy && both_at(s, STREAM_BEHIND)) {
		s->stream[0].at = s->stream[1].at = STREAM_IDLE;
		s->ended = s->why[0];
		end_command(s);
	} else if (!s->busy && !s->ready && both_at(s, STREAM_IDLE)) {
		loop_timer_stop(s->greeting);
		s->greeting = NULL;
		s->ready = true;
		s->events->ready(s->owner);
	}
}

static void on_ended(void *owner, const struct err *e)
{
	struct shell *s = owner;
	snprintf(s->remedy, sizeof s->remedy, "%s", e->remedy);
	shell_abandon(s, e->what);
}

static void on_opened(void *owner)
{
	struct shell *s = owner;
	s->greeting = loop_after(s->loop, GREETING_SECONDS * SECOND, on_greeting_late, s);
}

static const struct wire_events wire_events = { on_data, on_ended, on_opened };

/* ---- what is said */

static void send(struct shell *s, struct buf *b)
{
	s->wire->ops->send(s->wire, b);
	buf_free(b);
}

struct shell *shell_new(struct loop *l, struct transport *t, uint32_t host, size_t output, const struct shell_events *events, void *owner, struct err *e)
{
	struct shell *s = calloc(1, sizeof *s);
	if (!s) abort();
	*s = (struct shell){ .loop = l, .events = events, .owner = owner };
	s->stream[0].kept.limit = s->stream[1].kept.limit = output;
	s->wire = t->open(t, host, &wire_events, s, e);
	if (!s->wire) {
		loop_timer_stop(s->greeting);
		free(s);
		return NULL;
	}
	struct buf b = { 0 };
	nonce_make(s->a);
	shell_text_greeting(&b, s->a);
	send(s, &b);
	return s;
}

void shell_run(struct shell *s, const struct shell_command *c, void (*done)(void *owner, const struct shell_end *end), void *owner)
{
	struct buf b = { 0 };
	nonce_make(s->a);
	nonce_make(s->z);
	for (int i = 0; i < 2; i++) {
		s->stream[i].at = STREAM_BEFORE;
		capture_free(&s->stream[i].kept);
	}
	s->end = (struct shell_end){ .how = SHELL_EXITED };
	s->busy = true;
	s->done = done;
	s->done_owner = owner;
	shell_text_frame(&b, c, s->a, s->z);
	send(s, &b);
}

void shell_free(struct shell *s, bool cut)
{
	if (!s) return;
	loop_timer_stop(s->greeting);
	if (cut) s->wire->ops->cut(s->wire);
	else s->wire->ops->let_go(s->wire);
	for (int i = 0; i < 2; i++) {
		buf_free(&s->stream[i].pending);
		capture_free(&s->stream[i].kept);
	}
	free(s);
}

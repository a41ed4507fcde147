#include "ssh_session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ssh_kexinit.h"
#include "ssh_login.h"

enum { WINDOW = 64 << 10, PACKET = 32 << 10, CHUNK = 16 << 10, OPEN_SECONDS = 20, GREETING_MAX = 16 << 10 };
static const int64_t SECOND = 1000000000;

struct ssh_channel {
	struct ssh_channel *next, **link;
	struct ssh_channel *next_to_open;
	struct ssh_session *session;
	LIBSSH2_CHANNEL *ssh; /* NULL until its opening was confirmed */
	char *target;         /* command, or host */
	unsigned port;        /* of a tunnel; 0: it runs a command */
	const struct ssh_channel_events *events;
	void *owner;
	struct buf out;       /* to be sent, from `sent` on */
	size_t sent;
	bool open, ended, closing, full;
	const char *why;      /* it ended, and its owner was not told yet */
};

enum stage { CONNECTING, SHAKING_HANDS, LOGGING_IN, READY, LOST };

struct ssh_session {
	struct loop *loop;
	struct ssh_session_options o;
	struct ssh_link *link;
	LIBSSH2_SESSION *ssh;
	enum stage stage;
	int socket;
	struct buf greeting; /* what the server sent in clear: for whoever must know why there was no agreement */
	void *login; /* its state */
	struct loop_timer *deadline;
	struct ssh_channel *channels, *opening, *last_opening;
	struct loop_timer *patience; /* for the channel that is being opened */
	/* What could not be sent whole: nothing else may be tried before it is done. */
	bool (*stuck)(struct ssh_session *s, struct ssh_channel *c);
	struct ssh_channel *stuck_channel;
	bool due;       /* a turn is asked for */
	bool turning, link_down, dropped, told, freed;
	struct err lost;
};

static void ask_turn(struct ssh_session *s);
static bool read_channel(struct ssh_session *s, struct ssh_channel *c);

/* ---- what libssh2 says */

static void fail(struct ssh_session *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void fail(struct ssh_session *s, const char *fmt, ...)
{
	char what[sizeof s->lost.what];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	if (s->stage == LOST) return;
	s->stage = LOST;
	if (!s->lost.what[0]) err_set(&s->lost, IRS_FAILED, NULL, "%s", what);
}

static const char *said(struct ssh_session *s)
{
	char *text = NULL;
	libssh2_session_last_error(s->ssh, &text, NULL, 0);
	return text && *text ? text : "no reason given";
}

/* Whether `r` means "later". What waits for room to write must be done before anything else is. */
static bool later(struct ssh_session *s, long r, bool (*op)(struct ssh_session *s, struct ssh_channel *c), struct ssh_channel *c)
{
	if (r != LIBSSH2_ERROR_EAGAIN) return false;
	bool outbound = libssh2_session_block_directions(s->ssh) & LIBSSH2_SESSION_BLOCK_OUTBOUND;
	s->stuck = outbound ? op : NULL;
	s->stuck_channel = outbound ? c : NULL;
	return true;
}

/* ---- channels: their end */

static void channel_end(struct ssh_channel *c, const char *why)
{
	if (c->ended) return;
	c->ended = true;
	c->why = why;
}

static void channel_free(struct ssh_channel *c)
{
	if (c->link) *c->link = c->next;
	if (c->link && c->next) c->next->link = c->link;
	free(c->target);
	buf_free(&c->out);
	free(c);
}

/* All are told after the turn in which they ended; who is told may close any of them. */
static void tell_ended(struct ssh_session *s)
{
	for (struct ssh_channel *c = s->channels; c;) {
		if (!c->why || c->closing) {
			c = c->next;
			continue;
		}
		const char *why = c->why;
		c->why = NULL;
		c->events->ended(c->owner, c->full, why);
		c = s->channels;
	}
}

/* ---- channels: opening, one at a time */

static struct ssh_channel *opened_next(struct ssh_session *s)
{
	struct ssh_channel *c = s->opening;
	s->opening = c->next_to_open;
	if (!s->opening) s->last_opening = NULL;
	loop_timer_stop(s->patience);
	s->patience = NULL;
	return c;
}

static void on_not_opened(void *ctx)
{
	struct ssh_session *s = ctx;
	s->patience = NULL;
	fail(s, "the connection is dead: nothing has come for %d s", OPEN_SECONDS);
	ask_turn(s);
}

static const char *why_not_opened(struct ssh_session *s, const struct ssh_channel *c, int code)
{
	if (code != LIBSSH2_ERROR_CHANNEL_FAILURE && code != LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED) return said(s);
	return c->port ? "the bastion does not tunnel there: AllowTcpForwarding, PermitOpen, or nobody listens"
	               : "the server opens no further session (MaxSessions), or lets this user run no command";
}

static bool open_step(struct ssh_session *s, struct ssh_channel *c)
{
	int r = 0;
	if (!s->patience) s->patience = loop_after(s->loop, OPEN_SECONDS * SECOND, on_not_opened, s);
	if (!c->ssh) {
		c->ssh = c->port ? libssh2_channel_direct_tcpip_ex(s->ssh, c->target, (int)c->port, "127.0.0.1", 22)
		                 : libssh2_channel_open_ex(s->ssh, "session", 7, WINDOW, PACKET, NULL, 0);
		if (!c->ssh) r = libssh2_session_last_errno(s->ssh);
	}
	if (!r && !c->port) r = libssh2_channel_process_startup(c->ssh, "exec", 4, c->target, (unsigned)strlen(c->target));
	if (later(s, r, open_step, c)) return false;
	opened_next(s);
	if (r) {
		c->full = r == LIBSSH2_ERROR_CHANNEL_FAILURE && !c->port;
		channel_end(c, why_not_opened(s, c, r));
	} else {
		c->open = true;
		if (!c->closing) c->events->opened(c->owner);
	}
	return true;
}

/* ---- channels: writing, reading, closing */

static bool write_step(struct ssh_session *s, struct ssh_channel *c)
{
	while (c->sent < c->out.n) {
		ssize_t n = libssh2_channel_write_ex(c->ssh, 0, c->out.p + c->sent, c->out.n - c->sent);
		if (later(s, n, write_step, c)) return false;
		if (n < 0) {
			channel_end(c, "its input was closed");
			break;
		}
		c->sent += (size_t)n;
	}
	buf_clear(&c->out);
	c->sent = 0;
	if (c->events->sent && !c->closing) c->events->sent(c->owner);
	return true;
}

/* What has come of one stream. Each read also takes from the socket what is there, for whichever channel. */
static bool read_stream(struct ssh_session *s, struct ssh_channel *c, int stream)
{
	char chunk[CHUNK];
	ssize_t n;
	while ((n = libssh2_channel_read_ex(c->ssh, stream, chunk, sizeof chunk)) > 0)
		if (!c->closing && !c->ended) c->events->data(c->owner, stream + 1, chunk, (size_t)n);
	if (n == 0 || n == LIBSSH2_ERROR_CHANNEL_CLOSED || later(s, n, read_channel, c)) return !s->stuck;
	fail(s, "the connection was lost: %s", said(s));
	return false;
}

static bool read_channel(struct ssh_session *s, struct ssh_channel *c)
{
	for (int stream = 0; stream <= (c->port ? 0 : SSH_EXTENDED_DATA_STDERR); stream++)
		if (libssh2_poll_channel_read(c->ssh, stream) && !read_stream(s, c, stream)) return false;
	return true;
}

/* The socket once, by any channel; then what was queued for the others, until nothing is. */
static bool read_all(struct ssh_session *s)
{
	bool first = true, more = true;
	while (more) {
		more = false;
		for (struct ssh_channel *c = s->channels; c; c = c->next) {
			if (!c->ssh) continue;
			if (first && !read_stream(s, c, 0)) return false;
			first = false;
			if (!read_channel(s, c)) return false;
			more |= libssh2_poll_channel_read(c->ssh, 0) || libssh2_poll_channel_read(c->ssh, SSH_EXTENDED_DATA_STDERR);
		}
	}
	for (struct ssh_channel *c = s->channels; c; c = c->next)
		if (c->open && libssh2_channel_eof(c->ssh)) channel_end(c, c->port ? "the other side has closed it" : "the shell ended by itself");
	return true;
}

static bool close_step(struct ssh_session *s, struct ssh_channel *c)
{
	int r = libssh2_channel_free(c->ssh);
	if (later(s, r, close_step, c)) return false;
	channel_free(c);
	return true;
}

static bool eof_step(struct ssh_session *s, struct ssh_channel *c)
{
	int r = libssh2_channel_send_eof(c->ssh);
	if (later(s, r, eof_step, c)) return false;
	return close_step(s, c);
}

/* A channel whose opening is under way can't be closed before it is done. */
static bool close_all(struct ssh_session *s)
{
	for (struct ssh_channel *c = s->channels, *next; c; c = next) {
		next = c->next;
		if (!c->closing || (!c->open && !c->ended)) continue;
		if (!c->ssh) channel_free(c);
		else if (!(c->ended ? close_step : eof_step)(s, c) && s->stuck) return false;
	}
	return true;
}

static bool write_all(struct ssh_session *s)
{
	for (struct ssh_channel *c = s->channels; c; c = c->next)
		if (c->open && !c->ended && c->sent < c->out.n && !write_step(s, c)) return !s->stuck;
	return true;
}

/* ---- a turn */

static void shake_hands(struct ssh_session *s)
{
	int r = libssh2_session_handshake(s->ssh, s->socket);
	if (r == LIBSSH2_ERROR_EAGAIN) return;
	if (r && kexinit_explain(buf_view(&s->greeting), s->ssh, &s->lost)) fail(s, "no agreement");
	else if (r) fail(s, "the handshake failed: %s", said(s));
	s->dropped = r == LIBSSH2_ERROR_SOCKET_DISCONNECT || r == LIBSSH2_ERROR_SOCKET_RECV || r == LIBSSH2_ERROR_BANNER_RECV;
	if (r) return;
	if (!s->o.login->trust(s->o.login, s->ssh, &s->lost)) fail(s, "untrusted");
	else s->stage = LOGGING_IN;
	buf_free(&s->greeting);
}

static void wake(void *owner) { ask_turn(owner); }

static void log_in(struct ssh_session *s)
{
	enum ssh_step step = s->o.login->authenticate(s->o.login, s->ssh, &s->login, wake, s, &s->lost);
	if (step == SSH_STEP_AGAIN) return;
	s->login = NULL;
	if (step == SSH_STEP_FAILED) {
		fail(s, "not logged in");
		return;
	}
	loop_timer_stop(s->deadline);
	s->deadline = NULL;
	s->stage = READY;
	s->o.events->ready(s->o.owner);
}

/* Everything that can be done now. */
static void advance(struct ssh_session *s)
{
	if (s->stage == SHAKING_HANDS) shake_hands(s);
	if (s->stage == LOGGING_IN) log_in(s);
	if (s->stage != READY) return;
	if (s->stuck) {
		bool (*op)(struct ssh_session *, struct ssh_channel *) = s->stuck;
		s->stuck = NULL;
		op(s, s->stuck_channel);
	}
	while (!s->stuck && s->stage == READY && s->opening && open_step(s, s->opening)) continue;
	if (!s->stuck && s->stage == READY) write_all(s);
	if (!s->stuck && s->stage == READY) read_all(s);
	if (!s->stuck && s->stage == READY) close_all(s);
	if (!s->channels && s->link_down) fail(s, "the connection was lost");
}

static void tell_lost(struct ssh_session *s)
{
	if (s->told) return;
	for (struct ssh_channel *c = s->channels; c; c = c->next) channel_end(c, s->lost.what);
	tell_ended(s);
	s->told = true;
	if (!s->freed) s->o.events->ended(s->o.owner, s->dropped, &s->lost);
}

static void session_free(struct ssh_session *s);

/* At the end of the loop's turn: whoever sends, opens or closes meanwhile shares it. */
static void turn(void *ctx)
{
	struct ssh_session *s = ctx;
	s->due = false;
	s->turning = true;
	if (!s->freed) advance(s);
	if (!s->freed) tell_ended(s);
	if (!s->freed && s->stage == LOST) tell_lost(s);
	s->turning = false;
	if (s->freed && !s->due) session_free(s);
	else if (!s->freed && s->stage != LOST && s->stage != CONNECTING)
		s->link->ops->want_write(s->link, libssh2_session_block_directions(s->ssh) & LIBSSH2_SESSION_BLOCK_OUTBOUND);
}

static void ask_turn(struct ssh_session *s)
{
	if (s->due) return;
	s->due = true;
	loop_at_turn_end(s->loop, turn, s);
}

/* ---- the link: libssh2 reads and writes through it */

static ssize_t receive(libssh2_socket_t socket, void *to, size_t n, int flags, void **abstract)
{
	struct ssh_session *s = *abstract;
	ssize_t got = s->link->ops->receive(s->link, to, n);
	(void)socket, (void)flags;
	if (s->stage == SHAKING_HANDS && got > 0 && s->greeting.n < GREETING_MAX) buf_add(&s->greeting, to, (size_t)got);
	return got;
}

static ssize_t transmit(libssh2_socket_t socket, const void *p, size_t n, int flags, void **abstract)
{
	struct ssh_session *s = *abstract;
	(void)socket, (void)flags;
	return s->link->ops->send(s->link, p, n);
}

static void on_up(void *owner)
{
	struct ssh_session *s = owner;
	s->socket = s->link->ops->socket(s->link);
	s->stage = SHAKING_HANDS;
	ask_turn(s);
}

static void on_stirred(void *owner) { ask_turn(owner); }

static void on_down(void *owner, const struct err *e)
{
	struct ssh_session *s = owner;
	s->link_down = true;
	if (s->stage == CONNECTING) {
		s->stage = LOST;
		s->lost = *e;
	}
	ask_turn(s);
}

static const struct ssh_link_events link_events = { on_up, on_stirred, on_down };

static void on_late(void *ctx)
{
	struct ssh_session *s = ctx;
	s->deadline = NULL;
	fail(s, s->stage == LOGGING_IN ? "the server does not finish the login" : "the server does not finish the handshake");
	ask_turn(s);
}

/* ---- its life */

struct ssh_session *ssh_session_new(struct loop *l, const struct ssh_session_options *o)
{
	struct ssh_session *s = calloc(1, sizeof *s);
	if (!s) abort();
	*s = (struct ssh_session){ .loop = l, .o = *o, .link = o->link };
	s->ssh = libssh2_session_init_ex(NULL, NULL, NULL, s);
	if (!s->ssh) abort();
	libssh2_session_set_blocking(s->ssh, 0);
	libssh2_session_callback_set(s->ssh, LIBSSH2_CALLBACK_RECV, (void *)receive);
	libssh2_session_callback_set(s->ssh, LIBSSH2_CALLBACK_SEND, (void *)transmit);
	s->link->events = &link_events;
	s->link->owner = s;
	s->deadline = loop_after(l, o->timeout, on_late, s);
	if (o->login->prepare(o->login, s->ssh, &s->lost)) {
		s->link->ops->start(s->link);
	} else {
		s->stage = LOST;
		ask_turn(s);
	}
	return s;
}

int ssh_session_socket(const struct ssh_session *s) { return s->socket; }

bool ssh_session_ready(const struct ssh_session *s) { return s->stage == READY; }

/* The way is cut first: libssh2 would say goodbye on each channel, and wait for the answer. */
static void session_free(struct ssh_session *s)
{
	s->link->ops->sever(s->link);
	while (libssh2_session_free(s->ssh) == LIBSSH2_ERROR_EAGAIN) continue;
	s->link->ops->free(s->link);
	buf_free(&s->greeting);
	loop_timer_stop(s->deadline);
	loop_timer_stop(s->patience);
	for (struct ssh_channel *c = s->channels, *next; c; c = next) {
		next = c->next;
		c->session = NULL;
		c->link = NULL;
		if (c->closing) channel_free(c);
	}
	free(s);
}

void ssh_session_free(struct ssh_session *s)
{
	if (!s) return;
	s->freed = true;
	if (s->login) s->o.login->forget(s->o.login, s->login);
	s->login = NULL;
	if (!s->turning && !s->due) session_free(s);
}

/* ---- channels, from outside */

static struct ssh_channel *channel_new(struct ssh_session *s, const char *target, unsigned port, const struct ssh_channel_events *events, void *owner)
{
	struct ssh_channel *c = calloc(1, sizeof *c);
	if (!c) abort();
	*c = (struct ssh_channel){ .next = s->channels, .link = &s->channels, .session = s, .target = strdup(target), .port = port, .events = events, .owner = owner };
	if (!c->target) abort();
	if (c->next) c->next->link = &c->next;
	s->channels = c;
	if (s->last_opening) s->last_opening->next_to_open = c;
	else s->opening = c;
	s->last_opening = c;
	if (s->stage == LOST) channel_end(c, s->lost.what);
	ask_turn(s);
	return c;
}

struct ssh_channel *ssh_channel_run(struct ssh_session *s, const char *command, const struct ssh_channel_events *events, void *owner)
{
	return channel_new(s, command, 0, events, owner);
}

struct ssh_channel *ssh_channel_tunnel(struct ssh_session *s, const char *host, unsigned port, const struct ssh_channel_events *events, void *owner)
{
	return channel_new(s, host, port, events, owner);
}

void ssh_channel_send(struct ssh_channel *c, struct buf *b)
{
	if (c->session && !c->ended && !c->closing) {
		buf_str(&c->out, buf_view(b));
		ask_turn(c->session);
	}
	buf_clear(b);
}

size_t ssh_channel_unsent(const struct ssh_channel *c) { return c->out.n - c->sent; }

void ssh_channel_close(struct ssh_channel *c)
{
	c->closing = true;
	if (c->session) ask_turn(c->session);
	else channel_free(c);
}

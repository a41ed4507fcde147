/* fake_wire: wires without shells: what is sent is kept, and a test says what comes back. Wires live as long as their transport. */
#ifndef TESTS_FAKE_WIRE_H
#define TESTS_FAKE_WIRE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../src/world/shell_text.h"
#include "../../../src/world/wire.h"

enum { FAKE_WIRES = 256 };

struct fake_wire {
	struct wire wire;
	struct buf sent;
	bool let_go, cut, ended;
};

struct fake_transport {
	struct transport base;
	struct fake_wire *wire[FAKE_WIRES];
	size_t n, most; /* so many can be opened */
};

static inline void fake_send(struct wire *w, struct buf *b)
{
	struct fake_wire *f = (struct fake_wire *)w;
	if (f->let_go) abort();
	buf_str(&f->sent, buf_view(b));
	buf_clear(b);
}

static inline void fake_let_go(struct wire *w)
{
	struct fake_wire *f = (struct fake_wire *)w;
	if (f->let_go) abort(); /* it is let go once */
	f->let_go = true;
}

static inline void fake_cut(struct wire *w)
{
	((struct fake_wire *)w)->cut = true;
	fake_let_go(w);
}

static inline struct wire *fake_open(struct transport *base, uint32_t host, const struct wire_events *events, void *owner, struct err *e)
{
	static const struct wire_ops ops = { fake_send, fake_let_go, fake_cut };
	struct fake_transport *t = (struct fake_transport *)base;
	(void)host;
	if (t->n == t->most) {
		err_set(e, IRS_REFUSED, NULL, "no more shells");
		return NULL;
	}
	struct fake_wire *f = calloc(1, sizeof *f);
	if (!f) abort();
	f->wire = (struct wire){ &ops, events, owner };
	t->wire[t->n++] = f;
	events->opened(owner);
	return &f->wire;
}

static inline struct fake_transport fake_transport(size_t most) { return (struct fake_transport){ .base.open = fake_open, .most = most }; }

static inline void fake_transport_free(struct fake_transport *t)
{
	for (size_t i = 0; i < t->n; i++) {
		buf_free(&t->wire[i]->sent);
		free(t->wire[i]);
	}
	t->n = 0;
}

/* The shell says something; nothing comes through once it has ended, or the wire was let go. */
static inline void fake_say(struct fake_wire *f, int stream, const char *p, size_t n)
{
	if (n && !f->let_go && !f->ended) f->wire.events->data(f->wire.owner, stream, p, n);
}

static inline void fake_end(struct fake_wire *f)
{
	if (f->let_go || f->ended) return;
	f->ended = true;
	struct err e;
	err_set(&e, IRS_FAILED, NULL, "the shell ended by itself");
	f->wire.events->ended(f->wire.owner, &e);
}

/* The nonce behind the last `before` that was sent; zeros if there is none. */
static inline void fake_nonce(const struct fake_wire *f, const char *before, char nonce[NONCE_CHARS + 1])
{
	struct str sent = buf_view(&f->sent);
	size_t n = strlen(before);
	memset(nonce, '0', NONCE_CHARS);
	nonce[NONCE_CHARS] = 0;
	for (size_t i = sent.n; i-- > 0;) {
		if (sent.n - i < n + NONCE_CHARS || memcmp(sent.p + i, before, n) != 0) continue;
		memcpy(nonce, sent.p + i + n, NONCE_CHARS);
		return;
	}
}

/* The greeting's, and those of the last command. */
static inline void fake_nonce_greeting(const struct fake_wire *f, char nonce[NONCE_CHARS + 1]) { fake_nonce(f, "echo; echo \"", nonce); }
static inline void fake_nonce_begin(const struct fake_wire *f, char nonce[NONCE_CHARS + 1]) { fake_nonce(f, "; printf '\\n%s\\n' ", nonce); }
static inline void fake_nonce_end(const struct fake_wire *f, char nonce[NONCE_CHARS + 1]) { fake_nonce(f, "printf '\\n%s %s\\n' ", nonce); }

#endif

/*
 * wire: how a shell on a host is reached: one stream of bytes in, two out.  What speaks over it (shell.h, leash.h) doesn't know whether the
 * shell is a child of ours or sits behind SSH.  A transport makes wires.
 */
#ifndef WORLD_WIRE_H
#define WORLD_WIRE_H

#include "irs/buf.h"
#include "irs/err.h"

struct wire;

struct wire_events {
	/* What the shell wrote on stream 1 or 2. */
	void (*data)(void *owner, int stream, const char *p, size_t n);
	/* Once: the shell has ended, or the way to it; nothing comes after. The wire must still be let go. Never from within a call to the wire. */
	void (*ended)(void *owner, const struct err *e);
	/* Once, before any data, and maybe before `open` returns: the way there is made, and a shell begins. */
	void (*opened)(void *owner);
};

struct wire_ops {
	/* Takes what `b` holds, and leaves it empty. After the end it is thrown away. */
	void (*send)(struct wire *w, struct buf *b);
	/* Ends the shell's input, and frees the wire when the shell is gone. No event comes any more. */
	void (*let_go)(struct wire *w);
	/* The same for a shell that doesn't answer: its process group is ended by force where the transport can. */
	void (*cut)(struct wire *w);
};

struct wire {
	const struct wire_ops *ops;
	const struct wire_events *events;
	void *owner;
};

struct transport {
	/* A fresh shell on `host`, the leader of a process group of its own, and no argument but its name. NULL with `e` if there can't be one. */
	struct wire *(*open)(struct transport *t, uint32_t host, const struct wire_events *events, void *owner, struct err *e);
	/* The same hosts, each shell by a way of its own that rests on nothing that is open already; maybe this transport itself. */
	struct transport *afresh;
};

#endif

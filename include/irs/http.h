/*
 * http: HTTP requests and TCP connects (libcurl's multi interface on the loop), as probes want them: each on a fresh connection, no proxy, no
 * redirects, no cookies, http and https only; a deadline for the whole, a limit for the body.  That nothing answers is an answer.
 */
#ifndef IRS_HTTP_H
#define IRS_HTTP_H

#include "irs/err.h"
#include "irs/image.h" /* enum http_method */
#include "irs/loop.h"
#include "irs/str.h"

struct http;

struct http_answer {
	bool ok;          /* a response came, whatever its status; or (connect) the connection was made */
	int status;       /* 0 without a response */
	int64_t elapsed;  /* ns */
	struct str body;  /* as much as fits into the limit; lives until `done` returns */
	const char *why;  /* not ok: "refused", "timed out", "reset", … ; never NULL */
};

/* One request. The caller owns it, and keeps it and what it points at until `done` or http_cancel has returned. */
struct http_request {
	enum http_method method;
	struct str url;   /* http or https; for http_connect "host:port" or "[v6]:port" */
	struct str body;  /* p NULL: none. Sent as application/json if it begins like JSON, else as text/plain */
	int64_t timeout;  /* ns */
	size_t limit;     /* of the answer's body; what comes behind is not read */
	void (*done)(struct http_request *r, const struct http_answer *a); /* once, never from within http_start; may start others */
	void *owner;
	void *private;    /* http's */
};

struct http *http_new(struct loop *l, struct err *e);
/* Cancels what is under way, without calling `done`. NULL is fine. */
void http_free(struct http *h);
void http_start(struct http *h, struct http_request *r);
/* The same, but only connects, and closes again: nothing is sent. */
void http_connect(struct http *h, struct http_request *r);
/* Without calling `done`. */
void http_cancel(struct http *h, struct http_request *r);

#endif

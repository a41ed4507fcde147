#include "irs/http.h"

#include <ctype.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <uv.h>

#include "irs/buf.h"

struct http {
	struct loop *loop;
	CURLM *multi;
	struct loop_timer *timer;
	struct exchange *under_way;
};

/* One request on its way. */
struct exchange {
	struct exchange *next, **link;
	struct http *http;
	struct http_request *request;
	CURL *easy;
	struct curl_slist *headers;
	struct buf url, body;
	bool enough; /* the body has reached its limit */
	int64_t began;
	struct loop_timer *failing; /* it could not even begin */
	const char *wrong;          /* and why */
};

/* curl's socket as libuv watches it. */
struct watch {
	uv_poll_t poll;
	struct http *http;
	curl_socket_t socket;
};

static void check_done(struct http *h);

/* ---- sockets and time: what curl waits for */

static void on_watch_closed(uv_handle_t *p) { free(p->data); }

static void on_ready(uv_poll_t *p, int status, int events)
{
	struct watch *w = p->data;
	struct http *h = w->http;
	int flags = (events & UV_READABLE ? CURL_CSELECT_IN : 0) | (events & UV_WRITABLE ? CURL_CSELECT_OUT : 0) | (status < 0 ? CURL_CSELECT_ERR : 0);
	int running;
	curl_multi_socket_action(h->multi, w->socket, flags, &running);
	check_done(h);
}

static struct watch *watch_new(struct http *h, curl_socket_t s)
{
	struct watch *w = calloc(1, sizeof *w);
	if (!w) abort();
	w->http = h;
	w->socket = s;
	w->poll.data = w;
	if (uv_poll_init_socket(loop_uv(h->loop), &w->poll, s)) {
		free(w);
		return NULL;
	}
	curl_multi_assign(h->multi, s, w);
	return w;
}

static int on_socket(CURL *easy, curl_socket_t s, int what, void *http, void *assigned)
{
	struct http *h = http;
	struct watch *w = assigned;
	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (!w) return 0;
		uv_poll_stop(&w->poll);
		uv_close((uv_handle_t *)&w->poll, on_watch_closed);
		curl_multi_assign(h->multi, s, NULL);
		return 0;
	}
	if (!w) w = watch_new(h, s);
	if (!w) return -1;
	uv_poll_start(&w->poll, (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0), on_ready);
	return 0;
}

static void on_time(void *http)
{
	struct http *h = http;
	int running;
	h->timer = NULL;
	curl_multi_socket_action(h->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	check_done(h);
}

static int on_timer_wanted(CURLM *multi, long milliseconds, void *http)
{
	struct http *h = http;
	(void)multi;
	loop_timer_stop(h->timer);
	h->timer = milliseconds < 0 ? NULL : loop_after(h->loop, milliseconds * 1000000, on_time, h);
	return 0;
}

/* ---- answers */

static const char *why_not(CURL *easy, CURLcode c)
{
	long number = 0;
	switch (c) {
	case CURLE_OPERATION_TIMEDOUT: return "timed out";
	case CURLE_COULDNT_RESOLVE_HOST: return "the name is not known";
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR: return "reset";
	case CURLE_GOT_NOTHING: return "closed without an answer";
	case CURLE_PARTIAL_FILE: return "closed in the middle of the answer";
	case CURLE_UNSUPPORTED_PROTOCOL: return "neither http nor https";
	case CURLE_URL_MALFORMAT: return "not a URL";
	case CURLE_PEER_FAILED_VERIFICATION: return "the certificate is not trusted";
	case CURLE_COULDNT_CONNECT:
		curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &number);
		return number == ECONNREFUSED || number == 0 ? "refused" : number == ETIMEDOUT ? "timed out" : strerror((int)number);
	default: return curl_easy_strerror(c);
	}
}

static void exchange_free(struct exchange *x)
{
	*x->link = x->next;
	if (x->next) x->next->link = x->link;
	x->request->private = NULL;
	curl_multi_remove_handle(x->http->multi, x->easy);
	curl_easy_cleanup(x->easy);
	curl_slist_free_all(x->headers);
	loop_timer_stop(x->failing);
	buf_free(&x->url);
	free(x);
}

static void answer(struct exchange *x, CURLcode c)
{
	struct http_request *r = x->request;
	struct buf body = x->body;
	long status = 0;
	if (c == CURLE_WRITE_ERROR && x->enough) c = CURLE_OK;
	curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
	struct http_answer a = { .ok = c == CURLE_OK, .status = (int)status, .elapsed = loop_now(x->http->loop) - x->began, .body = buf_view(&body),
		                 .why = x->wrong ? x->wrong : c == CURLE_OK ? "" : why_not(x->easy, c) };
	exchange_free(x);
	r->done(r, &a);
	buf_free(&body);
}

/* `done` may start and cancel others, so the list of what is ready is asked for anew each time. */
static void check_done(struct http *h)
{
	int left;
	for (CURLMsg *m; (m = curl_multi_info_read(h->multi, &left));) {
		if (m->msg != CURLMSG_DONE) continue;
		struct exchange *x = NULL;
		CURLcode c = m->data.result;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &x);
		answer(x, c);
	}
}

static size_t on_body(char *p, size_t size, size_t n, void *exchange)
{
	struct exchange *x = exchange;
	size_t room = x->request->limit - x->body.n, fits = size * n < room ? size * n : room;
	buf_add(&x->body, p, fits);
	x->enough = fits < size * n;
	return fits;
}

/* ---- requests */

static void on_failing(void *ctx)
{
	struct exchange *x = ctx;
	x->failing = NULL;
	answer(x, CURLE_FAILED_INIT);
}

static void set_body(struct exchange *x)
{
	struct str body = x->request->body;
	if (!body.p) return;
	bool json = body.n && (body.p[0] == '{' || body.p[0] == '[');
	x->headers = curl_slist_append(x->headers, json ? "Content-Type: application/json" : "Content-Type: text/plain; charset=utf-8");
	x->headers = curl_slist_append(x->headers, "Expect:");
	curl_easy_setopt(x->easy, CURLOPT_POSTFIELDS, body.p);
	curl_easy_setopt(x->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.n);
	curl_easy_setopt(x->easy, CURLOPT_HTTPHEADER, x->headers);
}

static void set_method(struct exchange *x)
{
	static const char *const names[HTTP_METHODS] = { "GET", "HEAD", "POST", "PUT", "DELETE" };
	enum http_method m = x->request->method;
	set_body(x);
	if (m == HTTP_HEAD) curl_easy_setopt(x->easy, CURLOPT_NOBODY, 1L);
	if (m == HTTP_POST && !x->request->body.p) curl_easy_setopt(x->easy, CURLOPT_POSTFIELDSIZE, 0L);
	if (m == HTTP_POST && !x->request->body.p) curl_easy_setopt(x->easy, CURLOPT_POST, 1L);
	curl_easy_setopt(x->easy, CURLOPT_CUSTOMREQUEST, names[m]);
}

static long milliseconds(int64_t ns) { return ns <= 1000000 ? 1 : ns / 1000000 > INT32_MAX ? INT32_MAX : (long)(ns / 1000000); }

/* Nothing of the environment, no signals, no memory of earlier requests: what a probe measures must not depend on them. */
static void set_common(struct exchange *x)
{
	CURL *c = x->easy;
	curl_easy_setopt(c, CURLOPT_URL, x->url.p);
	curl_easy_setopt(c, CURLOPT_PRIVATE, x);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(c, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(c, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, milliseconds(x->request->timeout));
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(x->request->timeout));
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, x);
}

static struct exchange *exchange_new(struct http *h, struct http_request *r)
{
	struct exchange *x = calloc(1, sizeof *x);
	if (!x) abort();
	*x = (struct exchange){ .http = h, .request = r, .next = h->under_way, .link = &h->under_way, .began = loop_now(h->loop), .easy = curl_easy_init() };
	if (!x->easy) abort();
	if (x->next) x->next->link = &x->next;
	h->under_way = x;
	r->private = x;
	return x;
}

static void begin(struct exchange *x)
{
	set_common(x);
	if (!x->wrong && curl_multi_add_handle(x->http->multi, x->easy)) x->wrong = "libcurl can't begin it";
	if (x->wrong) x->failing = loop_after(x->http->loop, 0, on_failing, x);
}

/* libcurl would guess the scheme where there is none. */
static bool has_scheme(struct str url, const char *scheme)
{
	size_t n = strlen(scheme);
	return url.n >= n && !strncasecmp(url.p, scheme, n);
}

static const char *wrong_url(struct str url)
{
	if (memchr(url.p, 0, url.n)) return "not a URL";
	return has_scheme(url, "http://") || has_scheme(url, "https://") ? NULL : "neither http nor https";
}

void http_start(struct http *h, struct http_request *r)
{
	struct exchange *x = exchange_new(h, r);
	buf_str(&x->url, r->url);
	x->wrong = wrong_url(r->url);
	set_method(x);
	begin(x);
}

static bool is_host(struct str s)
{
	bool v6 = s.n > 2 && s.p[0] == '[' && s.p[s.n - 1] == ']';
	for (size_t i = v6; i + v6 < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (v6 ? !isxdigit(c) && c != ':' && c != '.' : !isalnum(c) && c != '-' && c != '.' && c != '_' && c < 0x80) return false;
	}
	return s.n > 0;
}

/* A path, a user or a second port in it would make it a URL of something else. */
static bool is_address(struct str s)
{
	const char *colon = s.n ? memrchr(s.p, ':', s.n) : NULL;
	long port = 0;
	if (!colon || !is_host((struct str){ s.p, (size_t)(colon - s.p) })) return false;
	for (const char *p = colon + 1; p < s.p + s.n; p++) {
		if (!isdigit((unsigned char)*p) || port > UINT16_MAX) return false;
		port = port * 10 + *p - '0';
	}
	return port > 0 && port <= UINT16_MAX;
}

void http_connect(struct http *h, struct http_request *r)
{
	struct exchange *x = exchange_new(h, r);
	buf_puts(&x->url, "http://");
	buf_str(&x->url, r->url);
	if (!is_address(r->url)) x->wrong = "not an address";
	curl_easy_setopt(x->easy, CURLOPT_CONNECT_ONLY, 1L);
	begin(x);
}

void http_cancel(struct http *h, struct http_request *r)
{
	struct exchange *x = r->private;
	(void)h;
	if (!x) return;
	buf_free(&x->body);
	exchange_free(x);
}

/* ---- its life */

struct http *http_new(struct loop *l, struct err *e)
{
	struct http *h = calloc(1, sizeof *h);
	if (!h) abort();
	h->loop = l;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) || !(h->multi = curl_multi_init())) {
		err_set(e, IRS_REFUSED, NULL, "libcurl could not be started");
		free(h);
		return NULL;
	}
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, on_timer_wanted);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h);
	return h;
}

void http_free(struct http *h)
{
	if (!h) return;
	while (h->under_way) http_cancel(h, h->under_way->request);
	curl_multi_cleanup(h->multi);
	loop_timer_stop(h->timer);
	curl_global_cleanup();
	free(h);
}

#include "irs/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { AGAIN_NS = 50 * 1000 * 1000, PORTION = 512 }; /* of what poll says that there is room for; no pipe has less */

struct outlet {
	struct loop *loop;
	int fd, own; /* own: the same once more, but without waiting; -1: it can't be had */
	struct buf unsaid;
	struct loop_timer *again;
	int failed; /* errno */
};

/* An open file of our own: whoever shares the caller's would not expect O_NONBLOCK. A regular file makes nobody wait, and has its place in it. */
static int open_own(int fd)
{
	struct stat st;
	char path[40];
	if (fstat(fd, &st) != 0 || !(S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode))) return -1;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

struct outlet *outlet_new(struct loop *l, int fd)
{
	struct outlet *o = calloc(1, sizeof *o);
	if (!o) abort();
	o->loop = l;
	o->fd = fd;
	o->own = open_own(fd);
	return o;
}

/* True while there is more to say, and somebody to hear it later. */
static bool drain(struct outlet *o)
{
	size_t said = 0;
	struct pollfd p = { .fd = o->fd, .events = POLLOUT };
	while (!o->failed && said < o->unsaid.n && (o->own >= 0 || poll(&p, 1, 0) == 1)) {
		size_t n = o->unsaid.n - said;
		ssize_t w = write(o->own >= 0 ? o->own : o->fd, o->unsaid.p + said, n < PORTION ? n : PORTION);
		if (w < 0 && errno == EAGAIN) break;
		if (w < 0 && errno != EINTR) o->failed = errno;
		if (w > 0) said += (size_t)w;
	}
	o->unsaid.n -= said;
	if (o->unsaid.n) memmove(o->unsaid.p, o->unsaid.p + said, o->unsaid.n);
	if (o->failed) buf_clear(&o->unsaid);
	return o->unsaid.n > 0;
}

static void say_rest(void *ctx)
{
	struct outlet *o = ctx;
	o->again = NULL;
	if (drain(o)) o->again = loop_after(o->loop, AGAIN_NS, say_rest, o);
}

void outlet_say(struct outlet *o, struct str s)
{
	if (o->failed) return;
	buf_str(&o->unsaid, s);
	if (o->again) return;
	if (drain(o) && o->loop) o->again = loop_after(o->loop, AGAIN_NS, say_rest, o);
}

void outlet_leave_loop(struct outlet *o)
{
	loop_timer_stop(o->again);
	o->again = NULL;
	o->loop = NULL;
}

int outlet_free(struct outlet *o)
{
	if (!o) return 0;
	outlet_leave_loop(o);
	while (drain(o)) poll(&(struct pollfd){ .fd = o->fd, .events = POLLOUT }, 1, -1);
	int failed = o->failed;
	if (o->own >= 0) close(o->own);
	buf_free(&o->unsaid);
	free(o);
	return failed;
}

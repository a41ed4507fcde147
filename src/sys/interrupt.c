#include "irs/interrupt.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

static sigset_t interrupts(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	return set;
}

void interrupt_hold(void)
{
	sigset_t set = interrupts();
	sigprocmask(SIG_BLOCK, &set, NULL);
}

void interrupt_release(void)
{
	sigset_t set = interrupts();
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

int interrupt_fd(void)
{
	sigset_t set = interrupts();
	return signalfd(-1, &set, SFD_CLOEXEC);
}

void interrupt_spare(posix_spawnattr_t *attr, short flags)
{
	sigset_t set, mine = interrupts();
	sigprocmask(SIG_BLOCK, NULL, &set);
	for (int i = 1; i < NSIG; i++)
		if (sigismember(&mine, i) == 1) sigdelset(&set, i);
	posix_spawnattr_setsigmask(attr, &set);
	posix_spawnattr_setflags(attr, (short)(flags | POSIX_SPAWN_SETSIGMASK));
}

bool interrupt_wait(pid_t child, int *status)
{
	enum { INTERRUPT, CHILD };
	struct pollfd p[] = { { interrupt_fd(), POLLIN, 0 }, { pidfd_open(child, 0), POLLIN, 0 } };
	while (p[CHILD].fd >= 0 && poll(p, 2, -1) < 0 && errno == EINTR) {}
	bool came = p[INTERRUPT].revents != 0;
	if (came) kill(child, SIGTERM);
	while (waitpid(child, status, 0) < 0 && errno == EINTR) {}
	for (int i = 0; i < 2; i++)
		if (p[i].fd >= 0) close(p[i].fd);
	return came;
}

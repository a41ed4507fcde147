/*
 * interrupt: SIGINT, SIGTERM and SIGHUP while a process only waits for another: held back, so that nothing is left half made, and asked for with poll.
 * Whoever catches them later, with loop_on_signal, gets those that were held.
 */
#ifndef IRS_INTERRUPT_H
#define IRS_INTERRUPT_H

#include <spawn.h>
#include <stdbool.h>
#include <sys/types.h>

/* From now on they wait. */
void interrupt_hold(void);
/* Those that have waited come now. */
void interrupt_release(void);
/* Readable as soon as one waits, and it goes on waiting; never where they aren't held. The caller closes it. -1 if there is none, which poll passes over. */
int interrupt_fd(void);
/* A process that is started so is not held. */
void interrupt_spare(posix_spawnattr_t *attr, short flags);
/* Waits for a child, as waitpid does; when one of them comes first, the child is told to end by TERM. Whether one came. */
bool interrupt_wait(pid_t child, int *status);

#endif

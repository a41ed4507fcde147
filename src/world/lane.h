/* lane: commands to one persistent shell of a host, one after the other. The shell is opened when it is first needed, and again after it went. */
#ifndef WORLD_LANE_H
#define WORLD_LANE_H

#include "shell.h"

struct lane_job {
	struct lane_job *next;
	struct shell_command command; /* what it points at lives as long as the job */
	void (*begun)(struct lane_job *j);
	/* Once. The lane goes on with the next only when it isn't held. A shell that could not be opened answers SHELL_LOST. */
	void (*done)(struct lane_job *j, const struct shell_end *end);
};

struct shell_lane {
	struct loop *loop;
	struct transport *transport;
	uint32_t host;
	size_t output;
	/* The shell is new, and hears nothing before this returns. */
	void (*opened)(struct shell_lane *l);
	/* It could not be opened. */
	void (*failed)(struct shell_lane *l, const struct err *e);
	void *owner;
	struct shell *shell;
	bool ready, cutting;
	bool held; /* the next job waits, and the shell isn't replaced: what ran in it is being ended */
	bool paused; /* the next job waits: somebody else acts on the host */
	bool closed; /* every job is answered at once */
	struct lane_job *running, *first, *last;
};

void lane_push(struct shell_lane *l, struct lane_job *j);
/* Takes a job that has not begun out again; false if it has. */
bool lane_withdraw(struct shell_lane *l, struct lane_job *j);
/* Opens the shell without a job. */
void lane_open(struct shell_lane *l);
/* Goes on after a hold, with a fresh shell. */
void lane_renew(struct shell_lane *l);
/* Between these no job begins; what runs goes on. */
void lane_pause(struct shell_lane *l);
void lane_resume(struct shell_lane *l);
/* Gives up the shell as one that doesn't answer; the running job is answered SHELL_LOST. */
void lane_cut(struct shell_lane *l, const char *why);
/* Answers all jobs SHELL_LOST and lets the shell go. */
void lane_close(struct shell_lane *l);

#endif

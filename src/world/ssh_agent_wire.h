/*
 * ssh_agent_wire: the messages to and from an SSH agent, as bytes (draft-miller-ssh-agent).  What comes from the agent is checked at every
 * length; nothing is copied, what is found points into the message.
 */
#ifndef WORLD_SSH_AGENT_WIRE_H
#define WORLD_SSH_AGENT_WIRE_H

#include "irs/arena.h"
#include "irs/buf.h"
#include "irs/err.h"
#include "ssh_agent.h"

/* Of a message without its length. */
enum { AGENT_MESSAGE_MAX = 256 << 10 };

/* Adds a whole message, length in front. False, with nothing added: it would be too long. */
void agent_put_list(struct buf *out);
bool agent_put_sign(struct buf *out, struct str blob, struct str data, unsigned flags);

/* How long the first message in `in` is with its length; 0: not known yet; -1: no agent would send this. */
long agent_message_size(struct str in);

/* The answers, without their length. False: the agent says no (`*refused`), or it makes no sense. */
bool agent_read_keys(struct arena *a, struct str answer, struct ssh_agent_keys *keys, bool *refused);
bool agent_read_signature(struct str answer, struct ssh_signature *s, bool *refused);

#endif

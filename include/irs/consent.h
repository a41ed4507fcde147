/*
 * consent: what stands on a host that may be wrecked, and who is wrecking it.  The consent file is put there by whoever answers for the host:
 * JSON with that host's machine-id (so that the clone of a disk consents to nothing), a contact and a day until which it holds.  Beside it lies the
 * claim of the one session that may work there.  docs/hosts.md.
 *
 * Both come from hosts: untrusted, bounded, and made safe before anybody reads them.
 */
#ifndef IRS_CONSENT_H
#define IRS_CONSENT_H

#include <stdint.h>

#include "irs/arena.h"
#include "irs/err.h"
#include "irs/str.h"

enum { CONSENT_MAX_BYTES = 16 << 10 };
#define CONSENT_PATH "/etc/irs-practice"
#define CLAIM_SUFFIX ".claim" /* behind the consent file's path */

/* Whether `text` is the consent of the host with that machine-id, now (wall clock, ns). IRS_REFUSED with why and what to write. */
bool consent_check(struct str text, const char *machine_id, int64_t now, struct err *e);

/* A claim's text, one line. Lives in `a`. */
const char *claim_text(struct arena *a, const char *session, const char *who, int64_t since);
/* Whose a claim is; what doesn't make sense is nobody's: "". Lives in `a`. */
struct claim_said {
	const char *session, *who, *since;
};
struct claim_said claim_read(struct arena *a, struct str text);

#endif

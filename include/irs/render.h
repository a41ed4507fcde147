/* render: diagnostics for people (carets), for programs (JSON) and for code hosts (SARIF 2.1.0). */
#ifndef IRS_RENDER_H
#define IRS_RENDER_H

#include "irs/buf.h"
#include "irs/diag.h"
#include "irs/source.h"

enum render_format { RENDER_HUMAN, RENDER_JSON, RENDER_SARIF };

struct render_options {
	enum render_format format;
	bool color;
	unsigned columns; /* of the terminal; 0: 80 */
};

/* All of `ds`, sorted by file and place; errors before lints at one place. */
void render_diags(struct buf *out, const struct diags *ds, struct sources *ss, const struct render_options *o);

#endif

/* What the renderings share. Private to lang/. */
#ifndef IRS_LANG_RENDER_H
#define IRS_LANG_RENDER_H

#include "irs/render.h"

/* All diagnostics in the order in which people read them; in `ds`'s arena. */
struct diag **render_order(const struct diags *ds);
const char *render_severity(enum diag_severity s);

void render_human(struct buf *out, const struct diags *ds, struct sources *ss, const struct render_options *o);
void render_json(struct buf *out, const struct diags *ds, struct sources *ss);
void render_sarif(struct buf *out, const struct diags *ds, struct sources *ss);

#endif

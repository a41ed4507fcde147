/* Diagnostics for programs: JSON of our own, and SARIF 2.1.0 for code hosts. Lines and columns from 1, columns in characters. */
#include "render.h"

#include <jansson.h>
#include <stdlib.h>

/* Text that came from a file may hold anything; JSON holds UTF-8. */
static json_t *text(const char *z)
{
	struct buf b = { 0 };
	buf_safe(&b, str_of(z));
	json_t *j = json_stringn(b.p ? b.p : "", b.n);
	buf_free(&b);
	return j;
}

static json_t *text_or_null(const char *z)
{
	return z ? text(z) : json_null();
}

/* Sets the place of a span under these four names. */
static void set_place(json_t *to, struct sources *ss, struct span at, const char *const names[4])
{
	struct place start = source_place(ss, at.file, at.start), end = source_place(ss, at.file, at.end);
	uint32_t values[] = { start.line, start.column, end.line, end.column };
	for (size_t i = 0; i < 4; i++) json_object_set_new(to, names[i], json_integer(values[i]));
}

static void put_document(struct buf *out, json_t *document)
{
	char *z = json_dumps(document, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	if (!z) abort(); /* out of memory: nothing else fails */
	buf_puts(out, z);
	buf_putc(out, '\n');
	free(z);
	json_decref(document);
}

/* ---- ours ---- */

static const char *const our_names[4] = { "line", "column", "end_line", "end_column" };

static json_t *our_place(struct sources *ss, struct span at)
{
	json_t *j = json_object();
	json_object_set_new(j, "file", text(ss->file.at[at.file]->path));
	set_place(j, ss, at, our_names);
	return j;
}

static json_t *our_diag(struct sources *ss, const struct diag *d)
{
	json_t *j = json_object(), *notes = json_array(), *labels = json_array(), *fix = json_null();
	json_object_set_new(j, "code", text(diag_table[d->code].code));
	json_object_set_new(j, "severity", text(render_severity(d->severity)));
	json_object_set_new(j, "message", text(d->message));
	json_object_set_new(j, "file", text(ss->file.at[d->span.file]->path));
	set_place(j, ss, d->span, our_names);
	for (size_t i = 0; i < d->notes.n; i++) json_array_append_new(notes, text(d->notes.at[i]));
	for (size_t i = 0; i < d->labels.n; i++) {
		json_t *label = our_place(ss, d->labels.at[i].span);
		json_object_set_new(label, "message", text(d->labels.at[i].text));
		json_array_append_new(labels, label);
	}
	if (d->fix.set) {
		fix = our_place(ss, d->fix.span);
		json_object_set_new(fix, "text", text(d->fix.text));
	}
	json_object_set_new(j, "caption", text_or_null(d->caption));
	json_object_set_new(j, "labels", labels);
	json_object_set_new(j, "notes", notes);
	json_object_set_new(j, "help", text_or_null(d->help));
	json_object_set_new(j, "fix", fix);
	return j;
}

void render_json(struct buf *out, const struct diags *ds, struct sources *ss)
{
	json_t *document = json_object(), *list = json_array();
	struct diag **order = render_order(ds);
	for (size_t i = 0; i < ds->list.n; i++) json_array_append_new(list, our_diag(ss, order[i]));
	json_object_set_new(document, "diagnostics", list);
	put_document(out, document);
}

/* ---- SARIF ---- */

static const char *const sarif_names[4] = { "startLine", "startColumn", "endLine", "endColumn" };

static const char *sarif_level(enum diag_severity s)
{
	return s == DIAG_ERROR ? "error" : s == DIAG_NOTE ? "note" : "warning";
}

static json_t *sarif_text(const char *z)
{
	json_t *j = json_object();
	json_object_set_new(j, "text", text(z));
	return j;
}

/* A path as a URI reference: what is no unreserved character is percent-encoded. */
static json_t *artifact(struct sources *ss, uint32_t file)
{
	struct buf uri = { 0 };
	for (const char *c = ss->file.at[file]->path; *c; c++) {
		bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') || strchr("-._~/", *c);
		if (plain) buf_putc(&uri, *c);
		else buf_printf(&uri, "%%%02X", (unsigned char)*c);
	}
	json_t *j = json_object();
	json_object_set_new(j, "uri", text(uri.p ? uri.p : ""));
	buf_free(&uri);
	return j;
}

static json_t *region(struct sources *ss, struct span at)
{
	json_t *j = json_object();
	set_place(j, ss, at, sarif_names);
	return j;
}

static json_t *location(struct sources *ss, struct span at)
{
	json_t *j = json_object(), *physical = json_object();
	json_object_set_new(physical, "artifactLocation", artifact(ss, at.file));
	json_object_set_new(physical, "region", region(ss, at));
	json_object_set_new(j, "physicalLocation", physical);
	return j;
}

static json_t *sarif_fixes(struct sources *ss, const struct diag *d)
{
	json_t *replacement = json_object(), *change = json_object(), *fix = json_object();
	json_object_set_new(replacement, "deletedRegion", region(ss, d->fix.span));
	json_object_set_new(replacement, "insertedContent", sarif_text(d->fix.text));
	json_object_set_new(change, "artifactLocation", artifact(ss, d->fix.span.file));
	json_object_set_new(change, "replacements", json_pack("[o]", replacement));
	json_object_set_new(fix, "description", sarif_text(d->help ? d->help : d->message));
	json_object_set_new(fix, "artifactChanges", json_pack("[o]", change));
	return json_pack("[o]", fix);
}

static json_t *result(struct sources *ss, const struct diag *d)
{
	json_t *j = json_object(), *related = json_array();
	struct buf message = { 0 };
	buf_puts(&message, d->message);
	for (size_t i = 0; i < d->notes.n; i++) buf_printf(&message, "\n%s", d->notes.at[i]);
	if (d->help) buf_printf(&message, "\n%s", d->help);
	json_object_set_new(j, "ruleId", text(diag_table[d->code].code));
	json_object_set_new(j, "ruleIndex", json_integer(d->code));
	json_object_set_new(j, "level", text(sarif_level(d->severity)));
	json_object_set_new(j, "message", sarif_text(message.p));
	json_object_set_new(j, "locations", json_pack("[o]", location(ss, d->span)));
	for (size_t i = 0; i < d->labels.n; i++) {
		json_t *place = location(ss, d->labels.at[i].span);
		json_object_set_new(place, "message", sarif_text(d->labels.at[i].text));
		json_array_append_new(related, place);
	}
	json_object_set_new(j, "relatedLocations", related);
	if (d->fix.set) json_object_set_new(j, "fixes", sarif_fixes(ss, d));
	buf_free(&message);
	return j;
}

static json_t *rules(void)
{
	json_t *list = json_array();
	for (size_t i = 0; i < DIAG_CODES; i++) {
		json_t *rule = json_object(), *configuration = json_object();
		json_object_set_new(rule, "id", text(diag_table[i].code));
		json_object_set_new(rule, "name", text(diag_table[i].name));
		json_object_set_new(rule, "shortDescription", sarif_text(diag_table[i].title));
		json_object_set_new(rule, "help", sarif_text(diag_table[i].help));
		json_object_set_new(configuration, "level", text(sarif_level(diag_table[i].severity)));
		json_object_set_new(rule, "defaultConfiguration", configuration);
		json_array_append_new(list, rule);
	}
	return list;
}

void render_sarif(struct buf *out, const struct diags *ds, struct sources *ss)
{
	json_t *document = json_object(), *run = json_object(), *tool = json_object(), *driver = json_object(), *results = json_array();
	json_object_set_new(driver, "name", text("irsc"));
	json_object_set_new(driver, "rules", rules());
	json_object_set_new(tool, "driver", driver);
	struct diag **order = render_order(ds);
	for (size_t i = 0; i < ds->list.n; i++) json_array_append_new(results, result(ss, order[i]));
	json_object_set_new(run, "tool", tool);
	json_object_set_new(run, "columnKind", text("unicodeCodePoints"));
	json_object_set_new(run, "results", results);
	json_object_set_new(document, "$schema", text("https://json.schemastore.org/sarif-2.1.0.json"));
	json_object_set_new(document, "version", text("2.1.0"));
	json_object_set_new(document, "runs", json_pack("[o]", run));
	put_document(out, document);
}

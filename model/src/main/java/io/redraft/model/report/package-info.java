/**
 * Reports for people: one HTML file that needs neither a network nor a script, with tables, texts
 * and line charts as inline SVG. Start at {@link io.redraft.model.report.HtmlReport}. Whatever goes
 * in is text and escaped; what comes out is well-formed XML too.
 */
package io.redraft.model.report;

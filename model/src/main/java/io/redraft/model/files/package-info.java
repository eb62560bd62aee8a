/**
 * Reading small files strictly and writing any file whole or not at all. Start at {@link
 * io.redraft.model.files.AtomicFiles}. Nothing here knows what the files mean.
 */
package io.redraft.model.files;

/**
 * Models as files: folders, their configuration, the layout of their weights, and imports. Start at
 * {@link io.redraft.model.checkpoint.ModelFolder}. Whatever a file claims is checked before it is
 * believed, and nothing is ever written half.
 */
package io.redraft.model.checkpoint;

/**
 * The actors of Redraft. Start at {@code Redraft}, the guardian. They know models through the ports
 * of {@code io.redraft.model} and know nothing of gRPC.
 */
package io.redraft.actors;

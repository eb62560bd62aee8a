/**
 * The gRPC services. Start at {@link io.redraft.server.grpc.GenerationService}; a request is read
 * by {@link io.redraft.server.grpc.RequestReader}, and every refusal goes through {@link
 * io.redraft.server.grpc.StatusTable}. A client is never shown an internal message.
 */
package io.redraft.server.grpc;

package io.redraft.server.grpc;

import com.google.protobuf.Any;
import com.google.rpc.BadRequest;
import com.google.rpc.Code;
import com.google.rpc.QuotaFailure;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.redraft.actors.serving.GenerationEvent.Failed;
import io.redraft.actors.serving.GenerationEvent.Refusal;
import io.redraft.model.InvalidInputException;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one table between what the domain refuses and what a client sees. A wrong field is named in
 * the status's {@link BadRequest} details, a limit that is used up in its {@link QuotaFailure}
 * details; {@link RetryInfo} says when to try again, where that is known to help. Of internal
 * failures nothing but the fact is told.
 */
public final class StatusTable {
  private static final Logger LOG = LoggerFactory.getLogger(StatusTable.class);
  private static final String INTERNAL = "internal error; the server's log has the details";

  private StatusTable() {}

  /** The gRPC code of a refusal. */
  public static Code code(Refusal refusal) {
    return switch (refusal) {
      case INVALID -> Code.INVALID_ARGUMENT;
      case NOT_FOUND -> Code.NOT_FOUND;
      case OVERLOADED, LIMIT -> Code.RESOURCE_EXHAUSTED;
      case DEADLINE -> Code.DEADLINE_EXCEEDED;
      case CANCELLED -> Code.CANCELLED;
      case TAKEN_OVER -> Code.ABORTED;
      case UNAVAILABLE -> Code.UNAVAILABLE;
      case INTERNAL -> Code.INTERNAL;
    };
  }

  /** The end of a stream whose request failed. */
  public static StatusRuntimeException of(Failed failed) {
    boolean internal = failed.refusal() == Refusal.INTERNAL;
    String message = internal ? INTERNAL : failed.message();
    var status = builder(code(failed.refusal()), message);
    if (failed.refusal() == Refusal.LIMIT) {
      status.addDetails(Any.pack(quota(failed.field(), message)));
    } else {
      addField(status, failed.field(), message);
    }
    if (!failed.retryAfter().isZero()) {
      status.addDetails(Any.pack(retry(failed.retryAfter())));
    }
    return StatusProto.toStatusRuntimeException(status.build());
  }

  /** The answer to a request that cannot be carried out as it stands. */
  public static StatusRuntimeException of(InvalidInputException wrong) {
    return status(Code.INVALID_ARGUMENT, wrong.field(), wrong.getMessage());
  }

  /** The answer to a request that could not be read; what no client can mend is logged. */
  static StatusRuntimeException ofReading(RuntimeException problem) {
    if (problem instanceof InvalidInputException wrong) {
      return of(wrong);
    }
    LOG.error("A request could not be read", problem);
    return internal();
  }

  /** The answer to a request for a model that is not here. */
  public static StatusRuntimeException noSuchModel(String wanted, String served) {
    return status(Code.NOT_FOUND, "model", "model is %s; allowed: %s".formatted(wanted, served));
  }

  /** The answer where something broke that no client can mend. */
  public static StatusRuntimeException internal() {
    return status(Code.INTERNAL, "", INTERNAL);
  }

  /** The answer while nothing can be served; {@code message} may be shown to a client. */
  public static StatusRuntimeException unavailable(String message) {
    return status(Code.UNAVAILABLE, "", message);
  }

  /** The field that a status names, or the empty string. */
  public static String field(StatusRuntimeException problem) {
    Metadata trailers = problem.getTrailers();
    if (trailers == null) {
      return "";
    }
    List<Any> details = StatusProto.fromThrowable(problem).getDetailsList();
    for (Any detail : details) {
      if (detail.is(BadRequest.class)) {
        try {
          BadRequest wrong = detail.unpack(BadRequest.class);
          return wrong.getFieldViolationsCount() == 0 ? "" : wrong.getFieldViolations(0).getField();
        } catch (com.google.protobuf.InvalidProtocolBufferException e) {
          return ""; // another server's business
        }
      }
    }
    return "";
  }

  /**
   * The answer to a request that cannot be carried out just now.
   *
   * @param field what is at fault; empty where no field is
   * @param message may be shown to a client
   */
  public static StatusRuntimeException of(Code code, String field, String message) {
    return status(code, field, message);
  }

  private static StatusRuntimeException status(Code code, String field, String message) {
    Status.Builder status = builder(code, message);
    addField(status, field, message);
    return StatusProto.toStatusRuntimeException(status.build());
  }

  private static Status.Builder builder(Code code, String message) {
    return Status.newBuilder().setCode(code.getNumber()).setMessage(message);
  }

  private static QuotaFailure quota(String limit, String message) {
    var used = QuotaFailure.Violation.newBuilder().setSubject(limit).setDescription(message);
    return QuotaFailure.newBuilder().addViolations(used).build();
  }

  private static RetryInfo retry(Duration after) {
    var delay =
        com.google.protobuf.Duration.newBuilder()
            .setSeconds(after.getSeconds())
            .setNanos(after.getNano());
    return RetryInfo.newBuilder().setRetryDelay(delay).build();
  }

  private static void addField(Status.Builder status, String field, String message) {
    if (field != null && !field.isEmpty()) {
      var violation =
          BadRequest.FieldViolation.newBuilder().setField(field).setDescription(message).build();
      status.addDetails(Any.pack(BadRequest.newBuilder().addFieldViolations(violation).build()));
    }
  }
}

package io.redraft.actors.simulation;

import com.typesafe.config.Config;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Predicate;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.dispatch.Envelope;
import org.apache.pekko.dispatch.MailboxType;
import org.apache.pekko.dispatch.MessageQueue;
import org.apache.pekko.dispatch.ProducesMessageQueue;
import org.apache.pekko.dispatch.UnboundedMessageQueueSemantics;
import scala.Option;

/**
 * The mailbox of actors in a simulation in which messages get lost on their way: whatever the test
 * says is lost is not put in. Messages between two actors keep their order.
 */
public final class LossyMailbox implements MailboxType, ProducesMessageQueue<LossyMailbox.Waiting> {
  private static Predicate<Object> lost = message -> false;

  /** Called by Pekko. */
  public LossyMailbox(ActorSystem.Settings settings, Config config) {}

  /** From now on messages get lost of which this is true; asked once for each. */
  public static void lose(Predicate<Object> unlucky) {
    lost = unlucky;
  }

  @Override
  public MessageQueue create(Option<ActorRef> owner, Option<ActorSystem> system) {
    return new Waiting();
  }

  /** The queue of one actor. */
  public static final class Waiting implements MessageQueue, UnboundedMessageQueueSemantics {
    private final Queue<Envelope> waiting = new ArrayDeque<>();

    @Override
    public synchronized void enqueue(ActorRef receiver, Envelope envelope) {
      if (!lost.test(envelope.message())) {
        waiting.add(envelope);
      }
    }

    @Override
    public synchronized Envelope dequeue() {
      return waiting.poll();
    }

    @Override
    public synchronized int numberOfMessages() {
      return waiting.size();
    }

    @Override
    public synchronized boolean hasMessages() {
      return !waiting.isEmpty();
    }

    @Override
    public synchronized void cleanUp(ActorRef owner, MessageQueue deadLetters) {
      for (var next = waiting.poll(); next != null; next = waiting.poll()) {
        deadLetters.enqueue(owner, next);
      }
    }
  }
}

package io.redraft.actors.serving;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class PlacesTest {
  @Property
  void sessionsTakePlacesInOrderOfArrivalAndNeverMoreThanThereAre(
      @ForAll @IntRange(min = 1, max = 4) int maxSessions,
      @ForAll @IntRange(min = 0, max = 4) int maxQueued,
      @ForAll @Size(max = 60) List<@IntRange(min = 0, max = 20) Integer> moves) {
    var places = new Places(maxSessions, maxQueued);
    var denoised = new ArrayList<Long>();
    var queued = new ArrayList<Long>();
    long arrivals = 0;
    for (int move : moves) {
      var present = new ArrayList<>(denoised);
      present.addAll(queued);
      if (move < 8 && !present.isEmpty()) {
        long leaver = present.get(move % present.size());
        var next = places.leave(leaver);
        boolean freed = denoised.remove(leaver);
        queued.remove(leaver);
        if (freed && !queued.isEmpty()) {
          assertThat(next).hasValue(queued.get(0));
          denoised.add(queued.remove(0));
        } else {
          assertThat(next).isEmpty();
        }
      } else {
        long arrival = ++arrivals;
        switch (places.arrive(arrival)) {
          case BEGINS -> denoised.add(arrival);
          case WAITS -> {
            assertThat(denoised).as("waits only behind a full house").hasSize(maxSessions);
            queued.add(arrival);
          }
          case REFUSED -> {
            assertThat(denoised).hasSize(maxSessions);
            assertThat(queued).hasSize(maxQueued);
          }
        }
      }
      assertThat(denoised).hasSizeLessThanOrEqualTo(maxSessions);
      assertThat(queued).hasSizeLessThanOrEqualTo(maxQueued);
    }
  }

  @Property
  void leavingTwiceFreesOnePlace(@ForAll @IntRange(min = 1, max = 4) int maxSessions) {
    var places = new Places(maxSessions, 3);
    for (int i = 0; i <= maxSessions + 2; i++) {
      places.arrive(i);
    }
    assertThat(places.leave(0)).hasValue(maxSessions);
    assertThat(places.leave(0)).isEmpty();
  }
}

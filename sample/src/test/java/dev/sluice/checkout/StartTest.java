package dev.sluice.checkout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.checkout.fault.InvalidFaultsException;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class StartTest {

  @Test
  @Timeout(60)
  void refusesTrafficUntilItIsWarmAndCountsNothingBefore() throws Exception {
    // Faults of the environment too wait for the end of the warm-up, which would fail by them.
    try (var service = RunningService.listen("SAMPLE_FAULT_SLOW_START_S=3", "SAMPLE_FAULT_ERROR_SHARE=1")) {
      var early = service.get("/actuator/health/readiness");
      assertFalse(service.started());
      assertEquals(503, early.statusCode());
      while (service.get("/actuator/health/readiness").statusCode() != 200) {
        LockSupport.parkNanos(20_000_000);
      }
      assertFalse(service.get("/actuator/prometheus").body().contains("http_server_requests_seconds_count"));
      assertEquals(500, service.get("/api/quote").statusCode());
    }
  }

  @Test
  void listsWhatIsWrongWithTheEnvironment() {
    var failed =
        assertThrows(
            CompletionException.class,
            () -> RunningService.start("SAMPLE_FAULT_ERROR_SHARE=5", "SAMPLE_FAULT_LEAK_MIB_PER_S=-1"));
    Throwable cause = failed;
    while (!(cause instanceof InvalidFaultsException) && cause.getCause() != null) {
      cause = cause.getCause();
    }
    assertTrue(cause instanceof InvalidFaultsException, () -> failed.toString());
    assertEquals(
        List.of(
            "SAMPLE_FAULT_ERROR_SHARE: 5 is not a number from 0 to 1",
            "SAMPLE_FAULT_LEAK_MIB_PER_S: -1 is not a number from 0 to 1024"),
        ((InvalidFaultsException) cause).problems());
  }
}

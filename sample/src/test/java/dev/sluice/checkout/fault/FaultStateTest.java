package dev.sluice.checkout.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.core.env.StandardEnvironment;

class FaultStateTest {

  private final FaultState state = new FaultState(new StandardEnvironment());

  @Test
  void crashesAtTheRequestAfterSoMany() {
    assertFalse(state.crashesNow());
    state.change(Map.of(FaultSetting.CRASH_AFTER, 2.0));
    assertFalse(state.crashesNow());
    assertFalse(state.crashesNow());
    assertTrue(state.crashesNow());
  }

  @Test
  void countsAnewOnlyWhenTheCrashIsSetAgain() {
    state.change(Map.of(FaultSetting.CRASH_AFTER, 1.0));
    assertFalse(state.crashesNow());
    state.change(Map.of(FaultSetting.ERROR_SHARE, 0.5));
    assertTrue(state.crashesNow());
    state.change(Map.of(FaultSetting.CRASH_AFTER, 0.0));
    assertFalse(state.crashesNow());
  }

  @Test
  void aChangeLeavesTheOtherFaults() {
    state.change(Map.of(FaultSetting.ERROR_SHARE, 0.5));
    state.change(Map.of(FaultSetting.LATENCY_MS, 20.0));
    assertEquals(0.5, state.current().get(FaultSetting.ERROR_SHARE));
    assertEquals(20, state.current().get(FaultSetting.LATENCY_MS));
  }

  @Test
  @Timeout(20)
  void theLeakGrowsAndIsGivenBack() {
    var leak = new MemoryLeak();
    assertEquals(0, leak.lostBlocks());
    leak.setRate(1);
    while (leak.lostBlocks() < 3) {
      LockSupport.parkNanos(10_000_000);
    }
    leak.setRate(0);
    assertEquals(0, leak.lostBlocks());
  }
}

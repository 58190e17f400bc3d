package dev.sluice.checkout.fault;

import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/** The faults in force now. They wait until {@link #arm()}: the warm-up is not to fail by them. */
@Component
public class FaultState {

  private static final Logger LOG = LoggerFactory.getLogger(FaultState.class);

  private final MemoryLeak leak = new MemoryLeak();
  private final AtomicLong untilCrash = new AtomicLong();
  private final int slowStartS;
  private volatile Faults faults;
  private volatile boolean armed;

  FaultState(Environment environment) {
    FaultReader.AtStart start = FaultReader.readEnvironment(environment::getProperty);
    this.faults = start.faults();
    this.slowStartS = start.slowStartS();
    this.untilCrash.set((long) faults.get(FaultSetting.CRASH_AFTER));
  }

  /** Seconds that the start is to be held up. */
  public int slowStartS() {
    return slowStartS;
  }

  /** From now on the faults work. */
  public synchronized void arm() {
    armed = true;
    leak.setRate(faults.get(FaultSetting.LEAK_MIB_PER_S));
  }

  boolean armed() {
    return armed;
  }

  Faults current() {
    return faults;
  }

  synchronized Faults change(Map<FaultSetting, Double> changes) {
    faults = faults.with(changes);
    if (changes.containsKey(FaultSetting.CRASH_AFTER)) {
      untilCrash.set((long) faults.get(FaultSetting.CRASH_AFTER));
    }
    if (armed) {
      leak.setRate(faults.get(FaultSetting.LEAK_MIB_PER_S));
    }
    LOG.info("faults are now {}", faults.toMap());
    return faults;
  }

  /** Counts a request; true when this is the one that the process dies at. */
  boolean crashesNow() {
    return faults.get(FaultSetting.CRASH_AFTER) > 0 && untilCrash.getAndDecrement() <= 0;
  }
}

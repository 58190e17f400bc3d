package dev.sluice.checkout.fault;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** The faults that can be switched: name in JSON, name in the environment, range, default. */
public enum FaultSetting {
  /** Share of the requests that are answered with 500. */
  ERROR_SHARE("errorShare", "SAMPLE_FAULT_ERROR_SHARE", 1, false, 0),
  /** Milliseconds that a slow request waits before it is worked on. */
  LATENCY_MS("latencyMs", "SAMPLE_FAULT_LATENCY_MS", 60_000, true, 0),
  /** Share of the requests that get the latency. */
  SLOW_SHARE("slowShare", "SAMPLE_FAULT_SLOW_SHARE", 1, false, 1),
  /** The process dies at the request after this many, counted from when it was set; 0 is never. */
  CRASH_AFTER("crashAfter", "SAMPLE_FAULT_CRASH_AFTER", 1_000_000_000, true, 0),
  /** MiB of heap that are lost each second. */
  LEAK_MIB_PER_S("leakMibPerS", "SAMPLE_FAULT_LEAK_MIB_PER_S", 1024, false, 0);

  private final String json;
  private final String env;
  private final long most;
  private final boolean whole;
  private final double initial;

  FaultSetting(String json, String env, long most, boolean whole, double initial) {
    this.json = json;
    this.env = env;
    this.most = most;
    this.whole = whole;
    this.initial = initial;
  }

  public String json() {
    return json;
  }

  public String env() {
    return env;
  }

  double initial() {
    return initial;
  }

  /** What is wrong with this value, if anything is. */
  Optional<String> problem(BigDecimal value) {
    boolean outside = value.signum() < 0 || value.compareTo(BigDecimal.valueOf(most)) > 0;
    boolean broken = whole && value.stripTrailingZeros().scale() > 0;
    return outside || broken ? Optional.of(value.toPlainString() + " is not " + range()) : Optional.empty();
  }

  String range() {
    return (whole ? "a whole number" : "a number") + " from 0 to " + most;
  }

  static Optional<FaultSetting> named(String json) {
    return Arrays.stream(values()).filter(setting -> setting.json.equals(json)).findFirst();
  }

  static String names() {
    return Arrays.stream(values()).map(FaultSetting::json).collect(Collectors.joining(", "));
  }
}

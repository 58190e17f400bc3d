package dev.sluice.checkout;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;

/** Settings of the service itself; the faults have theirs in {@code fault}. */
@ConfigurationProperties("sample")
public record SampleProperties(String version, WarmUp warmup) {

  /** How much the service does before it reports ready. */
  public record WarmUp(int requests, Duration limit) {}
}

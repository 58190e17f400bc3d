package dev.sluice.checkout.warmup;

import dev.sluice.checkout.SampleProperties;
import dev.sluice.checkout.fault.FaultState;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/**
 * Calls the service's own port over HTTP until its code is compiled. Runners come after the server's start and before
 * the application is ready, so readiness refuses traffic for just as long. A request that fails ends the process: a
 * version that cannot quote must not become ready.
 */
@Component
class WarmUp implements ApplicationRunner {

  private static final Logger LOG = LoggerFactory.getLogger(WarmUp.class);
  private static final String MEASURED = "http.server.requests";
  /** Scrapes and probes are rarer than users' requests: one for so many of those. */
  private static final int REQUESTS_PER_SCRAPE = 50;

  private final SampleProperties.WarmUp settings;
  private final FaultState faults;
  private final MeterRegistry metrics;
  private final Environment environment;

  WarmUp(SampleProperties sample, FaultState faults, MeterRegistry metrics, Environment environment) {
    this.settings = sample.warmup();
    this.faults = faults;
    this.metrics = metrics;
    this.environment = environment;
  }

  @Override
  public void run(ApplicationArguments arguments) throws IOException, InterruptedException {
    Thread.sleep(Duration.ofSeconds(faults.slowStartS()).toMillis());
    String origin = "http://127.0.0.1:" + environment.getRequiredProperty("local.server.port");
    long start = System.nanoTime();
    int sent = 0;
    while (sent < settings.requests() && System.nanoTime() - start < settings.limit().toNanos()) {
      call(origin + "/api/quote");
      if (sent % REQUESTS_PER_SCRAPE == 0) {
        call(origin + "/actuator/prometheus");
        call(origin + "/actuator/health/liveness");
      }
      sent++;
    }
    LOG.info("warm after {} requests in {} ms", sent, (System.nanoTime() - start) / 1_000_000);
    forget();
    faults.arm();
  }

  private static void call(String url) throws IOException {
    var connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
    connection.setConnectTimeout(5_000);
    connection.setReadTimeout(10_000);
    if (connection.getResponseCode() != HttpURLConnection.HTTP_OK) {
      throw new IOException("warm-up: " + url + " answered " + connection.getResponseCode());
    }
    try (InputStream body = connection.getInputStream()) {
      body.transferTo(OutputStream.nullOutputStream());
    }
  }

  /** The warm-up's own requests are no user's: the counters start from 0 with the first real one. */
  private void forget() {
    metrics.getMeters().stream()
        .filter(meter -> meter.getId().getName().startsWith(MEASURED))
        .forEach(metrics::remove);
  }
}

package dev.sluice.checkout.fault;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ThreadLocalRandom;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.HandlerInterceptor;

/** Makes users' requests slow, wrong or fatal, as the faults in force say. */
@Component
public class FaultInterceptor implements HandlerInterceptor {

  private static final int CRASH_STATUS = 1;
  private static final byte[] ANSWER = "{\"error\":\"injected\"}".getBytes(StandardCharsets.UTF_8);

  private final FaultState state;

  FaultInterceptor(FaultState state) {
    this.state = state;
  }

  @Override
  public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler)
      throws IOException, InterruptedException {
    if (!state.armed()) {
      return true;
    }
    if (state.crashesNow()) {
      // No shutdown hooks, no last answers: as when the kernel or a native bug ends the process.
      Runtime.getRuntime().halt(CRASH_STATUS);
    }
    Faults faults = state.current();
    long latencyMs = (long) faults.get(FaultSetting.LATENCY_MS);
    if (latencyMs > 0 && hits(faults.get(FaultSetting.SLOW_SHARE))) {
      Thread.sleep(latencyMs);
    }
    if (hits(faults.get(FaultSetting.ERROR_SHARE))) {
      response.setStatus(HttpServletResponse.SC_INTERNAL_SERVER_ERROR);
      response.setContentType(MediaType.APPLICATION_JSON_VALUE);
      response.getOutputStream().write(ANSWER);
      return false;
    }
    return true;
  }

  private static boolean hits(double share) {
    return share > 0 && ThreadLocalRandom.current().nextDouble() < share;
  }
}

package dev.sluice.checkout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ServiceTest {

  private static final String ALL_OFF =
      "{\"errorShare\":0,\"latencyMs\":0,\"slowShare\":1,\"crashAfter\":0,\"leakMibPerS\":0}";

  private static RunningService service;

  @BeforeAll
  static void start() {
    service = RunningService.start();
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  @AfterEach
  void switchFaultsOff() throws Exception {
    assertEquals(200, service.post("/actuator/faults", ALL_OFF).statusCode());
  }

  @Test
  void quotesACart() throws Exception {
    var response = service.get("/api/quote?lines=2");
    assertEquals(200, response.statusCode());
    assertEquals(
        "{\"currency\":\"EUR\",\"lines\":["
            + "{\"article\":\"valve\",\"count\":1,\"price\":12.40,\"sum\":12.40},"
            + "{\"article\":\"gasket\",\"count\":2,\"price\":0.85,\"sum\":1.70}],"
            + "\"net\":14.10,\"tax\":2.68,\"total\":16.78}",
        response.body());
  }

  @Test
  void tellsItsVersionInEveryAnswer() throws Exception {
    assertEquals("checkout test\n", service.get("/").body());
    for (String path : List.of("/", "/api/quote", "/api/quote?lines=0", "/nowhere", "/actuator/health")) {
      assertEquals(List.of("test"), service.get(path).headers().allValues("x-version"), path);
    }
  }

  @Test
  void measuresUsersRequestsOnlyAndWithAnEdgeAtEachLimit() throws Exception {
    service.get("/?first");
    service.get("/actuator/health");
    String scrape = service.get("/actuator/prometheus").body();
    for (String edge : List.of("0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1.0", "+Inf")) {
      assertTrue(scrape.contains("uri=\"/\",le=\"" + edge + "\"}"), edge);
    }
    assertFalse(scrape.contains("uri=\"/actuator"), scrape);
  }

  @Test
  void failsTheGivenShareAndLeavesOperationsAlone() throws Exception {
    service.post("/actuator/faults", "{\"errorShare\": 1}");
    var failed = service.get("/api/quote");
    assertEquals(500, failed.statusCode());
    assertEquals(List.of("test"), failed.headers().allValues("x-version"));
    assertEquals(500, service.get("/").statusCode());
    for (String path : List.of("/actuator/health/readiness", "/actuator/health/liveness", "/actuator/prometheus")) {
      assertEquals(200, service.get(path).statusCode(), path);
    }
    String scrape = service.get("/actuator/prometheus").body();
    assertTrue(scrape.contains("outcome=\"SERVER_ERROR\",status=\"500\",uri=\"/api/quote\",le=\"+Inf\"} 1"), scrape);
  }

  @Test
  void delaysTheSlowShare() throws Exception {
    service.post("/actuator/faults", "{\"latencyMs\": 300}");
    assertTrue(tookMs("/api/quote") >= 300);
    service.post("/actuator/faults", "{\"slowShare\": 0}");
    assertTrue(tookMs("/api/quote") < 300);
  }

  @Test
  void showsTheFaultsInForce() throws Exception {
    assertEquals(ALL_OFF, service.get("/actuator/faults").body());
    var changed = service.post("/actuator/faults", "{\"errorShare\": 0.25}").body();
    assertEquals(ALL_OFF.replace("\"errorShare\":0", "\"errorShare\":0.25"), changed);
    assertEquals(changed, service.get("/actuator/faults").body());
  }

  @Test
  void refusesBadFaultsAndChangesNothing() throws Exception {
    var refused = service.post("/actuator/faults", "{\"errorShare\": 0.5, \"slowShare\": 7, \"latency\": 1}");
    assertEquals(400, refused.statusCode());
    assertEquals(
        "{\"problems\":[\"slowShare: 7 is not a number from 0 to 1\","
            + "\"latency: unknown; the faults are errorShare, latencyMs, slowShare, crashAfter, leakMibPerS\"]}",
        refused.body());
    assertEquals(ALL_OFF, service.get("/actuator/faults").body());
  }

  private static long tookMs(String path) throws Exception {
    long start = System.nanoTime();
    assertEquals(200, service.get(path).statusCode());
    return (System.nanoTime() - start) / 1_000_000;
  }
}

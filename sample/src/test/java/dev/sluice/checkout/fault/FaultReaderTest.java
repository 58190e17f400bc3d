package dev.sluice.checkout.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class FaultReaderTest {

  private final JsonMapper mapper = new JsonMapper();

  @Test
  void readsOnlyWhatTheBodyNames() {
    assertEquals(
        Map.of(FaultSetting.ERROR_SHARE, 0.2, FaultSetting.LATENCY_MS, 250.0),
        FaultReader.readJson(mapper, "{\"errorShare\": 0.2, \"latencyMs\": 250}"));
    assertEquals(Map.of(), FaultReader.readJson(mapper, "{}"));
  }

  @Test
  void listsEveryProblemOfABody() {
    var body = "{\"errorShare\": 1.01, \"latencyMs\": 2.5, \"slowShare\": \"0.5\", \"crashAfter\": -1, \"leak\": 3}";
    var refused = assertThrows(InvalidFaultsException.class, () -> FaultReader.readJson(mapper, body));
    assertEquals(
        List.of(
            "errorShare: 1.01 is not a number from 0 to 1",
            "latencyMs: 2.5 is not a whole number from 0 to 60000",
            "slowShare: \"0.5\" is not a number from 0 to 1",
            "crashAfter: -1 is not a whole number from 0 to 1000000000",
            "leak: unknown; the faults are errorShare, latencyMs, slowShare, crashAfter, leakMibPerS"),
        refused.problems());
  }

  @Test
  void refusesABodyThatIsNoObject() {
    for (String body : List.of("", "nonsense", "[]", "0.2", "null", "{\"errorShare\": NaN}", "{} {}")) {
      var refused = assertThrows(InvalidFaultsException.class, () -> FaultReader.readJson(mapper, body), body);
      assertEquals(List.of("body: not a JSON object, such as {\"errorShare\": 0.2}"), refused.problems(), body);
    }
  }

  @Test
  void readsTheEnvironment() {
    var env = Map.of("SAMPLE_FAULT_ERROR_SHARE", "0.02", "SAMPLE_FAULT_LATENCY_MS", " ", "SAMPLE_FAULT_SLOW_START_S", "7");
    var start = FaultReader.readEnvironment(env::get);
    assertEquals(7, start.slowStartS());
    assertEquals(
        Map.of("errorShare", 0.02, "latencyMs", 0L, "slowShare", 1L, "crashAfter", 0L, "leakMibPerS", 0L),
        start.faults().toMap());
  }

  @Test
  void listsEveryProblemOfTheEnvironment() {
    var env = Map.of("SAMPLE_FAULT_ERROR_SHARE", "2 %", "SAMPLE_FAULT_SLOW_START_S", "soon", "SAMPLE_FAULT_CRASH_AFTER", "9");
    var refused = assertThrows(InvalidFaultsException.class, () -> FaultReader.readEnvironment(env::get));
    assertEquals(
        List.of(
            "SAMPLE_FAULT_ERROR_SHARE: 2 % is not a number from 0 to 1",
            "SAMPLE_FAULT_SLOW_START_S: soon is not a whole number from 0 to 600"),
        refused.problems());
  }
}

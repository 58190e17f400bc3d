package dev.sluice.checkout.fault;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads settings of faults; throws {@link InvalidFaultsException} with all problems of what it was given. */
final class FaultReader {

  static final String SLOW_START = "SAMPLE_FAULT_SLOW_START_S";
  private static final int MOST_SLOW_START_S = 600;

  private final List<String> problems = new ArrayList<>();
  private final Map<FaultSetting, Double> changes = new EnumMap<>(FaultSetting.class);

  /** What the service starts with. */
  record AtStart(Faults faults, int slowStartS) {}

  /** The faults in the environment; {@code env} gives a variable's value or null. */
  static AtStart readEnvironment(UnaryOperator<String> env) {
    var reader = new FaultReader();
    for (FaultSetting setting : FaultSetting.values()) {
      String text = env.apply(setting.env());
      if (text != null && !text.isBlank()) {
        reader.take(setting.env(), setting, number(text), text);
      }
    }
    int slowStartS = reader.slowStart(env.apply(SLOW_START));
    reader.check();
    return new AtStart(Faults.NONE.with(reader.changes), slowStartS);
  }

  /** The settings in a JSON object; those that it does not name are not in the result. */
  static Map<FaultSetting, Double> readJson(JsonMapper mapper, String body) {
    var reader = new FaultReader();
    JsonNode node = parse(mapper, body);
    if (node == null || !node.isObject()) {
      throw new InvalidFaultsException(List.of("body: not a JSON object, such as {\"errorShare\": 0.2}"));
    }
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      var setting = FaultSetting.named(entry.getKey());
      if (setting.isEmpty()) {
        reader.problems.add(entry.getKey() + ": unknown; the faults are " + FaultSetting.names());
        continue;
      }
      JsonNode value = entry.getValue();
      BigDecimal number = value.isNumber() ? number(value.asString()) : null;
      reader.take(entry.getKey(), setting.get(), number, value.toString());
    }
    reader.check();
    return reader.changes;
  }

  private void take(String name, FaultSetting setting, BigDecimal number, String text) {
    if (number == null) {
      problems.add(name + ": " + text + " is not " + setting.range());
      return;
    }
    setting.problem(number).ifPresentOrElse(
        problem -> problems.add(name + ": " + problem),
        () -> changes.put(setting, number.doubleValue()));
  }

  private int slowStart(String text) {
    if (text == null || text.isBlank()) {
      return 0;
    }
    try {
      int seconds = Integer.parseInt(text.trim());
      if (seconds >= 0 && seconds <= MOST_SLOW_START_S) {
        return seconds;
      }
    } catch (NumberFormatException notANumber) {
      // reported below, like a number that is out of range
    }
    problems.add(SLOW_START + ": " + text + " is not a whole number from 0 to " + MOST_SLOW_START_S);
    return 0;
  }

  private void check() {
    if (!problems.isEmpty()) {
      throw new InvalidFaultsException(problems);
    }
  }

  private static BigDecimal number(String text) {
    try {
      return new BigDecimal(text.trim());
    } catch (NumberFormatException notANumber) {
      return null;
    }
  }

  private static JsonNode parse(JsonMapper mapper, String body) {
    try {
      return mapper.readTree(body);
    } catch (JacksonException notJson) {
      return null;
    }
  }
}

package dev.sluice.checkout.fault;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** The faults in force. Immutable: a request sees all of one state. */
public final class Faults {

  /** Everything off. */
  public static final Faults NONE = new Faults(new EnumMap<>(FaultSetting.class));

  private final Map<FaultSetting, Double> values;

  private Faults(Map<FaultSetting, Double> values) {
    this.values = values;
  }

  /** These faults with some of them changed. */
  Faults with(Map<FaultSetting, Double> changes) {
    var changed = new EnumMap<FaultSetting, Double>(FaultSetting.class);
    changed.putAll(values);
    changed.putAll(changes);
    return new Faults(changed);
  }

  double get(FaultSetting setting) {
    return values.getOrDefault(setting, setting.initial());
  }

  /** All settings by their JSON names. */
  Map<String, Number> toMap() {
    var all = new LinkedHashMap<String, Number>();
    for (FaultSetting setting : FaultSetting.values()) {
      double value = get(setting);
      all.put(setting.json(), value == Math.rint(value) ? (Number) (long) value : (Number) value);
    }
    return all;
  }
}

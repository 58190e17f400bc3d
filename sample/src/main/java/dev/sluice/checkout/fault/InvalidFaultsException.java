package dev.sluice.checkout.fault;

import java.util.List;

/** Settings of faults that make no sense; carries every problem, not only the first. */
public class InvalidFaultsException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final List<String> problems;

  InvalidFaultsException(List<String> problems) {
    super(String.join("; ", problems));
    this.problems = List.copyOf(problems);
  }

  public List<String> problems() {
    return problems;
  }
}

package dev.sluice.checkout.fault;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Turns wrong fault settings at the start into a message without a stack trace. */
class InvalidFaultsAnalyzer extends AbstractFailureAnalyzer<InvalidFaultsException> {

  @Override
  protected FailureAnalysis analyze(Throwable root, InvalidFaultsException cause) {
    return new FailureAnalysis(
        "The faults in the environment are not valid:\n  " + String.join("\n  ", cause.problems()),
        "Correct or unset these variables.",
        cause);
  }
}

package dev.sluice.checkout.quote;

import java.math.BigDecimal;
import java.util.List;

/** The price of a cart: lines, their sum, the tax on it and what is to be paid. */
public record Quote(String currency, List<Line> lines, BigDecimal net, BigDecimal tax, BigDecimal total) {

  /** One article of the cart. */
  public record Line(String article, int count, BigDecimal price, BigDecimal sum) {}
}

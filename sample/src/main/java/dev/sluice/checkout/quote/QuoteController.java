package dev.sluice.checkout.quote;

import dev.sluice.checkout.SampleProperties;
import dev.sluice.checkout.quote.Catalogue.Article;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.stream.IntStream;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/** What users call. */
@RestController
class QuoteController {

  private static final int MOST_LINES = 100;

  private final Catalogue catalogue;
  private final String greeting;

  QuoteController(Catalogue catalogue, SampleProperties sample) {
    this.catalogue = catalogue;
    this.greeting = "checkout " + sample.version() + "\n";
  }

  @GetMapping(path = "/", produces = MediaType.TEXT_PLAIN_VALUE)
  String greet() {
    return greeting;
  }

  /** The quote for a cart with so many different articles, of which the n-th is ordered n times. */
  @GetMapping("/api/quote")
  Quote quote(@RequestParam(defaultValue = "5") int lines) {
    if (lines < 1 || lines > MOST_LINES) {
      throw new ResponseStatusException(HttpStatus.BAD_REQUEST, "lines must be from 1 to " + MOST_LINES);
    }
    List<Quote.Line> priced = IntStream.rangeClosed(1, lines).mapToObj(this::price).toList();
    BigDecimal net = priced.stream().map(Quote.Line::sum).reduce(BigDecimal.ZERO, BigDecimal::add);
    BigDecimal tax = net.multiply(catalogue.taxRate()).setScale(2, RoundingMode.HALF_UP);
    return new Quote(catalogue.currency(), priced, net, tax, net.add(tax));
  }

  private Quote.Line price(int count) {
    Article article = catalogue.article(count - 1);
    BigDecimal price = article.price().setScale(2, RoundingMode.HALF_UP);
    return new Quote.Line(article.name(), count, price, price.multiply(BigDecimal.valueOf(count)));
  }
}

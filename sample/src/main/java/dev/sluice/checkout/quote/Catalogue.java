package dev.sluice.checkout.quote;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.util.List;
import org.springframework.core.io.ClassPathResource;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** The shop's articles and its tax rate, from catalogue.json. */
@Component
class Catalogue {

  record Article(String name, BigDecimal price) {}

  record Content(String currency, BigDecimal taxRate, List<Article> articles) {}

  private final Content content;

  Catalogue(JsonMapper json) throws IOException {
    try (InputStream in = new ClassPathResource("catalogue.json").getInputStream()) {
      content = json.readValue(in, Content.class);
    }
  }

  String currency() {
    return content.currency();
  }

  BigDecimal taxRate() {
    return content.taxRate();
  }

  Article article(int number) {
    return content.articles().get(number % content.articles().size());
  }
}

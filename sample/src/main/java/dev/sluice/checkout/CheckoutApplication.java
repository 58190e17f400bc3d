package dev.sluice.checkout;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/** The sample service: quotes a cart, tells its version in every answer, fails when it is told to. */
@SpringBootApplication
@ConfigurationPropertiesScan
public class CheckoutApplication {

  public static void main(String[] args) {
    SpringApplication.run(CheckoutApplication.class, args);
  }
}

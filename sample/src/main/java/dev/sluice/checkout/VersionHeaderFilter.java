package dev.sluice.checkout;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** Says in every response which version answered. */
class VersionHeaderFilter implements Filter {

  static final String HEADER = "x-version";

  private final String version;

  VersionHeaderFilter(String version) {
    this.version = version;
  }

  @Override
  public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    ((HttpServletResponse) response).setHeader(HEADER, version);
    chain.doFilter(request, response);
  }
}

package dev.sluice.checkout;

import dev.sluice.checkout.fault.FaultInterceptor;
import io.micrometer.observation.ObservationPredicate;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.http.server.observation.ServerRequestObservationContext;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/** What every request passes on its way. */
@Configuration(proxyBeanMethods = false)
class WebConfiguration implements WebMvcConfigurer {

  static final String OPERATIONS = "/actuator";

  private final FaultInterceptor faults;

  WebConfiguration(FaultInterceptor faults) {
    this.faults = faults;
  }

  /** An interceptor, not a filter: a failing answer is then measured under its own path. */
  @Override
  public void addInterceptors(InterceptorRegistry registry) {
    registry.addInterceptor(faults).excludePathPatterns(OPERATIONS + "/**");
  }

  /** Outermost, so that an error page carries the version too. */
  @Bean
  FilterRegistrationBean<VersionHeaderFilter> versionHeader(SampleProperties sample) {
    var registration = new FilterRegistrationBean<>(new VersionHeaderFilter(sample.version()));
    registration.setOrder(Ordered.HIGHEST_PRECEDENCE);
    return registration;
  }

  /** Probes and scrapes are no user's requests: they are left out of http.server.requests. */
  @Bean
  ObservationPredicate usersRequestsOnly() {
    return (name, context) ->
        !(context instanceof ServerRequestObservationContext server)
            || !server.getCarrier().getRequestURI().startsWith(OPERATIONS);
  }
}

package dev.sluice.checkout;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;

/** The whole service on a free port, with settings given as for the environment. */
class RunningService implements AutoCloseable {

  private final HttpClient client = HttpClient.newHttpClient();
  private final CompletableFuture<Integer> port = new CompletableFuture<>();
  private final CompletableFuture<ConfigurableApplicationContext> context;

  private RunningService(String... settings) {
    var application = new SpringApplication(CheckoutApplication.class);
    application.addListeners(
        (ApplicationListener<WebServerInitializedEvent>) event -> port.complete(event.getWebServer().getPort()));
    List<String> arguments = new ArrayList<>(List.of("--server.port=0", "--APP_VERSION=test", "--SAMPLE_WARMUP_REQUESTS=5"));
    Arrays.stream(settings).map(setting -> "--" + setting).forEach(arguments::add);
    context = CompletableFuture.supplyAsync(() -> application.run(arguments.toArray(String[]::new)));
  }

  /** Returns when the service is ready; throws what its start threw. */
  static RunningService start(String... settings) {
    var service = new RunningService(settings);
    service.context.join();
    return service;
  }

  /** Returns when the service listens, which is before it is ready. */
  static RunningService listen(String... settings) {
    var service = new RunningService(settings);
    service.port.join();
    return service;
  }

  boolean started() {
    return context.isDone();
  }

  HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return client.send(request(path).build(), HttpResponse.BodyHandlers.ofString());
  }

  HttpResponse<String> post(String path, String json) throws IOException, InterruptedException {
    var request = request(path).header("content-type", "application/json");
    return client.send(
        request.POST(HttpRequest.BodyPublishers.ofString(json)).build(), HttpResponse.BodyHandlers.ofString());
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port.join() + path));
  }

  @Override
  public void close() {
    context.join().close();
  }
}

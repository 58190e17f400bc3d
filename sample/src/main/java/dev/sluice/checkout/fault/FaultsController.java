package dev.sluice.checkout.fault;

import java.util.List;
import java.util.Map;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

/**
 * Shows and changes the faults at run time. A controller and not an {@code @Endpoint}: an endpoint's operation never
 * sees parameters that it does not know, so a mistyped name would be taken in silence.
 */
@RestController
@RequestMapping("${management.endpoints.web.base-path:/actuator}/faults")
class FaultsController {

  private final FaultState state;
  private final JsonMapper mapper;

  FaultsController(FaultState state, JsonMapper mapper) {
    this.state = state;
    this.mapper = mapper;
  }

  @GetMapping
  Map<String, Number> show() {
    return state.current().toMap();
  }

  /** Changes the faults that the body names and leaves the others. */
  @PostMapping
  Map<String, Number> change(@RequestBody String body) {
    return state.change(FaultReader.readJson(mapper, body)).toMap();
  }

  @ExceptionHandler
  @ResponseStatus(HttpStatus.BAD_REQUEST)
  Map<String, List<String>> refuse(InvalidFaultsException exception) {
    return Map.of("problems", exception.problems());
  }
}

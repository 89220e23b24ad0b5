package runtime; // in the default package, Spring would take every class there is for one of ours

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Camunda's connector runtime with whatever connectors are on the class path. */
@SpringBootApplication
public class ConnectorRuntime {
  public static void main(String[] arguments) {
    SpringApplication.run(ConnectorRuntime.class, arguments);
  }
}

import io.camunda.zeebe.process.test.api.ZeebeTestEngine;
import io.camunda.zeebe.process.test.engine.EngineFactory;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.time.Duration;

/** Runs Camunda's engine in memory, steered by lines on standard input; ends when that closes. */
public final class RealEngine {

  public static void main(String[] arguments) throws Exception {
    ZeebeTestEngine engine = EngineFactory.create(Integer.parseInt(arguments[0]));
    engine.start();
    answer("ready " + engine.getGatewayAddress());
    var commands = new BufferedReader(new InputStreamReader(System.in));
    for (String line; (line = commands.readLine()) != null; ) {
      if (line.startsWith("time ")) {
        engine.increaseTime(Duration.parse(line.substring("time ".length())));
      } else {
        engine.waitForIdleState(Duration.ofSeconds(10));
      }
      answer("done");
    }
    System.exit(0);
  }

  private static void answer(String text) {
    System.out.println(text);
    System.out.flush();
  }
}

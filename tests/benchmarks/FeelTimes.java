import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.camunda.connector.feel.FeelConnectorFunctionProvider;
import io.camunda.connector.feel.FeelEngineWrapper;
import java.util.Map;
import org.camunda.feel.api.FeelEngineApi;
import org.camunda.feel.api.FeelEngineBuilder;

/**
 * Tells how long Camunda's engine takes for each work, in nanoseconds, when the JVM is warm: the fastest of many rounds.
 * In: one JSON object with "condition", "context", "filter" and "large" on standard input. Out: one JSON object.
 */
public class FeelTimes {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final FeelEngineWrapper WRAPPER = new FeelEngineWrapper();
  private static final FeelEngineApi ENGINE =
      FeelEngineBuilder.create().withFunctionProvider(new FeelConnectorFunctionProvider()).build();
  private static final long WARM_NS = 6_000_000_000L;
  private static final int ROUNDS = 60;
  private static Object kept;

  private interface Work {
    Object run() throws Exception;
  }

  public static void main(String[] arguments) throws Exception {
    JsonNode given = MAPPER.readTree(System.in);
    String condition = given.path("condition").asText();
    String filter = given.path("filter").asText();
    Map<String, Object> context = MAPPER.convertValue(given.get("context"), new TypeReference<>() {});
    Map<String, Object> large = MAPPER.convertValue(given.get("large"), new TypeReference<>() {});
    var parsed = ENGINE.parseExpression(condition).parsedExpression();
    System.out.println(
        MAPPER.writeValueAsString(
            Map.of(
                "evaluate_parsed", fastest(() -> ENGINE.evaluate(parsed, context), 300),
                "evaluate", fastest(() -> WRAPPER.evaluate("=" + condition, context), 100),
                "parse", fastest(() -> ENGINE.parseExpression(condition), 100),
                "large", fastest(() -> ENGINE.evaluateExpression(filter, large), 2))));
  }

  private static double fastest(Work work, int times) throws Exception {
    for (long end = System.nanoTime() + WARM_NS; System.nanoTime() < end; ) {
      kept = work.run();
    }
    double fastest = Double.MAX_VALUE;
    for (int round = 0; round < ROUNDS; round++) {
      long began = System.nanoTime();
      for (int time = 0; time < times; time++) {
        kept = work.run();
      }
      fastest = Math.min(fastest, (System.nanoTime() - began) / (double) times);
    }
    return fastest;
  }
}

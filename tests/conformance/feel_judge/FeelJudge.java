import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.camunda.connector.feel.FeelEngineWrapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.camunda.feel.api.FeelEngineApi;
import org.camunda.feel.api.FeelEngineBuilder;

/**
 * Answers expressions as the connector runtime does, and unary tests as the engine does: one JSON record a line in,
 * one a line out, until standard input ends. In: {"id", "expression", "context"}, and for unary tests {"input"}.
 * Out: {"id", "ok": true, "json"} or {"id", "ok": false, "error"}.
 */
public class FeelJudge {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final FeelEngineWrapper EXPRESSIONS = new FeelEngineWrapper();
  private static final FeelEngineApi TESTS = FeelEngineBuilder.forJava().build();

  public static void main(String[] arguments) throws Exception {
    var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    var output = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      JsonNode question = MAPPER.readTree(line);
      ObjectNode answer = MAPPER.createObjectNode().put("id", question.path("id").asText());
      try {
        answer.put("json", answer(question)).put("ok", true);
      } catch (Throwable failure) {
        answer.put("ok", false).put("error", String.valueOf(failure.getMessage()));
      }
      output.println(MAPPER.writeValueAsString(answer));
      output.flush();
    }
  }

  private static String answer(JsonNode question) throws Exception {
    String expression = question.path("expression").asText();
    Map<String, Object> context = MAPPER.convertValue(question.get("context"), new TypeReference<>() {});
    if (!question.has("input")) {
      return EXPRESSIONS.evaluateToJson("=" + expression, context);
    }
    Object input = MAPPER.convertValue(question.get("input"), Object.class);
    var result = TESTS.evaluateUnaryTests(expression, input, context);
    if (result.isFailure()) {
      throw new IllegalArgumentException(result.failure().message());
    }
    return MAPPER.writeValueAsString(result.result());
  }
}

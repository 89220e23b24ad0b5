import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.camunda.connector.feel.FeelConnectorFunctionProvider;
import io.camunda.connector.feel.FeelEngineWrapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.camunda.feel.api.EvaluationResult;
import org.camunda.feel.api.FeelEngineApi;
import org.camunda.feel.api.FeelEngineBuilder;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Answers expressions as the connector runtime does, and unary tests as the engine does: one JSON record a line in,
 * one a line out, until standard input ends. In: {"id", "expression", "context"}, and for unary tests {"input"}.
 * Out: {"id", "ok": true, "json", "typed", "kinds"} or {"id", "ok": false, "error"}; "typed" is the value with its
 * type and all its digits, "kinds" is what became null on the way.
 */
public class FeelJudge {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final FeelEngineWrapper EXPRESSIONS = new FeelEngineWrapper();
  private static final FeelEngineApi ENGINE =
      FeelEngineBuilder.create().withFunctionProvider(new FeelConnectorFunctionProvider()).build();

  public static void main(String[] arguments) throws Exception {
    var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    var output = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      JsonNode question = MAPPER.readTree(line);
      ObjectNode answer = MAPPER.createObjectNode().put("id", question.path("id").asText());
      try {
        answer(question, answer);
        answer.put("ok", true);
      } catch (Throwable failure) {
        answer.put("ok", false).put("error", String.valueOf(failure.getMessage()));
      }
      output.println(MAPPER.writeValueAsString(answer));
      output.flush();
    }
  }

  private static void answer(JsonNode question, ObjectNode answer) throws Exception {
    String expression = question.path("expression").asText();
    Map<String, Object> context = MAPPER.convertValue(question.get("context"), new TypeReference<>() {});
    EvaluationResult result;
    if (question.has("input")) {
      result = ENGINE.evaluateUnaryTests(expression, MAPPER.convertValue(question.get("input"), Object.class), context);
      if (result.isFailure()) {
        throw new IllegalArgumentException(result.failure().message());
      }
      answer.put("json", result.result() == null ? null : MAPPER.writeValueAsString(result.result()));
    } else {
      answer.put("json", EXPRESSIONS.evaluateToJson("=" + expression, context));
      result = ENGINE.evaluateExpression(expression.trim(), context);
    }
    answer.put("typed", typed(result.result()));
    ArrayNode kinds = answer.putArray("kinds");
    CollectionConverters.asJava(result.suppressedFailures()).forEach(failure -> kinds.add(failure.failureType().toString()));
  }

  private static String typed(Object value) throws Exception {
    return switch (value) {
      case null -> "null";
      case String text -> MAPPER.writeValueAsString(text);
      case scala.math.BigDecimal number -> number.bigDecimal().toString();
      case LocalTime time -> "LocalTime " + time.format(DateTimeFormatter.ISO_LOCAL_TIME);
      case LocalDateTime time -> "LocalDateTime " + time.format(DateTimeFormatter.ISO_LOCAL_DATE_TIME);
      case ZonedDateTime time ->
          "ZonedDateTime " + time.format(DateTimeFormatter.ISO_OFFSET_DATE_TIME)
              + (time.getZone() instanceof ZoneOffset ? "" : "@" + time.getZone());
      case scala.collection.Map<?, ?> context -> {
        var entries = new TreeMap<String, String>();
        for (var entry : CollectionConverters.asJava(context).entrySet()) {
          entries.put(MAPPER.writeValueAsString(entry.getKey()), typed(entry.getValue()));
        }
        yield entries.toString();
      }
      case scala.collection.Iterable<?> list -> {
        var items = new java.util.ArrayList<String>();
        for (var item : CollectionConverters.asJava(list)) {
          items.add(typed(item));
        }
        yield items.toString();
      }
      case Boolean bool -> bool.toString();
      default -> value.getClass().getSimpleName() + " " + value;
    };
  }
}

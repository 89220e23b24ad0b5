import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.camunda.connector.feel.FeelEngineWrapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Answers expressions as the connector runtime does: one JSON record a line in, one a line out, until standard input
 * ends. In: {"id", "expression", "context"}. Out: {"id", "ok": true, "json"} or {"id", "ok": false, "error"}.
 */
public class FeelJudge {
  public static void main(String[] arguments) throws Exception {
    var mapper = new ObjectMapper();
    var engine = new FeelEngineWrapper();
    var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    var output = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      JsonNode question = mapper.readTree(line);
      ObjectNode answer = mapper.createObjectNode().put("id", question.path("id").asText());
      try {
        Map<?, ?> context = mapper.convertValue(question.path("context"), Map.class);
        String json = engine.evaluateToJson("=" + question.path("expression").asText(), context == null ? Map.of() : context);
        answer.put("ok", true).put("json", json);
      } catch (Throwable failure) {
        answer.put("ok", false).put("error", String.valueOf(failure.getMessage()));
      }
      output.println(mapper.writeValueAsString(answer));
      output.flush();
    }
  }
}

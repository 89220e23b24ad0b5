import io.camunda.client.CamundaClient;
import io.camunda.client.api.command.ProblemException;
import io.camunda.client.api.search.enums.ElementInstanceState;
import io.camunda.client.api.search.enums.ElementInstanceType;
import io.camunda.client.api.search.enums.IncidentErrorType;
import io.camunda.client.api.search.enums.IncidentState;
import io.camunda.client.api.search.enums.JobState;
import io.camunda.client.api.search.enums.MessageSubscriptionState;
import io.camunda.client.api.search.enums.ProcessInstanceState;
import java.net.URI;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/** Asks a cluster questions through Camunda's Java client, over REST, and writes each answer as a line `what = answer`. */
public final class JavaClient {

  private static final OffsetDateTime LONG_AGO = OffsetDateTime.parse("2020-01-01T00:00:00Z");

  public static void main(String[] arguments) throws Exception {
    var builder = CamundaClient.newClientBuilder().preferRestOverGrpc(true);
    try (var client = builder.restAddress(URI.create(arguments[0])).build()) {
      askForDefinitions(client);
      askForInstances(client);
      askForWhatIsInInstances(client);
      command(client);
    }
  }

  private static void askForDefinitions(CamundaClient client) {
    say("topology", () -> client.newTopologyRequest().send().join().getGatewayVersion());
    var all = client.newProcessDefinitionSearchRequest().sort(s -> s.processDefinitionId().desc()).send().join();
    var first = all.items().get(0).getProcessDefinitionKey();
    say("definitions", () -> all.items().stream().map(d -> d.getProcessDefinitionId()).toList());
    say("definitions after the last", () -> client.newProcessDefinitionSearchRequest()
        .sort(s -> s.processDefinitionId().desc()).page(p -> p.after(all.page().endCursor())).send().join().items());
    say("definitions by offset", () -> client.newProcessDefinitionSearchRequest()
        .page(p -> p.from(1).limit(1)).send().join().page().totalItems());
    say("latest definitions", () -> client.newProcessDefinitionSearchRequest()
        .filter(f -> f.isLatestVersion(true).processDefinitionId(id -> id.like("w*"))).send().join().items().size());
    say("definition", () -> client.newProcessDefinitionGetRequest(first).send().join().getVersion());
    say("xml", () -> client.newProcessDefinitionGetXmlRequest(first).send().join().contains("<bpmn:process"));
  }

  private static void askForInstances(CamundaClient client) {
    say("instances by tag", () -> client.newProcessInstanceSearchRequest()
        .filter(f -> f.tags("event:1")).send().join().items().get(0).getTags());
    say("instances by state and time", () -> client.newProcessInstanceSearchRequest()
        .filter(f -> f.startDate(d -> d.gt(LONG_AGO).lt(OffsetDateTime.now().plusDays(1)))
            .state(s -> s.in(ProcessInstanceState.ACTIVE, ProcessInstanceState.COMPLETED)))
        .send().join().items().stream().map(i -> i.getProcessDefinitionId() + " " + i.getState()).toList());
    say("instances by alternatives", () -> client.newProcessInstanceSearchRequest()
        .filter(f -> f.orFilters(List.of(
            either -> either.hasIncident(true), either -> either.state(s -> s.eq(ProcessInstanceState.COMPLETED)))))
        .send().join().items().size());
    say("instance", () -> {
      var found = client.newProcessInstanceSearchRequest().filter(f -> f.tags("event:1")).send().join().items().get(0);
      var instance = client.newProcessInstanceGetRequest(found.getProcessInstanceKey()).send().join();
      return instance.getState() + " " + instance.getEndDate() + " " + instance.getParentProcessInstanceKey();
    });
  }

  private static void askForWhatIsInInstances(CamundaClient client) {
    say("elements", () -> client.newElementInstanceSearchRequest()
        .filter(f -> f.type(ElementInstanceType.SERVICE_TASK).state(s -> s.neq(ElementInstanceState.TERMINATED)))
        .send().join().items().stream().map(e -> e.getElementId() + " " + e.getState() + " " + e.getIncident()).toList());
    say("variables", () -> client.newVariableSearchRequest().filter(f -> f.name(n -> n.in("note", "orderId")))
        .send().join().items().stream().map(v -> v.getName() + " " + v.getValue().length() + " " + v.isTruncated()).toList());
    say("variables whole", () -> client.newVariableSearchRequest().withFullValues().filter(f -> f.name("note"))
        .send().join().items().get(0).getValue().length());
    say("incidents", () -> client.newIncidentSearchRequest()
        .filter(f -> f.state(IncidentState.ACTIVE).errorType(IncidentErrorType.JOB_NO_RETRIES)
            .creationTime(d -> d.gte(LONG_AGO)))
        .send().join().items().stream().map(i -> i.getElementId() + " " + i.getErrorMessage()).toList());
    say("jobs", () -> client.newJobSearchRequest()
        .filter(f -> f.retries(r -> r.gte(0)).type("work").state(s -> s.in(JobState.CREATED, JobState.FAILED)))
        .send().join().items().stream().map(j -> j.getState() + " " + j.getRetries() + " " + j.getErrorMessage()).toList());
    say("subscriptions", () -> client.newMessageSubscriptionSearchRequest()
        .filter(f -> f.messageSubscriptionState(s -> s.neq(MessageSubscriptionState.MIGRATED)).messageName(n -> n.like("fin*")))
        .send().join().items().stream().map(s -> s.getCorrelationKey() + " " + s.getMessageSubscriptionState()).toList());
    say("correlations", () -> client.newCorrelatedMessageSubscriptionSearchRequest()
        .filter(f -> f.messageName("finished").partitionId(p -> p.eq(1)).messageKey(k -> k.exists(true)))
        .send().join().items().stream().map(s -> s.getCorrelationKey() + " " + s.getElementId()).toList());
  }

  private static void command(CamundaClient client) {
    say("publish", () -> publish(client));
    say("publish again", () -> publish(client));
    say("correlate", () -> client.newCorrelateMessageCommand().messageName("nobody").withoutCorrelationKey().send().join());
    say("start", () -> client.newCreateInstanceCommand().bpmnProcessId("straight").latestVersion()
        .variables(Map.of("a", "ü")).withResult().fetchVariables("a").send().join().getVariables());
    say("job", () -> {
      var job = client.newActivateJobsCommand().jobType("work").maxJobsToActivate(1).send().join().getJobs().get(0);
      client.newUpdateTimeoutCommand(job.getKey()).timeout(Duration.ofMinutes(1)).send().join();
      client.newUpdateRetriesCommand(job.getKey()).retries(5).send().join();
      client.newSetVariablesCommand(job.getElementInstanceKey()).variables(Map.of("b", 1)).local(true).send().join();
      client.newCompleteCommand(job.getKey()).variables(Map.of("c", 1)).send().join();
      return job.getCustomHeaders() + " " + job.getVariablesAsMap();
    });
  }

  private static String publish(CamundaClient client) {
    var message = client.newPublishMessageCommand().messageName("other").withoutCorrelationKey().messageId("event-1");
    message.timeToLive(Duration.ofHours(1)).variables(Map.of("a", 1)).send().join();
    return "published";
  }

  private static void say(String what, Callable<Object> question) {
    Object answer;
    try {
      answer = question.call();
    } catch (ProblemException refused) {
      answer = refused.details().getStatus() + " " + refused.details().getTitle();
    } catch (Exception failed) {
      answer = failed;
    }
    System.out.println(what + " = " + answer);
  }
}

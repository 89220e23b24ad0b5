package runtime;

import io.camunda.connector.api.annotation.FEEL;
import io.camunda.connector.api.annotation.InboundConnector;
import io.camunda.connector.api.inbound.InboundConnectorExecutable;
import io.camunda.connector.api.inbound.InboundIntermediateConnectorContext;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.Scope;
import org.springframework.stereotype.Component;

/**
 * The least polling connector that there can be: it looks which instances wait at its element, and tells each what the
 * element's property `seen` is with the instance's variables.
 *
 * <p>Which instances wait, and their variables, the runtime asks of the cluster.
 */
@Component
@Scope("prototype")
@InboundConnector(name = "Polling", type = "polling:1")
public class PollingConnector implements InboundConnectorExecutable<InboundIntermediateConnectorContext> {

  private static final long LOOK_EVERY_MS = 200;

  private final ScheduledExecutorService looking = Executors.newSingleThreadScheduledExecutor();

  public record Properties(@FEEL String seen) {}

  @Override
  public void activate(InboundIntermediateConnectorContext context) {
    looking.scheduleWithFixedDelay(() -> look(context), 0, LOOK_EVERY_MS, TimeUnit.MILLISECONDS);
  }

  @Override
  public void deactivate() {
    looking.shutdownNow();
  }

  private void look(InboundIntermediateConnectorContext context) {
    try {
      for (var instance : context.getProcessInstanceContexts()) {
        instance.correlate(Map.of("seen", instance.bind(Properties.class).seen()));
      }
    } catch (RuntimeException failed) {
      LoggerFactory.getLogger(PollingConnector.class).error("It cannot see who waits", failed);
    }
  }
}

package runtime;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.camunda.connector.api.annotation.InboundConnector;
import io.camunda.connector.api.inbound.webhook.MappedHttpRequest;
import io.camunda.connector.api.inbound.webhook.WebhookConnectorException;
import io.camunda.connector.api.inbound.webhook.WebhookConnectorExecutable;
import io.camunda.connector.api.inbound.webhook.WebhookProcessingPayload;
import io.camunda.connector.api.inbound.webhook.WebhookResult;
import java.io.IOException;
import org.springframework.context.annotation.Scope;
import org.springframework.stereotype.Component;

/**
 * The smallest webhook connector: it takes JSON by POST and refuses no request.
 *
 * <p>Camunda's own, of the same type, is not published; everything around it is the runtime's.
 */
@Component
@Scope("prototype")
@InboundConnector(name = "Webhook", type = "io.camunda:webhook:1")
public class WebhookConnector implements WebhookConnectorExecutable {

  private static final int METHOD_NOT_ALLOWED = 405;
  private static final ObjectMapper JSON = new ObjectMapper();

  @Override
  public WebhookResult triggerWebhook(WebhookProcessingPayload payload) throws IOException {
    if (!payload.method().equals("POST")) {
      throw new WebhookConnectorException(METHOD_NOT_ALLOWED, "POST alone is taken");
    }
    var body = JSON.readValue(payload.rawBody(), Object.class);
    var request = new MappedHttpRequest(body, payload.headers(), payload.params());
    return () -> request;
  }
}

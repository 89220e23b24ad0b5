import io.camunda.zeebe.exporter.api.Exporter;
import io.camunda.zeebe.exporter.api.context.Context;
import io.camunda.zeebe.exporter.api.context.Controller;
import io.camunda.zeebe.protocol.record.Record;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** An exporter of the broker that sends each record as a line of JSON to the port RECORDS_PORT. */
public final class RecordSender implements Exporter {

  private Controller controller;
  private BufferedWriter out;

  @Override
  public void configure(Context context) {}

  @Override
  public void open(Controller controller) {
    this.controller = controller;
    try {
      var socket = new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(System.getenv("RECORDS_PORT")));
      out = new BufferedWriter(new OutputStreamWriter(socket.getOutputStream(), StandardCharsets.UTF_8));
    } catch (IOException refused) {
      throw new UncheckedIOException(refused);
    }
  }

  @Override
  public void export(Record<?> record) {
    try {
      out.write(record.toJson() + "\n");
      out.flush();
    } catch (IOException gone) {
      throw new UncheckedIOException(gone);
    }
    controller.updateLastExportedRecordPosition(record.getPosition());
  }
}

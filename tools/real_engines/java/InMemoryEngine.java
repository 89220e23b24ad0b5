import io.camunda.zeebe.process.test.engine.EngineFactory;
import io.camunda.zeebe.protocol.record.Record;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/**
 * Runs Camunda's engine in memory: gRPC on the first port given, its records as lines of JSON to the second.
 *
 * <p>Steered by lines on standard input: `time PT1H` moves the clock, `idle` waits until the engine has nothing to do;
 * each is answered by `done`, after the records of what it caused. Ends when standard input closes.
 */
public final class InMemoryEngine {

  private static final Duration LONGEST_WORK = Duration.ofSeconds(30);
  private static final long LOOK_EVERY_MS = 20;

  public static void main(String[] arguments) throws Exception {
    var engine = EngineFactory.create(Integer.parseInt(arguments[0]));
    engine.start();
    var socket = new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[1]));
    var out = new OutputStreamWriter(socket.getOutputStream(), StandardCharsets.UTF_8);
    var sender = new Sender(engine.getRecordStreamSource()::getRecords, new BufferedWriter(out));
    sender.setDaemon(true);
    sender.start();
    var commands = new BufferedReader(new InputStreamReader(System.in));
    for (String line; (line = commands.readLine()) != null; ) {
      if (line.startsWith("time ")) {
        engine.increaseTime(Duration.parse(line.substring("time ".length())));
      }
      engine.waitForIdleState(LONGEST_WORK);
      sender.answer("done");
    }
    Runtime.getRuntime().halt(0);
  }

  private interface Source {
    Iterable<Record<?>> records();
  }

  /** Sends each record once, soon after it was written. */
  private static final class Sender extends Thread {
    private final Source source;
    private final BufferedWriter out;
    private int sent;

    Sender(Source source, BufferedWriter out) {
      this.source = source;
      this.out = out;
    }

    @Override
    public void run() {
      try {
        while (true) {
          send();
          Thread.sleep(LOOK_EVERY_MS);
        }
      } catch (IOException | InterruptedException gone) {
        Runtime.getRuntime().halt(1);
      }
    }

    synchronized void answer(String line) throws IOException {
      send();
      out.write(line + "\n");
      out.flush();
    }

    private synchronized void send() throws IOException {
      var records = (List<Record<?>>) source.records();
      for (; sent < records.size(); sent++) {
        out.write(records.get(sent).toJson() + "\n");
      }
      out.flush();
    }
  }
}

// bench/JenaProbe.java: Jena TDB2 asked in the way query_probe.c asks kgq: one warm process, requests of four
// cells a line (runs, seconds, file for the rows or -, path of the query), an answer and microseconds a line.
import java.io.*;
import java.nio.file.*;
import java.util.concurrent.TimeUnit;
import org.apache.jena.query.*;
import org.apache.jena.system.Txn;
import org.apache.jena.tdb2.TDB2Factory;

public class JenaProbe {
  static final class Sink extends OutputStream {
    final OutputStream copy;
    long lines = 0;

    Sink(OutputStream copy) {
      this.copy = copy;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
      for (int i = from; i < from + count; i++) {
        if (bytes[i] == '\n') {
          lines++;
        }
      }
      if (copy != null) {
        copy.write(bytes, from, count);
      }
    }
  }

  static String ask(Dataset data, String text, OutputStream copy) {
    return Txn.calculateRead(data, () -> {
      Query query = QueryFactory.create(text);
      try (QueryExecution run = QueryExecution.dataset(data).query(query).timeout(60, TimeUnit.SECONDS).build()) {
        if (query.isAskType()) {
          return run.execAsk() ? "true" : "false";
        }
        Sink sink = new Sink(copy);
        ResultSetFormatter.outputAsTSV(sink, run.execSelect());
        return String.valueOf(Math.max(sink.lines - 1, 0));
      }
    });
  }

  static String serve(Dataset data, String[] cells) throws IOException {
    String text = Files.readString(Path.of(cells[3]));
    StringBuilder answer = new StringBuilder();
    double total = 0;
    for (int i = 0; i < Integer.parseInt(cells[0]) && total < Double.parseDouble(cells[1]) * 1e6; i++) {
      String rows;
      long started = System.nanoTime();
      try (OutputStream copy = cells[2].equals("-") ? null : new BufferedOutputStream(new FileOutputStream(cells[2]), 1 << 20)) {
        rows = ask(data, text, copy);
      } catch (QueryCancelledException e) {
        rows = "timeout";
      } catch (RuntimeException | OutOfMemoryError e) {
        rows = "error";
      }
      double took = (System.nanoTime() - started) / 1e3;
      total += took;
      answer.append(i == 0 ? rows : "").append('\t').append(took);
    }
    return answer.toString();
  }

  public static void main(String[] args) throws IOException {
    PrintStream out = System.out;
    long started = System.nanoTime();
    Dataset data = TDB2Factory.connectDataset(args[0]);
    out.println("ready\t" + (System.nanoTime() - started) / 1e3);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      out.println(serve(data, line.split("\t")));
      out.flush();
    }
  }
}

import java.lang.Character.UnicodeBlock;
import java.lang.Character.UnicodeScript;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Prints the scripts and blocks of this JDK's Unicode tables, one in a line: its kind, its names joined by a slash, and its
 * code points in hexadecimal. Names have no blanks, hyphens and underscores. The JDK keeps its names private, so it must be
 * started with --add-opens java.base/java.lang=ALL-UNNAMED.
 */
public final class UnicodeTables {

  public static void main(String[] arguments) throws ReflectiveOperationException {
    Map<Object, TreeSet<String>> scripts = names(UnicodeScript.class, "aliases");
    Arrays.stream(UnicodeScript.values()).forEach(script -> add(scripts, script, script.name()));
    print("SCRIPT", scripts, UnicodeScript::of);
    print("BLOCK", names(UnicodeBlock.class, "map"), UnicodeBlock::of);
  }

  private static Map<Object, TreeSet<String>> names(Class<?> kind, String field) throws ReflectiveOperationException {
    var declared = kind.getDeclaredField(field);
    declared.setAccessible(true);
    Map<Object, TreeSet<String>> names = new LinkedHashMap<>();
    ((Map<?, ?>) declared.get(null)).forEach((name, value) -> add(names, value, (String) name));
    return names;
  }

  private static void add(Map<Object, TreeSet<String>> names, Object value, String name) {
    names.computeIfAbsent(value, ignored -> new TreeSet<>()).add(name.toUpperCase(Locale.ROOT).replaceAll("[ _-]", ""));
  }

  private interface Lookup {
    Object of(int codePoint);
  }

  private static void print(String kind, Map<Object, TreeSet<String>> names, Lookup lookup) {
    Map<Integer, String> lines = new TreeMap<>(); // in the order of the first code point
    Map<Object, StringBuilder> ranges = new LinkedHashMap<>();
    Map<Object, Integer> first = new LinkedHashMap<>();
    for (int start = 0; start <= Character.MAX_CODE_POINT; ) {
      Object value = lookup.of(start);
      int end = start;
      while (end < Character.MAX_CODE_POINT && lookup.of(end + 1) == value) {
        end++;
      }
      if (value != null) {
        first.putIfAbsent(value, start);
        String range = start == end ? String.format(" %x", start) : String.format(" %x-%x", start, end);
        ranges.computeIfAbsent(value, ignored -> new StringBuilder()).append(range);
      }
      start = end + 1;
    }
    first.forEach((value, start) -> lines.put(start, String.join("/", names.get(value)) + ranges.get(value)));
    lines.values().forEach(line -> System.out.println(kind + " " + line));
  }
}

package io.weir.itests.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A page that is read as its readers do: sections, pieces of code, and commands with what they
 * answer.
 *
 * @param sections in order; what stands before the first heading is one, too
 */
record Tutorial(List<Section> sections) {
  private static final String FENCE = "```";
  private static final String PROMPT = "$ ";

  /**
   * @param code blocks of it, as they stand there
   * @param steps commands of its console blocks
   */
  record Section(String heading, List<String> code, List<Step> steps) {}

  /**
   * @param answer the lines that follow the command; none where nothing is said of it
   */
  record Step(String command, List<String> answer) {}

  static Tutorial read(Path page) throws IOException {
    List<Section> sections = new ArrayList<>();
    Section section = section("");
    sections.add(section);
    List<String> lines = Files.readAllLines(page);
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (line.startsWith("## ")) {
        section = section(line.substring(3));
        sections.add(section);
      } else if (line.startsWith(FENCE)) {
        int end = i + 1 + lines.subList(i + 1, lines.size()).indexOf(FENCE);
        add(section, line.substring(FENCE.length()), lines.subList(i + 1, end));
        i = end;
      }
    }
    return new Tutorial(sections);
  }

  private static Section section(String heading) {
    return new Section(heading, new ArrayList<>(), new ArrayList<>());
  }

  private static void add(Section section, String language, List<String> block) {
    if (language.equals("java") || language.equals("xml")) {
      section.code.add(String.join("\n", block));
    } else if (language.equals("console")) {
      for (String line : block) {
        if (line.startsWith(PROMPT)) {
          section.steps.add(new Step(line.substring(PROMPT.length()), new ArrayList<>()));
        } else {
          section.steps.get(section.steps.size() - 1).answer.add(line);
        }
      }
    }
  }
}

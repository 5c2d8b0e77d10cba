package io.weir.api;

/**
 * Carries a {@link Problem} to whoever answers for the input; its message is the problem's
 * sentence.
 */
public class ProblemException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Problem problem;

  public ProblemException(Problem problem) {
    super(problem.sentence());
    this.problem = problem;
  }

  public ProblemException(Problem problem, Throwable cause) {
    super(problem.sentence(), cause);
    this.problem = problem;
  }

  public Problem problem() {
    return problem;
  }
}

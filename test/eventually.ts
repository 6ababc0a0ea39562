/**
 * Tries until it works, for ten seconds at least: a program takes a while to start, its output to
 * arrive, and a client to find its server again.
 */
export async function eventually<Result>(attempt: () => Result | Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (tries === 200) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

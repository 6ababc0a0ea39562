import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../", import.meta.url));

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        resolve(typeof address === "object" && address !== null ? address.port : 0),
      );
    });
  });
}

/** Tries until it works, for ten seconds at most: a program takes a while to start, and its output to arrive. */
async function eventually<Result>(attempt: () => Result | Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (tries === 200) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

it("the count example counts, prints the hits of an address and knows no other page", async () => {
  const port = await freePort();
  // It runs against the built package, as `npm run demo` does.
  const demo = spawn(process.execPath, ["examples/count.ts"], {
    cwd: root,
    env: { ...process.env, PORT: `${port}` },
  });
  let output = "";
  demo.stdout.on("data", (chunk) => (output += chunk));
  demo.stderr.on("data", (chunk) => (output += chunk));
  try {
    const url = `http://127.0.0.1:${port}/`;
    await eventually(async () => expect((await fetch(`${url}other`)).status).toBe(404));
    for (const count of [1, 2, 3]) {
      expect(await (await fetch(url)).text()).toBe(`Sessioned count: ${count}`);
    }
    await eventually(() => expect(output).toContain("3 hits from 127.0.0.1"));
  } finally {
    demo.kill();
  }
});

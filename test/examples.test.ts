import { expect, it } from "vitest";
import { eventually, startExample } from "./example-server.ts";

it("the count example counts, prints the hits of an address and knows no other page", async () => {
  const { url, output, stop } = await startExample("count.ts");
  try {
    expect((await fetch(`${url}/other`)).status).toBe(404);
    for (const count of [1, 2, 3]) {
      expect(await (await fetch(url)).text()).toBe(`Sessioned count: ${count}`);
    }
    await eventually(() => expect(output()).toContain("3 hits from 127.0.0.1"));
  } finally {
    stop();
  }
});

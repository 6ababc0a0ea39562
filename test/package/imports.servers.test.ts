import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { oldestNode } from "../runtimes/runtimes.ts";
import { makeFolder, removeFolder } from "../servers/leftovers.ts";
import { entries, packPackage, run } from "./installed.ts";

/** What only a Worker can import. */
const ofWorkers = new Set(["zession/drivers/durable-object"]);
const ofNode = entries.filter((it) => !ofWorkers.has(it));
// What it prints is what it has got.
const programs = {
  "import.mjs": `
    for (const name of ${JSON.stringify(ofNode)}) {
      console.log(name, Object.keys(await import(name)).length > 0);
    }`,
  "require.cjs": `
    for (const name of ${JSON.stringify(ofNode)}) {
      console.log(name, Object.keys(require(name)).length > 0);
    }
    console.log(require("zession/package.json").name);`,
};

const folder = makeFolder("imports");
beforeAll(() => {
  const tarball = packPackage(folder);
  // The peers are all optional, and only this one is here.
  run(folder, "npm", "install", "--prefix", folder, "--no-audit", tarball, "zod");
  for (const [name, text] of Object.entries(programs)) writeFileSync(join(folder, name), text);
}, 120_000);
afterAll(() => removeFolder(folder));

it("an installation brings two libraries, and no peer that nobody asked for", () => {
  const installed = readdirSync(join(folder, "node_modules"), {
    recursive: true,
    encoding: "utf8",
  });
  const packages = installed.filter((it) => /^(@[^/]+[/])?[^/@.]+$/.test(it));
  expect(packages.toSorted()).toEqual(["@noble/hashes", "@standard-schema/spec", "zession", "zod"]);
});

describe.each([
  ["this Node.js", () => process.execPath],
  ["the oldest Node.js that the package allows", oldestNode.program],
])("on %s", (_, program) => {
  it("every entry is imported without a peer", () => {
    const printed = run(folder, program(), "--no-warnings", "import.mjs");
    expect(printed).toBe(ofNode.map((it) => `${it} true\n`).join(""));
  });

  it("every entry is required without a peer", () => {
    const printed = run(folder, program(), "--no-warnings", "require.cjs");
    expect(printed).toBe(`${ofNode.map((it) => `${it} true\n`).join("")}zession\n`);
  });
});

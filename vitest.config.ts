import { fileURLToPath } from "node:url";
import { defineConfig, type ViteUserConfig } from "vitest/config";

const source = (path: string): string => fileURLToPath(new URL(`src/${path}`, import.meta.url));

export default defineConfig({
  resolve: {
    // Tests import the package by its name, as a user would, and run its source.
    alias: [
      { find: /^zession$/, replacement: source("index.ts") },
      { find: /^zession\/drivers\/(.*)$/, replacement: source("drivers/$1.ts") },
      { find: /^#sqlite$/, replacement: source("drivers/sqlite.node.ts") },
      { find: /^#running-update$/, replacement: source("core/running-update.node.ts") },
      { find: /^#sha256$/, replacement: source("core/sha256.node.ts") },
      { find: /^zession\/testing$/, replacement: source("testing/index.ts") },
    ],
  },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: "test/servers/setup.ts",
    // Many tests wait for servers more than they compute.
    maxWorkers: "100%",
    // Time for a machine that is busy with something else; no test waits for it.
    testTimeout: 60_000,
  },
}) as ViteUserConfig;

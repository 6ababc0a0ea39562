import { fileURLToPath } from "node:url";
import { defineConfig, type ViteUserConfig } from "vitest/config";

const source = (path: string): string => fileURLToPath(new URL(`src/${path}`, import.meta.url));

export default defineConfig({
  resolve: {
    // Tests import the package by its name, as a user would, and run its source.
    alias: [
      { find: /^zession$/, replacement: source("index.ts") },
      { find: /^zession\/drivers\/(.*)$/, replacement: source("drivers/$1.ts") },
      { find: /^zession\/routers\/(.*)$/, replacement: source("routers/$1.ts") },
      { find: /^#sqlite$/, replacement: source("drivers/sqlite.node.ts") },
      { find: /^#running-update$/, replacement: source("util/running-update.node.ts") },
      { find: /^#sha256$/, replacement: source("util/sha256.node.ts") },
      { find: /^zession\/states$/, replacement: source("states.ts") },
      { find: /^zession\/testing$/, replacement: source("testing/index.ts") },
    ],
  },
  test: {
    // Many tests wait for servers more than they compute.
    maxWorkers: "100%",
    // Time for a machine that is busy with something else; no test waits for it.
    testTimeout: 120_000,
    // A file's name and folder tell where it runs. `test/sessions` runs in two projects: on the drivers of each.
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["**/*.servers.test.ts", "test/types/**", "test/browser/**"],
          // Most files take less time than a process of their own and its imports would. A file
          // ends what it starts, and takes back what it fakes.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: "servers",
          include: ["test/**/*.servers.test.ts", "test/sessions/**/*.test.ts"],
          globalSetup: "test/servers/setup.ts",
        },
      },
      {
        extends: true,
        // The files of a worker share what the compiler has read of libraries.
        test: { name: "types", include: ["test/types/**/*.test.ts"], isolate: false },
      },
      { extends: true, test: { name: "browser", include: ["test/browser/**/*.test.ts"] } },
    ],
  },
}) as ViteUserConfig;

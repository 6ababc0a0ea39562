import { apps } from "./apps.ts";
import { readResults, runtimes } from "./results.ts";
import { scenarios } from "./scenarios.ts";

const HEAD = `---
title: Routers and runtimes
---

# Routers and runtimes

<!-- Written by \`npm run support\` from what the tests have found. -->

Each router has an app in \`test/behaviour/apps\`, written as a user of that router would. All have the same
routes, with two sessions on each request. The tests serve each app with the runtime's own server, and do with it what browsers do:
`;

const MIDDLE = `
How many of these passed, where the app was run:
`;

/** Returns \`docs/support.md\`: a table of routers and runtimes. */
export function supportPage(): string {
  const names = Object.keys(scenarios);
  const notes: string[] = [];
  const note = (reason: string): string => {
    if (!notes.includes(reason)) notes.push(reason);
    return ` [${notes.indexOf(reason) + 1}]`;
  };
  const columns = runtimes.map((runtime) => readResults(runtime));
  const cell = (router: string, index: number): string => {
    const found = columns[index]?.[router] ?? "not run yet";
    if (typeof found === "string") return `–${note(found)}`;
    const reasons = names.map((name) => found[name] ?? "not run yet");
    const others = reasons.filter((it) => it !== "passed");
    const passed = `${names.length - others.length} of ${names.length}`;
    return passed + [...new Set(others)].map(note).join("");
  };
  const rows = Object.keys(apps).map((router) => [
    router,
    ...runtimes.map((_, index) => cell(router, index)),
  ]);
  const lines = [["router", ...runtimes], ["router", ...runtimes].map(() => "---"), ...rows];
  const parts = [
    HEAD,
    ...names.map((name, index) => `${index + 1}. ${name}`),
    MIDDLE,
    ...lines.map((cells) => `| ${cells.join(" | ")} |`),
    ...(notes.length > 0 ? ["", ...notes.map((it, index) => `- [${index + 1}] ${it}`)] : []),
  ];
  return `${parts.join("\n")}\n`;
}

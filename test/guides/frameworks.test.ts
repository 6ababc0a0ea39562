import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { apps } from "../frameworks/apps.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (path: string) => readFileSync(join(root, path), "utf8");

/** Files that no reader copies: what every new project of the framework has. */
const GIVEN =
  /package\.json$|(?<!hono-vite\/)tsconfig\.json$|next\.config\.ts$|app\.html$|layout\.tsx$|__root\.tsx$|router\.tsx$|nuxt\.config\.ts$|app\/account\/|(react-router|sveltekit|tanstack-start)\/vite\.config\.ts$/;

describe.each(apps.map(({ name }) => name))("the page about %s", (name) => {
  const example = `examples/frameworks/${name}`;
  const page = read(`docs/frameworks/${name}.md`);
  const shown = [...page.matchAll(/^\*\*`([^`]+)`\*\*\n\n```\w+\n(.*?)^```$/gms)];

  it("begins with what to install", () => {
    expect(page).toMatch(/^---\ntitle: [^\n]+\n---\n\n# [^\n]+\n\n```sh\n[^`]*npm i zession zod/);
  });

  it("shows the files of the example that is built and driven, word for word", () => {
    for (const [, file, code] of shown) expect(code).toBe(read(`${example}/${file}`));
    const files = readdirSync(join(root, example), { recursive: true, withFileTypes: true })
      .filter((it) => it.isFile())
      .map((it) => join(it.parentPath, it.name).slice(root.length))
      .filter((it) => !GIVEN.test(it));
    expect(shown.map(([, file]) => `${example}/${file}`).toSorted()).toEqual(files.toSorted());
  });
});

it("the page about next shows how to renew a cookie as it is built and driven", () => {
  const [, ...proxy] = read("test/frameworks/probes/next/renewing.ts").split("\n\n");
  expect(read("docs/frameworks/next.md")).toContain(proxy.join("\n\n"));
});

it("the page about frameworks has what came of each", () => {
  const [, table = ""] = /<!-- table -->(.*)<!-- end -->/s.exec(read("docs/frameworks.md")) ?? [];
  const titles = table.split("\n").map((line) => line.split(" | ")[0]?.slice(2));
  expect(titles).toEqual(expect.arrayContaining(apps.map(({ title }) => title)));
});

const pages = ["docs/frameworks.md", ...apps.map(({ name }) => `docs/frameworks/${name}.md`)];

it.each(pages)("%s links only to what is there", (page) => {
  for (const [, link = ""] of read(page).matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
    const [file = "", heading] = link.split("#");
    const target = read(join(dirname(page), file));
    const headings = [...target.matchAll(/^##? (.*)$/gm)].map(([, it = ""]) =>
      it
        .toLowerCase()
        .replaceAll(/[^\w -]/g, "")
        .replaceAll(" ", "-"),
    );
    if (heading !== undefined) expect(headings).toContain(heading);
  }
});

import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

interface Rule {
  readonly from: { readonly path?: string; readonly pathNot?: string };
  readonly to: { readonly path?: string; readonly pathNot?: string };
}

const root = new URL("../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");
const page = read("docs/architecture.md");
const picture = /```mermaid\nflowchart TD\n(.*?)```/s.exec(page)?.[1] ?? "";
const rules = (JSON.parse(read(".dependency-cruiser.json")) as { forbidden: Rule[] }).forbidden;
const entries = readdirSync(new URL("src/", root), { withFileTypes: true });
const names = entries.map((it) => it.name).sort();
const ground = ["util", "errors.ts", "events.ts"];
const folders = entries.map((it) => it.name).filter((it) => !it.includes(".") && it !== "util");

function fits(file: string, { path, pathNot }: Rule["from"]): boolean {
  if (path === undefined || !new RegExp(path).test(file)) return false;
  return pathNot === undefined || !new RegExp(pathNot).test(file);
}

/** Returns the folders that the rules let a folder import from. */
function allowed(from: string): string[] {
  const own = rules.filter((it) => fits(`src/${from}/any.ts`, it.from));
  const isAllowed = (file: string) => !own.some((it) => fits(file, it.to));
  return folders.filter((to) => {
    const files = readdirSync(new URL(`src/${to}/`, root), { encoding: "utf8" });
    return to !== from && files.some((it) => isAllowed(`src/${to}/${it}`));
  });
}

/** Returns the arrows of the picture that begin at a folder. */
function drawn(from: string): string[] {
  const arrows = [...picture.matchAll(/^ *(\S+) --> (.+)$/gm)];
  return arrows.filter((it) => it[1] === from).flatMap((it) => it[2]?.split(" & ") ?? []);
}

it("the picture of the house names exactly the folders and files that src has, and so does the table", () => {
  const words = picture.match(/[\w-]+(\.ts)?/g) ?? [];
  const shown = new Set(words.filter((it) => !["subgraph", "ground", "end", "--"].includes(it)));
  expect([...shown].sort()).toEqual(names);
  const described = [...page.matchAll(/^\| `([\w-]+)(?:\/|(\.ts))` \|/gm)];
  expect(described.map(([, name, end = ""]) => name + end).sort()).toEqual(
    names.filter((it) => it !== "index.ts"),
  );
});

it.each(folders)(
  "the picture of the house has the arrows that the import rules allow: %s",
  (from) => {
    // The tools for tests may use everything, and nobody may use them.
    if (from === "testing") expect(drawn(from)).toEqual([]);
    else expect(drawn(from).sort()).toEqual(allowed(from).sort());
    for (const it of ground) expect(picture).toContain(it);
  },
);

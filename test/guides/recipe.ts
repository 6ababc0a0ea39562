import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { eventually } from "../eventually.ts";
import { endWithThisProcess, makeFolder, removeFolder } from "../servers/leftovers.ts";
import { freePort, stopProcess } from "../servers/processes.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** What a page tells its readers to do, such as those of `docs/routers`. */
export interface Recipe {
  /** The packages that it installs. */
  readonly packages: readonly string[];
  /** The program, which goes into `app.ts`. */
  readonly program: string;
  /** The command that starts the program. */
  readonly command: string;
  /** What the program is told of its readers' editors: packages, and the arguments of `tsc`. */
  readonly editor: { readonly packages: readonly string[]; readonly init: readonly string[] };
}

/** Reads the recipe of a page, such as `routers/hono`. */
export function readRecipe(page: string): Recipe {
  const text = readFileSync(join(root, `docs/${page}.md`), "utf8");
  const find = (form: RegExp): string => {
    const found = form.exec(text)?.[1];
    if (found === undefined) throw new Error(`docs/${page}.md lacks ${form}`);
    return found;
  };
  const words = (form: RegExp): string[] => form.exec(text)?.[1]?.split(" ") ?? [];
  return {
    packages: find(/^npm i (.*)$/m).split(" "),
    program: find(/^```ts\n(.*?)^```$/ms),
    command: find(/^(?:npx )?((?:node|bun|deno) (?:.* )?app\.ts)$/m),
    editor: {
      packages: words(/^For your editor: `npm i -D ([^&]*) && /m),
      init: words(/^For your editor: .* && npx tsc ([^`]*)`/m),
    },
  };
}

/** A program of a recipe that runs. */
export interface RunningRecipe {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** Which package is installed in another's place, such as an older version of it. */
export type Replaced = Readonly<Record<string, string>>;

/** Writes the program of a recipe, as `app.ts`, and its packages, and no other, into a folder. */
function install(recipe: Recipe, packages: readonly string[], replaced: Replaced): string {
  const folder = makeFolder("recipe");
  const modules = join(folder, "node_modules");
  for (const part of ["dist", "package.json"])
    cpSync(join(root, part), join(modules, "zession", part), { recursive: true });
  const others = packages.filter((it) => it !== "zession");
  for (const name of [...others, "@noble/hashes", "@standard-schema/spec"]) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, "node_modules", replaced[name] ?? name), join(modules, name));
  }
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(join(folder, "app.ts"), recipe.program);
  return folder;
}

/**
 * Does in an empty folder what a recipe says for an editor. Its program may import `./other.ts`.
 *
 * @returns what the compiler then says of the program
 */
export function compile(recipe: Recipe, replaced: Replaced = {}): string {
  const { packages, init } = recipe.editor;
  const folder = install(recipe, [...recipe.packages, ...packages], replaced);
  const tsc = (...args: readonly string[]) =>
    execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", ...args], {
      cwd: folder,
      encoding: "utf8",
    });
  writeFileSync(join(folder, "other.ts"), "export const other = 1;\n");
  try {
    tsc(...init);
    return tsc("--noEmit");
  } catch (error) {
    return (error as { stdout: string }).stdout;
  } finally {
    removeFolder(folder);
  }
}

/**
 * Follows a recipe in an empty folder: with the packages that it names and no other, the program as
 * `app.ts`, and the command that starts it on port 3000, but for the port.
 *
 * @param tools - folders with programs to start it with
 */
export async function follow(
  recipe: Recipe,
  tools: readonly string[] = [],
  replaced: Replaced = {},
): Promise<RunningRecipe> {
  const folder = install(recipe, recipe.packages, replaced);
  const port = await freePort();
  const path = [...tools, join(root, "node_modules/.bin"), process.env["PATH"]].join(delimiter);
  const [command = "", ...args] = recipe.command.replace("3000", `${port}`).split(" ");
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...process.env, PATH: path, PORT: `${port}` },
  });
  endWithThisProcess(child);
  let output = "";
  child.stdout.on("data", (chunk) => (output += chunk));
  child.stderr.on("data", (chunk) => (output += chunk));
  const url = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    await stopProcess(child, "SIGKILL");
    removeFolder(folder);
  };
  try {
    await eventually(() => fetch(`${url}/none`));
  } catch {
    await stop();
    throw new Error(`${recipe.command} does not answer:\n${output}`);
  }
  return { url, stop };
}

import { spawn } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { eventually } from "../eventually.ts";
import { endWithThisProcess, makeFolder, removeFolder } from "../servers/leftovers.ts";
import { freePort, stopProcess } from "../servers/processes.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** What a page of `docs/routers` or `docs/runtimes` tells its readers to do. */
export interface Recipe {
  /** The packages that it installs. */
  readonly packages: readonly string[];
  /** The program, which goes into `app.ts`. */
  readonly program: string;
  /** The command that starts the program. */
  readonly command: string;
}

/** Reads the recipe of a page, such as `routers/hono`. */
export function readRecipe(page: string): Recipe {
  const text = readFileSync(join(root, `docs/${page}.md`), "utf8");
  const find = (form: RegExp): string => {
    const found = form.exec(text)?.[1];
    if (found === undefined) throw new Error(`docs/${page}.md lacks ${form}`);
    return found;
  };
  return {
    packages: find(/^npm i (.*)$/m).split(" "),
    program: find(/^```ts\n(.*?)^```$/ms),
    command: find(/^(?:npx )?((?:node|bun|deno) (?:.* )?app\.ts)$/m),
  };
}

/** A program of a recipe that runs. */
export interface RunningRecipe {
  readonly url: string;
  readonly stop: () => Promise<void>;
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
): Promise<RunningRecipe> {
  const folder = makeFolder("recipe");
  const modules = join(folder, "node_modules");
  for (const part of ["dist", "package.json"])
    cpSync(join(root, part), join(modules, "zession", part), { recursive: true });
  const others = recipe.packages.filter((it) => it !== "zession");
  for (const name of [...others, "@noble/hashes", "@standard-schema/spec"]) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, "node_modules", name), join(modules, name));
  }
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(join(folder, "app.ts"), recipe.program);

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

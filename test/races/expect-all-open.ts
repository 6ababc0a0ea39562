import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect } from "vitest";

/**
 * Lets 8 processes open 20 new SQLite files, each at the same moment, and expects that all can.
 *
 * @param program - the runtime that runs `opener.ts`
 * @param args - its arguments, with the path of `opener.ts`
 * @param folder - where the files are
 * @param starting - how many milliseconds the processes have to start
 * @param cwd - where they run; default here
 */
export async function expectAllOpen(
  program: string,
  args: readonly string[],
  folder: string,
  starting: number,
  cwd?: string,
): Promise<void> {
  const files = 20;
  const moment = Date.now() + starting;
  const opened = Array.from({ length: 8 }, async () => {
    const opener = spawn(program, [...args, folder, `${files}`, `${moment}`], { cwd });
    let output = "";
    opener.stderr.on("data", (chunk) => (output += chunk));
    const [code] = await once(opener, "close");
    expect(code, output).toBe(0);
  });
  await Promise.all(opened);
  for (let file = 0; file < files; file++) {
    const database = new DatabaseSync(join(folder, `new-${file}.db`));
    expect(database.prepare("SELECT count(*) AS n FROM zession").get()).toEqual({ n: 8 });
    database.close();
  }
}

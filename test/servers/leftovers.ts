import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmodSync, mkdirSync, rmSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

let reaper: ChildProcess | undefined;

/**
 * Tells the reaper of a process or a folder. It reads on until this process is gone, and then ends
 * what is left.
 */
function tell(sign: "+" | "-", thing: number | string): void {
  if (reaper === undefined) {
    const program = fileURLToPath(new URL("reaper.ts", import.meta.url));
    reaper = spawn(process.execPath, [program], {
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
      cwd: "/",
    });
    // Neither keeps this process from ending.
    reaper.unref();
    (reaper.stdin as Socket).unref();
  }
  reaper.stdin?.write(`${JSON.stringify([sign, thing])}\n`);
}

/**
 * Makes sure that a child process ends when this process does, also where this process crashes or
 * is killed.
 */
export function endWithThisProcess(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined) return;
  tell("+", pid);
  child.once("exit", () => tell("-", pid));
}

/**
 * Makes a temporary folder that every user can enter. It is gone when this process is, however that
 * ends.
 */
export function makeFolder(name: string): string {
  const folder = join(tmpdir(), `zession-${name}-${randomUUID().slice(0, 8)}`);
  // Told first: this process may end as soon as there is the folder.
  tell("+", folder);
  mkdirSync(folder);
  chmodSync(folder, 0o755);
  return folder;
}

/** Deletes a folder of {@link makeFolder}. */
export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  tell("-", folder);
}

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, inject, it, vi } from "vitest";
import { makeFolder, removeFolder } from "./leftovers.ts";
import { startPostgres } from "./postgres.ts";
import { type Starters, starters, startServers } from "./setup.ts";

const { canStartRedis, pgbouncer } = inject("servers");

/**
 * Whether there is what a step or a program needs. Without it the set-up has said so; in CI it has
 * failed.
 */
function isHere(name: string): boolean {
  if (/pgbouncer/i.test(name)) return pgbouncer !== undefined;
  return !/redis/i.test(name) || canStartRedis;
}

/** The folder for temporary files of each test, which shows what is left behind. */
let temporary: string;
/** A folder for programs of the test. */
let programs: string;
beforeEach(() => {
  temporary = makeFolder("leftovers");
  programs = makeFolder("programs");
  vi.stubEnv("REDIS_URL", undefined);
  vi.stubEnv("TMPDIR", temporary);
});
afterEach(() => {
  vi.unstubAllEnvs();
  removeFolder(temporary);
  removeFolder(programs);
});

/**
 * The working folders of processes that are in the folder of this test: every server runs in its
 * own.
 */
function workingFolders(): string[] {
  return readdirSync("/proc").flatMap((pid) => {
    try {
      const folder = readlinkSync(`/proc/${pid}/cwd`);
      return folder.startsWith(temporary) ? [folder] : [];
    } catch {
      return [];
    }
  });
}

const isLinux = process.platform === "linux";
function expectNothingLeft(): void {
  expect(readdirSync(temporary)).toEqual([]);
  if (isLinux) expect(workingFolders()).toEqual([]);
}

/** Puts a program that fails in front of the real one. Asked for its version, it is there. */
function breakProgram(name: string): void {
  writeFileSync(join(programs, name), '#!/bin/sh\n[ "$1" = --version ]\n', { mode: 0o755 });
  vi.stubEnv("PATH", `${programs}${delimiter}${process.env["PATH"]}`);
}

describe("the servers of the tests", () => {
  it("are gone, with their folders, when they are removed", async () => {
    const { remove } = await startServers();
    // The instrument sees what it should.
    expect(readdirSync(temporary).length).toBeGreaterThan(0);
    if (isLinux) expect(workingFolders().length).toBeGreaterThan(0);
    await remove();
    expectNothingLeft();
  });

  it.each(Object.keys(starters).filter(isHere) as (keyof Starters)[])(
    "are gone where %s fails",
    async (step) => {
      const fail = () => Promise.reject(new Error("no such luck"));
      await expect(startServers({ ...starters, [step]: fail })).rejects.toThrow("no such luck");
      expectNothingLeft();
    },
  );

  it.each(["redis-server", "redis-cli", "pgbouncer"].filter(isHere))(
    "are gone where the program %s fails",
    async (program) => {
      breakProgram(program);
      await expect(startServers()).rejects.toThrow(program);
      expectNothingLeft();
    },
  );

  it("are gone where Postgres makes its files and does not start", async () => {
    await expect(startPostgres("--no-such-option")).rejects.toThrow("no-such-option");
    expectNothingLeft();
  });

  it.each([
    ["SIGINT", "starting"],
    ["SIGTERM", "starting"],
    ["SIGKILL", "starting"],
    ["SIGINT", "started"],
    ["SIGKILL", "started"],
  ] as const)("are gone after %s to the process that has them %s", async (signal, moment) => {
    const program = fileURLToPath(new URL("hold.ts", import.meta.url));
    const holder = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(holder, "exit");
    for await (const line of createInterface({ input: holder.stdout })) if (line === moment) break;
    // Half-way: some have their folder, and none is ready.
    await vi.waitFor(() => expect(readdirSync(temporary)).not.toEqual([]), { timeout: 40_000 });
    holder.kill(signal);
    await ended;
    await vi.waitFor(expectNothingLeft, { timeout: 40_000 });
  });
});

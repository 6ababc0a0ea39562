// Ends what a process has started, once that process is gone, in whatever way it went.
// `leftovers.ts` starts it and tells it what there is by lines of JSON: ["+", thing] or ["-",
// thing], where a thing is the number of a process or the path of a folder.
import { rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";

type Thing = number | string;

// A signal for everything that runs in a terminal is none for this: its work comes after.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});

const left: Thing[] = [];
for await (const line of createInterface({ input: process.stdin })) {
  const [sign, thing] = JSON.parse(line) as ["+" | "-", Thing];
  if (sign === "+") left.push(thing);
  else left.splice(left.lastIndexOf(thing), 1);
}
left.reverse();
await Promise.all(left.filter((it) => typeof it === "number").map(end));
for (const folder of left.filter((it) => typeof it === "string"))
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });

/**
 * Ends a process by SIGINT, on which servers leave their clients, and by SIGKILL where that does
 * not help.
 */
async function end(pid: number): Promise<void> {
  for (let waited = 0; send(pid, waited === 0 ? "SIGINT" : 0); waited += 20) {
    if (waited >= 3000) return void send(pid, "SIGKILL");
    await delay(20);
  }
}

/** Sends a signal, 0 being none, and returns whether there is such a process. */
function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

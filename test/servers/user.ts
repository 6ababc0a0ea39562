import { execFileSync } from "node:child_process";

/** Who runs a program: the options of `spawn`. */
export interface User {
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * Returns who runs the servers that refuse to run as root: `nobody` where the tests run as root,
 * else the user of the tests.
 */
export function unprivilegedUser(): User {
  if (process.getuid?.() !== 0) return {};
  const id = (option: string) =>
    Number(execFileSync("id", [option, "nobody"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

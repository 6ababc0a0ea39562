import { spawnSync } from "node:child_process";

/**
 * Whether there is a program, which is of the Debian package of its name; installs it where the
 * tests run as root on Debian.
 */
export function hasProgram(name: "redis-server" | "pgbouncer"): boolean {
  const found = () => spawnSync(name, ["--version"]).status === 0;
  if (found()) return true;
  if (process.getuid?.() !== 0 || spawnSync("apt-get", ["--version"]).status !== 0) return false;
  spawnSync("apt-get", ["update"], { stdio: "ignore" });
  spawnSync("apt-get", ["install", "-y", "--no-install-recommends", name], {
    stdio: "ignore",
    // The package's own service is not to be started.
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" },
  });
  return found();
}

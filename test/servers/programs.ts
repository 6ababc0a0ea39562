import { spawnSync } from "node:child_process";

/** The programs that tests need, and the Debian packages that have them. */
const packages = {
  "redis-server": "redis-server",
  pgbouncer: "pgbouncer",
  mariadbd: "mariadb-server",
} as const;

/** Whether there is a program; installs it where the tests run as root on Debian. */
export function hasProgram(name: keyof typeof packages): boolean {
  const found = () => spawnSync(name, ["--version"]).status === 0;
  if (found()) return true;
  if (process.getuid?.() !== 0 || spawnSync("apt-get", ["--version"]).status !== 0) return false;
  spawnSync("apt-get", ["update"], { stdio: "ignore" });
  spawnSync("apt-get", ["install", "-y", "--no-install-recommends", packages[name]], {
    stdio: "ignore",
    // The package's own service is not to be started.
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" },
  });
  return found();
}

/** As `hasProgram`; says what is left out without the program, which must not be in CI. */
export function requireProgram(name: keyof typeof packages, or = ""): boolean {
  if (hasProgram(name)) return true;
  const how = `No ${name}: its tests are left out. Install it (apt-get install ${packages[name]})${or}.`;
  if (process.env["CI"] === "true") throw new Error(how);
  console.warn(how);
  return false;
}

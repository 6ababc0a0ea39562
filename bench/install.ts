// Installs the peers, unless they are as the lockfile says, and puts this package, as built, beside them.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("./", import.meta.url));
const lockfile = readFileSync(`${folder}package-lock.json`, "utf8");
const installed = `${folder}node_modules/.installed`;
if (!existsSync(installed) || readFileSync(installed, "utf8") !== lockfile) {
  console.log("installing the peers");
  execFileSync("npm", ["ci"], { cwd: folder, stdio: "inherit" });
  symlinkSync("../..", `${folder}node_modules/zession`, "junction");
  writeFileSync(installed, lockfile);
}
